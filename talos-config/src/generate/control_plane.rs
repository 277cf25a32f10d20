//! Configurations of control plane machines.

use talos_config_yaml::collections::List;

use super::input::{Error, Parts};
use super::{Input, default_audit_policy, machine, pod_security};
use crate::constants;
use crate::images::tagged;
use crate::machine_type::MachineType;
use crate::v1alpha1::{
    ApiServerConfig, ClusterConfig, Config, ControllerManagerConfig, EtcdConfig, ProxyConfig, SchedulerConfig,
};
use crate::version_contract::Feature;

/// The configuration of a control plane machine, of type `init` or `controlplane`.
pub(super) fn config(input: &Input<'_>, parts: &Parts<'_>, machine_type: MachineType) -> Result<Config, Error> {
    let endpoint = input.endpoint_url()?;
    let cert_sans = input.subject_alt_names();
    let api_server = api_server(input, &endpoint.hostname(), &cert_sans);
    let machine = machine::section(input, parts, machine_type, parts.os.clone(), cert_sans);

    let kubernetes_image = |image| tagged(image, input.kubernetes_version);
    let (secretbox, aescbc) = if input.has(Feature::SecretboxEncryption) {
        (parts.secrets.secretbox_encryption_secret.clone(), String::new())
    } else {
        (String::new(), parts.secrets.aescbc_encryption_secret.clone())
    };
    let scheduling = input.options.allow_scheduling_on_control_planes.then_some(true);
    let (on_control_planes, on_masters) =
        if input.has(Feature::AllowSchedulingOnControlPlanes) { (scheduling, None) } else { (None, scheduling) };

    let cluster = ClusterConfig {
        id: parts.cluster.id.clone(),
        secret: parts.cluster.secret.clone(),
        control_plane: Some(input.control_plane(endpoint, input.options.local_api_server_port)),
        cluster_name: input.cluster_name.to_owned(),
        network: Some(input.cluster_network()),
        token: parts.secrets.bootstrap_token.clone(),
        aescbc_encryption_secret: aescbc,
        secretbox_encryption_secret: secretbox,
        ca: Some(Box::new(parts.k8s.clone())),
        aggregator_ca: parts.certs.k8s_aggregator.clone().map(Box::new),
        service_account: parts.certs.k8s_service_account.clone().map(Box::new),
        api_server: Some(api_server),
        controller_manager: Some(Box::new(ControllerManagerConfig {
            image: kubernetes_image(constants::KUBE_CONTROLLER_MANAGER_IMAGE),
            ..ControllerManagerConfig::default()
        })),
        proxy: Some(Box::new(ProxyConfig {
            image: kubernetes_image(constants::KUBE_PROXY_IMAGE),
            ..ProxyConfig::default()
        })),
        scheduler: Some(Box::new(SchedulerConfig {
            image: kubernetes_image(constants::KUBE_SCHEDULER_IMAGE),
            ..SchedulerConfig::default()
        })),
        discovery: Some(input.discovery()),
        etcd: Some(Box::new(EtcdConfig { ca: parts.certs.etcd.clone().map(Box::new), ..EtcdConfig::default() })),
        extra_manifests: Some(Vec::new()),
        inline_manifests: Some(Vec::new()),
        allow_scheduling_on_masters: on_masters,
        allow_scheduling_on_control_planes: on_control_planes,
        ..ClusterConfig::default()
    };
    Ok(input.document(machine, Box::new(cluster)))
}

fn api_server(input: &Input<'_>, host: &str, cert_sans: &[String]) -> Box<ApiServerConfig> {
    let mut names = Vec::with_capacity(cert_sans.len() + 1);
    names.push(host.to_owned());
    names.extend_from_slice(cert_sans);
    let admission = input.has(Feature::PodSecurityAdmission).then(|| List::from([pod_security()]));
    Box::new(ApiServerConfig {
        image: tagged(constants::KUBE_API_SERVER_IMAGE, input.kubernetes_version),
        cert_sans: Some(names),
        disable_pod_security_policy: input.on_with(Feature::NoPodSecurityPolicy),
        admission_control: admission,
        audit_policy: input.has(Feature::AuditPolicy).then(default_audit_policy),
        ..ApiServerConfig::default()
    })
}
