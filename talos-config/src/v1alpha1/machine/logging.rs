//! Where logs are sent.

use talos_config_yaml::Section;

use crate::value::url::Url;

/// Delivery of the logs of services.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.LoggingConfig")]
pub struct LoggingConfig {
    /// Servers that take the logs.
    #[field(
        go = "LoggingDestinations",
        emit = "always",
        since = "0.14",
        example = "
            - endpoint: tcp://1.2.3.4:12345
              format: json_lines
        "
    )]
    pub destinations: Option<Vec<LoggingDestination>>,
}

/// A server that takes logs.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.LoggingDestination")]
pub struct LoggingDestination {
    /// Address of the server: `tcp` or `udp` with host and port.
    #[field(
        go = "LoggingEndpoint",
        emit = "always",
        since = "0.14",
        example = "udp://127.0.0.1:12345",
        example = "tcp://1.2.3.4:12345"
    )]
    pub endpoint: Option<Url>,
    /// Form of the log lines: `json_lines`, one JSON object a line.
    #[field(go = "LoggingFormat", emit = "always", since = "0.14", values("json_lines"), example = "json_lines")]
    pub format: String,
}
