//! Several nodes that make one cluster, each with a loopback address of its own.

use std::net::IpAddr;
use std::time::Duration;

use talos_api::client::Client;
use talos_api::proto::securityapi::CertificateRequest;
use talos_api::resources::secrets::{ApiCertificates, TrustdCertificates};
use talos_config::generate::{Input, Options};
use talos_config::{MachineType, bundle, encode, secrets};
use talos_pki::certificate::{ExtendedKeyUsage, Validity};
use talos_pki::secrets::Bundle;
use talos_pki::{Role, client};
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
    /// A cluster whose control plane is at an address; `more` goes below `cluster`.
    fn new(endpoint: IpAddr) -> Self {
        let options = Options::default();
        let parts = secrets::options(options.version_contract, options.later_contracts);
        let secrets = Bundle::generate(&parts, &SystemClock, &mut SystemRandom).unwrap();
        let endpoint = format!("https://{endpoint}:6443");
        let input = Input::new("lab", &endpoint, &options, &secrets);
        let bundle = bundle::ConfigBundle::generate(&input, &bundle::Patches::default()).unwrap();
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
