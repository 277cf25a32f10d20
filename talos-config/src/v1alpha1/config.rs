//! The main document of a machine configuration.

use talos_config_yaml::Section;

use super::cluster::ClusterConfig;
use super::machine::MachineConfig;

/// `Config`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Config")]
pub struct Config {
    /// `version`.
    #[field(go = "ConfigVersion", emit = "always", reboot)]
    pub version: String,
    /// `debug`.
    #[field(go = "ConfigDebug")]
    pub debug: Option<bool>,
    /// `persist`.
    #[field(go = "ConfigPersist", deprecated = "1.5", reboot)]
    pub persist: Option<bool>,
    /// `machine`.
    #[field(go = "MachineConfig", emit = "always")]
    pub machine: Option<Box<MachineConfig>>,
    /// `cluster`.
    #[field(go = "ClusterConfig", emit = "always")]
    pub cluster: Option<Box<ClusterConfig>>,
}
