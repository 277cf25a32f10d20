//! Commands about clusters as a whole, with a Kubernetes API beside the node.

use serde_json::{Value, json};
use talos_api::kubernetes::Path;
use talos_api::testing::{Answer, KubernetesApi, Scenario};

use crate::machines::Machine;

const NODE: &str = "10.5.0.2";

/// A node that gives the kubeconfig of a Kubernetes API.
fn with_kubeconfig(scenario: Scenario, api: &KubernetesApi) -> Scenario {
    let archive = json!({"bytes": talos_pki::base64::encode(&api.kubeconfig_archive())});
    scenario.answer_per_node(
        "machine.MachineService/Kubeconfig",
        [("*", Answer::message(archive.clone())), ("", Answer::message(archive))],
    )
}

fn services(healthy: bool) -> Answer {
    let service = |id: &str| json!({"id": id, "state": "Running", "health": {"healthy": healthy}, "events": {"events": [{"state": "Running"}]}});
    Answer::message(json!({"messages": [{"services": [service("etcd"), service("kubelet")]}]}))
}

fn member(address: [u8; 4]) -> Value {
    json!({"@type": "type.googleapis.com/talos.resource.definitions.cluster.MemberSpec", "machine_type": "TYPE_CONTROL_PLANE",
        "addresses": [{"ip": talos_pki::base64::encode(&address)}]})
}

/// A cluster of one node, as far as its own API tells.
fn one_node() -> Scenario {
    let members =
        json!({"messages": [{"members": [{"hostname": "cp-1", "id": "1", "peer_urls": ["https://10.5.0.2:2380"]}]}]});
    let members = Answer::message(members);
    let mount = json!({"@type": "type.googleapis.com/talos.resource.definitions.runtime.MountStatusSpec", "source": "/dev/sda6"});
    let mut scenario = Scenario::typical()
        .answer_per_node("machine.MachineService/ServiceList", [("*", services(true))])
        .answer_per_node("machine.MachineService/EtcdMemberList", [("*", members.clone()), ("", members)])
        .answer_per_node("machine.MachineService/Events", [("*", Answer::default())])
        .resource("runtime", "MountStatuses.runtime.talos.dev", "EPHEMERAL", "", Some(mount))
        .resource("cluster", "Members.cluster.talos.dev", "cp-1", "", Some(member([10, 5, 0, 2])));
    for pod in ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        let id = format!("kube-system/{pod}-cp-1");
        scenario = scenario.resource("k8s", "StaticPodStatuses.kubernetes.talos.dev", &id, "", None);
    }
    scenario
}

/// Its Kubernetes API, without kube-proxy and coredns.
async fn kubernetes() -> KubernetesApi {
    let api = KubernetesApi::start().await.unwrap();
    let ready = json!([{"type": "Ready", "status": "True"}]);
    let node = json!({"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}},
        "status": {"addresses": [{"type": "InternalIP", "address": NODE}], "conditions": ready}});
    api.put(&Path::new("v1", "nodes").named("cp-1"), node);
    for app in ["kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
        let path = Path::new("v1", "pods").within("kube-system").named(format!("{app}-cp-1"));
        let containers = json!([{"name": app, "image": format!("registry.k8s.io/{app}:v1.27.4")}]);
        let pod = json!({"metadata": {"labels": {"k8s-app": app}}, "spec": {"containers": containers}, "status": {"conditions": ready}});
        api.put(&path, pod);
    }
    api
}

const HEALTHY: &str = "waiting for etcd to be healthy: OK
waiting for etcd members to be consistent across nodes: OK
waiting for etcd members to be control plane nodes: OK
waiting for apid to be ready: OK
waiting for all nodes memory sizes: OK
waiting for all nodes disk sizes: OK
waiting for kubelet to be healthy: OK
waiting for all nodes to finish boot sequence: OK
waiting for all k8s nodes to report: OK
waiting for all k8s nodes to report ready: OK
waiting for all control plane static pods to be running: OK
waiting for all control plane components to be ready: OK
waiting for kube-proxy to report ready: SKIP
waiting for coredns to report ready: SKIP
waiting for all k8s nodes to report schedulable: OK
";

#[tokio::test(flavor = "multi_thread")]
async fn this_program_runs_the_checks() {
    let api = kubernetes().await;
    let mut machine = Machine::new(with_kubeconfig(one_node(), &api)).await;
    // Members are discovered, also when an init node is named.
    for line in [
        "health --server=false",
        "health --server=false --init-node 10.5.0.9",
        "health --server=false --control-plane-nodes 10.5.0.2",
    ] {
        let outcome = machine.run(line);
        let settled: String =
            outcome.stderr.lines().filter(|line| !line.ends_with("...")).map(|line| format!("{line}\n")).collect();
        assert_eq!((outcome.status, settled.as_str(), outcome.stdout.as_str()), (0, HEALTHY, ""), "{line}");
        assert_eq!(outcome.stderr.lines().count(), 2 * HEALTHY.lines().count());
    }
    machine.session.terminal = true;
    let outcome = machine.run("health --server=false");
    assert!(outcome.stderr.contains("waiting for etcd to be healthy: ...\n\x1b[A\x1b[K"), "{:?}", outcome.stderr);
    let outcome = machine.run("health --server=false --k8s-endpoint 192.0.2.1 --wait-timeout 1500ms");
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.ends_with("context deadline exceeded\n"), "{:?}", outcome.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_that_fail_end_the_run_in_time() {
    let sick = one_node().answer_per_node("machine.MachineService/ServiceList", [("*", services(false))]);
    let machine = Machine::new(sick).await;
    let outcome = machine.run("health --server=false --wait-timeout 200ms");
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (
            1,
            "waiting for etcd to be healthy: ...\nwaiting for etcd to be healthy: 1 error occurred:\n    * 10.5.0.2: service is \
             not healthy: etcd\ncontext deadline exceeded\n"
        )
    );
    let outcome = machine.run("-n 10.5.0.2 health --run-e2e");
    assert_eq!(outcome.status, 1);
    assert!(outcome.stderr.starts_with("--run-e2e is not supported"), "{}", outcome.stderr);
    let outcome = Machine::new(Scenario::new()).await.run("health --server=false --wait-timeout 0");
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, "context deadline exceeded\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_of_kubernetes_is_detected() {
    let api = kubernetes().await;
    let machine = Machine::new(with_kubeconfig(Scenario::typical(), &api)).await;
    let outcome = machine.run("-n 10.5.0.2 upgrade-k8s --to 1.30.0");
    assert_eq!(
        (outcome.status, outcome.stdout.as_str(), outcome.stderr.as_str()),
        (
            1,
            "automatically detected the lowest Kubernetes version 1.27.4\n",
            "unsupported upgrade path 1.27->1.30 (from \"1.27.4\" to \"1.30.0\")\n"
        )
    );
    let outcome = Machine::new(Scenario::typical()).await.run("-n 10.5.0.2 upgrade-k8s");
    let begin = "error detecting the lowest Kubernetes version error building kubernetes client: rpc error: code = ";
    assert!(outcome.status == 1 && outcome.stderr.starts_with(begin), "{}", outcome.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_on_standard_output() {
    let api = kubernetes().await;
    let configuration = "version: v1alpha1\npersist: true\nmachine: {}\ncluster: {}\n";
    let configuration = json!({"@type": "type.googleapis.com/resource.config.MachineConfigSpec",
        "yaml_marshalled": talos_pki::base64::encode(configuration.as_bytes())});
    let mut scenario = with_kubeconfig(Scenario::typical(), &api).resource(
        "config",
        "MachineConfigs.config.talos.dev",
        "v1alpha1",
        "",
        Some(configuration),
    );
    for (name, kind) in [
        ("kube-apiserver", "APIServerConfigs.kubernetes.talos.dev"),
        ("kube-controller-manager", "ControllerManagerConfigs.kubernetes.talos.dev"),
        ("kube-scheduler", "SchedulerConfigs.kubernetes.talos.dev"),
    ] {
        scenario = scenario.resource("controlplane", kind, name, "", None);
    }
    let machine = Machine::new(scenario).await;
    let line =
        "-n 10.5.0.2 upgrade-k8s --from 1.27.4 --to 1.27.8 --dry-run --upgrade-kubelet=false --pre-pull-images=false";
    let outcome = machine.run(line);
    let component = |name: &str| {
        format!(
            "updating \"{name}\" to version \"1.27.8\"\n > \"10.5.0.2\": starting update\n > update {name}: 1.27.4 -> 1.27.8\n \
             > skipped in dry-run\n"
        )
    };
    let components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(component).concat();
    assert_eq!(
        outcome.printed(),
        format!(
            "discovered controlplane nodes [\"10.5.0.2\"]\n{components}updating kube-proxy to version \"1.27.8\"\n \
             > \"10.5.0.2\": starting update\n > skipped in dry-run\nskipped updating kubelet\nupdating manifests\n"
        )
    );
    assert!(!machine.node.calls().iter().any(|call| call.method.ends_with("/ApplyConfiguration")));
}
