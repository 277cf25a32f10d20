//! kube-scheduler.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;

use super::resources::ResourcesConfig;
use super::volume_mount::VolumeMountConfig;

/// `SchedulerConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.SchedulerConfig")]
pub struct SchedulerConfig {
    /// `image`.
    #[field(go = "ContainerImage")]
    pub image: String,
    /// `extraArgs`.
    #[field(go = "ExtraArgsConfig")]
    pub extra_args: Option<Map<String>>,
    /// `extraVolumes`.
    #[field(go = "ExtraVolumesConfig", since = "0.9")]
    pub extra_volumes: Option<Vec<VolumeMountConfig>>,
    /// `env`.
    #[field(go = "EnvConfig", secret = "mask", since = "1.0")]
    pub env: Option<Map<String>>,
    /// `resources`.
    #[field(go = "ResourcesConfig", since = "1.5")]
    pub resources: Option<Box<ResourcesConfig>>,
}
