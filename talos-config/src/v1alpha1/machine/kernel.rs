//! Kernel modules.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

/// `KernelConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KernelConfig")]
pub struct KernelConfig {
    /// `modules`.
    #[field(go = "KernelModules", since = "1.0")]
    pub modules: Option<List<KernelModuleConfig>>,
}

/// `KernelModuleConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.KernelModuleConfig")]
pub struct KernelModuleConfig {
    /// `name`.
    #[field(go = "ModuleName", emit = "always", since = "1.0")]
    pub name: String,
    /// `parameters`.
    #[field(go = "ModuleParameters", since = "1.3")]
    pub parameters: Option<Vec<String>>,
}
