//! Calls to a scripted node over real TLS.

use std::time::Duration;

use serde_json::json;
use talos_api::client::{Error, Event, EventPayload, LabelTerm, ListOptions, WatchOptions};
use talos_api::proto::machine;
use talos_api::testing::{Answer, Scenario, TestNode};
use tokio::io::AsyncReadExt;
use tonic::Code;

fn hostname(name: &str) -> Answer {
    Answer::message(json!({"messages": [{"hostname": name}]}))
}

#[tokio::test]
async fn replies_name_their_nodes_and_keep_failures_apart() {
    let scenario = Scenario::new().answer_per_node(
        "machine.MachineService/Hostname",
        [("10.5.0.2", hostname("cp-1")), ("10.5.0.3", Answer::error("Unavailable", "gone")), ("*", hostname("other"))],
    );
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client();

    let replies = client.nodes(["10.5.0.2", "10.5.0.3", "10.5.0.4"]).hostname().await.unwrap();
    let shown: Vec<_> = replies.replies.iter().map(|r| (r.node.as_str(), r.is_named, &*r.value.hostname)).collect();
    assert_eq!(shown, [("10.5.0.2", true, "cp-1"), ("10.5.0.4", true, "other")]);
    assert_eq!(
        replies.failures.to_string(),
        "1 error occurred:\n\t* 10.5.0.3: rpc error: code = Unavailable desc = gone\n\n"
    );

    let one = client.node("10.5.0.2").hostname().await.unwrap();
    assert_eq!((one.replies[0].node.as_str(), one.replies[0].is_named), ("127.0.0.1", false));
    let error = client.node("10.5.0.3").hostname().await.unwrap_err();
    assert_eq!(error.to_string(), "rpc error: code = Unavailable desc = gone");
    assert!(error.is_unavailable());

    let calls = node.calls();
    assert_eq!(calls[0].metadata[0], ("nodes".into(), ["10.5.0.2", "10.5.0.3", "10.5.0.4"].map(String::from).to_vec()));
    assert_eq!(calls[1].metadata[0], ("node".into(), vec!["10.5.0.2".into()]));
    assert!(calls.iter().all(|call| call.metadata.contains(&("runtime".into(), vec!["Talos".into()]))));
}

#[tokio::test]
async fn a_name_that_cannot_be_sent_reaches_nobody() {
    let node = TestNode::start(Scenario::typical()).await.unwrap();
    for name in ["", "a\nb"] {
        let error = node.client().nodes(["10.5.0.2", name]).hostname().await.unwrap_err();
        assert_eq!(error.code(), Code::Internal, "{error}");
    }
    assert!(node.calls().is_empty());
}

#[tokio::test]
async fn a_stream_goes_on_when_a_node_fails() {
    let lines = Answer::messages([json!({"bytes": "@text:one"}), json!({"bytes": "@text:two"})]);
    let failing = Answer::error("NotFound", "no such log");
    let scenario =
        Scenario::new().answer_per_node("machine.MachineService/Logs", [("a", lines), ("b", failing.clone())]);
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client().nodes(["b", "a"]);

    let mut logs = client.logs(machine::LogsRequest { id: "x".into(), ..Default::default() }).await.unwrap();
    assert!(matches!(logs.next().await, Some(Err(Error::Node(failure))) if failure.node == "b"));
    let (replies, failures) = logs.collect().await.unwrap();
    assert_eq!(replies.iter().map(|reply| &*reply.value.bytes).collect::<Vec<_>>(), [b"one", b"two"]);
    assert!(failures.is_empty());

    let mut logs = node.client().node("b").logs(machine::LogsRequest::default()).await.unwrap();
    assert_eq!(logs.next().await.unwrap().unwrap_err().to_string(), "rpc error: code = NotFound desc = no such log");
    assert!(logs.next().await.is_none());
}

#[tokio::test]
async fn bytes_read_like_a_file_with_reports_beside_them() {
    let pieces = Answer::messages([
        json!({"bytes": "@text:hello "}),
        json!({"metadata": {"hostname": "cp-1", "error": "skipping \"x\": denied"}}),
        json!({"bytes": "@text:world"}),
    ]);
    let node = TestNode::start(Scenario::new().answer("machine.MachineService/Copy", pieces)).await.unwrap();
    let mut copy = node.client().copy("/etc").await.unwrap();
    let mut text = String::new();
    copy.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "hello world");
    assert_eq!(copy.failures().to_string(), "1 error occurred:\n\t* cp-1: skipping \"x\": denied\n\n");
    assert_eq!(node.calls()[0].messages, [json!({"root_path": "/etc"})]);
}

#[tokio::test]
async fn a_byte_stream_that_is_cancelled_or_late_ends_quietly_and_one_that_breaks_does_not() {
    for (code, outcome) in [("Canceled", true), ("DeadlineExceeded", true), ("Internal", false)] {
        let answer = Answer::error(code, "over");
        let node = TestNode::start(Scenario::new().answer("machine.MachineService/Read", answer)).await.unwrap();
        let read = node.client().read("/x").await.unwrap().collect().await;
        assert_eq!(read.is_ok(), outcome, "{code}: {read:?}");
    }
}

#[tokio::test]
async fn uploads_in_small_pieces() {
    let node = TestNode::start(Scenario::typical()).await.unwrap();
    let snapshot = vec![7; 10_000];
    let replies = node.client().nodes(["10.5.0.2"]).etcd_recover(snapshot.as_slice()).await.unwrap();
    assert_eq!(replies.all().unwrap()[0].node, "10.5.0.2");
    let sizes: Vec<_> =
        node.calls()[0].messages.iter().map(|message| message["bytes"].as_str().map_or(0, str::len)).collect();
    // Base64 of 4096, 4096 and 1808 bytes, then an empty message.
    assert_eq!(sizes, [5464, 5464, 2412]);
}

#[tokio::test]
async fn dropping_a_stream_cancels_the_call() {
    let scenario = Scenario::new().answer(
        "machine.MachineService/Events",
        Answer::message(json!({"data": {"@type": "talos/runtime/machine.PhaseEvent", "phase": "boot"}})).and_hold(),
    );
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client();
    let mut events = client.events(machine::EventsRequest::default()).await.unwrap();
    let event = events.next().await.unwrap().unwrap();
    let payload = EventPayload::decode(&event.value).unwrap();
    assert_eq!(payload, EventPayload::Phase(machine::PhaseEvent { phase: "boot".into(), action: 0 }));
    node.held(1).await;
    drop(events);
    node.released(1).await;
    // The connection is still good for other calls.
    let error = client.hostname().await.unwrap_err();
    assert_eq!(error.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_stream_outlives_the_client_it_came_from() {
    let answer = Answer::messages([json!({"bytes": "@text:late"})]).after(Duration::from_millis(50));
    let node = TestNode::start(Scenario::new().answer("machine.MachineService/Dmesg", answer)).await.unwrap();
    let stream = {
        let client = node.client();
        client.dmesg(machine::DmesgRequest::default()).await.unwrap()
    };
    assert_eq!(stream.collect().await.unwrap().0.len(), 1);
}

#[tokio::test]
async fn calls_end_when_their_time_is_over() {
    let silent = Answer::default().and_hold();
    let scenario = Scenario::new()
        .answer("machine.MachineService/Hostname", silent.clone())
        .answer("machine.MachineService/Dmesg", Answer::message(json!({"bytes": "@text:x"})).and_hold());
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client().with_timeout(Duration::from_millis(200));
    let error = client.hostname().await.unwrap_err();
    assert_eq!(error.to_string(), "rpc error: code = DeadlineExceeded desc = context deadline exceeded");
    let mut stream = client.dmesg(machine::DmesgRequest::default()).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn kubeconfig_is_unpacked_and_damage_is_named() {
    let garbage = Answer::message(json!({"bytes": "@text:garbage"}));
    let node = TestNode::start(Scenario::new().answer("machine.MachineService/Kubeconfig", garbage)).await.unwrap();
    let error = node.client().kubeconfig().await.unwrap_err();
    assert!(matches!(&error, Error::Archive { what: "kubeconfig", .. }), "{error}");
    let failing = Answer::message(json!({"metadata": {"hostname": "w", "error": "no"}}));
    let node = TestNode::start(Scenario::new().answer("machine.MachineService/Kubeconfig", failing)).await.unwrap();
    assert_eq!(node.client().kubeconfig().await.unwrap_err().to_string(), "1 error occurred:\n\t* w: no\n\n");
}

#[tokio::test]
async fn resources_are_read_listed_and_watched() {
    let member = json!({
        "@type": "type.googleapis.com/talos.resource.definitions.cluster.MemberSpec",
        "node_id": "id", "hostname": "cp-1", "operating_system": "Talos (v1.5.5)",
    });
    let scenario = Scenario::new()
        .resource("cluster", "Members.cluster.talos.dev", "worker-1", "hostname: worker-1\n", None)
        .resource("cluster", "Members.cluster.talos.dev", "cp-1", "hostname: cp-1\n", Some(member));
    let node = TestNode::start(scenario).await.unwrap();
    let client = node.client().nodes(["10.5.0.2"]);

    let members = client.dynamic("cluster", "Members.cluster.talos.dev");
    let ids = |options: ListOptions| {
        let members = members.clone();
        async move {
            let found = members.list(&options).await.unwrap();
            found.into_iter().map(|resource| resource.metadata.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(ids(ListOptions::default()).await, ["cp-1", "worker-1"]);
    assert_eq!(ids(ListOptions { id_pattern: Some("^w".into()), ..Default::default() }).await, ["worker-1"]);
    let labelled = ListOptions { labels: vec![LabelTerm::Exists("x".into())], ..Default::default() };
    assert!(ids(labelled).await.is_empty());
    assert_eq!(members.get("cp-1").await.unwrap().spec.yaml_spec, "hostname: cp-1\n");
    assert!(members.get_opt("none").await.unwrap().is_none());
    let error = members.get("none").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "rpc error: code = NotFound desc = resource Members.cluster.talos.dev(cluster/none@undefined) doesn't exist"
    );

    let mut watch = members.watch(&WatchOptions::default().bootstrap_contents()).await.unwrap();
    let mut seen = Vec::new();
    while let Some(event) = watch.next().await {
        match event.unwrap() {
            Event::Created(resource) => seen.push(resource.metadata.id),
            Event::Bootstrapped => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen, ["cp-1", "worker-1"]);
    let mut watch = members.watch_one("none", &WatchOptions::default()).await.unwrap();
    let Some(Ok(Event::Destroyed(gone))) = watch.next().await else { panic!("a tombstone comes first") };
    assert_eq!(gone.metadata.version, "undefined");

    // One node of many goes as one; several are refused by the node.
    assert!(node.calls().iter().all(|call| call.metadata[0] == ("node".into(), vec!["10.5.0.2".into()])));
    let several = node.client().nodes(["a", "b"]).dynamic("cluster", "Members.cluster.talos.dev");
    assert_eq!(several.get("x").await.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn generated_clients_run_on_the_same_connection() {
    use talos_api::proto::machine::machine_service_client::MachineServiceClient;
    let node = TestNode::start(Scenario::typical()).await.unwrap();
    let mut generated = MachineServiceClient::new(node.client().nodes(["10.5.0.2"]));
    let reply = generated.version(()).await.unwrap().into_inner();
    assert_eq!(reply.messages[0].metadata.as_ref().unwrap().hostname, "10.5.0.2");
    let mut lines = generated.dmesg(machine::DmesgRequest::default()).await.unwrap().into_inner();
    assert!(lines.message().await.unwrap().is_some());
    assert!(lines.message().await.unwrap().is_none());
    let status = generated.netstat(machine::NetstatRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_hundred_nodes_answer_in_one_call() {
    let node = TestNode::start(Scenario::typical()).await.unwrap();
    let names: Vec<String> = (0..100).map(|number| format!("10.5.0.{number}")).collect();
    let replies = node.client().nodes(&names).version().await.unwrap().all().unwrap();
    assert_eq!(replies.iter().map(|reply| &reply.node).collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
    assert_eq!(node.calls().len(), 1);
}
