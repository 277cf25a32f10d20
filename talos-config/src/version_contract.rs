//! Version contract: the minor release of Talos that a configuration or a secrets bundle is made for.
//!
//! Everything that depends on it is one row of [`Feature`].

use std::fmt;
use std::str::FromStr;

/// The minor release of Talos that something is made for.
///
/// Contracts are ordered; the present one is above every release that is named, also above later ones.
///
/// ```
/// use talos_config::version_contract::{Feature, VersionContract};
///
/// let contract: VersionContract = "v1.4.7".parse()?;
/// assert_eq!(contract, VersionContract::release(1, 4));
/// assert!(contract < VersionContract::Current);
/// assert!(!contract.has(Feature::DiskQuotaSupport));
/// # Ok::<_, talos_config::version_contract::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VersionContract {
    /// A release, by its first two numbers.
    Release {
        /// First number.
        major: u64,
        /// Second number.
        minor: u64,
    },
    /// The release that this library is equal to (1.5), and what follows it.
    #[default]
    Current,
}

/// A text that names no release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing version {}", talos_config_yaml::decode::go_quote(.0))]
pub struct Error(pub String);

impl VersionContract {
    /// The contract of a release.
    pub const fn release(major: u64, minor: u64) -> Self {
        Self::Release { major, minor }
    }

    /// Whether machines of this release know, or need, a feature. The present contract has what 1.5 has.
    pub fn has(self, feature: Feature) -> bool {
        let (major, minor) = feature.since();
        let release = if self == Self::Current { NEWEST } else { self };
        release >= Self::release(major, minor)
    }

    /// Whether configurations of this release send pulls for `k8s.gcr.io` to its successor: 1.2 alone does.
    pub fn mirrors_old_kubernetes_registry(self) -> bool {
        self == Self::release(1, 2)
    }

    /// Whether this is a release later than the one that this library is equal to.
    ///
    /// See [`Options::later_contracts`](crate::generate::Options::later_contracts).
    pub fn is_later(self) -> bool {
        self != Self::Current && self > NEWEST
    }
}

/// The release that this library is equal to.
const NEWEST: VersionContract = VersionContract::release(1, 5);

impl FromStr for VersionContract {
    type Err = Error;

    /// Reads `v1.5`, `v1.5.5`, `v1.5.7-alpha.0`: the `v`, two numbers, then nothing or a dot and any text.
    fn from_str(text: &str) -> Result<Self, Error> {
        let read = || {
            let (major, rest) = digits(text.strip_prefix('v')?)?;
            let (minor, rest) = digits(rest.strip_prefix('.')?)?;
            (rest.is_empty() || rest.starts_with('.')).then_some(Self::Release { major, minor })
        };
        read().ok_or_else(|| Error(text.to_owned()))
    }
}

/// The number at the start of a text, and what follows. Numbers beyond the range count as the largest.
fn digits(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (!number.is_empty()).then(|| (number.parse().unwrap_or(u64::MAX), rest))
}

impl fmt::Display for VersionContract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release { major, minor } => write!(f, "v{major}.{minor}"),
            Self::Current => f.write_str("current"),
        }
    }
}

macro_rules! features {
    ($($(#[doc = $doc:literal])* $name:ident => $major:literal . $minor:literal,)*) => {
        /// What came with some release and shows in configurations or secrets.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Feature {
            $($(#[doc = $doc])* $name,)*
        }

        impl Feature {
            /// Every feature, the oldest first.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The release that brought it: first and second number.
            pub const fn since(self) -> (u64, u64) {
                match self {
                    $(Self::$name => ($major, $minor),)*
                }
            }
        }
    };
}

features! {
    /// Authorities of etcd and Kubernetes have ECDSA keys instead of RSA keys.
    EcdsaKeys => 0 . 9,
    /// There is an authority of the aggregation layer (`cluster.aggregatorCA`).
    AggregatorCa => 0 . 9,
    /// Service account tokens are signed with a key of their own (`cluster.serviceAccount`).
    ServiceAccount => 0 . 9,
    /// The API asks for roles (`machine.features.rbac`).
    Rbac => 0 . 11,
    /// Machines add their own names to their certificates, so that none have to be written.
    DynamicCertSans => 0 . 13,
    /// Authorities of etcd and Kubernetes sign with SHA-256 instead of SHA-512.
    EcdsaSha256 => 0 . 13,
    /// Discovery is on unless it is switched off (`cluster.discovery`).
    ClusterDiscovery => 0 . 14,
    /// Pod security policies are off (`cluster.apiServer.disablePodSecurityPolicy`).
    NoPodSecurityPolicy => 1 . 0,
    /// Pods are checked against pod security standards (`cluster.apiServer.admissionControl`).
    PodSecurityAdmission => 1 . 1,
    /// Host names stay the same from boot to boot (`machine.features.stableHostname`).
    StableHostname => 1 . 2,
    /// Containers have a seccomp profile unless they ask for none (`defaultRuntimeSeccompProfileEnabled`).
    DefaultRuntimeSeccompProfile => 1 . 2,
    /// `allowSchedulingOnControlPlanes` replaces `allowSchedulingOnMasters`.
    AllowSchedulingOnControlPlanes => 1 . 2,
    /// Discovery does not use Kubernetes as a registry.
    NoKubernetesDiscovery => 1 . 2,
    /// apid asks certificates what they may be used for (`machine.features.apidCheckExtKeyUsage`).
    ApidExtKeyUsageCheck => 1 . 3,
    /// The kubelet reads no manifests from a folder (`disableManifestsDirectory`).
    NoManifestsDirectory => 1 . 3,
    /// The audit policy can be set (`cluster.apiServer.auditPolicy`).
    AuditPolicy => 1 . 3,
    /// Secrets in etcd are encrypted with secretbox instead of AES-CBC.
    SecretboxEncryption => 1 . 3,
    /// Disks count what projects use (`machine.features.diskQuotaSupport`).
    DiskQuotaSupport => 1 . 5,
    /// KubePrism is on (`machine.features.kubePrism`).
    KubePrism => 1 . 6,
    /// The key of new service accounts is RSA.
    RsaServiceAccount => 1 . 7,
    /// Control plane machines are kept out of load balancers (`machine.nodeLabels`).
    ExcludeFromLoadBalancers => 1 . 8,
    /// Workers know the name of their cluster (`cluster.clusterName`).
    WorkerClusterName => 1 . 8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_releases() {
        for (text, major, minor) in [
            ("v1.5", 1, 5),
            ("v1.5.5", 1, 5),
            ("v1.5.7-alpha.0", 1, 5),
            ("v0.14.", 0, 14),
            ("v01.07", 1, 7),
            ("v2.0.anything at all", 2, 0),
            ("v1.99999999999999999999", 1, u64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(VersionContract::release(major, minor)), "{text}");
        }
    }

    #[test]
    fn refuses_other_texts() {
        for text in
            ["", "v", "1.5", "v1", "v1.", "v.5", "v1.5foo", "v1.5-alpha", "latest", "V1.5", " v1.5", "v1.5\n", "v١.٥"]
        {
            let error = text.parse::<VersionContract>().unwrap_err();
            assert_eq!(error.to_string(), format!("error parsing version {text:?}"));
        }
    }

    #[test]
    fn the_present_contract_is_above_all() {
        let release = VersionContract::release;
        assert!(release(0, 14) < release(1, 0));
        assert!(release(1, 9) < release(1, 10));
        assert!(release(99, 0) < VersionContract::Current);
        assert!(!VersionContract::Current.is_later() && release(1, 6).is_later() && !release(1, 5).is_later());
    }

    #[test]
    fn the_present_contract_has_what_its_release_has() {
        for &feature in Feature::ALL {
            assert_eq!(VersionContract::Current.has(feature), NEWEST.has(feature), "{feature:?}");
        }
        assert!(VersionContract::release(1, 6).has(Feature::KubePrism));
        assert!(!VersionContract::release(0, 8).has(Feature::EcdsaKeys));
    }

    #[test]
    fn features_come_in_the_order_of_releases() {
        assert!(Feature::ALL.is_sorted_by_key(|feature| feature.since()));
        let of = |minor| Feature::ALL.iter().filter(|feature| feature.since() == (1, minor)).count();
        assert_eq!([of(0), of(1), of(2), of(3), of(4), of(5)], [1, 1, 4, 4, 0, 1]);
    }
}
