//! What the resources of a node say about it.

use talos_api::resources::config::MachineType;
use talos_api::resources::runtime::MachineStage;

/// What is known about a node from its resources. What is not known, or not there, is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Number the firmware gave the machine.
    pub uuid: Option<String>,
    /// Name of the cluster.
    pub cluster: Option<String>,
    /// What the machine is doing, and whether it is ready.
    pub status: Option<(MachineStage, bool)>,
    /// What it is configured to be.
    pub machine_type: Option<MachineType>,
    /// How many machines it sees in the cluster.
    pub members: Option<usize>,
    /// Version of Kubernetes: the tag of the kubelet's image.
    pub kubernetes: Option<String>,
    /// Whether the parts of the control plane are ready.
    pub control_plane: ControlPlane,
    /// Host name.
    pub host: Option<String>,
    /// Addresses with the length of their network.
    pub addresses: Option<Vec<String>>,
    /// Gateways of default routes, IPv4 first.
    pub gateways: Option<Vec<String>>,
    /// Whether the network is up.
    pub is_connected: Option<bool>,
    /// Name servers.
    pub resolvers: Option<Vec<String>>,
    /// Time servers.
    pub time_servers: Option<Vec<String>>,
}

/// Whether the static pods of a control plane node are ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlPlane {
    /// kube-apiserver.
    pub api_server: Option<bool>,
    /// kube-controller-manager.
    pub controller_manager: Option<bool>,
    /// kube-scheduler.
    pub scheduler: Option<bool>,
}

/// A change of [`Facts`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each is the field of the same name")]
pub enum Fact {
    Uuid(Option<String>),
    Cluster(Option<String>),
    Status(Option<(MachineStage, bool)>),
    MachineType(Option<MachineType>),
    Members(usize),
    Kubernetes(Option<String>),
    ControlPlane(ControlPlane),
    Host(Option<String>),
    Addresses(Option<Vec<String>>),
    Gateways(Option<Vec<String>>),
    IsConnected(Option<bool>),
    Resolvers(Option<Vec<String>>),
    TimeServers(Option<Vec<String>>),
}

impl Facts {
    /// Takes a change in.
    pub fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Uuid(value) => self.uuid = value,
            Fact::Cluster(value) => self.cluster = value,
            Fact::Status(value) => self.status = value,
            Fact::MachineType(value) => self.machine_type = value,
            Fact::Members(value) => self.members = Some(value),
            Fact::Kubernetes(value) => self.kubernetes = value,
            Fact::ControlPlane(value) => self.control_plane = value,
            Fact::Host(value) => self.host = value,
            Fact::Addresses(value) => self.addresses = value,
            Fact::Gateways(value) => self.gateways = value,
            Fact::IsConnected(value) => self.is_connected = value,
            Fact::Resolvers(value) => self.resolvers = value,
            Fact::TimeServers(value) => self.time_servers = value,
        }
    }

    /// Whether it runs a control plane.
    pub fn is_control_plane(&self) -> bool {
        matches!(self.machine_type, Some(MachineType::CONTROL_PLANE | MachineType::INIT))
    }
}
