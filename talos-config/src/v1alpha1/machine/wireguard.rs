//! WireGuard tunnels.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use crate::value::duration::Duration;

/// A WireGuard tunnel.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceWireguardConfig")]
pub struct DeviceWireguardConfig {
    /// Private key of this end: base64 of 32 bytes.
    #[field(go = "WireguardPrivateKey", secret = "mask", since = "0.9", example = "ABCDEF...")]
    pub private_key: String,
    /// UDP port of this end; 0 takes any.
    #[field(go = "WireguardListenPort", since = "0.9", default = "0", example = "51111")]
    pub listen_port: i64,
    /// Mark on the packets of the tunnel itself; 0 is none.
    #[field(go = "WireguardFirewallMark", since = "0.9", default = "0", example = "0")]
    pub firewall_mark: i64,
    /// The other ends.
    #[field(
        go = "WireguardPeers",
        since = "0.9",
        example = "
            - publicKey: ABCDEF...
              endpoint: 192.168.1.2
              persistentKeepaliveInterval: 10s
              allowedIPs:
                - 192.168.1.0/24
        "
    )]
    pub peers: Option<List<DeviceWireguardPeer>>,
}

/// Another end of a WireGuard tunnel.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceWireguardPeer")]
pub struct DeviceWireguardPeer {
    /// Public key of the other end: base64 of 32 bytes.
    #[field(go = "WireguardPublicKey", since = "0.9", example = "ABCDEF...")]
    pub public_key: String,
    /// Where the other end listens, as `host:port`.
    #[field(go = "WireguardEndpoint", since = "0.9", example = "192.168.1.2:51820")]
    pub endpoint: String,
    /// Time between two packets that keep the tunnel open, such as `10s`; zero is never.
    #[field(go = "WireguardPersistentKeepaliveInterval", since = "0.9", default = "0s", example = "10s")]
    pub persistent_keepalive_interval: Duration,
    /// Networks behind the other end, in CIDR form.
    #[field(
        key = "allowedIPs",
        go = "WireguardAllowedIPs",
        since = "0.9",
        example = "
            - 192.168.1.0/24
        "
    )]
    pub allowed_ips: Option<Vec<String>>,
}
