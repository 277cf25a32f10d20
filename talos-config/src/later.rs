//! What later versions of Talos know and 1.5 does not, to tell a typing mistake from a text for a newer machine.

/// Document kinds by the minor release that brought them.
const KINDS: &[(&str, &[&str])] = &[
    ("1.6", &["NetworkDefaultActionConfig", "NetworkRuleConfig"]),
    ("1.7", &["ExtensionServiceConfig", "WatchdogTimerConfig"]),
    ("1.8", &["KubeSpanEndpointsConfig", "TrustedRootsConfig", "VolumeConfig"]),
    ("1.10", &["EthernetConfig", "PCIDriverRebindConfig", "UserVolumeConfig"]),
    ("1.11", &["ExistingVolumeConfig", "RawVolumeConfig", "SwapVolumeConfig", "ZswapConfig"]),
    (
        "1.12",
        &[
            "BondConfig",
            "BridgeConfig",
            "DHCPv4Config",
            "DHCPv6Config",
            "DummyLinkConfig",
            "HCloudVIPConfig",
            "HostnameConfig",
            "Layer2VIPConfig",
            "LinkAliasConfig",
            "LinkConfig",
            "OOMConfig",
            "RegistryAuthConfig",
            "RegistryMirrorConfig",
            "RegistryTLSConfig",
            "ResolverConfig",
            "StaticHostConfig",
            "TimeSyncConfig",
            "VLANConfig",
            "WireguardConfig",
        ],
    ),
    (
        "1.13",
        &[
            "BlackholeRouteConfig",
            "EnvironmentConfig",
            "ExternalVolumeConfig",
            "ImageVerificationConfig",
            "KubeSpanConfig",
            "RoutingRuleConfig",
            "TCPProbeConfig",
            "VRFConfig",
        ],
    ),
    (
        "1.14",
        &[
            "BGPInstanceConfig",
            "CRIBaseRuntimeSpecConfig",
            "CRICustomizationConfig",
            "ContainerConfig",
            "DiscoveryIdentityConfig",
            "DiscoveryServiceConfig",
            "EtcFileConfig",
            "FilesystemScrubConfig",
            "FilesystemTrimConfig",
            "HTTPProbeConfig",
            "ImageCacheConfig",
            "KernelModuleConfig",
            "KubeAPIServerCAConfig",
            "KubeAPIServerConfig",
            "KubeAdmissionControlConfig",
            "KubeAggregatorCAConfig",
            "KubeAuditPolicyConfig",
            "KubeAuthenticationConfig",
            "KubeAuthorizerConfig",
            "KubeClusterConfig",
            "KubeControllerManagerConfig",
            "KubeCoreDNSConfig",
            "KubeCredentialProviderConfig",
            "KubeEtcdEncryptionConfig",
            "KubeExternalManifestConfig",
            "KubeFlannelCNIConfig",
            "KubeInlineManifestConfig",
            "KubeNetworkConfig",
            "KubeNodeConfig",
            "KubePrismConfig",
            "KubeProxyConfig",
            "KubeSchedulerConfig",
            "KubeServiceAccountConfig",
            "KubeStaticPodConfig",
            "KubeTalosAPIAccessConfig",
            "KubeletConfig",
            "LVMLogicalVolumeConfig",
            "LVMVolumeGroupConfig",
            "RAIDArrayConfig",
            "SecurityProfileConfig",
            "SysctlConfig",
            "SysfsConfig",
            "UdevRulesConfig",
            "UnattendedInstallConfig",
            "VethConfig",
        ],
    ),
];

/// Fields of the legacy document by the minor release that brought them. List entries and map keys are left out of the paths.
const FIELDS: &[(&str, &[&str])] = &[
    (
        "1.6",
        &[
            "machine.kubelet.extraMounts.uidMappings",
            "machine.kubelet.extraMounts.uidMappings.containerID",
            "machine.kubelet.extraMounts.uidMappings.hostID",
            "machine.kubelet.extraMounts.uidMappings.size",
            "machine.kubelet.extraMounts.gidMappings",
            "machine.kubelet.extraMounts.gidMappings.containerID",
            "machine.kubelet.extraMounts.gidMappings.hostID",
            "machine.kubelet.extraMounts.gidMappings.size",
            "machine.kubelet.credentialProviderConfig",
            "machine.network.kubespan.harvestExtraEndpoints",
            "machine.systemDiskEncryption.state.keys.tpm.checkSecurebootStatusOnEnroll",
            "machine.systemDiskEncryption.ephemeral.keys.tpm.checkSecurebootStatusOnEnroll",
            "machine.nodeTaints",
            "cluster.network.cni.flannel",
            "cluster.network.cni.flannel.extraArgs",
            "cluster.scheduler.config",
        ],
    ),
    (
        "1.7",
        &[
            "machine.acceptedCAs",
            "machine.network.interfaces.deviceSelector.physical",
            "machine.network.interfaces.bond.deviceSelectors.physical",
            "machine.features.hostDNS",
            "machine.features.hostDNS.enabled",
            "machine.features.hostDNS.forwardKubeDNSToHost",
            "machine.features.hostDNS.resolveMemberNames",
            "machine.logging.destinations.extraTags",
            "cluster.acceptedCAs",
        ],
    ),
    (
        "1.8",
        &[
            "machine.network.interfaces.bridge.vlan",
            "machine.network.interfaces.bridge.vlan.vlanFiltering",
            "machine.nodeAnnotations",
        ],
    ),
    (
        "1.9",
        &[
            "machine.network.interfaces.deviceSelector.permanentAddr",
            "machine.network.interfaces.bond.deviceSelectors.permanentAddr",
            "machine.network.interfaces.bridgePort",
            "machine.network.interfaces.bridgePort.master",
            "machine.network.searchDomains",
            "machine.registries.mirrors.skipFallback",
            "machine.features.imageCache",
            "machine.features.imageCache.localEnabled",
            "machine.features.nodeAddressSortAlgorithm",
            "machine.baseRuntimeSpecOverrides",
            "cluster.apiServer.authorizationConfig",
            "cluster.apiServer.authorizationConfig.type",
            "cluster.apiServer.authorizationConfig.name",
            "cluster.apiServer.authorizationConfig.webhook",
        ],
    ),
    ("1.12", &["machine.network.kubespan.filters.excludeAdvertisedNetworks", "machine.install.grubUseUKICmdline"]),
    ("1.13", &["cluster.network.cni.flannel.kubeNetworkPoliciesEnabled"]),
];

/// Directives of patches by the minor release that brought them.
const DIRECTIVES: &[(&str, &str)] = &[("$patch", "1.8")];

/// The minor release that brought a document kind, if it came after 1.5.
pub fn kind_since(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, kinds)| kinds.contains(&kind)).map(|(release, _)| *release)
}

/// The minor release that brought a field of the legacy document, if it came after 1.5. `path` holds keys joined by dots,
/// without list positions and map keys.
pub fn field_since(path: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(_, fields)| fields.contains(&path)).map(|(release, _)| *release)
}

/// The minor release that brought a directive of patches, if it came after 1.5.
pub fn directive_since(key: &str) -> Option<&'static str> {
    DIRECTIVES.iter().find(|(directive, _)| *directive == key).map(|(_, release)| *release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_names_are_known_and_current_ones_are_not() {
        assert_eq!(kind_since("VolumeConfig"), Some("1.8"));
        assert_eq!(kind_since("KmsgLogConfig"), None);
        assert_eq!(field_since("machine.features.hostDNS"), Some("1.7"));
        assert_eq!(field_since("machine.features.rbac"), None);
        assert_eq!(directive_since("$patch"), Some("1.8"));
    }
}
