//! Keys, certificates and secrets of a Talos cluster.
//!
//! With default features the crate is data only: [PEM](pem) text as the reference writes it, [roles](role), and the
//! [secrets bundle](secrets) (`secrets.yaml`). It draws no randomness, reads no clock, opens no file and compiles no C.

#[cfg(feature = "issue")]
mod asn1;
#[cfg(feature = "issue")]
pub mod authority;
pub mod base64;
#[cfg(feature = "issue")]
pub mod certificate;
#[cfg(feature = "issue")]
pub mod client;
pub mod clock;
#[cfg(feature = "issue")]
pub mod csr;
#[cfg(feature = "deterministic")]
pub mod deterministic;
pub mod error;
pub mod fields;
pub mod fingerprint;
pub mod key;
pub mod kubeconfig;
#[cfg(feature = "issue")]
pub mod name;
pub mod pem;
pub mod random;
#[cfg(feature = "rcgen")]
pub mod rcgen;
pub mod role;
pub mod secrets;
#[cfg(feature = "issue")]
pub mod standalone;

#[cfg(feature = "issue")]
pub use authority::{AuthorityParams, CertificateAuthority, SigningParams};
#[cfg(feature = "issue")]
pub use certificate::Certificate;
pub use clock::{Clock, FixedClock};
#[cfg(feature = "issue")]
pub use csr::{CertificateRequest, RequestParams};
pub use fingerprint::Fingerprint;
#[cfg(feature = "issue")]
pub use key::KeyPair;
#[cfg(feature = "issue")]
pub use name::DistinguishedName;
pub use pem::{PemCertificateAndKey, PemKey};
pub use random::Random;
pub use role::{Role, RoleSet};
