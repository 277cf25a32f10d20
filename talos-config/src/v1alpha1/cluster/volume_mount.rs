//! Directories of the host in control plane pods.

use talos_config_yaml::Section;

/// A directory of the host in a pod of the control plane.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VolumeMountConfig")]
pub struct VolumeMountConfig {
    /// Path on the host.
    #[field(go = "VolumeHostPath", emit = "always", since = "0.9", example = "/var/lib/auth")]
    pub host_path: String,
    /// Path in the pod.
    #[field(go = "VolumeMountPath", emit = "always", since = "0.9", example = "/etc/kubernetes/auth")]
    pub mount_path: String,
    /// The pod cannot write there.
    #[field(go = "VolumeReadOnly", since = "0.9", default = "false", example = "true")]
    pub readonly: bool,
}
