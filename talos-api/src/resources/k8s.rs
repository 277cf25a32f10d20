//! Kubernetes on this node.

use std::collections::BTreeMap;

use super::free_form::FreeForm;
use super::kinds::kinds;
use super::net::Ip;
use super::spec::spec;

kinds! {
    /// Wish that the node takes no new pods.
    NodeCordonedSpecs: NodeCordonedSpecSpec = "NodeCordonedSpecs.k8s.talos.dev" in "k8s" {
        display: "NodeCordonedSpec",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Labels wanted on the node.
    NodeLabelSpecs: NodeLabelSpecSpec = "NodeLabelSpecs.k8s.talos.dev" in "k8s" {
        display: "NodeLabelSpec",
        aliases: [],
        columns: [("Value", "{.value}")],
        sensitive: true,
    }

    /// Taints wanted on the node.
    NodeTaintSpecs: NodeTaintSpecSpec = "NodeTaintSpecs.k8s.talos.dev" in "k8s" {
        display: "NodeTaintSpec",
        aliases: [],
        columns: [("Effect", "{.effect}"), ("Value", "{.value}")],
        sensitive: true,
    }

    /// How kube-apiserver is configured.
    ApiServerConfigs: ApiServerConfigSpec = "APIServerConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "APIServerConfig",
        aliases: [],
        columns: [],
    }

    /// Admission plugins of kube-apiserver.
    AdmissionControlConfigs: AdmissionControlConfigSpec = "AdmissionControlConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "AdmissionControlConfig",
        aliases: [],
        columns: [],
    }

    /// Audit policy of kube-apiserver.
    AuditPolicyConfigs: AuditPolicyConfigSpec = "AuditPolicyConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "AuditPolicyConfig",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// What the first manifests are rendered from.
    BootstrapManifestsConfigs: BootstrapManifestsConfigSpec = "BootstrapManifestsConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "BootstrapManifestsConfig",
        aliases: [],
        columns: [],
    }

    /// Whether the static files of the control plane are rendered.
    ConfigStatuses: ConfigStatusSpec = "ConfigStatuses.kubernetes.talos.dev" in "controlplane" {
        display: "ConfigStatus",
        aliases: [],
        columns: [("Ready", "{.ready}"), ("Secrets Version", "{.version}")],
    }

    /// How kube-controller-manager is configured.
    ControllerManagerConfigs: ControllerManagerConfigSpec = "ControllerManagerConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "ControllerManagerConfig",
        aliases: [],
        columns: [],
    }

    /// Addresses of the control plane, by who told them.
    Endpoints: EndpointSpec = "Endpoints.kubernetes.talos.dev" in "controlplane" {
        display: "Endpoint",
        aliases: [],
        columns: [("Addresses", "{.addresses}")],
    }

    /// Further manifests to apply.
    ExtraManifestsConfigs: ExtraManifestsConfigSpec = "ExtraManifestsConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "ExtraManifestsConfig",
        aliases: [],
        columns: [],
    }

    /// The local load balancer of the Kubernetes API.
    KubePrismConfigs: KubePrismConfigSpec = "KubePrismConfigs.kubernetes.talos.dev" in "k8s" {
        display: "KubePrismConfig",
        aliases: [],
        columns: [("Host", "{.host}"), ("Port", "{.port}"), ("Endpoints", "{.endpoints}")],
    }

    /// Whom the local load balancer may reach.
    KubePrismEndpoints: KubePrismEndpointsSpec = "KubePrismEndpoints.kubernetes.talos.dev" in "k8s" {
        display: "KubePrismEndpoint",
        aliases: [],
        columns: [("Hosts", "{.endpoints[*].host}"), ("Ports", "{.endpoints[*].port}")],
    }

    /// Whether the local load balancer works.
    KubePrismStatuses: KubePrismStatusesSpec = "KubePrismStatuses.kubernetes.talos.dev" in "k8s" {
        display: "KubePrismStatus",
        aliases: [],
        columns: [("HOST", "{.host}"), ("HEALTHY", "{.healthy}")],
    }

    /// How the kubelet is configured.
    KubeletConfigs: KubeletConfigSpec = "KubeletConfigs.kubernetes.talos.dev" in "k8s" {
        display: "KubeletConfig",
        aliases: [],
        columns: [],
    }

    /// Holds the kubelet while something depends on it.
    KubeletLifecycles: KubeletLifecycleSpec = "KubeletLifecycles.kubernetes.talos.dev" in "k8s" {
        display: "KubeletLifecycle",
        aliases: [],
        columns: [],
    }

    /// How the kubelet is run.
    KubeletSpecs: KubeletSpecSpec = "KubeletSpecs.kubernetes.talos.dev" in "k8s" {
        display: "KubeletSpec",
        aliases: [],
        columns: [],
    }

    /// Manifests that were applied.
    ManifestStatuses: ManifestStatusSpec = "ManifestStatuses.kubernetes.talos.dev" in "controlplane" {
        display: "ManifestStatus",
        aliases: [],
        columns: [],
    }

    /// Manifests to apply.
    Manifests: ManifestSpec = "Manifests.kubernetes.talos.dev" in "controlplane" {
        display: "Manifest",
        aliases: [],
        columns: [],
    }

    /// Which addresses may be the node's in Kubernetes.
    NodeIpConfigs: NodeIpConfigSpec = "NodeIPConfigs.kubernetes.talos.dev" in "k8s" {
        display: "NodeIPConfig",
        aliases: [],
        columns: [],
    }

    /// The node's addresses in Kubernetes.
    NodeIps: NodeIpSpec = "NodeIPs.kubernetes.talos.dev" in "k8s" {
        display: "NodeIP",
        aliases: [],
        columns: [],
    }

    /// The node, as Kubernetes sees it.
    NodeStatuses: NodeStatusSpec = "NodeStatuses.kubernetes.talos.dev" in "k8s" {
        display: "NodeStatus",
        aliases: [],
        columns: [("Ready", "{.nodeReady}"), ("Unschedulable", "{.unschedulable}")],
    }

    /// The node's name in Kubernetes.
    Nodenames: NodenameSpec = "Nodenames.kubernetes.talos.dev" in "k8s" {
        display: "Nodename",
        aliases: [],
        columns: [("Nodename", "{.nodename}")],
    }

    /// How kube-scheduler is configured.
    SchedulerConfigs: SchedulerConfigSpec = "SchedulerConfigs.kubernetes.talos.dev" in "controlplane" {
        display: "SchedulerConfig",
        aliases: [],
        columns: [],
    }

    /// Whether the secrets of the control plane are in place.
    SecretStatuses: SecretsStatusSpec = "SecretStatuses.kubernetes.talos.dev" in "controlplane" {
        display: "SecretStatus",
        aliases: [],
        columns: [("Ready", "{.ready}"), ("Secrets Version", "{.version}")],
    }

    /// Where the kubelet gets its static pods.
    StaticPodServerStatuses: StaticPodServerStatusSpec = "StaticPodServerStatuses.kubernetes.talos.dev" in "k8s" {
        display: "StaticPodServerStatus",
        aliases: [],
        columns: [],
    }

    /// Static pods, as the kubelet sees them.
    StaticPodStatuses: StaticPodStatusSpec = "StaticPodStatuses.kubernetes.talos.dev" in "k8s" {
        display: "StaticPodStatus",
        aliases: ["podstatus"],
        columns: [("Ready", "{.conditions[?(@.type==\"Ready\")].status}")],
    }

    /// Static pods to run.
    StaticPods: StaticPodSpec = "StaticPods.kubernetes.talos.dev" in "k8s" {
        display: "StaticPod",
        aliases: [],
        columns: [],
    }
}

spec! {
    /// Says nothing: that the resource is there is all.
    NodeCordonedSpecSpec = "" {}

    /// Says nothing: that the resource is there is all.
    KubeletLifecycleSpec = "" {}

    /// What [`ApiServerConfigs`] say.
    ApiServerConfigSpec = "talos.resource.definitions.k8s.APIServerConfigSpec" {
        1 image: String = "image",
        2 cloud_provider: String = "cloudProvider",
        3 control_plane_endpoint: String = "controlPlaneEndpoint",
        4 etcd_servers: Vec<String> = "etcdServers",
        5 local_port: i64 = "localPort",
        6 service_cidrs: Vec<String> = "serviceCIDR",
        7 extra_args: BTreeMap<String, String> = "extraArgs",
        8 extra_volumes: Vec<ExtraVolume> = "extraVolumes",
        9 environment_variables: BTreeMap<String, String> = "environmentVariables",
        10 pod_security_policy_enabled: bool = "podSecurityPolicyEnabled",
        11 advertised_address: String = "advertisedAddress",
        12 resources: Resources = "resources",
    }

    /// What [`AdmissionControlConfigs`] say.
    AdmissionControlConfigSpec = "talos.resource.definitions.k8s.AdmissionControlConfigSpec" {
        1 config: Vec<AdmissionPluginSpec> = "config",
    }

    /// An admission plugin and its settings.
    AdmissionPluginSpec = "talos.resource.definitions.k8s.AdmissionPluginSpec" {
        1 name: String = "name",
        2 configuration: FreeForm = "configuration",
    }

    /// What [`AuditPolicyConfigs`] say.
    AuditPolicyConfigSpec = "talos.resource.definitions.k8s.AuditPolicyConfigSpec" {
        1 config: FreeForm = "config",
    }

    /// What [`BootstrapManifestsConfigs`] say.
    BootstrapManifestsConfigSpec = "talos.resource.definitions.k8s.BootstrapManifestsConfigSpec" {
        1 server: String = "string",
        2 cluster_domain: String = "clusterDomain",
        3 pod_cidrs: Vec<String> = "podCIDRs",
        4 proxy_enabled: bool = "proxyEnabled",
        5 proxy_image: String = "proxyImage",
        6 proxy_args: Vec<String> = "proxyArgs",
        7 core_dns_enabled: bool = "coreDNSEnabled",
        8 core_dns_image: String = "coreDNSImage",
        9 dns_service_ip: String = "dnsServiceIP",
        10 dns_service_ipv6: String = "dnsServiceIPv6",
        11 flannel_enabled: bool = "flannelEnabled",
        12 flannel_image: String = "flannelImage",
        13 flannel_cni_image: String = "flannelCNIImage",
        14 pod_security_policy_enabled: bool = "podSecurityPolicyEnabled",
        15 talos_api_service_enabled: bool = "talosAPIServiceEnabled",
    }

    /// What [`ConfigStatuses`] say.
    ConfigStatusSpec = "talos.resource.definitions.k8s.ConfigStatusSpec" {
        1 ready: bool = "ready",
        2 version: String = "version",
    }

    /// What [`ControllerManagerConfigs`] say.
    ControllerManagerConfigSpec = "talos.resource.definitions.k8s.ControllerManagerConfigSpec" {
        1 enabled: bool = "enabled",
        2 image: String = "image",
        3 cloud_provider: String = "cloudProvider",
        4 pod_cidrs: Vec<String> = "podCIDRs",
        5 service_cidrs: Vec<String> = "serviceCIDRs",
        6 extra_args: BTreeMap<String, String> = "extraArgs",
        7 extra_volumes: Vec<ExtraVolume> = "extraVolumes",
        8 environment_variables: BTreeMap<String, String> = "environmentVariables",
        9 resources: Resources = "resources",
    }

    /// What [`Endpoints`] say.
    EndpointSpec = "talos.resource.definitions.k8s.EndpointSpec" {
        1 addresses: Vec<Ip> = "addresses",
    }

    /// A manifest to fetch, or one that is given.
    ExtraManifest = "talos.resource.definitions.k8s.ExtraManifest" {
        1 name: String = "name",
        2 url: String = "url",
        3 priority: String = "priority",
        4 extra_headers: BTreeMap<String, String> = "extraHeaders",
        5 inline_manifest: String = "inlineManifest",
    }

    /// What [`ExtraManifestsConfigs`] say.
    ExtraManifestsConfigSpec = "talos.resource.definitions.k8s.ExtraManifestsConfigSpec" {
        1 extra_manifests: Vec<ExtraManifest> = "extraManifests",
    }

    /// A folder of the host that a component sees.
    ExtraVolume = "talos.resource.definitions.k8s.ExtraVolume" {
        1 name: String = "name",
        2 host_path: String = "hostPath",
        3 mount_path: String = "mountPath",
        4 read_only: bool = "readonly",
    }

    /// What [`KubePrismConfigs`] say.
    KubePrismConfigSpec = "talos.resource.definitions.k8s.KubePrismConfigSpec" {
        1 host: String = "host",
        2 port: i64 = "port",
        3 endpoints: Vec<KubePrismEndpoint> = "endpoints",
    }

    /// A place where the Kubernetes API is served.
    KubePrismEndpoint = "talos.resource.definitions.k8s.KubePrismEndpoint" {
        1 host: String = "host",
        2 port: u32 = "port",
    }

    /// What [`KubePrismEndpoints`] say.
    KubePrismEndpointsSpec = "talos.resource.definitions.k8s.KubePrismEndpointsSpec" {
        1 endpoints: Vec<KubePrismEndpoint> = "endpoints",
    }

    /// What [`KubePrismStatuses`] say.
    KubePrismStatusesSpec = "talos.resource.definitions.k8s.KubePrismStatusesSpec" {
        1 host: String = "host",
        2 healthy: bool = "healthy",
    }

    /// What [`KubeletConfigs`] say.
    KubeletConfigSpec = "talos.resource.definitions.k8s.KubeletConfigSpec" {
        1 image: String = "image",
        2 cluster_dns: Vec<String> = "clusterDNS",
        3 cluster_domain: String = "clusterDomain",
        4 extra_args: BTreeMap<String, String> = "extraArgs" [omit_empty],
        5 extra_mounts: Vec<Mount> = "extraMounts" [omit_empty],
        6 extra_config: FreeForm = "extraConfig" [omit_empty],
        7 cloud_provider_external: bool = "cloudProviderExternal",
        8 default_runtime_seccomp_enabled: bool = "defaultRuntimeSeccompEnabled",
        9 skip_node_registration: bool = "skipNodeRegistration",
        10 static_pod_list_url: String = "staticPodListURL",
        11 disable_manifests_directory: bool = "disableManifestsDirectory",
        12 enable_fs_quota_monitoring: bool = "enableFSQuotaMonitoring",
    }

    /// What [`KubeletSpecs`] say.
    KubeletSpecSpec = "talos.resource.definitions.k8s.KubeletSpecSpec" {
        1 image: String = "image",
        2 args: Vec<String> = "args" [omit_empty],
        3 extra_mounts: Vec<Mount> = "extraMounts" [omit_empty],
        4 expected_nodename: String = "expectedNodename" [omit_empty],
        5 config: FreeForm = "config",
    }

    /// What [`Manifests`] say.
    ManifestSpec = "talos.resource.definitions.k8s.ManifestSpec" as Bare {
        1 items: Vec<SingleManifest> = "items",
    }

    /// What [`ManifestStatuses`] say.
    ManifestStatusSpec = "talos.resource.definitions.k8s.ManifestStatusSpec" {
        1 manifests_applied: Vec<String> = "manifestsApplied",
    }

    /// What [`NodeIpConfigs`] say.
    NodeIpConfigSpec = "talos.resource.definitions.k8s.NodeIPConfigSpec" {
        1 valid_subnets: Vec<String> = "validSubnets" [omit_empty],
        2 exclude_subnets: Vec<String> = "excludeSubnets",
    }

    /// What [`NodeIps`] say.
    NodeIpSpec = "talos.resource.definitions.k8s.NodeIPSpec" {
        1 addresses: Vec<Ip> = "addresses",
    }

    /// What [`NodeLabelSpecs`] say.
    NodeLabelSpecSpec = "talos.resource.definitions.k8s.NodeLabelSpecSpec" {
        1 key: String = "key",
        2 value: String = "value",
    }

    /// What [`NodeStatuses`] say.
    NodeStatusSpec = "talos.resource.definitions.k8s.NodeStatusSpec" {
        1 nodename: String = "nodename",
        2 node_ready: bool = "nodeReady",
        3 unschedulable: bool = "unschedulable",
        4 labels: BTreeMap<String, String> = "labels",
        5 annotations: BTreeMap<String, String> = "annotations",
    }

    /// What [`NodeTaintSpecs`] say.
    NodeTaintSpecSpec = "talos.resource.definitions.k8s.NodeTaintSpecSpec" {
        1 key: String = "key",
        2 effect: String = "effect",
        3 value: String = "value",
    }

    /// What [`Nodenames`] say.
    NodenameSpec = "talos.resource.definitions.k8s.NodenameSpec" {
        1 nodename: String = "nodename",
        2 hostname_version: String = "hostnameVersion",
        3 skip_node_registration: bool = "skipNodeRegistration",
    }

    /// Amounts a component asks for and may use.
    Resources = "talos.resource.definitions.k8s.Resources" {
        1 requests: BTreeMap<String, String> = "requests",
        2 limits: BTreeMap<String, String> = "limits",
    }

    /// What [`SchedulerConfigs`] say.
    SchedulerConfigSpec = "talos.resource.definitions.k8s.SchedulerConfigSpec" {
        1 enabled: bool = "enabled",
        2 image: String = "image",
        3 extra_args: BTreeMap<String, String> = "extraArgs",
        4 extra_volumes: Vec<ExtraVolume> = "extraVolumes",
        5 environment_variables: BTreeMap<String, String> = "environmentVariables",
        6 resources: Resources = "resources",
    }

    /// What [`SecretStatuses`] say.
    SecretsStatusSpec = "talos.resource.definitions.k8s.SecretsStatusSpec" {
        1 ready: bool = "ready",
        2 version: String = "version",
    }

    /// One object.
    SingleManifest = "talos.resource.definitions.k8s.SingleManifest" {
        1 object: FreeForm = "" [inline],
    }

    /// What [`StaticPodServerStatuses`] say.
    StaticPodServerStatusSpec = "talos.resource.definitions.k8s.StaticPodServerStatusSpec" {
        1 url: String = "url",
    }

    /// What [`StaticPods`] say.
    StaticPodSpec = "talos.resource.definitions.k8s.StaticPodSpec" as Bare {
        1 pod: FreeForm = "pod",
    }

    /// What [`StaticPodStatuses`] say.
    StaticPodStatusSpec = "talos.resource.definitions.k8s.StaticPodStatusSpec" as Bare {
        1 pod_status: FreeForm = "podstatus",
    }

    /// A mount, as the container runtime describes it.
    Mount = "talos.resource.definitions.proto.Mount" {
        1 destination: String = "destination",
        2 r#type: String = "type",
        3 source: String = "source",
        4 options: Vec<String> = "options",
    }
}
