//! Time synchronisation.

use talos_config_yaml::Section;

use crate::value::duration::Duration;

/// `TimeConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.TimeConfig")]
pub struct TimeConfig {
    /// `disabled`.
    #[field(go = "TimeDisabled")]
    pub disabled: Option<bool>,
    /// `servers`.
    #[field(go = "TimeServers")]
    pub servers: Option<Vec<String>>,
    /// `bootTimeout`.
    #[field(go = "TimeBootTimeout", since = "0.13")]
    pub boot_timeout: Duration,
}
