//! Keys, certificates and secrets of a Talos cluster.
//!
//! With default features the crate is data only: [PEM](pem) text as the reference writes it, [roles](role), and the
//! [secrets bundle](secrets) (`secrets.yaml`). It compiles no C and builds for wasm32.
//!
//! | Feature | Adds |
//! |---|---|
//! | `issue` | keys, authorities, requests and certificates; new bundles; client credentials. Compiles aws-lc |
//! | `deterministic` | repeatable runs: a seeded random source, ECDSA nonces by RFC 6979 |
//! | `rcgen` | authorities as issuers of rcgen, and keys from there |
//!
//! Clock and randomness are arguments ([`Clock`], [`Random`]); files are opened by whoever calls. Two things are drawn by
//! the cryptographic library from its own source: the nonces of ECDSA signatures, unless the run is to be repeatable, and
//! the primes of RSA keys.
//!
//! Secrets are wiped when they are dropped and never shown by `Debug`.
//!
//! # Examples
//!
//! The secrets of a new cluster, and the certificate of its administrator:
#![cfg_attr(feature = "deterministic", doc = "```")]
#![cfg_attr(not(feature = "deterministic"), doc = "```ignore")]
//! use std::time::SystemTime;
//!
//! use talos_pki::certificate::Validity;
//! use talos_pki::client::{self, CLIENT_LIFETIME};
//! use talos_pki::deterministic::SeededRandom;
//! use talos_pki::secrets::{Bundle, Options};
//! use talos_pki::{FixedClock, Role};
//!
//! // Real use passes the clock and the random source of the system.
//! let clock = FixedClock(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_701_388_800));
//! let mut random = SeededRandom::new([7; 32]);
//!
//! let bundle = Bundle::generate(&Options::default(), &clock, &mut random)?;
//! assert!(bundle.to_yaml().starts_with("cluster:\n    id: "));
//!
//! let authority = bundle.certs.as_ref().and_then(|certs| certs.os.as_ref()).expect("a new bundle is complete");
//! let validity = Validity::from_now(&clock, CLIENT_LIFETIME)?;
//! let pair = client::talos(authority, &Role::Admin.into(), validity, &mut random)?;
//! assert_eq!(pair.parse_certificate()?.roles().to_strings(), ["os:admin"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
