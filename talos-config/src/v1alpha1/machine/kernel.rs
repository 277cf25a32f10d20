//! Kernel modules.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

/// The Linux kernel.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KernelConfig")]
pub struct KernelConfig {
    /// Modules to load at boot.
    #[field(
        go = "KernelModules",
        since = "1.0",
        example = "
            - name: btrfs
        "
    )]
    pub modules: Option<List<KernelModuleConfig>>,
}

/// A kernel module.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KernelModuleConfig")]
pub struct KernelModuleConfig {
    /// Name of the module.
    #[field(go = "ModuleName", emit = "always", since = "1.0", example = "btrfs")]
    pub name: String,
    /// Parameters of the module. A change takes effect after a reboot.
    #[field(
        go = "ModuleParameters",
        since = "1.3",
        example = "
            - debug=1
        "
    )]
    pub parameters: Option<Vec<String>>,
}
