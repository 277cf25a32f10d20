//! The main document of a machine configuration.

use talos_config_yaml::Section;

use super::cluster::ClusterConfig;
use super::machine::MachineConfig;

/// The main document of a machine configuration: one machine and what it shares with its cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Config")]
pub struct Config {
    /// Version of this document; the only one is `v1alpha1`.
    #[field(go = "ConfigVersion", emit = "always", reboot, values("v1alpha1"), example = "v1alpha1")]
    pub version: String,
    /// Send the logs of system services to the console as well.
    #[field(go = "ConfigDebug", default = "false", example = "true")]
    pub debug: Option<bool>,
    /// Keep this configuration on disk, so that the machine has it after a reboot.
    ///
    /// A machine whose document lacks the key asks for a configuration anew at every boot.
    #[field(go = "ConfigPersist", deprecated = "1.5", reboot, default = "false", example = "true")]
    pub persist: Option<bool>,
    /// Settings of this machine.
    #[field(go = "MachineConfig", emit = "always")]
    pub machine: Option<Box<MachineConfig>>,
    /// Settings that all machines of the cluster share.
    #[field(go = "ClusterConfig", emit = "always")]
    pub cluster: Option<Box<ClusterConfig>>,
}
