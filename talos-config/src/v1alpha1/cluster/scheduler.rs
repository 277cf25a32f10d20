//! kube-scheduler.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;

use super::resources::ResourcesConfig;
use super::volume_mount::VolumeMountConfig;

/// kube-scheduler, which runs as a static pod on every control plane machine.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.SchedulerConfig")]
pub struct SchedulerConfig {
    /// Image of kube-scheduler.
    #[field(
        go = "ContainerImage",
        default = "registry.k8s.io/kube-scheduler:v1.28.3",
        example = "registry.k8s.io/kube-scheduler:v1.28.3"
    )]
    pub image: String,
    /// Further flags of kube-scheduler, without the leading dashes.
    #[field(
        go = "ExtraArgsConfig",
        example = "
            feature-gates: AllBeta=true
        "
    )]
    pub extra_args: Option<Map<String>>,
    /// Directories of the host that the pod gets.
    #[field(
        go = "ExtraVolumesConfig",
        since = "0.9",
        example = "
            - hostPath: /var/lib/example
              mountPath: /var/lib/example
        "
    )]
    pub extra_volumes: Option<Vec<VolumeMountConfig>>,
    /// Environment variables of the pod.
    #[field(
        go = "EnvConfig",
        secret = "mask",
        since = "1.0",
        example = "
            HTTPS_PROXY: http://proxy.example.org:3128/
        "
    )]
    pub env: Option<Map<String>>,
    /// CPU and memory of the pod.
    #[field(
        go = "ResourcesConfig",
        since = "1.5",
        example = "
            requests:
                cpu: 10m
                memory: 64Mi
        "
    )]
    pub resources: Option<Box<ResourcesConfig>>,
}
