//! Configurations of a new cluster: for its control plane machines, its workers, and for those who manage it.
//!
//! A pure function: the same input gives the same bytes. Randomness and the clock are part of the
//! [secrets bundle](talos_pki::secrets::Bundle) and of the client certificate, which the caller makes before.
//!
//! ```
//! use talos_config::generate::{Input, Options};
//! use talos_config::{MachineType, encode};
//! # use talos_pki::secrets::{Bundle, Certs, Cluster, Secrets, TrustdInfo};
//! # use talos_pki::PemCertificateAndKey;
//! # let authority = || Some(PemCertificateAndKey::new("certificate", "key"));
//! # let secrets = Bundle {
//! #     cluster: Some(Cluster::default()),
//! #     secrets: Some(Secrets::default()),
//! #     trustd_info: Some(TrustdInfo::default()),
//! #     certs: Some(Certs { os: authority(), k8s: authority(), ..Certs::default() }),
//! # };
//!
//! let options = Options { install_disk: "/dev/vda".to_owned(), ..Options::default() };
//! let input = Input::new("demo", "https://10.5.0.2:6443", &options, &secrets);
//! let worker = input.config(MachineType::Worker)?;
//! assert!(encode::to_yaml(&worker, encode::Options::plain()).contains("disk: /dev/vda"));
//! # Ok::<_, talos_config::generate::Error>(())
//! ```

mod control_plane;
mod input;
mod machine;
mod network;
mod options;
mod policies;
mod talosconfig;
mod worker;

pub use input::{Error, Input, MissingSecrets, check_secrets};
pub use network::{InterfaceChange, InterfaceSelector, NetworkOption};
pub use options::Options;
pub use policies::{default_audit_policy, pod_security};
