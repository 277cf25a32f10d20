//! Health checks of a cluster.

use std::time::Duration;

use serde_json::{Value, json};
use talos_api::cluster::check::{self, CHECKS, Check};
use talos_api::cluster::{Cluster, Info, NodeInfo, Role};
use talos_api::kubernetes::Path;
use talos_api::testing::{Answer, KubernetesApi, Scenario, TestNode};

const CONTROL_PLANE: &str = "10.5.0.2";
const WORKER: &str = "10.5.0.3";

fn info() -> Info {
    Info::new([
        (Role::ControlPlane, NodeInfo::at(CONTROL_PLANE).unwrap()),
        (Role::Worker, NodeInfo::at(WORKER).unwrap()),
    ])
}

fn service(id: &str, state: &str, healthy: bool) -> Value {
    json!({"id": id, "state": state, "health": {"healthy": healthy},
        "events": {"events": [{"msg": "it is so", "state": state, "ts": "@now-1h"}]}})
}

fn members(ids: &[u64]) -> Answer {
    let member = |id: &u64| json!({"id": id.to_string(), "hostname": format!("cp-{id}"), "peer_urls": ["https://10.5.0.2:2380"]});
    Answer::message(json!({"messages": [{"members": ids.iter().map(member).collect::<Vec<_>>()}]}))
}

fn boot(action: &str) -> Value {
    let data = json!({"@type": "talos/runtime/machine.SequenceEvent", "sequence": "boot", "action": action});
    json!({"data": data, "id": action})
}

/// The nodes of a cluster that lacks nothing.
fn healthy_nodes() -> Scenario {
    let services =
        json!({"messages": [{"services": [service("etcd", "Running", true), service("kubelet", "Running", true)]}]});
    let mut scenario = Scenario::typical()
        .answer_per_node("machine.MachineService/ServiceList", [("*", Answer::message(services))])
        .answer_per_node("machine.MachineService/EtcdMemberList", [("*", members(&[1])), ("", members(&[1]))])
        .answer_per_node("machine.MachineService/Events", [("*", Answer::messages([boot("START"), boot("STOP")]))])
        .resource(
            "runtime",
            "MountStatuses.runtime.talos.dev",
            "EPHEMERAL",
            "",
            Some(json!({"@type": "type.googleapis.com/talos.resource.definitions.runtime.MountStatusSpec", "source": "/dev/sda6"})),
        );
    for pod in ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        let id = format!("kube-system/{pod}-cp-1");
        scenario = scenario.resource("k8s", "StaticPodStatuses.kubernetes.talos.dev", &id, "", None);
    }
    scenario
}

/// The Kubernetes API of such a cluster.
async fn healthy_kubernetes() -> KubernetesApi {
    let api = KubernetesApi::start().await.unwrap();
    for (name, address, labels) in
        [("cp-1", CONTROL_PLANE, json!({"node-role.kubernetes.io/control-plane": ""})), ("worker-1", WORKER, json!({}))]
    {
        api.put(
            &Path::new("v1", "nodes").named(name),
            json!({"metadata": {"labels": labels}, "status": {
                "addresses": [{"type": "InternalIP", "address": address}],
                "conditions": [{"type": "Ready", "status": "True"}],
            }}),
        );
    }
    for app in ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kube-dns"] {
        put_pod(&api, app, "True");
    }
    for (resource, app) in [("daemonsets", "kube-proxy"), ("replicasets", "kube-dns")] {
        let path = Path::new("apps/v1", resource).within("kube-system").named(app);
        api.put(&path, json!({"metadata": {"labels": {"k8s-app": app}}}));
    }
    api
}

fn put_pod(api: &KubernetesApi, app: &str, ready: &str) {
    let path = Path::new("v1", "pods").within("kube-system").named(format!("{app}-0"));
    let status = json!({
        "phase": "Running", "containerStatuses": [{"state": {"running": {}}}],
        "conditions": [{"type": "Ready", "status": ready}],
    });
    api.put(&path, json!({"metadata": {"labels": {"k8s-app": app}}, "status": status}));
}

/// The checks with these words in their description.
fn checks(words: &str) -> Vec<Check> {
    let found: Vec<_> = CHECKS.iter().filter(|check| check.description.contains(words)).copied().collect();
    assert!(!found.is_empty(), "{words}");
    found
}

/// Programs with several threads move what they wait for.
fn movable<T: Send>(future: T) -> T {
    future
}

/// What a run tells, without repetitions and without what is only waited for.
async fn told(cluster: &Cluster, info: &Info, checks: &[Check], timeout: Duration) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let report = |progress: &check::Progress<'_>| {
        let line = progress.to_string();
        if !line.ends_with("...") && lines.last() != Some(&line) {
            lines.push(line);
        }
    };
    let outcome = movable(check::wait(cluster, info, checks, timeout, report)).await;
    lines.extend(outcome.err().map(|error| error.to_string()));
    lines
}

#[tokio::test]
async fn a_healthy_cluster_passes_all_checks() {
    let (node, api) = (TestNode::start(healthy_nodes()).await.unwrap(), healthy_kubernetes().await);
    let cluster = Cluster::new(node.client()).with_kubernetes(api.client());
    let lines = told(&cluster, &info(), CHECKS, Duration::from_secs(20)).await;
    let expected: Vec<String> = CHECKS.iter().map(|check| format!("waiting for {}: OK", check.description)).collect();
    assert_eq!(lines, expected);
    assert_eq!(CHECKS.len(), 15);
}

/// Runs one check against nodes that differ from healthy ones, and expects one failure.
async fn fails(scenario: Scenario, words: &str, reason: &str) {
    let node = TestNode::start(scenario).await.unwrap();
    let lines = told(&Cluster::new(node.client()), &info(), &checks(words), Duration::from_millis(300)).await;
    let description = checks(words)[0].description;
    assert_eq!(lines, [format!("waiting for {description}: {reason}"), "context deadline exceeded".into()]);
}

#[tokio::test]
async fn services_must_run_and_be_healthy() {
    let method = "machine.MachineService/ServiceList";
    let list = |services: Value| Answer::message(json!({"messages": [{"services": services}]}));
    let with = |services: Value| Scenario::new().answer_per_node(method, [("*", list(services))]);
    let words = "etcd to be healthy";
    fails(with(json!([])), words, "expected a response with 1 node(s), got 0").await;
    let one = |text: &str| format!("1 error occurred:\n\t* {text}");
    let silent = json!([{"id": "etcd"}]);
    fails(with(silent), words, &one("10.5.0.2: no events recorded yet for service \"etcd\"")).await;
    let preparing = json!([service("etcd", "Preparing", false)]);
    let reason =
        one("10.5.0.2: service \"etcd\" not in expected state \"Running\": current state [Preparing] it is so");
    fails(with(preparing), words, &reason).await;
    let sick = json!([service("etcd", "Running", false)]);
    fails(with(sick), words, &one("10.5.0.2: service is not healthy: etcd")).await;
    let down = Scenario::new().answer_per_node(method, [("*", Answer::error("Unavailable", "gone"))]);
    fails(down, words, &one("10.5.0.2: rpc error: code = Unavailable desc = gone")).await;
}

#[tokio::test]
async fn members_of_etcd_must_agree() {
    let method = "machine.MachineService/EtcdMemberList";
    let info = Info::new([CONTROL_PLANE, WORKER].map(|at| (Role::ControlPlane, NodeInfo::at(at).unwrap())));
    for (others, reason) in [
        (members(&[1, 2]), "10.5.0.3: expected to have [cp-1] members, got [cp-1 cp-2]"),
        (members(&[3]), "10.5.0.3: found unexpected etcd member cp-3"),
    ] {
        let scenario = Scenario::new().answer_per_node(method, [(CONTROL_PLANE, members(&[1])), (WORKER, others)]);
        let node = TestNode::start(scenario).await.unwrap();
        let lines = told(&Cluster::new(node.client()), &info, &checks("consistent"), Duration::from_millis(200)).await;
        assert_eq!(lines[0], format!("waiting for etcd members to be consistent across nodes: {reason}"));
    }
    let strange = json!({"messages": [{"members": [{"hostname": "x", "peer_urls": ["https://10.9.9.9:2380"]}]}]});
    let reason = "etcd member ips [\"10.9.9.9\"] are not subset of control plane node ips [\"10.5.0.2\"]";
    fails(Scenario::new().answer(method, Answer::message(strange)), "control plane nodes", reason).await;
}

#[tokio::test]
async fn machines_must_be_large_enough() {
    let small = json!({"messages": [{"meminfo": {"memtotal": "1000000"}}]});
    let scenario = healthy_nodes().answer_per_node("machine.MachineService/Memory", [("*", Answer::message(small))]);
    let reason = "1 error occurred:\n\t* node \"10.5.0.2\" does not meet memory requirements: expected at least 1898 MiB, \
                  actual 976 MiB";
    fails(scenario, "memory", reason).await;
    let mounts = json!({"messages": [{"stats": [{"filesystem": "/dev/sda6", "size": "1073741824"}]}]});
    let scenario = healthy_nodes().answer_per_node("machine.MachineService/Mounts", [("*", Answer::message(mounts))]);
    let one = |node: &str| {
        format!(
            "\t* ephemeral partition \"/dev/sda6\" for node \"{node}\" is too small, expected at least 6.0 GiB, actual 2.4 GiB"
        )
    };
    fails(scenario, "disk", &format!("2 errors occurred:\n{}\n{}", one(CONTROL_PLANE), one(WORKER))).await;
    // Containers have the disk and the memory of their host.
    let version = json!({"messages": [{"version": {"tag": "v1.5.5"}, "platform": {"mode": "container"}}]});
    let scenario = Scenario::new().answer_per_node("machine.MachineService/Version", [("*", Answer::message(version))]);
    let node = TestNode::start(scenario).await.unwrap();
    let lines = told(&Cluster::new(node.client()), &info(), &checks("sizes"), Duration::from_secs(5)).await;
    assert_eq!(lines, ["waiting for all nodes memory sizes: OK", "waiting for all nodes disk sizes: OK"]);
}

#[tokio::test]
async fn machines_must_have_booted() {
    let events = "machine.MachineService/Events";
    let booting =
        Scenario::new().answer_per_node(events, [(WORKER, Answer::message(boot("START"))), ("*", Answer::default())]);
    fails(booting, "boot sequence", "nodes [\"10.5.0.3\"] are still in boot sequence").await;
    // Streams that stay open are read until the time of the try is over.
    let open =
        healthy_nodes().answer_per_node(events, [("*", Answer::messages([boot("START"), boot("STOP")]).and_hold())]);
    let node = TestNode::start(open).await.unwrap();
    let mut quick = checks("boot sequence");
    quick.iter_mut().for_each(|check| check.interval = Duration::from_millis(200));
    let lines = told(&Cluster::new(node.client()), &info(), &quick, Duration::from_secs(10)).await;
    assert_eq!(lines, ["waiting for all nodes to finish boot sequence: OK"]);
    let few = Scenario::new().resource(
        "k8s",
        "StaticPodStatuses.kubernetes.talos.dev",
        "kube-system/kube-scheduler-x",
        "",
        None,
    );
    let reason =
        "missing static pods on node 10.5.0.2: [kube-system/kube-apiserver kube-system/kube-controller-manager]";
    fails(few, "static pods", reason).await;
}

#[tokio::test]
async fn kubernetes_must_agree() {
    let node = TestNode::start(Scenario::typical()).await.unwrap();
    let api = healthy_kubernetes().await;
    let cluster = Cluster::new(node.client()).with_kubernetes(api.client());
    let reason = async |words: &str| {
        let lines = told(&cluster, &info(), &checks(words), Duration::from_millis(200)).await;
        lines[0].split_once(": ").unwrap().1.to_owned()
    };
    let worker = Path::new("v1", "nodes").named("worker-1");
    let mut object = api.object(&worker).unwrap();
    object["status"]["conditions"][0]["status"] = json!("Unknown");
    object["spec"]["unschedulable"] = json!(true);
    object["status"]["addresses"][0]["address"] = json!("10.5.0.9");
    api.put(&worker, object);
    assert_eq!(reason("nodes to report").await, "can't find expected node with IPs [\"10.5.0.3\"]");
    assert_eq!(reason("report ready").await, "some nodes are not ready: [worker-1]");
    assert_eq!(reason("schedulable").await, "some nodes are not schedulable: [worker-1]");
    put_pod(&api, "kube-scheduler", "False");
    let words = "components to be ready";
    assert_eq!(reason(words).await, "some pods are not ready for kube-scheduler: [kube-scheduler-0]");
    put_pod(&api, "kube-dns", "False");
    assert_eq!(
        reason("coredns").await,
        "no ready pods found for namespace \"kube-system\" and label selector \"k8s-app=kube-dns\""
    );
    api.client()
        .delete(&Path::new("apps/v1", "daemonsets").within("kube-system").named("kube-proxy"), &Default::default())
        .await
        .unwrap();
    assert_eq!(reason("kube-proxy").await, "SKIP");
}

#[tokio::test]
async fn the_kubeconfig_comes_from_a_node() {
    let api = healthy_kubernetes().await;
    let archive = json!({"bytes": talos_pki::base64::encode(&api.kubeconfig_archive())});
    let scenario = Scenario::typical().answer("machine.MachineService/Kubeconfig", Answer::message(archive));
    let node = TestNode::start(scenario).await.unwrap();
    let cluster = Cluster::new(node.client());
    let lines = told(&cluster, &info(), &checks("k8s nodes"), Duration::from_secs(20)).await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    let fetched = node.calls().iter().filter(|call| call.method.ends_with("/Kubeconfig")).count();
    assert_eq!(fetched, 1);
    let elsewhere = Cluster::new(node.client()).kubernetes_at("localhost");
    assert_eq!(elsewhere.kubernetes().await.unwrap().server(), "https://localhost:6443");
    let silent = TestNode::start(Scenario::new()).await.unwrap();
    let error = Cluster::new(silent.client()).kubernetes().await.unwrap_err().to_string();
    assert!(error.starts_with("rpc error: code = Unimplemented"), "{error}");
}

#[tokio::test]
async fn members_are_discovered() {
    let member = |kind: &str, ip: [u8; 4]| {
        json!({"@type": "type.googleapis.com/talos.resource.definitions.cluster.MemberSpec", "machine_type": kind,
            "addresses": [{"ip": talos_pki::base64::encode(&ip)}]})
    };
    let kind = "Members.cluster.talos.dev";
    let scenario = Scenario::new()
        .resource("cluster", kind, "a", "", Some(member("TYPE_WORKER", [10, 5, 0, 3])))
        .resource("cluster", kind, "b", "", Some(member("TYPE_CONTROL_PLANE", [10, 5, 0, 2])));
    let node = TestNode::start(scenario).await.unwrap();
    assert_eq!(Info::discover(&node.client()).await.unwrap(), info());
    let empty = json!({"@type": "type.googleapis.com/talos.resource.definitions.cluster.MemberSpec"});
    let node = TestNode::start(Scenario::new().resource("cluster", kind, "x", "", Some(empty))).await.unwrap();
    let error = Info::discover(&node.client()).await.unwrap_err();
    assert_eq!(error.to_string(), "no IP address found for member: x");
}
