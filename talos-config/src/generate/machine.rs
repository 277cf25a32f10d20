//! The machine section, which control plane machines and workers share but for a few keys.

use talos_config_yaml::collections::Map;
use talos_pki::PemCertificateAndKey;

use super::Input;
use super::input::Parts;
use crate::constants;
use crate::images::tagged;
use crate::machine_type::MachineType;
use crate::v1alpha1::{
    ClusterConfig, FeaturesConfig, InstallConfig, KubePrism, KubeletConfig, MachineConfig, NetworkConfig,
    RegistriesConfig, RegistryMirrorConfig,
};
use crate::version_contract::Feature;

pub(super) type Section = Box<MachineConfig>;
pub(super) type Cluster = Box<ClusterConfig>;

/// The section, with the names in the machine's certificate.
pub(super) fn section(
    input: &Input<'_>,
    parts: &Parts<'_>,
    machine_type: MachineType,
    ca: PemCertificateAndKey,
    cert_sans: Vec<String>,
) -> Section {
    let options = input.options;
    Box::new(MachineConfig {
        r#type: machine_type.as_str().to_owned(),
        token: parts.trustd_info.token.clone(),
        ca: Some(Box::new(ca)),
        cert_sans: Some(cert_sans),
        kubelet: Some(kubelet(input)),
        network: Some(network(input, machine_type)),
        disks: unless(options.user_disks.is_empty(), &options.user_disks),
        install: Some(install(input)),
        sysctls: unless(options.sysctls.is_empty(), &options.sysctls),
        registries: registries(input),
        system_disk_encryption: options.system_disk_encryption.clone().map(Box::new),
        features: Some(features(input)),
        node_labels: node_labels(input, machine_type),
        ..MachineConfig::default()
    })
}

fn kubelet(input: &Input<'_>) -> Box<KubeletConfig> {
    Box::new(KubeletConfig {
        image: tagged(constants::KUBELET_IMAGE, input.kubernetes_version),
        default_runtime_seccomp_profile_enabled: input.on_with(Feature::DefaultRuntimeSeccompProfile),
        disable_manifests_directory: input.on_with(Feature::NoManifestsDirectory),
        ..KubeletConfig::default()
    })
}

fn network(input: &Input<'_>, machine_type: MachineType) -> Box<NetworkConfig> {
    let mut network = NetworkConfig::default();
    for option in &input.options.network {
        option.apply(machine_type, &mut network);
    }
    Box::new(network)
}

fn install(input: &Input<'_>) -> Box<InstallConfig> {
    let options = input.options;
    Box::new(InstallConfig {
        disk: options.install_disk.clone(),
        image: options.install_image.clone(),
        extra_kernel_args: unless(options.install_extra_kernel_args.is_empty(), &options.install_extra_kernel_args),
        wipe: Some(false),
        ..InstallConfig::default()
    })
}

/// Mirrors are there even when there are none: the documented writer then shows an empty section.
fn registries(input: &Input<'_>) -> RegistriesConfig {
    let mut mirrors = input.options.registry_mirrors.clone();
    if input.options.version_contract.mirrors_old_kubernetes_registry() {
        mirrors.entry("k8s.gcr.io".to_owned()).or_insert_with(|| {
            let endpoints = ["https://registry.k8s.io", "https://k8s.gcr.io"].map(str::to_owned);
            Some(RegistryMirrorConfig { endpoints: Some(endpoints.into()), ..RegistryMirrorConfig::default() })
        });
    }
    let config = &input.options.registry_config;
    RegistriesConfig { mirrors: Some(mirrors), config: unless(config.is_empty(), config) }
}

fn features(input: &Input<'_>) -> Box<FeaturesConfig> {
    let by_contract = input.has_later(Feature::KubePrism).then_some(constants::KUBE_PRISM_PORT);
    let port = input.options.kube_prism_port.or(by_contract).filter(|port| *port > 0);
    Box::new(FeaturesConfig {
        rbac: input.on_with(Feature::Rbac),
        stable_hostname: input.on_with(Feature::StableHostname),
        apid_check_ext_key_usage: input.on_with(Feature::ApidExtKeyUsageCheck),
        disk_quota_support: input.on_with(Feature::DiskQuotaSupport),
        kube_prism: port.map(|port| Box::new(KubePrism { enabled: Some(true), port: i64::from(port) })),
        ..FeaturesConfig::default()
    })
}

fn node_labels(input: &Input<'_>, machine_type: MachineType) -> Option<Map<String>> {
    (machine_type.is_control_plane() && input.has_later(Feature::ExcludeFromLoadBalancers)).then(|| {
        let label = "node.kubernetes.io/exclude-from-external-load-balancers";
        Map::from([(label.to_owned(), String::new())])
    })
}

/// A copy, unless there is nothing in it.
fn unless<T: Clone>(empty: bool, value: &T) -> Option<T> {
    (!empty).then(|| value.clone())
}
