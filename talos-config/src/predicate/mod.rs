//! Questions about texts in a configuration: is this an address, a network, a name, a key?
//!
//! Each accepts and refuses exactly what the reference does, which is mostly what Go's standard library does.

pub(crate) mod address;
pub(crate) mod dns_name;
pub(crate) mod endpoint;
pub(crate) mod host_port;
pub(crate) mod label;
pub(crate) mod wireguard_key;
