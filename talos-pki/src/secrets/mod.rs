//! The secrets of a cluster: everything its machine configurations have in common and nobody else may know.
//!
//! `secrets.yaml` holds them ([`Bundle`]); a cluster can be generated again from it.

mod bundle;
mod certs;
mod tokens;

pub use bundle::{Bundle, Cluster, Secrets, TrustdInfo};
pub use certs::Certs;
pub use tokens::ENCRYPTION_SECRET_BYTES;
