//! Services, events and logs of a node, as a client sees them.

use std::time::Duration;

use talos_api::client::EventPayload;
use talos_api::proto::machine::{
    EventsRequest, LogsRequest, ServiceInfo, ServiceRestartRequest, ServiceStartRequest, ServiceStopRequest,
};
use talos_api::resources::runtime::{MachineStage, MachineStatuses};
use talos_pki::Role;

use crate::configured::Cluster;

async fn services(client: &talos_api::client::Client) -> Vec<ServiceInfo> {
    client.service_list().await.unwrap().one().unwrap().services
}

/// Waits until the node shows its services as wanted.
async fn until(client: &talos_api::client::Client, holds: impl Fn(&[ServiceInfo]) -> bool) -> Vec<ServiceInfo> {
    loop {
        let services = services(client).await;
        if holds(&services) {
            return services;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn health(service: &ServiceInfo) -> (bool, bool) {
    let health = service.health.as_ref().unwrap();
    (health.unknown, health.healthy)
}

fn last(service: &ServiceInfo) -> &str {
    &service.events.as_ref().unwrap().events.last().unwrap().msg
}

#[tokio::test]
async fn services_run_or_say_what_they_wait_for() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let client = cluster.client(&lab, &[Role::Reader]);
    let is_up = |services: &[ServiceInfo], id: &str| {
        services.iter().any(|service| service.id == id && health(service) == (false, true))
    };
    let found = until(&client, |found| {
        found.len() >= 5 && is_up(found, "apid") && found.iter().all(|service| service.state != "Initialized")
    })
    .await;
    let ids: Vec<&str> = found.iter().map(|service| service.id.as_str()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let service = |id: &str| found.iter().find(|service| service.id == id).unwrap();
    for id in ["apid", "machined"] {
        assert_eq!((service(id).state.as_str(), last(service(id))), ("Running", "Health check successful"));
    }
    let etcd = service("etcd");
    assert_eq!(etcd.state, "Waiting");
    assert!(last(etcd).starts_with("Waiting for service \"cri\" to be \"up\""), "{}", last(etcd));
    assert_eq!(health(etcd), (true, false));
    // What clients may do is said by each service.
    let admin = cluster.client(&lab, &[Role::Admin]);
    let refused = admin.service_stop(ServiceStopRequest { id: "apid".into() }).await.unwrap_err();
    let text = "rpc error: code = Unknown desc = service \"apid\" doesn't support stop operation via API";
    assert_eq!(refused.to_string(), text);
    let refused = admin.service_start(ServiceStartRequest { id: "nothing".into() }).await.unwrap_err();
    assert_eq!(refused.to_string(), "rpc error: code = Unknown desc = service \"nothing\" not defined");
    let reply = admin.service_restart(ServiceRestartRequest { id: "kubelet".into() }).await.unwrap().one().unwrap();
    assert_eq!(reply.resp, "Service \"kubelet\" restarted");
    let stage = lab.node.machine().store.spec::<MachineStatuses>("machine").unwrap();
    assert_eq!(stage.stage, MachineStage::BOOTING);
    let reason = stage.status.unmet_conditions.iter().find(|condition| condition.name == "services").unwrap();
    assert!(reason.reason.contains("kubelet not running"), "{}", reason.reason);
}

#[tokio::test]
async fn what_happened_is_told_from_the_start() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let client = cluster.client(&lab, &[Role::Reader]);
    let request = EventsRequest { tail_events: -1, ..EventsRequest::default() };
    let mut events = client.events(request).await.unwrap();
    let mut told = Vec::new();
    let hello = events.next().await.unwrap().unwrap();
    assert_eq!(hello.value.data.unwrap().type_url, "");
    while told.len() < 6 {
        let event = events.next().await.unwrap().unwrap().value;
        match EventPayload::decode(&event) {
            Ok(EventPayload::Sequence(event)) => told.push(format!("{} {:?}", event.sequence, event.action())),
            Ok(EventPayload::Phase(event)) if event.phase == "config" => {
                told.push(format!("config {:?}", event.action()))
            }
            _ => {}
        }
    }
    assert_eq!(
        told,
        ["initialize Start", "config Start", "config Stop", "initialize Stop", "install Start", "install Stop"]
    );
}

#[tokio::test]
async fn the_log_of_the_machine_is_its_console() {
    let cluster = Cluster::new();
    let lab = cluster.node().await;
    let client = cluster.client(&lab, &[Role::Reader]);
    let request = |id: &str| LogsRequest {
        namespace: "system".to_owned(),
        id: id.to_owned(),
        tail_lines: -1,
        ..LogsRequest::default()
    };
    let mut chunks = client.logs(request("machined")).await.unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = chunks.next().await {
        text.extend_from_slice(&chunk.unwrap().value.bytes);
    }
    let text = String::from_utf8(text).unwrap();
    for line in [
        "initialize sequence: 4 phase(s)\n",
        "phase config (4/4): 1 tasks(s)\n",
        "task loadConfig (1/1): starting\n",
        "install sequence: 0 phase(s)\n",
        "service[apid](Running): Service started as goroutine\n",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    let mut none = client.logs(request("nothing")).await.unwrap();
    let error = none.next().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "rpc error: code = Unknown desc = log \"nothing\" was not registered");
}
