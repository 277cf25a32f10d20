//! `talosctl gen`: keys, certificates, secrets and configurations, made on this machine.

mod ca;
mod client_cert;
pub(super) mod config;
mod crt;
mod csr;
mod key;
mod keypair;
mod secrets;
mod secureboot;

use std::net::IpAddr;

use anyhow::bail;

use crate::command::Command;
use crate::flag::FlagOf;

static FORCE: FlagOf<bool> = FlagOf::switch("force", "Overwrite files that exist").short('f');

pub(crate) static COMMAND: Command = Command {
    persistent: &[FORCE.row()],
    children: &[
        &ca::COMMAND,
        &client_cert::COMMAND,
        &config::COMMAND,
        &crt::COMMAND,
        &csr::COMMAND,
        &key::COMMAND,
        &keypair::COMMAND,
        &secrets::COMMAND,
        &secureboot::COMMAND,
    ],
    ..Command::new("gen", "Make keys, certificates, secrets and configurations")
};

/// Reads an address of a certificate. IPv4 addresses in IPv6 form become IPv4 ones.
fn address(text: &str) -> anyhow::Result<IpAddr> {
    match text.parse::<IpAddr>() {
        Ok(address) => Ok(address.to_canonical()),
        Err(_) => bail!("invalid IP: {text}"),
    }
}
