//! Several nodes that make one cluster, each with a loopback address of its own.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use talos_api::client::{Client, ListOptions};
use talos_api::proto::securityapi::CertificateRequest;
use talos_api::resources::cluster::{Affiliates, MemberSpec, Members};
use talos_api::resources::k8s::Endpoints;
use talos_api::resources::network::AddressStatuses;
use talos_api::resources::secrets::{ApiCertificates, TrustdCertificates};
use talos_api::resources::{Ip, Kind};
use talos_config::generate::{Input, Options};
use talos_config::{MachineType, bundle, encode, secrets};
use talos_node::cosi::{Query, Reference};
use talos_node::discovery::Server;
use talos_node::sequencer::{Reset, Sequence};
use talos_pki::certificate::{ExtendedKeyUsage, Validity};
use talos_pki::secrets::Bundle;
use talos_pki::{Role, client};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Code;

use crate::machines::{Folder, Lab, SystemClock, SystemRandom, free_address};

/// Secrets and configurations of a cluster.
struct Cluster {
    secrets: Bundle,
    control_plane: String,
    worker: String,
    endpoint: String,
}

impl Cluster {
    /// A cluster whose control plane is at an address, and whose nodes do not look for each other.
    fn new(endpoint: IpAddr) -> Self {
        Self::generate(endpoint, None)
    }

    /// A cluster whose nodes find each other through a service.
    fn discovering(service: &Discovery) -> Self {
        // Nothing answers there: its nodes have to find each other.
        Self::generate(IpAddr::from([127, 255, 255, 254]), Some(service))
    }

    fn generate(endpoint: IpAddr, service: Option<&Discovery>) -> Self {
        let options = Options { cluster_discovery: Some(service.is_some()), ..Options::default() };
        let parts = secrets::options(options.version_contract, options.later_contracts);
        let secrets = Bundle::generate(&parts, &SystemClock, &mut SystemRandom).unwrap();
        let endpoint = format!("https://{endpoint}:6443");
        let input = Input::new("lab", &endpoint, &options, &secrets);
        let patch = service.map(|service| {
            let text = format!(
                "cluster: {{discovery: {{registries: {{service: {{endpoint: \"http://{}\"}}, kubernetes: {{disabled: \
                 true}}}}}}}}",
                service.address
            );
            talos_config::patch::load(text.as_bytes()).unwrap()
        });
        let patches = bundle::Patches { all: patch.into_iter().collect(), ..bundle::Patches::default() };
        let bundle = bundle::ConfigBundle::generate(&input, &patches).unwrap();
        let text = |kind| bundle.to_yaml(kind, encode::Options::plain()).unwrap();
        let (control_plane, worker) = (text(MachineType::ControlPlane), text(MachineType::Worker));
        Self { secrets, control_plane, worker, endpoint }
    }

    fn client(&self, endpoint: IpAddr, roles: &[Role]) -> Client {
        let options = Options::default();
        let input = Input::new("lab", &self.endpoint, &options, &self.secrets);
        let validity = Validity::from_now(&SystemClock, Duration::from_secs(3600)).unwrap();
        let roles = roles.iter().cloned().collect();
        let pair = client::talos(input.client_authority().unwrap(), &roles, validity, &mut SystemRandom).unwrap();
        let talosconfig = input.talosconfig(&pair).unwrap();
        let context = talosconfig.contexts.values().next().unwrap();
        Client::builder().context(&context.into()).endpoints([endpoint.to_string()]).build().unwrap()
    }
}

/// A service through which nodes find each other.
struct Discovery {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Discovery {
    async fn start() -> Self {
        Self::serve(TcpListener::bind((free_address(), 0)).await.unwrap())
    }

    fn serve(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        tokio::spawn(async move { Server::new().serve(listener, stopping).await });
        Self { address, _stop: stop.drop_guard() }
    }
}

/// Nodes of a cluster that find each other: a control plane, then workers.
struct Found {
    cluster: Cluster,
    nodes: Vec<Lab>,
    service: Discovery,
}

impl Found {
    async fn start(workers: usize) -> Self {
        let service = Discovery::start().await;
        let cluster = Cluster::discovering(&service);
        let mut nodes = vec![Lab::start_at(free_address(), "control-1", Folder::new(), Some(&cluster.control_plane))];
        for number in 1..=workers {
            let name = format!("worker-{number}");
            nodes.push(Lab::start_at(free_address(), &name, Folder::new(), Some(&cluster.worker)));
        }
        Self { cluster, nodes, service }
    }

    /// Waits until every node knows every other.
    async fn met(&self) {
        for lab in &self.nodes {
            for other in &self.nodes {
                let address = other.address;
                let is_there = |member: &MemberSpec| member.addresses == [Ip::from(address)];
                lab.until::<Members>(other.node.machine().settings.platform.hostname(), is_there).await;
            }
        }
    }
}

/// Asks until there is an answer: a node listens a moment after its certificate is there.
async fn version(client: &Client) -> String {
    loop {
        if let Ok(version) = client.version().await {
            return version.one().unwrap().version.unwrap().tag;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_worker_has_its_certificate_signed_and_answers_through_the_control_plane() {
    let addresses = [free_address(), free_address()];
    let cluster = Cluster::new(addresses[0]);
    let worker = Lab::start_at(addresses[1], "worker-1", Folder::new(), Some(&cluster.worker));
    let _control_plane = Lab::start_at(addresses[0], "control-1", Folder::new(), Some(&cluster.control_plane));
    worker.until::<ApiCertificates>("api", |certificates| certificates.server.is_some()).await;
    let issued = worker.node.machine().store.spec::<ApiCertificates>("api").unwrap();
    assert!(issued.client.is_none(), "a worker calls nobody");
    let server = issued.server.unwrap().parse_certificate().unwrap();
    assert_eq!(server.extended_key_usage(), [ExtendedKeyUsage::ServerAuth]);
    assert_eq!(server.subject().common_name, "worker-1");

    let client = cluster.client(addresses[0], &[Role::Reader]);
    assert_eq!(version(&client.nodes([addresses[1].to_string()])).await, "v1.5.5");
    // It passes nothing on itself.
    let direct = cluster.client(addresses[1], &[Role::Reader]);
    assert_eq!(version(&direct).await, "v1.5.5");
    let refused = direct.nodes([addresses[0].to_string()]).version().await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
}

#[tokio::test]
async fn who_does_not_know_the_token_gets_no_certificate() {
    let address = free_address();
    let cluster = Cluster::new(address);
    let control_plane = Lab::start_at(address, "control-1", Folder::new(), Some(&cluster.control_plane));
    control_plane.until::<TrustdCertificates>("trustd", |certificates| certificates.server.is_some()).await;
    let anonymous = Client::builder().endpoints([format!("{address}:50001")]).maintenance([]).build().unwrap();
    let mut service = talos_api::proto::securityapi::security_service_client::SecurityServiceClient::new(anonymous);
    for token in [None, Some("abc.def")] {
        let refused = loop {
            let mut request = tonic::Request::new(CertificateRequest { csr: b"any".to_vec() });
            if let Some(token) = token {
                request.metadata_mut().insert("token", token.parse().unwrap());
            }
            let refused = service.certificate(request).await.unwrap_err();
            // It listens a moment after its certificate is there.
            if refused.code() != Code::Unavailable {
                break refused;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!((refused.code(), refused.message()), (Code::Unknown, "Unauthenticated"));
    }
    let large = CertificateRequest { csr: vec![0; 1 << 20] };
    assert_eq!(service.certificate(large).await.unwrap_err().code(), Code::OutOfRange);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_find_each_other_and_the_worker_its_control_plane() {
    let begin = Instant::now();
    let found = Found::start(2).await;
    found.met().await;
    let elapsed = begin.elapsed();
    assert!(elapsed < Duration::from_secs(10), "they took {elapsed:?}");
    let [control_plane, worker, _] = found.nodes.as_slice() else { panic!("three nodes were started") };
    let reader = found.cluster.client(control_plane.address, &[Role::Reader]);
    version(&reader).await;
    let members = reader.resources::<Members>().list(&ListOptions::default()).await.unwrap();
    let shown: Vec<_> =
        members.iter().map(|member| (member.metadata.id.as_str(), member.spec.hostname.as_str())).collect();
    let expected = ["control-1", "worker-1", "worker-2"];
    assert_eq!(shown, expected.map(|name| (name, name)));
    // The worker was signed for by a control plane that it found.
    worker.until::<ApiCertificates>("api", |certificates| certificates.server.is_some()).await;
    assert_eq!(version(&reader.nodes([worker.address.to_string()])).await, "v1.5.5");
    let store = &worker.node.machine().store;
    let endpoints = store.spec::<Endpoints>("discovery").unwrap().addresses;
    assert_eq!(endpoints, [Ip::from(control_plane.address)]);
    // Raw ones are of the others only; the service saw the node call from its own address.
    let raw = store.list("cluster-raw", Affiliates::DEFINITION.type_name, &Query::default());
    assert!(raw.iter().all(|raw| raw.metadata().id().starts_with("service/")), "{raw:?}");
    assert_eq!(raw.len(), 2);
    let seen = store.get(&Reference::new("cluster", AddressStatuses::DEFINITION.type_name, "service")).unwrap();
    let yaml = seen.content().to_yaml();
    assert!(yaml.starts_with(&format!("address: {}/32\n", worker.address)), "{yaml}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_reset_is_forgotten_by_the_others() {
    let found = Found::start(1).await;
    found.met().await;
    let [control_plane, worker] = found.nodes.as_slice() else { panic!("two nodes were started") };
    let machine = worker.node.machine();
    machine.sequencer.run(&machine, Sequence::Reset(Reset::default()), "", false).await.unwrap();
    let member = Reference::new("cluster", Members::DEFINITION.type_name, "worker-1");
    let mut watch = control_plane.node.machine().store.watch(&member, 0);
    while control_plane.node.machine().store.get(&member).is_ok() {
        watch.next().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_comes_back_knows_nothing_and_is_told_everything_again() {
    let mut found = Found::start(1).await;
    found.met().await;
    let address = found.service.address;
    drop(found.service);
    let listener = loop {
        // The port is free once the former service has ended.
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    found.service = Discovery::serve(listener);
    let late = Lab::start_at(free_address(), "worker-2", Folder::new(), Some(&found.cluster.worker));
    found.nodes.push(late);
    found.met().await;
}

#[tokio::test]
async fn without_discovery_there_are_no_members() {
    let address = free_address();
    let cluster = Cluster::new(address);
    let lab = Lab::start_at(address, "control-1", Folder::new(), Some(&cluster.control_plane));
    lab.until::<ApiCertificates>("api", |certificates| certificates.server.is_some()).await;
    lab.until::<Endpoints>("discovery", |endpoints| endpoints.addresses.is_empty()).await;
    let store = &lab.node.machine().store;
    for type_name in [Affiliates::DEFINITION.type_name, Members::DEFINITION.type_name] {
        assert!(store.list("cluster", type_name, &Query::default()).is_empty(), "{type_name}");
    }
}
