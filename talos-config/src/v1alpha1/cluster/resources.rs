//! Requests and limits of control plane pods.

use talos_config_yaml::Section;
use talos_config_yaml::free_form::FreeForm;

/// CPU and memory of a pod of the control plane.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.ResourcesConfig")]
pub struct ResourcesConfig {
    /// What is kept for the pod: `cpu` and `memory`, each a number or a quantity.
    #[field(
        since = "1.5",
        example = "
            cpu: 100m
            memory: 512Mi
        "
    )]
    pub requests: Option<FreeForm>,
    /// What the pod cannot exceed: `cpu` and `memory`, each a number or a quantity.
    #[field(
        since = "1.5",
        example = "
            cpu: 1
            memory: 2Gi
        "
    )]
    pub limits: Option<FreeForm>,
}
