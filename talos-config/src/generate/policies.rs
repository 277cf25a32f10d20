//! Policies of the API server that generated configurations spell out.

use talos_config_yaml::free_form::FreeForm;
use talos_config_yaml::value::Value;

use crate::v1alpha1::AdmissionPluginConfig;

/// Admission plug-in that holds pods to the baseline of the pod security standards, except in `kube-system`, and warns
/// about what the restricted standard would refuse.
pub fn pod_security() -> AdmissionPluginConfig {
    let defaults = [
        ("audit", "restricted"),
        ("audit-version", "latest"),
        ("enforce", "baseline"),
        ("enforce-version", "latest"),
        ("warn", "restricted"),
        ("warn-version", "latest"),
    ];
    let exemptions = [
        ("namespaces", Value::Sequence(vec![text("kube-system")])),
        ("runtimeClasses", Value::Sequence(Vec::new())),
        ("usernames", Value::Sequence(Vec::new())),
    ];
    AdmissionPluginConfig {
        name: "PodSecurity".to_owned(),
        configuration: Some(FreeForm::new([
            ("apiVersion", text("pod-security.admission.config.k8s.io/v1alpha1")),
            ("defaults", mapping(defaults.map(|(key, value)| (key, text(value))))),
            ("exemptions", mapping(exemptions)),
            ("kind", text("PodSecurityConfiguration")),
        ])),
    }
}

/// Audit policy that notes who did what when, without what was sent.
pub fn default_audit_policy() -> FreeForm {
    FreeForm::new([
        ("apiVersion", text("audit.k8s.io/v1")),
        ("kind", text("Policy")),
        ("rules", Value::Sequence(vec![mapping([("level", text("Metadata"))])])),
    ])
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Mapping(entries.map(|(key, value)| (text(key), value)).into())
}
