//! etcd.

use std::collections::BTreeMap;

use super::kinds::kinds;
use super::net::Ip;
use super::spec::spec;

kinds! {
    /// How etcd is configured.
    EtcdConfigs: ConfigSpec = "EtcdConfigs.etcd.talos.dev" in "etcd" {
        display: "EtcdConfig",
        aliases: [],
        columns: [("Image", "{.image}")],
    }

    /// The etcd member on this node.
    EtcdMembers: MemberSpec = "EtcdMembers.etcd.talos.dev" in "etcd" {
        display: "EtcdMember",
        aliases: [],
        columns: [("Member ID", "{.memberID}")],
    }

    /// How etcd is run.
    EtcdSpecs: SpecSpec = "EtcdSpecs.etcd.talos.dev" in "etcd" {
        display: "EtcdSpec",
        aliases: [],
        columns: [("Name", "{.name}"), ("AdvertisedAddresses", "{.advertisedAddresses}"), ("ListenPeerAddresses", "{.listenPeerAddresses}"), ("ListenClientAddresses", "{.listenClientAddresses}")],
    }

    /// Whether the certificates of etcd are in place.
    PkiStatuses: PkiStatusSpec = "PKIStatuses.etcd.talos.dev" in "etcd" {
        display: "PKIStatus",
        aliases: [],
        columns: [("Ready", "{.ready}"), ("Secrets Version", "{.version}")],
    }
}

spec! {
    /// What [`EtcdConfigs`] say.
    ConfigSpec = "talos.resource.definitions.etcd.ConfigSpec" {
        1 advertise_valid_subnets: Vec<String> = "advertiseValidSubnets" [omit_empty],
        2 advertise_exclude_subnets: Vec<String> = "advertiseExcludeSubnets",
        5 listen_valid_subnets: Vec<String> = "listenValidSubnets" [omit_empty],
        6 listen_exclude_subnets: Vec<String> = "listenExcludeSubnets",
        3 image: String = "image",
        4 extra_args: BTreeMap<String, String> = "extraArgs",
    }

    /// What [`EtcdMembers`] say.
    MemberSpec = "talos.resource.definitions.etcd.MemberSpec" {
        1 member_id: String = "memberID",
    }

    /// What [`PkiStatuses`] say.
    PkiStatusSpec = "talos.resource.definitions.etcd.PKIStatusSpec" {
        1 ready: bool = "ready",
        2 version: String = "version",
    }

    /// What [`EtcdSpecs`] say.
    SpecSpec = "talos.resource.definitions.etcd.SpecSpec" {
        1 name: String = "name",
        2 advertised_addresses: Vec<Ip> = "advertisedAddresses",
        5 listen_peer_addresses: Vec<Ip> = "listenPeerAddresses",
        6 listen_client_addresses: Vec<Ip> = "listenClientAddresses",
        3 image: String = "image",
        4 extra_args: BTreeMap<String, String> = "extraArgs",
    }
}
