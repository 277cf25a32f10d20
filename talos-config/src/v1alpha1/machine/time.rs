//! Time synchronisation.

use talos_config_yaml::Section;

use crate::value::duration::Duration;

/// How a machine gets the time.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.TimeConfig")]
pub struct TimeConfig {
    /// Do not synchronise the time.
    #[field(go = "TimeDisabled", default = "false", example = "true")]
    pub disabled: Option<bool>,
    /// Time servers (NTP), by name or address.
    #[field(
        go = "TimeServers",
        default = "pool.ntp.org",
        example = "
            - time.cloudflare.com
        "
    )]
    pub servers: Option<Vec<String>>,
    /// How long the boot waits for the time, such as `2m`; zero waits for ever.
    #[field(go = "TimeBootTimeout", since = "0.13", default = "0s", example = "2m0s")]
    pub boot_timeout: Duration,
}
