//! A node with a configuration, as clients with certificates of its cluster see it.

use std::net::IpAddr;
use std::time::Duration;

use talos_api::client::Client;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{NetworkStatuses, NodeAddresses};
use talos_api::resources::runtime::MachineStatuses;
use talos_api::resources::secrets::ApiCertificates;
use talos_config::generate::{Input, Options};
use talos_config::{MachineType, bundle, encode, secrets};
use talos_pki::certificate::Validity;
use talos_pki::secrets::Bundle;
use talos_pki::{PemCertificateAndKey, Role, client};
use tonic::Code;

use crate::machines::{Folder, Lab, SystemClock, SystemRandom};

/// A cluster: its configurations, and credentials for it.
pub(crate) struct Cluster {
    secrets: Bundle,
    control_plane: String,
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let options = Options::default();
        let parts = secrets::options(options.version_contract, options.later_contracts);
        let secrets = Bundle::generate(&parts, &SystemClock, &mut SystemRandom).unwrap();
        let input = Input::new("lab", "https://10.5.0.2:6443", &options, &secrets);
        let bundle = bundle::ConfigBundle::generate(&input, &bundle::Patches::default()).unwrap();
        let control_plane = bundle.to_yaml(MachineType::ControlPlane, encode::Options::plain()).unwrap();
        Self { secrets, control_plane }
    }

    pub(crate) async fn node(&self) -> Lab {
        let lab = Lab::start(Folder::new(), Some(&self.control_plane));
        lab.until::<ApiCertificates>("api", |certificates| certificates.server.is_some()).await;
        let own = lab.address.to_string();
        lab.until::<NodeAddresses>("current", |addresses| {
            addresses.addresses.iter().any(|prefix| prefix.to_string() == format!("{own}/8"))
        })
        .await;
        self.answers(&lab).await;
        lab
    }

    /// Waits until a node answers: it listens a moment after its certificate is there, and a first one may lack its address.
    pub(crate) async fn answers(&self, lab: &Lab) {
        while self.client(lab, &[Role::Reader]).version().await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Configuration of a node with the control plane.
    pub(crate) fn control_plane(&self) -> String {
        self.control_plane.clone()
    }

    /// What a client with these roles shows.
    pub(crate) fn credentials(&self, roles: &[Role]) -> PemCertificateAndKey {
        let options = Options::default();
        let input = Input::new("lab", "https://10.5.0.2:6443", &options, &self.secrets);
        let validity = Validity::from_now(&SystemClock, Duration::from_secs(3600)).unwrap();
        let roles = roles.iter().cloned().collect();
        client::talos(input.client_authority().unwrap(), &roles, validity, &mut SystemRandom).unwrap()
    }

    pub(crate) fn client(&self, lab: &Lab, roles: &[Role]) -> Client {
        self.client_at(lab.address, roles)
    }

    /// A client that dials an address.
    pub(crate) fn client_at(&self, address: IpAddr, roles: &[Role]) -> Client {
        let options = Options::default();
        let input = Input::new("lab", "https://10.5.0.2:6443", &options, &self.secrets);
        let pair = self.credentials(roles);
        let talosconfig = input.talosconfig(&pair).unwrap();
        let context = talosconfig.contexts.values().next().unwrap();
        Client::builder().context(&context.into()).endpoints([address.to_string()]).build().unwrap()
    }
}

#[tokio::test]
async fn an_administrator_sees_everything_and_a_reader_no_secrets() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let admin = cluster.client(&lab, &[Role::Admin]);
    let version = admin.version().await.unwrap().one().unwrap();
    assert_eq!(version.version.unwrap().tag, "v1.5.5");
    assert!(version.features.unwrap().rbac);
    let platform = version.platform.unwrap();
    assert_eq!((&*platform.name, &*platform.mode), ("container", "container"));
    let config = admin.resources::<MachineConfigs>().get("v1alpha1").await.unwrap();
    assert_eq!(config.spec.yaml_marshalled.0, cluster.control_plane);
    let reader = cluster.client(&lab, &[Role::Reader]);
    assert_eq!(reader.hostname().await.unwrap().one().unwrap().hostname, "lab-1");
    let refused = reader.resources::<MachineConfigs>().get("v1alpha1").await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let refused = reader.read("/etc/hostname").await;
    let refused = match refused {
        Ok(mut chunks) => chunks.next().await.unwrap().unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(refused.to_string(), "rpc error: code = PermissionDenied desc = not authorized");
}

#[tokio::test]
async fn one_node_passes_calls_on_to_others() {
    let cluster = Cluster::new();
    let (first, second) = (cluster.node().await, cluster.node().await);
    let client = cluster.client(&first, &[Role::Reader]);
    let (one, two) = (first.address.to_string(), second.address.to_string());
    let replies = client.nodes([one.clone(), two.clone(), "127.255.255.254".into()]).memory().await.unwrap();
    let mut answered: Vec<String> = replies.replies.into_iter().map(|reply| reply.node).collect();
    answered.sort();
    let mut expected = [one, two.clone()];
    expected.sort();
    assert_eq!(answered, expected);
    assert_eq!(replies.failures.code(), Code::Unavailable);
    // Resources are asked of one node at a time.
    let addresses = client.nodes([two.clone()]).resources::<NodeAddresses>().get("current").await.unwrap();
    assert_eq!(addresses.spec.addresses[0].address().unwrap().to_string(), two);
}

#[tokio::test]
async fn the_network_of_a_node_with_a_loopback_address_gets_ready() {
    let lab = Cluster::new().node().await;
    lab.until::<NetworkStatuses>("status", |status| {
        status.address_ready && status.connectivity_ready && status.hostname_ready && status.etc_files_ready
    })
    .await;
    lab.until::<MachineStatuses>("machine", |status| {
        status.status.unmet_conditions.iter().all(|condition| !["network", "time"].contains(&condition.name.as_str()))
    })
    .await;
    let read = |name: &str| std::fs::read_to_string(lab.folder().join("etc").join(name)).unwrap();
    assert_eq!(read("resolv.conf"), "nameserver 1.1.1.1\nnameserver 8.8.8.8\n");
    let own = lab.address.to_string();
    let width = own.len();
    let expected = format!(
        "{:width$} localhost\n{own} lab-1\n{:width$} localhost ip6-localhost ip6-loopback\n{:width$} ip6-allnodes\n\
         {:width$} ip6-allrouters\n",
        "127.0.0.1", "::1", "ff02::1", "ff02::2"
    );
    assert_eq!(read("hosts"), expected);
}

#[tokio::test]
async fn strangers_are_not_served() {
    let lab = Cluster::new().node().await;
    let stranger = Cluster::new().client(&lab, &[Role::Admin]);
    assert_eq!(stranger.version().await.unwrap_err().code(), Code::Unavailable);
    let anonymous = Client::builder().endpoints([lab.address.to_string()]).maintenance([]).build().unwrap();
    assert_eq!(anonymous.version().await.unwrap_err().code(), Code::Unavailable);
}
