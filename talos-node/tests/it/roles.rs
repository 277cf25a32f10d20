//! Who may call what: every method with every role, on one node.
//!
//! Calls are bare: a request without content, on a connection for each certificate. What counts is whether the answer is the
//! refusal of the role check. A method that waits for ever is let go at the first sign that it was let in.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use talos_api::resources::secrets::ApiCertificates;
use talos_api::server::roles::{self, METHODS};
use talos_api::tls;
use talos_pki::{Role, RoleSet, pem};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::configured::Cluster;
use crate::machines::Lab;

/// Methods that change the machine when they are let in: whoever may call them is not tried.
const HARMFUL: &[&str] = &[
    "/machine.MachineService/Reboot",
    "/machine.MachineService/Reset",
    "/machine.MachineService/Rollback",
    "/machine.MachineService/Shutdown",
    "/machine.MachineService/Upgrade",
];

fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    pem::blocks(text).map(|block| CertificateDer::from(block.contents.to_vec())).collect()
}

struct Peer(SendRequest<Bytes>);

impl Peer {
    async fn connect(cluster: &Cluster, lab: &Lab, certificate: &[Role]) -> Self {
        let ca = lab.node.machine().store.spec::<ApiCertificates>("api").unwrap().ca.unwrap();
        let own = cluster.credentials(certificate);
        let chain = certificates(&own.crt);
        let key = PrivateKeyDer::try_from(pem::decode(&own.key).unwrap().contents.to_vec()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(certificates(&ca.crt).remove(0)).unwrap();
        let mut config = ClientConfig::builder_with_provider(tls::server_provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_client_auth_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = TcpStream::connect((lab.address, 50000)).await.unwrap();
        let name = ServerName::IpAddress(lab.address.into());
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self(sender)
    }

    /// Whether a call is refused for its caller.
    async fn is_refused(&self, path: &str, claims: &[Role]) -> bool {
        let mut request = Request::post(format!("https://node{path}"));
        request = request.header("content-type", "application/grpc").header("te", "trailers");
        for role in claims {
            request = request.header("talos-role", role.as_str());
        }
        let mut sender = self.0.clone().ready().await.unwrap();
        let (response, mut body) = sender.send_request(request.body(()).unwrap(), false).unwrap();
        // A message of no bytes.
        body.send_data(Bytes::from_static(&[0; 5]), true).unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(20), response).await.expect(path).unwrap();
        let (head, mut body) = answer.into_parts();
        if head.headers.contains_key("grpc-status") {
            return is_refusal(&head.headers);
        }
        // Let in, unless all that follows is the refusal.
        match tokio::time::timeout(Duration::from_millis(300), body.data()).await {
            Ok(None) => body.trailers().await.unwrap().is_some_and(|trailers| is_refusal(&trailers)),
            Ok(Some(_)) | Err(_) => false,
        }
    }
}

fn is_refusal(trailers: &HeaderMap) -> bool {
    let text = |name| trailers.get(name).map(|value| value.to_str().unwrap().replace("%20", " ")).unwrap_or_default();
    text("grpc-status") == "7" && text("grpc-message") == "not authorized"
}

fn set(roles: &[Role]) -> RoleSet {
    roles.iter().cloned().collect()
}

#[tokio::test]
async fn every_method_takes_the_roles_of_its_row_and_no_other() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let custom = Role::from("custom:role");
    // Roles of the certificate, those claimed, and those that count.
    let mut callers: Vec<(Vec<Role>, Vec<Role>, Vec<Role>)> = Vec::new();
    let all = [Role::Admin, Role::Operator, Role::Reader, Role::EtcdBackup, Role::Impersonator, custom];
    for role in &all {
        callers.push((vec![role.clone()], vec![], vec![role.clone()]));
        // Who is no impersonator stays who they are.
        if *role != Role::Impersonator {
            callers.push((vec![Role::Reader], vec![role.clone()], vec![Role::Reader]));
        }
        callers.push((vec![Role::Impersonator], vec![role.clone()], vec![role.clone()]));
    }
    callers.push((vec![], vec![], vec![]));
    callers.push((vec![], vec![Role::Admin], vec![]));
    callers.push((vec![Role::EtcdBackup, Role::Reader], vec![], vec![Role::EtcdBackup, Role::Reader]));
    let mut tried = 0;
    for (certificate, claims, counting) in callers {
        let peer = Peer::connect(&cluster, &lab, &certificate).await;
        for (path, _) in METHODS {
            let is_refused = roles::authorize(path, &set(&counting)).is_err();
            if !is_refused && HARMFUL.contains(path) {
                continue;
            }
            let found = peer.is_refused(path, &claims).await;
            assert_eq!(found, is_refused, "{path} as {certificate:?} claiming {claims:?}");
            tried += 1;
        }
    }
    assert!(tried > 1000, "{tried}");
}
