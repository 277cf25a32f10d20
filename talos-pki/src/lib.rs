//! Keys, certificates and secrets of a Talos cluster.
//!
//! With default features the crate is data only: [PEM](pem) text as the reference writes it, [roles](role), and the
//! [secrets bundle](secrets) (`secrets.yaml`). It draws no randomness, reads no clock, opens no file and compiles no C.

pub mod base64;
pub mod clock;
pub mod pem;
pub mod random;
pub mod role;
pub mod secrets;

pub use clock::{Clock, FixedClock};
pub use pem::{PemCertificateAndKey, PemKey};
pub use random::Random;
pub use role::{Role, RoleSet};
