//! Membership of the cluster.

use super::config::MachineType;
use super::kinds::kinds;
use super::net::{Ip, IpPort, IpPrefix};
use super::spec::spec;
use super::value::ByteList;

kinds! {
    /// Possible members of the cluster, as discovery found them.
    Affiliates: AffiliateSpec = "Affiliates.cluster.talos.dev" in "cluster" {
        display: "Affiliate",
        aliases: [],
        columns: [("Hostname", "{.hostname}"), ("Machine Type", "{.machineType}"), ("Addresses", "{.addresses}")],
    }

    /// How members find each other.
    DiscoveryConfigs: ConfigSpec = "DiscoveryConfigs.cluster.talos.dev" in "config" {
        display: "DiscoveryConfig",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Who this node is in the cluster.
    Identities: IdentitySpec = "Identities.cluster.talos.dev" in "cluster" {
        display: "Identity",
        aliases: [],
        columns: [("ID", "{.nodeId}")],
    }

    /// The cluster this node belongs to.
    Infos: InfoSpec = "Infos.cluster.talos.dev" in "cluster" {
        display: "Info",
        aliases: [],
        columns: [("Cluster ID", "{.clusterId}"), ("Cluster Name", "{.clusterName}")],
    }

    /// Members of the cluster.
    Members: MemberSpec = "Members.cluster.talos.dev" in "cluster" {
        display: "Member",
        aliases: [],
        columns: [("Hostname", "{.hostname}"), ("Machine Type", "{.machineType}"), ("OS", "{.operatingSystem}"), ("Addresses", "{.addresses}")],
    }
}

spec! {
    /// What [`Affiliates`] say.
    AffiliateSpec = "talos.resource.definitions.cluster.AffiliateSpec" {
        1 node_id: String = "nodeId",
        2 addresses: Vec<Ip> = "addresses",
        3 hostname: String = "hostname",
        4 nodename: String = "nodename" [omit_empty],
        5 operating_system: String = "operatingSystem",
        6 machine_type: MachineType = "machineType",
        7 kube_span: KubeSpanAffiliateSpec = "kubespan" [omit_empty],
        8 control_plane: Option<ControlPlane> = "controlPlane" [omit_empty],
    }

    /// What [`DiscoveryConfigs`] say.
    ConfigSpec = "talos.resource.definitions.cluster.ConfigSpec" {
        1 discovery_enabled: bool = "discoveryEnabled",
        2 registry_kubernetes_enabled: bool = "registryKubernetesEnabled",
        3 registry_service_enabled: bool = "registryServiceEnabled",
        4 service_endpoint: String = "serviceEndpoint",
        5 service_endpoint_insecure: bool = "serviceEndpointInsecure" [omit_empty],
        6 service_encryption_key: ByteList = "serviceEncryptionKey" [secret],
        7 service_cluster_id: String = "serviceClusterID",
    }

    /// Where a control plane node serves the Kubernetes API.
    ControlPlane = "talos.resource.definitions.cluster.ControlPlane" {
        1 api_server_port: i64 = "port",
    }

    /// What [`Identities`] say.
    IdentitySpec = "talos.resource.definitions.cluster.IdentitySpec" {
        1 node_id: String = "nodeId",
    }

    /// What [`Infos`] say.
    InfoSpec = "talos.resource.definitions.cluster.InfoSpec" {
        1 cluster_id: String = "clusterId",
        2 cluster_name: String = "clusterName",
    }

    /// What a possible member says about itself in the mesh.
    KubeSpanAffiliateSpec = "talos.resource.definitions.cluster.KubeSpanAffiliateSpec" {
        1 public_key: String = "publicKey",
        2 address: Ip = "address",
        3 additional_addresses: Vec<IpPrefix> = "additionalAddresses",
        4 endpoints: Vec<IpPort> = "endpoints",
    }

    /// What [`Members`] say.
    MemberSpec = "talos.resource.definitions.cluster.MemberSpec" {
        1 node_id: String = "nodeId",
        2 addresses: Vec<Ip> = "addresses",
        3 hostname: String = "hostname",
        4 machine_type: MachineType = "machineType",
        5 operating_system: String = "operatingSystem",
        6 control_plane: Option<ControlPlane> = "controlPlane" [omit_empty],
    }
}
