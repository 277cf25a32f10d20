//! WireGuard tunnels.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

use crate::value::duration::Duration;

/// `DeviceWireguardConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceWireguardConfig")]
pub struct DeviceWireguardConfig {
    /// `privateKey`.
    #[field(go = "WireguardPrivateKey", secret = "mask", since = "0.9")]
    pub private_key: String,
    /// `listenPort`.
    #[field(go = "WireguardListenPort", since = "0.9")]
    pub listen_port: i64,
    /// `firewallMark`.
    #[field(go = "WireguardFirewallMark", since = "0.9")]
    pub firewall_mark: i64,
    /// `peers`.
    #[field(go = "WireguardPeers", since = "0.9")]
    pub peers: Option<List<DeviceWireguardPeer>>,
}

/// `DeviceWireguardPeer`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.DeviceWireguardPeer")]
pub struct DeviceWireguardPeer {
    /// `publicKey`.
    #[field(go = "WireguardPublicKey", since = "0.9")]
    pub public_key: String,
    /// `endpoint`.
    #[field(go = "WireguardEndpoint", since = "0.9")]
    pub endpoint: String,
    /// `persistentKeepaliveInterval`.
    #[field(go = "WireguardPersistentKeepaliveInterval", since = "0.9")]
    pub persistent_keepalive_interval: Duration,
    /// `allowedIPs`.
    #[field(key = "allowedIPs", go = "WireguardAllowedIPs", since = "0.9")]
    pub allowed_ips: Option<Vec<String>>,
}
