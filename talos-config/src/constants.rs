//! Versions, image names, networks and ports that configurations and programs share.

/// Version of Talos that this release is equal to, and tag of its images.
pub const TALOS_VERSION: &str = "v1.5.5";

/// Version of Kubernetes that generated configurations name, without a leading `v`.
pub const KUBERNETES_VERSION: &str = "1.28.3";

/// Version of etcd: the tag of its image.
pub const ETCD_VERSION: &str = "v3.5.10";

/// Version of CoreDNS, without the `v` of its image's tag.
pub const CORE_DNS_VERSION: &str = "1.10.1";

/// Version of Flannel: the tag of its image.
pub const FLANNEL_VERSION: &str = "v0.22.1";

/// Version of the additional images, such as the installer of CNI plugins.
pub const EXTRAS_VERSION: &str = "v1.5.0-3-gb43c4e4";

/// Version of the kernel.
pub const KERNEL_VERSION: &str = "6.1.61-talos";

/// Image that installs Talos, without a tag.
pub const INSTALLER_IMAGE: &str = "ghcr.io/siderolabs/installer";

/// Image of Talos for containers, without a tag.
pub const TALOS_IMAGE: &str = "ghcr.io/siderolabs/talos";

/// Image of the kubelet, without a tag.
pub const KUBELET_IMAGE: &str = "ghcr.io/siderolabs/kubelet";

/// Image of kube-apiserver, without a tag.
pub const KUBE_API_SERVER_IMAGE: &str = "registry.k8s.io/kube-apiserver";

/// Image of kube-controller-manager, without a tag.
pub const KUBE_CONTROLLER_MANAGER_IMAGE: &str = "registry.k8s.io/kube-controller-manager";

/// Image of kube-scheduler, without a tag.
pub const KUBE_SCHEDULER_IMAGE: &str = "registry.k8s.io/kube-scheduler";

/// Image of kube-proxy, without a tag.
pub const KUBE_PROXY_IMAGE: &str = "registry.k8s.io/kube-proxy";

/// Image of etcd, without a tag.
pub const ETCD_IMAGE: &str = "gcr.io/etcd-development/etcd";

/// Image of CoreDNS, without a tag.
pub const CORE_DNS_IMAGE: &str = "registry.k8s.io/coredns/coredns";

/// Image of Flannel, without a tag.
pub const FLANNEL_IMAGE: &str = "ghcr.io/siderolabs/flannel";

/// Image that installs CNI plugins, without a tag.
pub const INSTALL_CNI_IMAGE: &str = "ghcr.io/siderolabs/install-cni";

/// Image that holds the namespaces of a pod.
pub const PAUSE_IMAGE: &str = "registry.k8s.io/pause:3.6";

/// Network of pods, IPv4 (CIDR).
pub const POD_SUBNET_IPV4: &str = "10.244.0.0/16";

/// Network of services, IPv4 (CIDR).
pub const SERVICE_SUBNET_IPV4: &str = "10.96.0.0/12";

/// Network of pods, IPv6 (CIDR).
pub const POD_SUBNET_IPV6: &str = "fc00:db8:10::/56";

/// Network of services, IPv6 (CIDR).
pub const SERVICE_SUBNET_IPV6: &str = "fc00:db8:20::/112";

/// Domain of services and pods.
pub const DNS_DOMAIN: &str = "cluster.local";

/// Port of the Kubernetes API on control plane machines.
pub const CONTROL_PLANE_PORT: u16 = 6443;

/// Port of KubePrism in configurations of later contracts.
pub const KUBE_PRISM_PORT: u16 = 7445;
