//! The network.

mod words;

pub use self::words::*;
use super::kinds::kinds;
use super::net::{HardwareAddr, Ip, IpPrefix};
use super::spec::spec;
use super::time_value::Duration;
use super::value::Document;

kinds! {
    /// Addresses wanted on links.
    AddressSpecs: AddressSpecSpec = "AddressSpecs.net.talos.dev" in "network" {
        display: "AddressSpec",
        aliases: [],
        columns: [],
    }

    /// Addresses on links.
    AddressStatuses: AddressStatusSpec = "AddressStatuses.net.talos.dev" in "network" {
        display: "AddressStatus",
        aliases: ["address", "addresses"],
        columns: [("Address", "{.address}"), ("Link", "{.linkName}")],
    }

    /// Device sections of the machine configuration.
    DeviceConfigSpecs: DeviceConfigSpecSpec = "DeviceConfigSpecs.net.talos.dev" in "network" {
        display: "DeviceConfigSpec",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// The address of the first physical link.
    HardwareAddresses: HardwareAddrSpec = "HardwareAddresses.net.talos.dev" in "network" {
        display: "HardwareAddress",
        aliases: [],
        columns: [],
    }

    /// Host names wanted.
    HostnameSpecs: HostnameSpecSpec = "HostnameSpecs.net.talos.dev" in "network" {
        display: "HostnameSpec",
        aliases: [],
        columns: [],
    }

    /// The host name.
    HostnameStatuses: HostnameStatusSpec = "HostnameStatuses.net.talos.dev" in "network" {
        display: "HostnameStatus",
        aliases: ["hostname"],
        columns: [("Hostname", "{.hostname}"), ("Domainname", "{.domainname}")],
    }

    /// Asks for another look at all links.
    LinkRefreshes: LinkRefreshSpec = "LinkRefreshes.net.talos.dev" in "network" {
        display: "LinkRefresh",
        aliases: [],
        columns: [],
    }

    /// Links wanted.
    LinkSpecs: LinkSpecSpec = "LinkSpecs.net.talos.dev" in "network" {
        display: "LinkSpec",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Links.
    LinkStatuses: LinkStatusSpec = "LinkStatuses.net.talos.dev" in "network" {
        display: "LinkStatus",
        aliases: ["link", "links"],
        columns: [("Type", "{.type}"), ("Kind", "{.kind}"), ("Hw Addr", "{.hardwareAddr}"), ("Oper State", "{.operationalState}"), ("Link State", "{.linkState}")],
    }

    /// How far the network is up.
    NetworkStatuses: StatusSpec = "NetworkStatuses.net.talos.dev" in "network" {
        display: "NetworkStatus",
        aliases: ["netstatus", "netstatuses"],
        columns: [("Address", "{.addressReady}"), ("Connectivity", "{.connectivityReady}"), ("Hostname", "{.hostnameReady}"), ("Etc", "{.etcFilesReady}")],
    }

    /// Which addresses are left when others are left out.
    NodeAddressFilters: NodeAddressFilterSpec = "NodeAddressFilters.net.talos.dev" in "network" {
        display: "NodeAddressFilter",
        aliases: [],
        columns: [("Include Subnets", "{.includeSubnets}"), ("Exclude Subnets", "{.excludeSubnets}")],
    }

    /// The node's addresses, by what is left out.
    NodeAddresses: NodeAddressSpec = "NodeAddresses.net.talos.dev" in "network" {
        display: "NodeAddress",
        aliases: [],
        columns: [("Addresses", "{.addresses}")],
    }

    /// Wanted DHCP clients and shared addresses.
    OperatorSpecs: OperatorSpecSpec = "OperatorSpecs.net.talos.dev" in "network" {
        display: "OperatorSpec",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Connections to try again and again.
    ProbeSpecs: ProbeSpecSpec = "ProbeSpecs.net.talos.dev" in "network" {
        display: "ProbeSpec",
        aliases: [],
        columns: [],
    }

    /// Whether the tried connections work.
    ProbeStatuses: ProbeStatusSpec = "ProbeStatuses.net.talos.dev" in "network" {
        display: "ProbeStatus",
        aliases: ["probe", "probes"],
        columns: [("Success", "{.success}")],
    }

    /// Name servers wanted.
    ResolverSpecs: ResolverSpecSpec = "ResolverSpecs.net.talos.dev" in "network" {
        display: "ResolverSpec",
        aliases: [],
        columns: [],
    }

    /// Name servers.
    ResolverStatuses: ResolverStatusSpec = "ResolverStatuses.net.talos.dev" in "network" {
        display: "ResolverStatus",
        aliases: ["resolvers"],
        columns: [("Resolvers", "{.dnsServers}")],
    }

    /// Routes wanted.
    RouteSpecs: RouteSpecSpec = "RouteSpecs.net.talos.dev" in "network" {
        display: "RouteSpec",
        aliases: [],
        columns: [],
    }

    /// Routes.
    RouteStatuses: RouteStatusSpec = "RouteStatuses.net.talos.dev" in "network" {
        display: "RouteStatus",
        aliases: ["route", "routes"],
        columns: [("Destination", "{.dst}"), ("Gateway", "{.gateway}"), ("Link", "{.outLinkName}"), ("Metric", "{.priority}")],
    }

    /// Time servers wanted.
    TimeServerSpecs: TimeServerSpecSpec = "TimeServerSpecs.net.talos.dev" in "network" {
        display: "TimeServerSpec",
        aliases: [],
        columns: [],
    }

    /// Time servers.
    TimeServerStatuses: TimeServerStatusSpec = "TimeServerStatuses.net.talos.dev" in "network" {
        display: "TimeServerStatus",
        aliases: ["timeserver", "timeservers"],
        columns: [("Timeservers", "{.timeServers}")],
    }
}

spec! {
    /// What [`DeviceConfigSpecs`] say: the section as YAML.
    DeviceConfigSpecSpec = "resource.network.DeviceConfigSpecSpec" as Text {
        1 yaml_marshalled: Document = "" [secret],
    }

    /// What [`AddressSpecs`] say.
    AddressSpecSpec = "talos.resource.definitions.network.AddressSpecSpec" {
        1 address: IpPrefix = "address",
        2 link_name: String = "linkName",
        3 family: Family = "family",
        4 scope: Scope = "scope",
        5 flags: AddressFlags = "flags",
        6 announce_with_arp: bool = "announceWithARP" [omit_empty],
        7 config_layer: ConfigLayer = "layer",
    }

    /// What [`AddressStatuses`] say.
    AddressStatusSpec = "talos.resource.definitions.network.AddressStatusSpec" {
        1 address: IpPrefix = "address",
        /// Never shown in YAML, as are the three that follow.
        2 local: Ip = "local" [omit_empty],
        3 broadcast: Ip = "broadcast" [omit_empty],
        4 anycast: Ip = "anycast" [omit_empty],
        5 multicast: Ip = "multicast" [omit_empty],
        6 link_index: u32 = "linkIndex",
        7 link_name: String = "linkName",
        8 family: Family = "family",
        9 scope: Scope = "scope",
        10 flags: AddressFlags = "flags",
    }

    /// Settings of a bond. Delays and intervals are in milliseconds.
    BondMasterSpec = "talos.resource.definitions.network.BondMasterSpec" {
        1 mode: BondMode = "mode",
        2 hash_policy: BondXmitHashPolicy = "xmitHashPolicy",
        3 lacp_rate: LacpRate = "lacpRate",
        4 arp_validate: ArpValidate = "arpValidate",
        5 arp_all_targets: ArpAllTargets = "arpAllTargets",
        6 primary_index: u32 = "primary" [omit_empty],
        7 primary_reselect: PrimaryReselect = "primaryReselect",
        8 fail_over_mac: FailOverMac = "failOverMac",
        9 ad_select: AdSelect = "adSelect" [omit_empty],
        10 mii_mon: u32 = "miimon" [omit_empty],
        11 up_delay: u32 = "updelay" [omit_empty],
        12 down_delay: u32 = "downdelay" [omit_empty],
        13 arp_interval: u32 = "arpInterval" [omit_empty],
        14 resend_igmp: u32 = "resendIgmp" [omit_empty],
        15 min_links: u32 = "minLinks" [omit_empty],
        16 lp_interval: u32 = "lpInterval" [omit_empty],
        17 packets_per_slave: u32 = "packetsPerSlave" [omit_empty],
        18 num_peer_notif: u32 = "numPeerNotif" [omit_empty],
        19 tlb_dynamic_lb: u32 = "tlbLogicalLb" [omit_empty],
        20 all_slaves_active: u32 = "allSlavesActive" [omit_empty],
        21 use_carrier: bool = "useCarrier" [omit_empty],
        22 ad_actor_sys_prio: u32 = "adActorSysPrio" [omit_empty],
        23 ad_user_port_key: u32 = "adUserPortKey" [omit_empty],
        24 peer_notify_delay: u32 = "peerNotifyDelay" [omit_empty],
    }

    /// Membership in a bond.
    BondSlave = "talos.resource.definitions.network.BondSlave" {
        1 master_name: String = "masterName" [omit_empty],
        2 slave_index: i64 = "slaveIndex" [omit_empty],
    }

    /// Settings of a bridge.
    BridgeMasterSpec = "talos.resource.definitions.network.BridgeMasterSpec" {
        1 stp: StpSpec = "stp" [omit_empty],
    }

    /// Membership in a bridge.
    BridgeSlave = "talos.resource.definitions.network.BridgeSlave" {
        1 master_name: String = "masterName" [omit_empty],
    }

    /// Settings of a DHCP client for IPv4.
    Dhcp4OperatorSpec = "talos.resource.definitions.network.DHCP4OperatorSpec" {
        1 route_metric: u32 = "routeMetric",
        2 skip_hostname_request: bool = "skipHostnameRequest" [omit_empty],
    }

    /// Settings of a DHCP client for IPv6.
    Dhcp6OperatorSpec = "talos.resource.definitions.network.DHCP6OperatorSpec" {
        1 duid: String = "DUID" [omit_empty],
        2 route_metric: u32 = "routeMetric",
        3 skip_hostname_request: bool = "skipHostnameRequest" [omit_empty],
    }

    /// What [`HardwareAddresses`] say.
    HardwareAddrSpec = "talos.resource.definitions.network.HardwareAddrSpec" {
        1 name: String = "name",
        2 hardware_addr: HardwareAddr = "hardwareAddr",
    }

    /// What [`HostnameSpecs`] say.
    HostnameSpecSpec = "talos.resource.definitions.network.HostnameSpecSpec" {
        1 hostname: String = "hostname",
        2 domainname: String = "domainname",
        3 config_layer: ConfigLayer = "layer",
    }

    /// What [`HostnameStatuses`] say.
    HostnameStatusSpec = "talos.resource.definitions.network.HostnameStatusSpec" {
        1 hostname: String = "hostname",
        2 domainname: String = "domainname",
    }

    /// What [`LinkRefreshes`] say.
    LinkRefreshSpec = "talos.resource.definitions.network.LinkRefreshSpec" {
        1 generation: i64 = "generation",
    }

    /// What [`LinkSpecs`] say.
    LinkSpecSpec = "talos.resource.definitions.network.LinkSpecSpec" {
        1 name: String = "name",
        2 logical: bool = "logical",
        3 up: bool = "up",
        4 mtu: u32 = "mtu",
        5 kind: String = "kind",
        6 r#type: LinkType = "type",
        7 parent_name: String = "parentName" [omit_empty],
        8 bond_slave: BondSlave = "" [omit_empty, inline],
        9 bridge_slave: BridgeSlave = "bridgeSlave" [omit_empty],
        10 vlan: VlanSpec = "vlan" [omit_empty],
        11 bond_master: BondMasterSpec = "bondMaster" [omit_empty],
        12 bridge_master: BridgeMasterSpec = "bridgeMaster" [omit_empty],
        13 wireguard: WireguardSpec = "wireguard" [omit_empty],
        14 config_layer: ConfigLayer = "layer",
    }

    /// What [`LinkStatuses`] say.
    LinkStatusSpec = "talos.resource.definitions.network.LinkStatusSpec" {
        1 index: u32 = "index",
        2 r#type: LinkType = "type",
        3 link_index: u32 = "linkIndex",
        4 flags: LinkFlags = "flags",
        5 hardware_addr: HardwareAddr = "hardwareAddr",
        30 permanent_addr: HardwareAddr = "permanentAddr",
        6 broadcast_addr: HardwareAddr = "broadcastAddr",
        7 mtu: u32 = "mtu",
        8 queue_disc: String = "queueDisc",
        9 master_index: u32 = "masterIndex" [omit_empty],
        10 operational_state: OperationalState = "operationalState",
        11 kind: String = "kind",
        12 slave_kind: String = "slaveKind",
        13 bus_path: String = "busPath" [omit_empty],
        14 pci_id: String = "pciID" [omit_empty],
        15 driver: String = "driver" [omit_empty],
        16 driver_version: String = "driverVersion" [omit_empty],
        17 firmware_version: String = "firmwareVersion" [omit_empty],
        18 product_id: String = "productID" [omit_empty],
        19 vendor_id: String = "vendorID" [omit_empty],
        20 product: String = "product" [omit_empty],
        21 vendor: String = "vendor" [omit_empty],
        22 link_state: bool = "linkState",
        /// In Mbit/s.
        23 speed_megabits: i64 = "speedMbit" [omit_empty],
        24 port: Port = "port",
        25 duplex: Duplex = "duplex",
        26 vlan: VlanSpec = "vlan" [omit_empty],
        27 bridge_master: BridgeMasterSpec = "bridgeMaster" [omit_empty],
        28 bond_master: BondMasterSpec = "bondMaster" [omit_empty],
        29 wireguard: WireguardSpec = "wireguard" [omit_empty],
    }

    /// What [`NodeAddressFilters`] say.
    NodeAddressFilterSpec = "talos.resource.definitions.network.NodeAddressFilterSpec" {
        1 include_subnets: Vec<IpPrefix> = "includeSubnets",
        2 exclude_subnets: Vec<IpPrefix> = "excludeSubnets",
    }

    /// What [`NodeAddresses`] say.
    NodeAddressSpec = "talos.resource.definitions.network.NodeAddressSpec" {
        1 addresses: Vec<IpPrefix> = "addresses",
    }

    /// What [`OperatorSpecs`] say.
    OperatorSpecSpec = "talos.resource.definitions.network.OperatorSpecSpec" {
        1 operator: Operator = "operator",
        2 link_name: String = "linkName",
        3 require_up: bool = "requireUp",
        4 dhcp4: Dhcp4OperatorSpec = "dhcp4" [omit_empty],
        5 dhcp6: Dhcp6OperatorSpec = "dhcp6" [omit_empty],
        6 vip: VipOperatorSpec = "vip" [omit_empty],
        7 config_layer: ConfigLayer = "layer",
    }

    /// What [`ProbeSpecs`] say.
    ProbeSpecSpec = "talos.resource.definitions.network.ProbeSpecSpec" {
        1 interval: Duration = "interval",
        /// So many failures in a row count as down.
        2 failure_threshold: i64 = "failureThreshold",
        3 tcp: TcpProbeSpec = "tcp" [omit_empty],
        4 config_layer: ConfigLayer = "layer",
    }

    /// What [`ProbeStatuses`] say.
    ProbeStatusSpec = "talos.resource.definitions.network.ProbeStatusSpec" {
        1 success: bool = "success",
        2 last_error: String = "lastError",
    }

    /// What [`ResolverSpecs`] say.
    ResolverSpecSpec = "talos.resource.definitions.network.ResolverSpecSpec" {
        1 dns_servers: Vec<Ip> = "dnsServers",
        2 config_layer: ConfigLayer = "layer",
    }

    /// What [`ResolverStatuses`] say.
    ResolverStatusSpec = "talos.resource.definitions.network.ResolverStatusSpec" {
        1 dns_servers: Vec<Ip> = "dnsServers",
    }

    /// What [`RouteSpecs`] say.
    RouteSpecSpec = "talos.resource.definitions.network.RouteSpecSpec" {
        1 family: Family = "family",
        2 destination: IpPrefix = "dst",
        3 source: Ip = "src",
        4 gateway: Ip = "gateway",
        5 out_link_name: String = "outLinkName" [omit_empty],
        6 table: RoutingTable = "table",
        7 priority: u32 = "priority" [omit_empty],
        8 scope: Scope = "scope",
        9 r#type: RouteType = "type",
        10 flags: RouteFlags = "flags",
        11 protocol: RouteProtocol = "protocol",
        12 config_layer: ConfigLayer = "layer",
        13 mtu: u32 = "mtu" [omit_empty],
    }

    /// What [`RouteStatuses`] say.
    RouteStatusSpec = "talos.resource.definitions.network.RouteStatusSpec" {
        1 family: Family = "family",
        2 destination: IpPrefix = "dst",
        3 source: Ip = "src",
        4 gateway: Ip = "gateway",
        5 out_link_index: u32 = "outLinkIndex" [omit_empty],
        6 out_link_name: String = "outLinkName" [omit_empty],
        7 table: RoutingTable = "table",
        8 priority: u32 = "priority",
        9 scope: Scope = "scope",
        10 r#type: RouteType = "type",
        11 flags: RouteFlags = "flags",
        12 protocol: RouteProtocol = "protocol",
        13 mtu: u32 = "mtu" [omit_empty],
    }

    /// Spanning tree.
    StpSpec = "talos.resource.definitions.network.STPSpec" {
        1 enabled: bool = "enabled",
    }

    /// What [`NetworkStatuses`] say.
    StatusSpec = "talos.resource.definitions.network.StatusSpec" {
        1 address_ready: bool = "addressReady",
        2 connectivity_ready: bool = "connectivityReady",
        3 hostname_ready: bool = "hostnameReady",
        4 etc_files_ready: bool = "etcFilesReady",
    }

    /// A connection to try.
    TcpProbeSpec = "talos.resource.definitions.network.TCPProbeSpec" {
        1 endpoint: String = "endpoint",
        2 timeout: Duration = "timeout",
    }

    /// What [`TimeServerSpecs`] say.
    TimeServerSpecSpec = "talos.resource.definitions.network.TimeServerSpecSpec" {
        1 ntp_servers: Vec<String> = "timeServers",
        2 config_layer: ConfigLayer = "layer",
    }

    /// What [`TimeServerStatuses`] say.
    TimeServerStatusSpec = "talos.resource.definitions.network.TimeServerStatusSpec" {
        1 ntp_servers: Vec<String> = "timeServers",
    }

    /// A shared address that Equinix Metal routes.
    VipEquinixMetalSpec = "talos.resource.definitions.network.VIPEquinixMetalSpec" {
        1 project_id: String = "projectID",
        2 device_id: String = "deviceID",
        3 api_token: String = "apiToken" [secret],
    }

    /// A shared address that Hetzner Cloud routes.
    VipHcloudSpec = "talos.resource.definitions.network.VIPHCloudSpec" {
        1 device_id: i64 = "deviceID",
        2 network_id: i64 = "networkID",
        3 api_token: String = "apiToken" [secret],
    }

    /// An address that one of several machines holds.
    VipOperatorSpec = "talos.resource.definitions.network.VIPOperatorSpec" {
        1 ip: Ip = "ip",
        2 gratuitous_arp: bool = "gratuitousARP",
        3 equinix_metal: VipEquinixMetalSpec = "equinixMetal" [omit_empty],
        4 hcloud: VipHcloudSpec = "hcloud" [omit_empty],
    }

    /// Settings of a VLAN.
    VlanSpec = "talos.resource.definitions.network.VLANSpec" {
        1 vid: u32 = "vlanID",
        2 protocol: VlanProtocol = "vlanProtocol",
    }

    /// A peer of a WireGuard link.
    WireguardPeer = "talos.resource.definitions.network.WireguardPeer" {
        1 public_key: String = "publicKey",
        2 preshared_key: String = "presharedKey" [secret],
        3 endpoint: String = "endpoint",
        4 persistent_keepalive_interval: Duration = "persistentKeepaliveInterval",
        5 allowed_ips: Vec<IpPrefix> = "allowedIPs",
    }

    /// Settings of a WireGuard link.
    WireguardSpec = "talos.resource.definitions.network.WireguardSpec" {
        1 private_key: String = "privateKey" [omit_empty, secret],
        2 public_key: String = "publicKey" [omit_empty],
        3 listen_port: i64 = "listenPort",
        4 firewall_mark: i64 = "firewallMark",
        5 peers: Vec<WireguardPeer> = "peers",
    }
}
