//! Where logs are sent.

use talos_config_yaml::Section;

use crate::value::url::Url;

/// `LoggingConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.LoggingConfig")]
pub struct LoggingConfig {
    /// `destinations`.
    #[field(go = "LoggingDestinations", emit = "always", since = "0.14")]
    pub destinations: Option<Vec<LoggingDestination>>,
}

/// `LoggingDestination`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.LoggingDestination")]
pub struct LoggingDestination {
    /// `endpoint`.
    #[field(go = "LoggingEndpoint", emit = "always", since = "0.14")]
    pub endpoint: Option<Url>,
    /// `format`.
    #[field(go = "LoggingFormat", emit = "always", since = "0.14")]
    pub format: String,
}
