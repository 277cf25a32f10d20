//! `Hostname`: what the node is called.

use talos_api::proto::machine::{Hostname, HostnameResponse};

/// Tells a name.
pub fn hostname(name: &str) -> HostnameResponse {
    HostnameResponse { messages: vec![Hostname { metadata: None, hostname: name.to_owned() }] }
}
