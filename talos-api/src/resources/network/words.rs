//! Words of the network: kinds, states, flags. Numbers are those of the kernel.

use crate::resources::texts::{flags, texts};

texts! {
    /// How a bond chooses its active aggregator.
    AdSelect("ADSelect", "nethelpers.ADSelect") of "talos.resource.definitions.enums.NethelpersADSelect" {
        STABLE = 0 "stable",
        BANDWIDTH = 1 "bandwidth",
        COUNT = 2 "count",
    }

    /// How many ARP targets must answer.
    ArpAllTargets("ARPAllTargets", "nethelpers.ARPAllTargets") of "talos.resource.definitions.enums.NethelpersARPAllTargets" {
        ANY = 0 "any",
        ALL = 1 "all",
    }

    /// Which ARP answers a bond checks.
    ArpValidate("ARPValidate", "nethelpers.ARPValidate") of "talos.resource.definitions.enums.NethelpersARPValidate" {
        NONE = 0 "none",
        ACTIVE = 1 "active",
        BACKUP = 2 "backup",
        ALL = 3 "all",
    }

    /// How a bond spreads its traffic.
    BondMode("BondMode", "nethelpers.BondMode") of "talos.resource.definitions.enums.NethelpersBondMode" {
        ROUND_ROBIN = 0 "balance-rr",
        ACTIVE_BACKUP = 1 "active-backup",
        XOR = 2 "balance-xor",
        BROADCAST = 3 "broadcast",
        IEEE802_3AD = 4 "802.3ad",
        TLB = 5 "balance-tlb",
        ALB = 6 "balance-alb",
    }

    /// What a bond hashes to choose a link.
    BondXmitHashPolicy("BondXmitHashPolicy", "nethelpers.BondXmitHashPolicy") of "talos.resource.definitions.enums.NethelpersBondXmitHashPolicy" {
        LAYER2 = 0 "layer2",
        LAYER34 = 1 "layer3+4",
        LAYER23 = 2 "layer2+3",
        ENCAP23 = 3 "encap2+3",
        ENCAP34 = 4 "encap3+4",
    }

    /// Whether a link sends and receives at once.
    Duplex("Duplex", "nethelpers.Duplex") of "talos.resource.definitions.enums.NethelpersDuplex" {
        HALF = 0 "Half",
        FULL = 1 "Full",
        UNKNOWN = 255 "Unknown",
    }

    /// Whose address a bond takes after a change of link. A number in YAML.
    FailOverMac("FailOverMAC", "nethelpers.FailOverMAC") of "talos.resource.definitions.enums.NethelpersFailOverMAC" as integer {
        NONE = 0 "none",
        ACTIVE = 1 "active",
        FOLLOW = 2 "follow",
    }

    /// Kind of addresses.
    Family("Family", "nethelpers.Family") of "talos.resource.definitions.enums.NethelpersFamily" {
        INET4 = 2 "inet4",
        INET6 = 10 "inet6",
    }

    /// How often link aggregation is confirmed.
    LacpRate("LACPRate", "nethelpers.LACPRate") of "talos.resource.definitions.enums.NethelpersLACPRate" {
        SLOW = 0 "slow",
        FAST = 1 "fast",
    }

    /// Kind of a link, with the number of the kernel.
    LinkType("LinkType", "nethelpers.LinkType") of "talos.resource.definitions.enums.NethelpersLinkType" {
        NETROM = 0 "netrom",
        ETHER = 1 "ether",
        EETHER = 2 "eether",
        AX25 = 3 "ax25",
        PRONET = 4 "pronet",
        CHAOS = 5 "chaos",
        IEE802 = 6 "ieee802",
        ARCNET = 7 "arcnet",
        ATALK = 8 "atalk",
        DLCI = 15 "dlci",
        ATM = 19 "atm",
        METRICOM = 23 "metricom",
        IEEE1394 = 24 "ieee1394",
        EUI64 = 27 "eui64",
        INFINIBAND = 32 "infiniband",
        SLIP = 256 "slip",
        CSLIP = 257 "cslip",
        SLIP6 = 258 "slip6",
        CSLIP6 = 259 "cslip6",
        RSRVD = 260 "rsrvd",
        ADAPT = 264 "adapt",
        ROSE = 270 "rose",
        X25 = 271 "x25",
        HWX25 = 272 "hwx25",
        CAN = 280 "can",
        PPP = 512 "ppp",
        CISCO = 513 "cisco",
        LAPB = 516 "lapb",
        DDCMP = 517 "ddcmp",
        RAWHDLC = 518 "rawhdlc",
        TUNNEL = 768 "ipip",
        TUNNEL6 = 769 "tunnel6",
        FRAD = 770 "frad",
        SKIP = 771 "skip",
        LOOPBCK = 772 "loopback",
        LOCALTLK = 773 "localtlk",
        FDDI = 774 "fddi",
        BIF = 775 "bif",
        SIT = 776 "sit",
        IPDDP = 777 "ip/ddp",
        IPGRE = 778 "gre",
        PIMREG = 779 "pimreg",
        HIPPI = 780 "hippi",
        ASH = 781 "ash",
        ECONET = 782 "econet",
        IRDA = 783 "irda",
        FCPP = 784 "fcpp",
        FCAL = 785 "fcal",
        FCPL = 786 "fcpl",
        FCFABRIC = 787 "fcfb_0",
        FCFABRIC1 = 788 "fcfb_1",
        FCFABRIC2 = 789 "fcfb_2",
        FCFABRIC3 = 790 "fcfb_3",
        FCFABRIC4 = 791 "fcfb_4",
        FCFABRIC5 = 792 "fcfb_5",
        FCFABRIC6 = 793 "fcfb_6",
        FCFABRIC7 = 794 "fcfb_7",
        FCFABRIC8 = 795 "fcfb_8",
        FCFABRIC9 = 796 "fcfb_9",
        FCFABRIC10 = 797 "fcfb_10",
        FCFABRIC11 = 798 "fcfb_11",
        FCFABRIC12 = 799 "fcfb_12",
        IEE802TR = 800 "tr",
        IEE80211 = 801 "ieee802.11",
        IEE80211PRISM = 802 "ieee802.11_prism",
        IEE80211_RADIOTAP = 803 "ieee802.11_radiotap",
        IEE8021154 = 804 "ieee802.15.4",
        IEE8021154MONITOR = 805 "ieee802.15.4_monitor",
        PHONET = 820 "phonet",
        PHONETPIPE = 821 "phonet_pipe",
        CAIF = 822 "caif",
        IP6GRE = 823 "ip6gre",
        NETLINK = 824 "netlink",
        LOWPAN6 = 825 "6lowpan",
        NONE = 65534 "nohdr",
        VOID = 65535 "void",
    }

    /// State of a link.
    OperationalState("OperationalState", "nethelpers.OperationalState") of "talos.resource.definitions.enums.NethelpersOperationalState" {
        UNKNOWN = 0 "unknown",
        NOT_PRESENT = 1 "notPresent",
        DOWN = 2 "down",
        LOWER_LAYER_DOWN = 3 "lowerLayerDown",
        TESTING = 4 "testing",
        DORMANT = 5 "dormant",
        UP = 6 "up",
    }

    /// Connector of a link.
    Port("Port", "nethelpers.Port") of "talos.resource.definitions.enums.NethelpersPort" {
        TWISTED_PAIR = 0 "TwistedPair",
        AUI = 1 "AUI",
        MII = 2 "MII",
        FIBRE = 3 "Fibre",
        BNC = 4 "BNC",
        DIRECT_ATTACH = 5 "DirectAttach",
        NONE = 239 "None",
        OTHER = 255 "Other",
    }

    /// When a bond goes back to its first link.
    PrimaryReselect("PrimaryReselect", "nethelpers.PrimaryReselect") of "talos.resource.definitions.enums.NethelpersPrimaryReselect" {
        ALWAYS = 0 "always",
        BETTER = 1 "better",
        FAILURE = 2 "failure",
    }

    /// Who made a route.
    RouteProtocol("RouteProtocol", "nethelpers.RouteProtocol") of "talos.resource.definitions.enums.NethelpersRouteProtocol" {
        UNSPEC = 0 "unspec",
        REDIRECT = 1 "redirect",
        KERNEL = 2 "kernel",
        BOOT = 3 "boot",
        STATIC = 4 "static",
        RA = 9 "ra",
        MRT = 10 "mrt",
        ZEBRA = 11 "zebra",
        BIRD = 12 "bird",
        DNROUTED = 13 "dnrouted",
        XORP = 14 "xorp",
        NTK = 15 "ntk",
        DHCP = 16 "dhcp",
        MRTD = 17 "mrtd",
        KEEPALIVED = 18 "keepalived",
        BABEL = 42 "babel",
        OPENR = 99 "openr",
        BGP = 186 "bgp",
        ISIS = 187 "isis",
        OSPF = 188 "ospf",
        RIP = 189 "rip",
        EIGRP = 192 "eigrp",
    }

    /// What a route does.
    RouteType("RouteType", "nethelpers.RouteType") of "talos.resource.definitions.enums.NethelpersRouteType" {
        UNSPEC = 0 "unspec",
        UNICAST = 1 "unicast",
        LOCAL = 2 "local",
        BROADCAST = 3 "broadcast",
        ANYCAST = 4 "anycast",
        MULTICAST = 5 "multicast",
        BLACKHOLE = 6 "blackhole",
        UNREACHABLE = 7 "unreachable",
        PROHIBIT = 8 "prohibit",
        THROW = 9 "throw",
        NAT = 10 "nat",
        X_RESOLVE = 11 "xresolve",
    }

    /// Table of a route.
    RoutingTable("RoutingTable", "nethelpers.RoutingTable") of "talos.resource.definitions.enums.NethelpersRoutingTable" {
        UNSPEC = 0 "unspec",
        DEFAULT = 253 "default",
        MAIN = 254 "main",
        LOCAL = 255 "local",
    }

    /// How far an address or a route is valid.
    Scope("Scope", "nethelpers.Scope") of "talos.resource.definitions.enums.NethelpersScope" {
        GLOBAL = 0 "global",
        SITE = 200 "site",
        LINK = 253 "link",
        HOST = 254 "host",
        NOWHERE = 255 "nowhere",
    }

    /// Tagging of a VLAN.
    VlanProtocol("VLANProtocol", "nethelpers.VLANProtocol") of "talos.resource.definitions.enums.NethelpersVLANProtocol" {
        IEEE802_1Q = 33024 "802.1q",
        IEEE802_1AD = 34984 "802.1ad",
    }

    /// Who wants it; a higher layer wins.
    ConfigLayer("ConfigLayer", "network.ConfigLayer") of "talos.resource.definitions.enums.NetworkConfigLayer" {
        DEFAULT = 0 "default",
        CMDLINE = 1 "cmdline",
        PLATFORM = 2 "platform",
        OPERATOR = 3 "operator",
        MACHINE_CONFIGURATION = 4 "configuration",
    }

    /// Kind of an operator.
    Operator("Operator", "network.Operator") of "talos.resource.definitions.enums.NetworkOperator" {
        DHCP4 = 0 "dhcp4",
        DHCP6 = 1 "dhcp6",
        VIP = 2 "vip",
    }
}

flags! {
    /// Flags of an address.
    AddressFlags("nethelpers.AddressFlags") {
        TEMPORARY = 1 "temporary",
        NO_DAD = 2 "nodad",
        OPTIMISTIC = 4 "optimistic",
        DAD_FAILED = 8 "dadfailed",
        HOME = 16 "homeaddress",
        DEPRECATED = 32 "deprecated",
        TENTATIVE = 64 "tentative",
        PERMANENT = 128 "permanent",
        MANAGEMENT_TEMP = 256 "mngmtmpaddr",
        NO_PREFIX_ROUTE = 512 "noprefixroute",
        MC_AUTO_JOIN = 1024 "mcautojoin",
        STABLE_PRIVACY = 2048 "stableprivacy",
    }

    /// Flags of a link.
    LinkFlags("nethelpers.LinkFlags") {
        UP = 1 "UP",
        BROADCAST = 2 "BROADCAST",
        DEBUG = 4 "DEBUG",
        LOOPBACK = 8 "LOOPBACK",
        POINTTOPOINT = 16 "POINTTOPOINT",
        NOTRAILERS = 32 "NOTRAILERS",
        RUNNING = 64 "RUNNING",
        NOARP = 128 "NOARP",
        PROMISC = 256 "PROMISC",
        ALLMULTI = 512 "ALLMULTI",
        MASTER = 1024 "MASTER",
        SLAVE = 2048 "SLAVE",
        MULTICAST = 4096 "MULTICAST",
        PORTSEL = 8192 "PORTSEL",
        AUTOMEDIA = 16384 "AUTOMEDIA",
        DYNAMIC = 32768 "DYNAMIC",
        LOWER_UP = 65536 "LOWER_UP",
        DORMANT = 131072 "DORMANT",
        ECHO = 262144 "ECHO",
    }

    /// Flags of a route.
    RouteFlags("nethelpers.RouteFlags") {
        NOTIFY = 256 "notify",
        CLONED = 512 "cloned",
        EQUALIZE = 1024 "equalize",
        PREFIX = 2048 "prefix",
        LOOKUP_TABLE = 4096 "lookup_table",
        FIB_MATCH = 8192 "fib_match",
        OFFLOAD = 16384 "offload",
        TRAP = 32768 "trap",
    }
}
