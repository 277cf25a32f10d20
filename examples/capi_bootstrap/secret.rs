//! Secrets of a cluster as management clusters keep them: the secret `CLUSTER-talos`.

use std::collections::BTreeMap;

use talos_pki::secrets::{Bundle, Cluster, LoadError};

/// Content of a Kubernetes secret.
pub(crate) type SecretData = BTreeMap<String, Vec<u8>>;

/// Why a secret holds no bundle.
#[derive(Debug)]
pub(crate) enum Error {
    /// A key is missing.
    Missing(&'static str),
    /// The text of the keys is no bundle.
    Load(LoadError),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(key) => write!(f, "the secret has no key {key:?}"),
            Self::Load(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// Reads the bundle. Providers up to 0.2 kept its parts under keys of their own and had no identity of the cluster.
pub(crate) fn read(data: &SecretData) -> Result<Bundle, Error> {
    if let Some(text) = data.get("bundle") {
        return Bundle::from_yaml(text.clone()).map_err(Error::Load);
    }
    let mut whole = Vec::new();
    for (key, section) in [("certs", "certs"), ("kubeSecrets", "secrets"), ("trustdInfo", "trustdinfo")] {
        let text = data.get(key).ok_or(Error::Missing(key))?;
        whole.extend_from_slice(section.as_bytes());
        whole.extend_from_slice(b":\n");
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            whole.extend_from_slice(b"  ");
            whole.extend_from_slice(line);
        }
        whole.push(b'\n');
    }
    let mut bundle = Bundle::from_yaml(whole).map_err(Error::Load)?;
    bundle.cluster = Some(Cluster::default());
    Ok(bundle)
}

/// Writes a bundle as the newest form of the secret.
pub(crate) fn write(bundle: &Bundle) -> SecretData {
    SecretData::from([("bundle".to_owned(), bundle.to_yaml().as_bytes().to_vec())])
}
