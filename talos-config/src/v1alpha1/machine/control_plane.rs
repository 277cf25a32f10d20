//! Parts of the control plane that this machine runs.

use talos_config_yaml::Section;

/// `MachineControlPlaneConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineControlPlaneConfig")]
pub struct MachineControlPlaneConfig {
    /// `controllerManager`.
    #[field(go = "MachineControllerManager", since = "0.14")]
    pub controller_manager: Option<Box<MachineControllerManagerConfig>>,
    /// `scheduler`.
    #[field(go = "MachineScheduler", since = "0.14")]
    pub scheduler: Option<Box<MachineSchedulerConfig>>,
}

/// `MachineControllerManagerConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineControllerManagerConfig")]
pub struct MachineControllerManagerConfig {
    /// `disabled`.
    #[field(go = "MachineControllerManagerDisabled", since = "0.14")]
    pub disabled: Option<bool>,
}

/// `MachineSchedulerConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineSchedulerConfig")]
pub struct MachineSchedulerConfig {
    /// `disabled`.
    #[field(go = "MachineSchedulerDisabled", since = "0.14")]
    pub disabled: Option<bool>,
}
