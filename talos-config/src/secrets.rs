//! Secrets of a cluster: what new ones depend on, and how to take them back from the configuration of a control plane
//! machine.

use talos_pki::PemCertificateAndKey;
use talos_pki::key::{KeySpec, SignatureAlgorithm};
use talos_pki::secrets::{Bundle, Certs, Cluster, EncryptionSecret, Options, Secrets, TrustdInfo};

use crate::v1alpha1::Config;
use crate::version_contract::{Feature, VersionContract};

/// What the new secrets of a cluster consist of, by the release that its machines run.
///
/// `later_contracts` has the meaning of [`generate::Options::later_contracts`](crate::generate::Options::later_contracts):
/// with it, service accounts of contract 1.7 and later get an RSA key.
///
/// ```
/// use talos_config::VersionContract;
/// use talos_pki::secrets::{EncryptionSecret, Options};
///
/// assert_eq!(talos_config::secrets::options(VersionContract::Current, false), Options::default());
/// let options = talos_config::secrets::options("v1.2".parse()?, false);
/// assert_eq!(options.encryption, EncryptionSecret::AesCbc);
/// # Ok::<_, talos_config::version_contract::Error>(())
/// ```
pub fn options(contract: VersionContract, later_contracts: bool) -> Options {
    let ecdsa = if contract.has(Feature::EcdsaSha256) {
        SignatureAlgorithm::EcdsaSha256
    } else {
        SignatureAlgorithm::EcdsaSha512
    };
    let service_account =
        if later_contracts && contract.has(Feature::RsaServiceAccount) { KeySpec::Rsa4096 } else { KeySpec::EcdsaP256 };
    Options {
        authorities: if contract.has(Feature::EcdsaKeys) { ecdsa } else { SignatureAlgorithm::RsaSha512 },
        aggregator: contract.has(Feature::AggregatorCa).then_some(ecdsa),
        service_account: contract.has(Feature::ServiceAccount).then_some(service_account),
        encryption: if contract.has(Feature::SecretboxEncryption) {
            EncryptionSecret::Secretbox
        } else {
            EncryptionSecret::AesCbc
        },
    }
}

/// Why a configuration does not hold the secrets of its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `machine` section.
    #[error("the configuration has no `machine` section; take the whole configuration of a control plane machine")]
    NoMachine,
    /// There is no `cluster` section.
    #[error("the configuration has no `cluster` section; take the whole configuration of a control plane machine")]
    NoCluster,
    /// The authority of the Talos API has no key, as on workers.
    #[error("`machine.ca` has no key; take the configuration of a control plane machine, workers have no keys")]
    NoKey,
}

/// Rebuilds the secrets bundle of a cluster. What the configuration does not have stays absent.
///
/// # Errors
/// When a section is missing, or the machine is a worker: its configuration has certificates without keys.
pub fn from_config(config: &Config) -> Result<Bundle, Error> {
    let machine = config.machine.as_deref().ok_or(Error::NoMachine)?;
    let cluster = config.cluster.as_deref().ok_or(Error::NoCluster)?;
    let os = machine.ca.as_deref().filter(|ca| !ca.key.is_empty()).ok_or(Error::NoKey)?;
    let pair = |pair: Option<&PemCertificateAndKey>| pair.cloned();
    Ok(Bundle {
        cluster: Some(Cluster { id: cluster.id.clone(), secret: cluster.secret.clone() }),
        secrets: Some(Secrets {
            bootstrap_token: cluster.token.clone(),
            aescbc_encryption_secret: cluster.aescbc_encryption_secret.clone(),
            secretbox_encryption_secret: cluster.secretbox_encryption_secret.clone(),
        }),
        trustd_info: Some(TrustdInfo { token: machine.token.clone() }),
        certs: Some(Certs {
            admin: None,
            etcd: pair(cluster.etcd.as_ref().and_then(|etcd| etcd.ca.as_deref())),
            k8s: pair(cluster.ca.as_deref()),
            k8s_aggregator: pair(cluster.aggregator_ca.as_deref()),
            k8s_service_account: cluster.service_account.as_deref().cloned(),
            os: Some(os.clone()),
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_secrets_depend_on_the_contract() {
        let release = |major, minor| options(VersionContract::release(major, minor), false);
        assert_eq!(release(1, 3), Options::default());
        assert_eq!(release(1, 9), Options::default());
        assert_eq!(release(1, 2), Options { encryption: EncryptionSecret::AesCbc, ..Options::default() });
        assert_eq!(release(0, 13), release(1, 2));
        let sha512 = SignatureAlgorithm::EcdsaSha512;
        assert_eq!(release(0, 12), Options { authorities: sha512, aggregator: Some(sha512), ..release(1, 2) });
        assert_eq!(release(0, 9), release(0, 12));
        assert_eq!(
            release(0, 8),
            Options {
                authorities: SignatureAlgorithm::RsaSha512,
                aggregator: None,
                service_account: None,
                encryption: EncryptionSecret::AesCbc,
            }
        );
    }

    #[test]
    fn later_contracts_sign_service_accounts_with_rsa() {
        let release = |minor| options(VersionContract::release(1, minor), true).service_account;
        assert_eq!((release(6), release(7)), (Some(KeySpec::EcdsaP256), Some(KeySpec::Rsa4096)));
    }
}
