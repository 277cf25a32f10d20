//! Networks of their own for machines that are processes: a namespace for each, joined by a bridge.
//!
//! All of it is done by `ip` (iproute2), and needs root.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use super::network::{self, Network};

/// A network with a bridge, whose machines are in namespaces that have their names.
#[derive(Clone, Debug)]
pub struct Isolation {
    ip: PathBuf,
    hash: String,
}

/// Why there is no network of their own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `ip` cannot be run.
    #[error("{}", .program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `ip` refused.
    #[error("ip {arguments}: {reason}")]
    Refused {
        /// What it was told.
        arguments: String,
        /// What it said.
        reason: String,
    },
    /// The network has no room.
    #[error(transparent)]
    Network(#[from] network::Error),
    /// This computer has the address of the gateway.
    #[error("network {0} is in use on this computer, choose another with --cidr")]
    Taken(Network),
}

impl Isolation {
    /// The network called `name`, made by the program `ip`.
    pub fn new(ip: PathBuf, name: &str) -> Self {
        let digest = Sha256::digest(name.as_bytes());
        Self { ip, hash: digest[..4].iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    /// Name of the bridge: `talos` and eight hexadecimal digits of the SHA-256 of the network's name.
    pub fn bridge(&self) -> String {
        format!("talos{}", self.hash)
    }

    /// Whether this process may make namespaces, and `ip` works.
    ///
    /// # Errors
    /// What is missing.
    pub fn check(&self) -> Result<(), Error> {
        let name = format!("talos-{}-{}", self.hash, std::process::id());
        self.run(&["netns", "add", &name])?;
        self.run(&["netns", "delete", &name])
    }

    /// Makes the bridge, with the address of the gateway.
    ///
    /// # Errors
    /// [`Error::Taken`], or when `ip` refuses.
    pub fn create(&self, network: Network, mtu: i64) -> Result<(), Error> {
        if TcpListener::bind((network.gateway()?, 0)).is_ok() {
            return Err(Error::Taken(network));
        }
        let bridge = self.bridge();
        let address = format!("{}/{}", network.gateway()?, network.length());
        self.batch(
            None,
            &[
                format!("link add name {bridge} mtu {mtu} type bridge"),
                format!("address add {address} dev {bridge}"),
                format!("link set dev {bridge} up"),
            ],
        )
    }

    /// Makes the namespace of a machine, counted from 0, and joins it to the bridge.
    ///
    /// # Errors
    /// When `ip` refuses.
    pub fn join(&self, name: &str, index: usize, address: Ipv4Addr, network: Network, mtu: i64) -> Result<(), Error> {
        let port = format!("t{}-{index}", self.hash);
        self.batch(
            None,
            &[
                format!("netns add {name}"),
                format!("link add {port} mtu {mtu} type veth peer name eth0 mtu {mtu} netns {name}"),
                format!("link set dev {port} master {} up", self.bridge()),
            ],
        )?;
        self.batch(
            Some(name),
            &[
                "link set dev lo up".to_owned(),
                format!("address add {address}/{} dev eth0", network.length()),
                "link set dev eth0 up".to_owned(),
                format!("route add default via {}", network.gateway()?),
            ],
        )
    }

    /// How a program is run in the namespace of a machine.
    pub fn command(&self, name: &str, program: &OsStr) -> Command {
        let mut command = self.ip();
        command.args(["netns", "exec", name]).arg(program);
        command
    }

    /// Removes the namespaces of machines and the bridge, as far as they are there.
    ///
    /// # Errors
    /// The first that cannot be removed; the others are.
    pub fn destroy<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        let mut outcome = Ok(());
        let listed = self.output(&["netns", "list"])?;
        for name in names {
            let is_there = listed.lines().any(|line| line.split(' ').next() == Some(name));
            if is_there && let Err(error) = self.run(&["netns", "delete", name]) {
                outcome = outcome.and(Err(error));
            }
        }
        let bridge = self.bridge();
        if self.output(&["link", "show", "dev", &bridge]).is_ok() {
            outcome = outcome.and(self.run(&["link", "delete", "dev", &bridge]));
        }
        outcome
    }

    #[expect(clippy::disallowed_methods, reason = "this is where `ip` is started, and every call waits for its end")]
    fn ip(&self) -> Command {
        Command::new(&self.ip)
    }

    fn run(&self, arguments: &[&str]) -> Result<(), Error> {
        self.output(arguments).map(|_| ())
    }

    fn output(&self, arguments: &[&str]) -> Result<String, Error> {
        let output =
            self.ip().args(arguments).stdin(Stdio::null()).output().map_err(|source| self.no_program(source))?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::Refused { arguments: arguments.join(" "), reason });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Several commands at once, in a namespace or outside of them.
    fn batch(&self, namespace: Option<&str>, lines: &[String]) -> Result<(), Error> {
        let mut command = self.ip();
        if let Some(namespace) = namespace {
            command.args(["-n", namespace]);
        }
        command.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| self.no_program(source))?;
        if let Some(mut input) = child.stdin.take() {
            // When it ends early, what it says tells more.
            let _ = input.write_all((lines.join("\n") + "\n").as_bytes());
        }
        let output = child.wait_with_output().map_err(|source| self.no_program(source))?;
        if output.status.success() {
            return Ok(());
        }
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::Refused { arguments: lines.join("; "), reason })
    }

    fn no_program(&self, source: io::Error) -> Error {
        Error::Run { program: self.ip.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridges_are_called_as_by_the_reference() {
        // printf talos-default | sha256sum
        assert_eq!(Isolation::new("ip".into(), "talos-default").bridge(), BRIDGE);
    }

    #[test]
    fn what_is_wrong_with_the_program_is_told() {
        let none = Isolation::new("/does/not/exist/ip".into(), "lab").check().unwrap_err();
        assert_eq!(none.to_string(), "/does/not/exist/ip");
        let other = Isolation::new("/bin/false".into(), "lab").check().unwrap_err();
        assert!(matches!(other, Error::Refused { .. }), "{other}");
    }

    const BRIDGE: &str = "talos3d3a9d82";
}
