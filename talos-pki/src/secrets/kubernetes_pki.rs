//! The keys of an existing Kubernetes, in the layout of kubeadm.

use super::Options;
use crate::pem::{PemCertificateAndKey, PemKey};
use crate::{authority, key};

/// The authorities and keys of a folder like `/etc/kubernetes/pki`, each text as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KubernetesPki {
    /// `ca.crt`, `ca.key`: authority of Kubernetes.
    pub ca: PemCertificateAndKey,
    /// `etcd/ca.crt`, `etcd/ca.key`: authority of etcd.
    pub etcd: PemCertificateAndKey,
    /// `front-proxy-ca.crt`, `front-proxy-ca.key`: authority of the front proxy.
    pub aggregator: Option<PemCertificateAndKey>,
    /// `sa.key`: key of service account tokens.
    pub service_account: Option<PemKey>,
}

/// A folder someone else reads for us. Paths are relative to it, with `/`.
pub trait PkiFolder {
    /// What goes wrong when a file is read.
    type Error;

    /// The content of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&mut self, path: &str) -> Result<Vec<u8>, Self::Error>;

    /// Whether there is a file.
    fn exists(&mut self, path: &str) -> bool;
}

/// Why the keys of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E> {
    /// A file cannot be read.
    #[error(transparent)]
    Read(E),
    /// A certificate cannot be read.
    #[error(transparent)]
    Certificate(authority::Error),
    /// A key cannot be read.
    #[error(transparent)]
    Key(key::Error),
    /// There is an authority of the front proxy, and the cluster is made for a version without one.
    #[error("aggregator CA found in pki dir but is not supported by the requested version")]
    UnexpectedAggregator,
    /// There is a service account key, and the cluster is made for a version without one.
    #[error("service account key found in pki dir but is not supported by the requested version")]
    UnexpectedServiceAccount,
}

impl KubernetesPki {
    /// Reads a folder. What the version has must be there; what it does not have must not.
    ///
    /// Each pair is checked right after it was read, key first.
    ///
    /// # Errors
    /// The first [`Error`] met, in the order Kubernetes, etcd, front proxy, service account.
    pub fn read<F: PkiFolder>(folder: &mut F, options: &Options) -> Result<Self, Error<F::Error>> {
        let ca = pair(folder, "ca.crt", "ca.key")?;
        let etcd = pair(folder, "etcd/ca.crt", "etcd/ca.key")?;
        let aggregator = match options.aggregator {
            Some(_) => Some(pair(folder, "front-proxy-ca.crt", "front-proxy-ca.key")?),
            None if folder.exists("front-proxy-ca.crt") => return Err(Error::UnexpectedAggregator),
            None => None,
        };
        let service_account = match options.service_account {
            Some(_) => {
                let key = PemKey::new(folder.read("sa.key").map_err(Error::Read)?);
                key.parse().map_err(Error::Key)?;
                Some(key)
            }
            None if folder.exists("sa.key") => return Err(Error::UnexpectedServiceAccount),
            None => None,
        };
        Ok(Self { ca, etcd, aggregator, service_account })
    }
}

fn pair<F: PkiFolder>(folder: &mut F, crt: &str, key: &str) -> Result<PemCertificateAndKey, Error<F::Error>> {
    let crt = folder.read(crt).map_err(Error::Read)?;
    let key = folder.read(key).map_err(Error::Read)?;
    let pair = PemCertificateAndKey::new(crt, key);
    pair.parse_key().map_err(Error::Key)?;
    pair.parse_certificate().map_err(|error| Error::Certificate(error.into()))?;
    Ok(pair)
}
