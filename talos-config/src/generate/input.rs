//! What configurations are generated from.

use std::fmt;
use std::net::Ipv6Addr;

use talos_pki::PemCertificateAndKey;
use talos_pki::secrets::{Bundle, Certs, Cluster, Problem, Secrets, TrustdInfo};

use super::{Options, control_plane, worker};
use crate::constants;
use crate::container::Container;
use crate::document::Document;
use crate::machine_type::MachineType;
use crate::v1alpha1::{
    ClusterDiscoveryConfig, ClusterNetworkConfig, Config, ControlPlaneConfig, DiscoveryRegistriesConfig,
    RegistryKubernetesConfig,
};
use crate::validate::error_list;
use crate::value::url::{ParseError, Url};
use crate::version_contract::Feature;

/// What the configurations of one cluster are generated from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Name of the cluster.
    pub cluster_name: &'a str,
    /// URL of the Kubernetes API, as every machine reaches it.
    pub endpoint: &'a str,
    /// Version of Kubernetes without a leading `v`, the tag of its images; empty leaves the images out.
    pub kubernetes_version: &'a str,
    /// All else that configurations differ in.
    pub options: &'a Options,
    /// Secrets of the cluster.
    pub secrets: &'a Bundle,
}

/// Why a configuration could not be generated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are no configurations of type `unknown`.
    #[error("failed to determine config type to generate")]
    UnknownMachineType,
    /// The endpoint is not a URL.
    #[error(transparent)]
    Endpoint(#[from] ParseError),
    /// The bundle lacks what every configuration needs.
    #[error("failed to validate secrets bundle")]
    Secrets(#[source] MissingSecrets),
}

/// Parts that a secrets bundle lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSecrets(pub Vec<Problem>);

/// One line for each part.
impl fmt::Display for MissingSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(Problem::to_string).collect();
        f.write_str(&error_list(lines.iter().map(String::as_str)))
    }
}

impl std::error::Error for MissingSecrets {}

impl<'a> Input<'a> {
    /// Input for the version of Kubernetes that this release brings.
    pub fn new(cluster_name: &'a str, endpoint: &'a str, options: &'a Options, secrets: &'a Bundle) -> Self {
        Self { cluster_name, endpoint, kubernetes_version: constants::KUBERNETES_VERSION, options, secrets }
    }

    /// The configuration of machines of one type. Nothing is validated.
    ///
    /// # Errors
    /// When the type is `unknown`, the endpoint is not a URL, or the bundle lacks a part.
    pub fn config(&self, machine_type: MachineType) -> Result<Container, Error> {
        let parts = Parts::of(self.secrets)?;
        let config = match machine_type {
            MachineType::Init | MachineType::ControlPlane => control_plane::config(self, &parts, machine_type)?,
            MachineType::Worker => worker::config(self, &parts)?,
            MachineType::Unknown => return Err(Error::UnknownMachineType),
        };
        let document: Box<dyn Document> = Box::new(config);
        Ok(Container::new([document]).expect("one document is unlike any other"))
    }

    pub(super) fn has(&self, feature: Feature) -> bool {
        self.options.version_contract.has(feature)
    }

    /// Whether the contract has something that the original's release does not write.
    pub(super) fn has_later(&self, feature: Feature) -> bool {
        self.options.later_contracts && self.has(feature)
    }

    /// `Some(true)` for a switch that came with a feature; older contracts do not have the key.
    pub(super) fn on_with(&self, feature: Feature) -> Option<bool> {
        self.has(feature).then_some(true)
    }

    /// Names in certificates that users ask for.
    pub(super) fn subject_alt_names(&self) -> Vec<String> {
        let mut names = self.options.additional_subject_alt_names.clone();
        if !self.has(Feature::DynamicCertSans) {
            names.extend_from_slice(&self.options.endpoints);
        }
        names
    }

    pub(super) fn endpoint_url(&self) -> Result<Url, Error> {
        Ok(self.endpoint.parse()?)
    }

    pub(super) fn document(&self, machine: super::machine::Section, cluster: super::machine::Cluster) -> Config {
        Config {
            version: crate::v1alpha1::API_VERSION.to_owned(),
            debug: Some(self.options.debug),
            persist: Some(self.options.persist),
            machine: Some(machine),
            cluster: Some(cluster),
        }
    }

    pub(super) fn control_plane(&self, endpoint: Url, local_api_server_port: u16) -> Box<ControlPlaneConfig> {
        Box::new(ControlPlaneConfig {
            endpoint: Some(endpoint),
            local_api_server_port: i64::from(local_api_server_port),
        })
    }

    pub(super) fn cluster_network(&self) -> Box<ClusterNetworkConfig> {
        let (pods, services) = if is_ipv6(self.endpoint) {
            (constants::POD_SUBNET_IPV6, constants::SERVICE_SUBNET_IPV6)
        } else {
            (constants::POD_SUBNET_IPV4, constants::SERVICE_SUBNET_IPV4)
        };
        Box::new(ClusterNetworkConfig {
            cni: self.options.cni.clone().map(Box::new),
            dns_domain: self.options.dns_domain.clone(),
            pod_subnets: Some(vec![pods.to_owned()]),
            service_subnets: Some(vec![services.to_owned()]),
        })
    }

    pub(super) fn discovery(&self) -> Box<ClusterDiscoveryConfig> {
        let enabled = self.options.cluster_discovery.unwrap_or_else(|| self.has(Feature::ClusterDiscovery));
        let kubernetes = RegistryKubernetesConfig { disabled: self.on_with(Feature::NoKubernetesDiscovery) };
        Box::new(ClusterDiscoveryConfig {
            enabled: Some(enabled),
            registries: DiscoveryRegistriesConfig { kubernetes, ..DiscoveryRegistriesConfig::default() },
        })
    }
}

/// Checks that a bundle has what every configuration needs. Parts that only some need may be missing or empty: they are
/// left out then.
///
/// # Errors
/// [`Error::Secrets`] with the parts that are missing.
pub fn check_secrets(bundle: &Bundle) -> Result<(), Error> {
    Parts::of(bundle).map(|_| ())
}

/// Whether an endpoint is a bare IPv6 address, with or without a zone; a URL is not.
fn is_ipv6(endpoint: &str) -> bool {
    let (address, zone) = endpoint.split_once('%').unwrap_or((endpoint, "-"));
    !zone.is_empty() && address.parse::<Ipv6Addr>().is_ok()
}

/// The parts of a bundle that every configuration needs.
pub(super) struct Parts<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) secrets: &'a Secrets,
    pub(super) trustd_info: &'a TrustdInfo,
    pub(super) certs: &'a Certs,
    pub(super) os: &'a PemCertificateAndKey,
    pub(super) k8s: &'a PemCertificateAndKey,
}

impl<'a> Parts<'a> {
    pub(super) fn of(bundle: &'a Bundle) -> Result<Self, Error> {
        let certs = bundle.certs.as_ref();
        let (os, k8s) = (certs.and_then(|certs| certs.os.as_ref()), certs.and_then(|certs| certs.k8s.as_ref()));
        if let (Some(cluster), Some(secrets), Some(trustd_info), Some(certs), Some(os), Some(k8s)) =
            (&bundle.cluster, &bundle.secrets, &bundle.trustd_info, certs, os, k8s)
        {
            return Ok(Self { cluster, secrets, trustd_info, certs, os, k8s });
        }
        let missing = bundle.validate().into_iter().filter(Problem::is_fatal);
        Err(Error::Secrets(MissingSecrets(missing.collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_address_is_ipv6() {
        for endpoint in ["fe80::1", "::", "fe80::1%eth0", "::ffff:1.2.3.4"] {
            assert!(is_ipv6(endpoint), "{endpoint}");
        }
        for endpoint in ["https://[fe80::1]:6443", "[fe80::1]", "10.0.0.1", "fe80::1%", "1.2.3.4%eth0", ""] {
            assert!(!is_ipv6(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn missing_parts_are_listed() {
        let error = |bundle: &Bundle| match Parts::of(bundle) {
            Err(Error::Secrets(missing)) => missing.to_string(),
            _ => unreachable!("a part is missing"),
        };
        assert_eq!(
            error(&Bundle::default()),
            "4 errors occurred:\n\t* cluster is required\n\t* secrets is required\n\
             \t* trustdinfo is required\n\t* certs is required\n\n"
        );
        let bundle = Bundle {
            cluster: Some(Cluster::default()),
            secrets: Some(Secrets::default()),
            trustd_info: Some(TrustdInfo::default()),
            certs: Some(Certs { k8s: Some(PemCertificateAndKey::default()), ..Certs::default() }),
        };
        assert_eq!(error(&bundle), "1 error occurred:\n\t* certs.os is required\n\n");
    }
}
