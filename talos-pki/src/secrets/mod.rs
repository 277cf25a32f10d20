//! The secrets of a cluster: everything its machine configurations have in common and nobody else may know.
//!
//! `secrets.yaml` holds them ([`Bundle`]); a cluster can be generated again from it.

mod bundle;
mod certs;
#[cfg(feature = "issue")]
mod generate;
#[cfg(feature = "issue")]
mod kubernetes_pki;
mod load;
mod options;
mod tokens;
mod validate;

pub use bundle::{Bundle, Cluster, Secrets, TrustdInfo};
pub use certs::Certs;
#[cfg(feature = "issue")]
pub use generate::Error as GenerateError;
#[cfg(feature = "issue")]
pub use kubernetes_pki::{Error as KubernetesPkiError, KubernetesPki, PkiFolder};
pub use load::LoadError;
pub use options::{EncryptionSecret, Options};
pub use tokens::{SECRET_BYTES, generate_cluster_id, generate_secret, generate_token};
pub use validate::Problem;
