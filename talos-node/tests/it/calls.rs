//! Calls that make something for their caller, on a configured node.

use std::time::Duration;

use talos_api::proto::cluster::{ClusterInfo, HealthCheckRequest};
use talos_api::proto::machine::{
    BpfInstruction, GenerateClientConfigurationRequest, MetaWriteRequest, PacketCaptureRequest,
};
use talos_api::resources::network::LinkStatuses;
use talos_config::Source;
use talos_config::talosconfig::Talosconfig;
use talos_pki::{Certificate, Role};
use tonic::Code;

use crate::configured::Cluster;

#[tokio::test]
async fn an_administrator_gets_credentials() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let admin = cluster.client(&lab, &[Role::Admin]);
    let request = GenerateClientConfigurationRequest {
        roles: vec!["os:reader".into()],
        crt_ttl: Some(prost_types::Duration { seconds: 600, nanos: 0 }),
    };
    let made = admin.generate_client_configuration(request).await.unwrap().one().unwrap();
    let talosconfig = Talosconfig::from_yaml(&Source::new("talosconfig", made.talosconfig.to_vec())).unwrap();
    assert_eq!(talosconfig.context, "reader@lab");
    let context = &talosconfig.contexts["reader@lab"];
    assert!(context.endpoints.is_empty());
    assert_eq!(context.crt_pem().unwrap(), made.crt);
    let certificate = Certificate::from_pem(&made.crt).unwrap();
    assert_eq!(certificate.subject().organizations, ["os:reader"]);
    let validity = certificate.validity();
    assert_eq!(validity.not_after.duration_since(validity.not_before).unwrap(), Duration::from_secs(600));
    let refused = admin.generate_client_configuration(GenerateClientConfigurationRequest::default()).await.unwrap_err();
    assert_eq!(refused.to_string(), "rpc error: code = InvalidArgument desc = crt_ttl should be positive");

    let kubeconfig = String::from_utf8(admin.kubeconfig().await.unwrap()).unwrap();
    assert!(kubeconfig.contains("server: https://10.5.0.2:6443\n"), "{kubeconfig}");
    assert!(kubeconfig.ends_with("current-context: admin@lab\n"), "{kubeconfig}");
}

#[tokio::test]
async fn the_graph_is_that_of_the_node() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let reply = cluster.client(&lab, &[Role::Reader]).controller_runtime_dependencies().await.unwrap().one().unwrap();
    assert_eq!(reply.edges.len(), lab.node.machine().graph().len());
    assert!(reply.edges.iter().any(|edge| edge.controller_name == "network.HostnameConfigController"));
}

#[tokio::test]
async fn what_a_node_without_etcd_and_partitions_says() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let admin = cluster.client(&lab, &[Role::Admin]);
    let failed = admin.etcd_status().await.unwrap_err();
    let text = "failed to create etcd client: error building etcd client TLS config: open \
                /system/secrets/etcd/admin.crt: no such file or directory";
    assert_eq!(failed.to_string(), format!("rpc error: code = Unknown desc = {text}"));
    let refused = admin.meta_write(MetaWriteRequest { key: 300, ..MetaWriteRequest::default() }).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn health_is_checked_through_the_front_of_the_node() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let own = lab.address.to_string();
    let request = |seconds: Option<i64>| HealthCheckRequest {
        wait_timeout: seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
        cluster_info: Some(ClusterInfo { control_plane_nodes: vec![own.clone()], ..ClusterInfo::default() }),
    };
    let client = cluster.client(&lab, &[Role::Reader]);
    let mut told = Vec::new();
    let mut stream = client.health_check(request(Some(1))).await.unwrap();
    let failure = loop {
        match stream.next().await.unwrap() {
            Ok(reply) => told.push(reply.value.message),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.code(), Code::DeadlineExceeded);
    assert_eq!(told[0], format!("discovered nodes: [\"{own}\"]"));
    assert_eq!(told[1], "waiting for etcd to be healthy: ...");
    // Somebody of the node answered, and not that the caller may not ask.
    assert!(told[2].starts_with("waiting for etcd to be healthy: ") && !told[2].contains("authorized"), "{told:?}");
    assert!(!told[2].contains("connection"), "{told:?}");

    // Without a limit there is no time at all.
    let mut stream = client.health_check(request(None)).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().value.message, told[0]);
    assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn packets_of_the_loopback_link_are_captured_where_that_is_allowed() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    lab.until::<LinkStatuses>("lo", |_| true).await;
    let operator = cluster.client(&lab, &[Role::Operator]);
    let instruction = |op, k| BpfInstruction { op, jt: 0, jf: 0, k };
    // Twenty bytes of every packet.
    let request = PacketCaptureRequest {
        interface: "lo".into(),
        bpf_filter: vec![instruction(6, 20)],
        ..PacketCaptureRequest::default()
    };
    let mut capture = operator.packet_capture(request).await.unwrap();
    let mut bytes = Vec::new();
    // The call itself goes through the link.
    while bytes.len() < 24 + 36 {
        match capture.next().await.unwrap() {
            Ok(data) => bytes.extend_from_slice(&data),
            Err(refused) => {
                assert!(
                    refused.to_string().ends_with("couldn't open packet socket: operation not permitted"),
                    "{refused}"
                );
                return;
            }
        }
    }
    assert_eq!(bytes[..8], [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0]);
    assert_eq!(bytes[24 + 8..24 + 12], 20u32.to_le_bytes());
    assert!(u32::from_le_bytes(bytes[24 + 12..24 + 16].try_into().unwrap()) > 20);
}
