//! Images that Talos runs.

use crate::constants;
use crate::v1alpha1::Config;

/// Processor of a machine, as far as images differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// 64-bit x86.
    #[default]
    Amd64,
    /// 64-bit ARM.
    Arm64,
}

/// The images of a machine, each with its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// Flannel, the default network of pods.
    pub flannel: String,
    /// What installs the plugins of the network of pods.
    pub install_cni: String,
    /// CoreDNS.
    pub core_dns: String,
    /// etcd.
    pub etcd: String,
    /// kube-apiserver.
    pub kube_api_server: String,
    /// kube-controller-manager.
    pub kube_controller_manager: String,
    /// kube-scheduler.
    pub kube_scheduler: String,
    /// kube-proxy.
    pub kube_proxy: String,
    /// The kubelet.
    pub kubelet: String,
    /// What installs and upgrades Talos.
    pub installer: String,
    /// What holds the namespaces of a pod.
    pub pause: String,
}

impl Images {
    /// The images of a machine whose configuration names none.
    pub fn of_defaults(architecture: Architecture) -> Self {
        let kubernetes = |image| tagged(image, constants::KUBERNETES_VERSION);
        let etcd_tag = match architecture {
            Architecture::Amd64 => "",
            Architecture::Arm64 => "-arm64",
        };
        Self {
            flannel: format!("{}:{}", constants::FLANNEL_IMAGE, constants::FLANNEL_VERSION),
            install_cni: format!("{}:{}", constants::INSTALL_CNI_IMAGE, constants::EXTRAS_VERSION),
            core_dns: tagged(constants::CORE_DNS_IMAGE, constants::CORE_DNS_VERSION),
            etcd: format!("{}:{}{etcd_tag}", constants::ETCD_IMAGE, constants::ETCD_VERSION),
            kube_api_server: kubernetes(constants::KUBE_API_SERVER_IMAGE),
            kube_controller_manager: kubernetes(constants::KUBE_CONTROLLER_MANAGER_IMAGE),
            kube_scheduler: kubernetes(constants::KUBE_SCHEDULER_IMAGE),
            kube_proxy: kubernetes(constants::KUBE_PROXY_IMAGE),
            kubelet: kubernetes(constants::KUBELET_IMAGE),
            installer: installer(constants::TALOS_VERSION),
            pause: constants::PAUSE_IMAGE.to_owned(),
        }
    }

    /// The images of a machine with a configuration: what it names, and the defaults for the others.
    pub fn of_config(config: &Config, architecture: Architecture) -> Self {
        let mut images = Self::of_defaults(architecture);
        let mut named = |place: fn(&mut Self) -> &mut String, image: Option<&String>| {
            if let Some(image) = image.filter(|image| !image.is_empty()) {
                place(&mut images).clone_from(image);
            }
        };
        if let Some(machine) = &config.machine {
            named(|images| &mut images.kubelet, machine.kubelet.as_ref().map(|section| &section.image));
        }
        if let Some(cluster) = &config.cluster {
            named(|images| &mut images.core_dns, cluster.core_dns.as_ref().map(|section| &section.image));
            named(|images| &mut images.etcd, cluster.etcd.as_ref().map(|section| &section.image));
            named(|images| &mut images.kube_api_server, cluster.api_server.as_ref().map(|section| &section.image));
            named(
                |images| &mut images.kube_controller_manager,
                cluster.controller_manager.as_ref().map(|section| &section.image),
            );
            named(|images| &mut images.kube_scheduler, cluster.scheduler.as_ref().map(|section| &section.image));
            named(|images| &mut images.kube_proxy, cluster.proxy.as_ref().map(|section| &section.image));
        }
        images
    }

    /// The images in the order in which the command line lists them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        [
            &self.flannel,
            &self.install_cni,
            &self.core_dns,
            &self.etcd,
            &self.kube_api_server,
            &self.kube_controller_manager,
            &self.kube_scheduler,
            &self.kube_proxy,
            &self.kubelet,
            &self.installer,
            &self.pause,
        ]
        .into_iter()
        .map(String::as_str)
    }
}

/// The image of the installer with a tag.
pub fn installer(tag: &str) -> String {
    format!("{}:{tag}", constants::INSTALLER_IMAGE)
}

/// An image with a version as its tag; without a version there is no image.
pub(crate) fn tagged(image: &str, version: &str) -> String {
    if version.is_empty() {
        return String::new();
    }
    [image, ":v", version].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v1alpha1::{ClusterConfig, EtcdConfig, ProxyConfig};

    #[test]
    fn defaults_in_their_order() {
        let images = Images::of_defaults(Architecture::Amd64);
        let list: Vec<_> = images.iter().collect();
        let recorded = [
            "ghcr.io/siderolabs/flannel:v0.22.1",
            "ghcr.io/siderolabs/install-cni:v1.5.0-3-gb43c4e4",
            "registry.k8s.io/coredns/coredns:v1.10.1",
            "gcr.io/etcd-development/etcd:v3.5.10",
            "registry.k8s.io/kube-apiserver:v1.28.3",
            "registry.k8s.io/kube-controller-manager:v1.28.3",
            "registry.k8s.io/kube-scheduler:v1.28.3",
            "registry.k8s.io/kube-proxy:v1.28.3",
            "ghcr.io/siderolabs/kubelet:v1.28.3",
            "ghcr.io/siderolabs/installer:v1.5.5",
            "registry.k8s.io/pause:3.6",
        ];
        assert_eq!(list, recorded);
        assert_eq!(Images::of_defaults(Architecture::Arm64).etcd, "gcr.io/etcd-development/etcd:v3.5.10-arm64");
    }

    #[test]
    fn a_configuration_names_images() {
        let cluster = ClusterConfig {
            etcd: Some(Box::new(EtcdConfig { image: "etcd:1".to_owned(), ..EtcdConfig::default() })),
            proxy: Some(Box::new(ProxyConfig::default())),
            ..ClusterConfig::default()
        };
        let config = Config { cluster: Some(Box::new(cluster)), ..Config::default() };
        let images = Images::of_config(&config, Architecture::Arm64);
        let expected = Images { etcd: "etcd:1".to_owned(), ..Images::of_defaults(Architecture::Arm64) };
        assert_eq!(images, expected);
    }
}
