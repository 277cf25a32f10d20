//! Parts of the control plane that this machine runs.

use talos_config_yaml::Section;

/// Parts of the control plane that a control plane machine runs or leaves to the others.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineControlPlaneConfig")]
pub struct MachineControlPlaneConfig {
    /// The machine's kube-controller-manager.
    #[field(
        go = "MachineControllerManager",
        since = "0.14",
        example = "
            disabled: false
        "
    )]
    pub controller_manager: Option<Box<MachineControllerManagerConfig>>,
    /// The machine's kube-scheduler.
    #[field(
        go = "MachineScheduler",
        since = "0.14",
        example = "
            disabled: true
        "
    )]
    pub scheduler: Option<Box<MachineSchedulerConfig>>,
}

/// kube-controller-manager of one machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineControllerManagerConfig")]
pub struct MachineControllerManagerConfig {
    /// Do not run kube-controller-manager on this machine.
    #[field(go = "MachineControllerManagerDisabled", since = "0.14", default = "false", example = "true")]
    pub disabled: Option<bool>,
}

/// kube-scheduler of one machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineSchedulerConfig")]
pub struct MachineSchedulerConfig {
    /// Do not run kube-scheduler on this machine.
    #[field(go = "MachineSchedulerDisabled", since = "0.14", default = "false", example = "true")]
    pub disabled: Option<bool>,
}
