//! The mesh between nodes.

use super::kinds::kinds;
use super::net::{Ip, IpPort, IpPrefix};
use super::spec::spec;
use super::texts::texts;
use super::time_value::Timestamp;

kinds! {
    /// How the mesh is configured.
    KubeSpanConfigs: ConfigSpec = "KubeSpanConfigs.kubespan.talos.dev" in "config" {
        display: "KubeSpanConfig",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Endpoints through which peers were seen.
    KubeSpanEndpoints: EndpointSpec = "KubeSpanEndpoints.kubespan.talos.dev" in "kubespan" {
        display: "KubeSpanEndpoint",
        aliases: [],
        columns: [("Endpoint", "{.endpoint}"), ("Affiliate ID", "{.affiliateID}")],
    }

    /// Key and address of this node in the mesh.
    KubeSpanIdentities: IdentitySpec = "KubeSpanIdentities.kubespan.talos.dev" in "kubespan" {
        display: "KubeSpanIdentity",
        aliases: [],
        columns: [("Address", "{.address}"), ("PublicKey", "{.publicKey}")],
        sensitive: true,
    }

    /// Peers wanted in the mesh.
    KubeSpanPeerSpecs: PeerSpecSpec = "KubeSpanPeerSpecs.kubespan.talos.dev" in "kubespan" {
        display: "KubeSpanPeerSpec",
        aliases: [],
        columns: [("Label", "{.label}"), ("Endpoints", "{.endpoints}")],
    }

    /// Peers, as the mesh sees them.
    KubeSpanPeerStatuses: PeerStatusSpec = "KubeSpanPeerStatuses.kubespan.talos.dev" in "kubespan" {
        display: "KubeSpanPeerStatus",
        aliases: [],
        columns: [("Label", "{.label}"), ("Endpoint", "{.endpoint}"), ("State", "{.state}"), ("Rx", "{.receiveBytes}"), ("Tx", "{.transmitBytes}")],
    }
}

spec! {
    /// What [`KubeSpanConfigs`] say.
    ConfigSpec = "talos.resource.definitions.kubespan.ConfigSpec" {
        1 enabled: bool = "enabled",
        2 cluster_id: String = "clusterId",
        3 shared_secret: String = "sharedSecret" [secret],
        4 force_routing: bool = "forceRouting",
        5 advertise_kubernetes_networks: bool = "advertiseKubernetesNetworks",
        6 mtu: u32 = "mtu" [omit_empty],
        7 endpoint_filters: Vec<String> = "endpointFilters" [omit_empty],
    }

    /// What [`KubeSpanEndpoints`] say.
    EndpointSpec = "talos.resource.definitions.kubespan.EndpointSpec" {
        1 affiliate_id: String = "affiliateID",
        2 endpoint: IpPort = "endpoint",
    }

    /// What [`KubeSpanIdentities`] say.
    IdentitySpec = "talos.resource.definitions.kubespan.IdentitySpec" {
        1 address: IpPrefix = "address",
        2 subnet: IpPrefix = "subnet",
        3 private_key: String = "privateKey" [secret],
        4 public_key: String = "publicKey",
    }

    /// What [`KubeSpanPeerSpecs`] say.
    PeerSpecSpec = "talos.resource.definitions.kubespan.PeerSpecSpec" {
        1 address: Ip = "address",
        2 allowed_ips: Vec<IpPrefix> = "allowedIPs",
        3 endpoints: Vec<IpPort> = "endpoints",
        4 label: String = "label",
    }

    /// What [`KubeSpanPeerStatuses`] say.
    PeerStatusSpec = "talos.resource.definitions.kubespan.PeerStatusSpec" {
        1 endpoint: IpPort = "endpoint",
        2 label: String = "label",
        3 state: PeerState = "state",
        /// Since the link came up.
        4 receive_bytes: i64 = "receiveBytes",
        5 transmit_bytes: i64 = "transmitBytes",
        6 last_handshake_time: Timestamp = "lastHandshakeTime",
        7 last_used_endpoint: IpPort = "lastUsedEndpoint",
        8 last_endpoint_change: Timestamp = "lastEndpointChange",
    }
}

texts! {
    /// State of a peer.
    PeerState("PeerState", "kubespan.PeerState") of "talos.resource.definitions.enums.KubespanPeerState" {
        UNKNOWN = 0 "unknown",
        UP = 1 "up",
        DOWN = 2 "down",
    }
}
