//! Directories of the host in control plane pods.

use talos_config_yaml::Section;

/// `VolumeMountConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.VolumeMountConfig")]
pub struct VolumeMountConfig {
    /// `hostPath`.
    #[field(go = "VolumeHostPath", emit = "always", since = "0.9")]
    pub host_path: String,
    /// `mountPath`.
    #[field(go = "VolumeMountPath", emit = "always", since = "0.9")]
    pub mount_path: String,
    /// `readonly`.
    #[field(go = "VolumeReadOnly", since = "0.9")]
    pub readonly: bool,
}
