//! The nodes that a cluster should have.

use std::net::IpAddr;

use talos_config::value::url::{IpError, is_ipv6};

use super::texts::quoted_list;
use crate::client::{self, Client, ListOptions};
use crate::kubernetes::Node;
use crate::resources::cluster::{MemberSpec, Members};
use crate::resources::config::MachineType;
use crate::resources::{Ip, Resource};

/// What a node does in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Belongs to the control plane and started the first etcd: a type of machines of old.
    Init,
    /// Belongs to the control plane.
    ControlPlane,
    /// Runs the pods of users.
    Worker,
}

/// A node and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// The address its API is asked for.
    pub internal_ip: Ip,
    /// All its addresses.
    pub ips: Vec<Ip>,
}

/// The nodes that a cluster should have, each with its role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    nodes: Vec<(Role, NodeInfo)>,
}

/// Why it is not known which nodes there are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InfoError {
    /// The members cannot be listed.
    #[error(transparent)]
    Call(#[from] client::Error),
    /// A member has no address.
    #[error("no IP address found for member: {0}")]
    NoAddress(String),
}

/// A text that should be an IP address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct AddressError(#[from] IpError);

/// The nodes there are are not those there should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// One is missing.
    #[error("can't find expected node with IPs {}", quoted_list(.0))]
    Missing(Vec<Ip>),
    /// Some should not be there.
    #[error("unexpected nodes with IPs {}", quoted_list(.0))]
    Unexpected(Vec<Ip>),
}

impl NodeInfo {
    /// A node with one address.
    ///
    /// # Errors
    /// [`AddressError`] when the text is no IP address.
    pub fn at(address: &str) -> Result<Self, AddressError> {
        let is_ipv6 = is_ipv6(address)?;
        let ip: Ip = address.parse().map_err(|_| IpError {
            address: address.to_owned(),
            problem: if is_ipv6 { "unable to parse IPv6" } else { "unable to parse IPv4" },
            at: String::new(),
        })?;
        Ok(Self { internal_ip: ip.clone(), ips: vec![ip] })
    }

    fn shares_address_with(&self, ips: &[Ip]) -> bool {
        self.ips.iter().any(|ip| ips.contains(ip))
    }
}

impl Info {
    /// The nodes with their roles, in this order.
    pub fn new(nodes: impl IntoIterator<Item = (Role, NodeInfo)>) -> Self {
        Self { nodes: nodes.into_iter().collect() }
    }

    /// The members of the cluster that the endpoints of a client belong to.
    ///
    /// # Errors
    /// [`InfoError`] when they cannot be listed or have no addresses.
    pub async fn discover(client: &Client) -> Result<Self, InfoError> {
        let members = client.without_nodes().resources::<Members>().list(&ListOptions::default()).await?;
        Self::from_members(&members)
    }

    /// The nodes that discovery found. Their first address is the one they are asked by.
    ///
    /// # Errors
    /// [`InfoError::NoAddress`].
    pub fn from_members(members: &[Resource<MemberSpec>]) -> Result<Self, InfoError> {
        let mut nodes = Vec::new();
        for member in members {
            let role = match member.spec.machine_type {
                MachineType::INIT => Role::Init,
                MachineType::CONTROL_PLANE => Role::ControlPlane,
                _ => Role::Worker,
            };
            let ips = member.spec.addresses.clone();
            let first = ips.first().cloned().ok_or_else(|| InfoError::NoAddress(member.metadata.id.clone()))?;
            nodes.push((role, NodeInfo { internal_ip: first, ips }));
        }
        nodes.sort_by_key(|(role, _)| *role);
        Ok(Self { nodes })
    }

    /// All nodes.
    pub fn nodes(&self) -> impl Iterator<Item = &NodeInfo> {
        self.nodes.iter().map(|(_, node)| node)
    }

    /// The nodes of the control plane.
    pub fn control_plane(&self) -> impl Iterator<Item = &NodeInfo> {
        self.nodes.iter().filter(|(role, _)| *role != Role::Worker).map(|(_, node)| node)
    }

    /// The role of the node that is asked by an address.
    pub(super) fn role_of(&self, internal_ip: &str) -> Option<Role> {
        let found = self.nodes.iter().find(|(_, node)| node.internal_ip.to_string() == internal_ip);
        found.map(|(role, _)| *role)
    }
}

/// Checks that nodes of Kubernetes are those expected: each shares an address with one of them.
///
/// # Errors
/// [`Mismatch`].
pub(super) fn matches<'n>(
    expected: impl IntoIterator<Item = &'n NodeInfo>,
    actual: impl IntoIterator<Item = Vec<Ip>>,
) -> Result<(), Mismatch> {
    let mut actual: Vec<Vec<Ip>> = actual.into_iter().collect();
    for node in expected {
        let found = actual.iter().position(|ips| node.shares_address_with(ips));
        actual.remove(found.ok_or_else(|| Mismatch::Missing(node.ips.clone()))?);
    }
    if actual.is_empty() {
        return Ok(());
    }
    let mut unexpected: Vec<Ip> = actual.into_iter().flatten().collect();
    unexpected.sort();
    Err(Mismatch::Unexpected(unexpected))
}

/// Internal and external addresses of a node of Kubernetes.
pub(super) fn ips_of(node: &Node) -> Result<Vec<Ip>, AddressError> {
    node.ips().map(|ips| ips.into_iter().map(<Ip as From<IpAddr>>::from).collect()).map_err(|(text, _)| {
        let problem = is_ipv6(&text).err();
        AddressError(problem.unwrap_or(IpError { address: text, problem: "unable to parse IP", at: String::new() }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(addresses: &[&str]) -> NodeInfo {
        let ips: Vec<Ip> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        NodeInfo { internal_ip: ips[0].clone(), ips }
    }

    #[test]
    fn addresses_are_checked_in_the_known_words() {
        for (text, problem) in [
            ("x", "ParseAddr(\"x\"): unable to parse IP"),
            ("10.5.0", "ParseAddr(\"10.5.0\"): IPv4 address too short"),
            ("10.5.0.256", "ParseAddr(\"10.5.0.256\"): IPv4 field has value >255"),
        ] {
            assert_eq!(NodeInfo::at(text).unwrap_err().to_string(), problem);
        }
        assert_eq!(NodeInfo::at("fe80::1%eth0").unwrap().internal_ip.to_string(), "fe80::1%eth0");
    }

    #[test]
    fn one_common_address_is_enough() {
        let expected = [node(&["10.5.0.2", "fd00::2"]), node(&["10.5.0.3"])];
        let actual = |lists: &[&[&str]]| lists.iter().map(|list| node(list).ips).collect::<Vec<_>>();
        assert_eq!(matches(&expected, actual(&[&["10.5.0.3"], &["fd00::2"]])), Ok(()));
        let missing = matches(&expected, actual(&[&["10.5.0.3"]])).unwrap_err();
        assert_eq!(missing.to_string(), "can't find expected node with IPs [\"10.5.0.2\" \"fd00::2\"]");
        let more = matches(&expected[1..], actual(&[&["10.5.0.3"], &["10.5.0.9"], &["10.5.0.4"]])).unwrap_err();
        assert_eq!(more.to_string(), "unexpected nodes with IPs [\"10.5.0.4\" \"10.5.0.9\"]");
    }

    #[test]
    fn roles_come_from_lists() {
        let info = Info::new([(Role::Init, node(&["10.5.0.2"])), (Role::Worker, node(&["10.5.0.4"]))]);
        assert_eq!((info.nodes().count(), info.control_plane().count()), (2, 1));
        assert_eq!(info.role_of("10.5.0.4"), Some(Role::Worker));
        assert_eq!(info.role_of("10.5.0.5"), None);
    }
}
