//! Upgrades of Kubernetes, with a scripted node and a Kubernetes API beside it.

use serde_json::{Value, json};
use talos_api::cluster::Cluster;
use talos_api::cluster::upgrade_k8s::{self, Options, Path as Versions};
use talos_api::kubernetes::Path;
use talos_api::testing::{Answer, KubernetesAnswer, KubernetesApi, Scenario, TestNode};
use talos_pki::base64;

const CONTROL_PLANE: &str = "10.5.0.2";
const WORKER: &str = "10.5.0.3";
const OLD: &str = "1.27.4";
const NEW: &str = "1.28.3";

/// Component, type of its resource, message of its resource.
const COMPONENTS: [(&str, &str, &str); 3] = [
    ("kube-apiserver", "APIServerConfigs.kubernetes.talos.dev", "APIServerConfigSpec"),
    ("kube-controller-manager", "ControllerManagerConfigs.kubernetes.talos.dev", "ControllerManagerConfigSpec"),
    ("kube-scheduler", "SchedulerConfigs.kubernetes.talos.dev", "SchedulerConfigSpec"),
];

const CONFIGURATION: &str = "version: v1alpha1 # a comment
persist: true
machine:
    type: controlplane
cluster:
    apiServer:
        image: registry.k8s.io/kube-apiserver:v1.27.4
";

fn configuration(text: &str) -> Value {
    json!({"@type": "type.googleapis.com/resource.config.MachineConfigSpec", "yaml_marshalled": base64::encode(text.as_bytes())})
}

fn k8s(message: &str, fields: Value) -> Value {
    let mut spec = fields;
    spec["@type"] = json!(format!("type.googleapis.com/talos.resource.definitions.k8s.{message}"));
    spec
}

/// One resource of a watch, as `watches.json` has it.
fn resource(namespace: &str, kind: &str, id: &str, version: &str, proto: Value) -> Value {
    json!({"namespace": namespace, "type": kind, "id": id, "version": version, "phase": "running",
        "created": "2024-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z", "spec": "", "proto": proto})
}

fn service(running: bool) -> Value {
    json!({"@type": "type.googleapis.com/talos.resource.definitions.v1alpha1.ServiceSpec", "running": running, "healthy": running})
}

fn coredns() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {"replicas": 2}})
}

/// Nodes that run the old version and do what they are told.
fn nodes(configuration_text: &str) -> Scenario {
    let services = "Services.v1alpha1.talos.dev";
    let mut scenario = Scenario::typical()
        .answer_per_node(
            "machine.MachineService/ApplyConfiguration",
            [("*", Answer::message(json!({"messages": [{}]})))],
        )
        .answer_per_node(
            "machine.MachineService/ImagePull",
            [(WORKER, Answer::error("Unimplemented", "too old")), ("*", Answer::message(json!({"messages": [{}]})))],
        )
        .resource("config", "MachineConfigs.config.talos.dev", "v1alpha1", "", Some(configuration(configuration_text)))
        .resource("runtime", services, "kubelet", "", Some(service(true)))
        .resource(
            "k8s",
            "KubeletSpecs.kubernetes.talos.dev",
            "kubelet",
            "",
            Some(k8s("KubeletSpecSpec", json!({"image": "ghcr.io/siderolabs/kubelet:v1.27.4", "args": ["--x=y"]}))),
        )
        .resource(
            "controlplane",
            "Manifests.kubernetes.talos.dev",
            "11-core-dns",
            "",
            Some(k8s("ManifestSpec", json!({"items": [{"object": coredns()}]}))),
        )
        .watch(json!({"namespace": "runtime", "type": services, "id": "kubelet", "events": [
            {"event": "DESTROYED", "resource": resource("runtime", services, "kubelet", "1", service(false))},
            {"event": "CREATED", "resource": resource("runtime", services, "kubelet", "1", service(false))},
            {"event": "UPDATED", "resource": resource("runtime", services, "kubelet", "2", service(true))},
        ]}));
    for (name, kind, message) in COMPONENTS {
        let spec = |version: &str| k8s(message, json!({"image": format!("registry.k8s.io/{name}:v{version}")}));
        let changed = json!({"event": "UPDATED", "resource": resource("controlplane", kind, name, "2", spec(NEW))});
        let command =
            json!({"spec": {"containers": [{"name": name, "command": [name, "--feature-gates=Known=true"]}]}});
        scenario = scenario
            .resource("controlplane", kind, name, "", Some(spec(OLD)))
            .resource(
                "k8s",
                "StaticPods.kubernetes.talos.dev",
                name,
                "",
                Some(k8s("StaticPodSpec", json!({"pod": command}))),
            )
            .watch(json!({"namespace": "controlplane", "type": kind, "id": name, "events": [changed]}));
    }
    scenario
}

/// The Kubernetes API of a cluster whose nodes have come to the new version by the time anybody looks.
async fn kubernetes() -> KubernetesApi {
    let api = KubernetesApi::start().await.unwrap();
    for (name, address, labels) in
        [("cp-1", CONTROL_PLANE, json!({"node-role.kubernetes.io/control-plane": ""})), ("worker-1", WORKER, json!({}))]
    {
        let status = json!({
            "addresses": [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": address}],
            "conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": format!("v{NEW}")},
        });
        api.put(&Path::new("v1", "nodes").named(name), json!({"metadata": {"labels": labels}, "status": status}));
    }
    for (name, ..) in COMPONENTS {
        let metadata = json!({"labels": {"k8s-app": name}, "annotations": {"talos.dev/config-version": "2"}});
        let status = json!({"hostIP": CONTROL_PLANE, "conditions": [{"type": "Ready", "status": "True"}]});
        let spec = json!({"containers": [{"name": name, "image": format!("registry.k8s.io/{name}:v{OLD}")}]});
        let path = Path::new("v1", "pods").within("kube-system").named(format!("{name}-cp-1"));
        api.put(&path, json!({"metadata": metadata, "spec": spec, "status": status}));
    }
    api
}

fn deployments() -> Path {
    Path::new("apps/v1", "deployments").within("kube-system")
}

fn options(dry_run: bool) -> Options {
    Options { path: Versions::new(OLD, NEW).unwrap(), dry_run, pre_pull_images: true, upgrade_kubelet: true }
}

/// The lines of a run, and how it ended.
async fn run(node: &TestNode, api: &KubernetesApi, options: &Options) -> (Vec<String>, Result<(), String>) {
    let cluster = Cluster::new(node.client().nodes([CONTROL_PLANE])).with_kubernetes(api.client());
    let mut lines = Vec::new();
    let mut log = |line: &str| lines.push(line.to_owned());
    let outcome = movable(upgrade_k8s::upgrade(&cluster, options, &mut log)).await;
    (lines, outcome.map_err(|error| error.to_string()))
}

/// Programs with several threads move what they wait for.
fn movable<T: Send>(future: T) -> T {
    future
}

/// The configurations that nodes were given.
fn applied(node: &TestNode) -> Vec<String> {
    let calls = node.calls();
    let calls = calls.iter().filter(|call| call.method.ends_with("/ApplyConfiguration"));
    calls
        .map(|call| {
            assert_eq!(call.messages[0]["mode"], "NO_REBOOT");
            String::from_utf8(base64::decode(call.messages[0]["data"].as_str().unwrap()).unwrap()).unwrap()
        })
        .collect()
}

const BEGIN: &str = r#"discovered controlplane nodes ["10.5.0.2"]
discovered worker nodes ["10.5.0.3"]
checking for removed Kubernetes component flags
checking for removed Kubernetes API resource versions
 > "10.5.0.2": pre-pulling registry.k8s.io/kube-apiserver:v1.28.3
 > "10.5.0.2": pre-pulling registry.k8s.io/kube-controller-manager:v1.28.3
 > "10.5.0.2": pre-pulling registry.k8s.io/kube-scheduler:v1.28.3
 > "10.5.0.2": pre-pulling ghcr.io/siderolabs/kubelet:v1.28.3
 > "10.5.0.3": pre-pulling ghcr.io/siderolabs/kubelet:v1.28.3
 < "10.5.0.3": not implemented, skipping
"#;

#[tokio::test]
async fn a_dry_run_shows_the_whole_plan_and_changes_nothing() {
    let (node, api) = (TestNode::start(nodes(CONFIGURATION)).await.unwrap(), kubernetes().await);
    let mut there = coredns();
    there["spec"]["replicas"] = json!(1);
    api.put(&deployments().named("coredns"), there.clone());
    let (lines, outcome) = run(&node, &api, &options(true)).await;
    assert_eq!(outcome, Ok(()));
    let expected = format!(
        "{BEGIN}{}",
        r#"updating "kube-apiserver" to version "1.28.3"
 > "10.5.0.2": starting update
 > update kube-apiserver: v1.27.4 -> 1.28.3
 > skipped in dry-run
updating "kube-controller-manager" to version "1.28.3"
 > "10.5.0.2": starting update
 > update kube-controller-manager: 1.27.4 -> 1.28.3
 > skipped in dry-run
updating "kube-scheduler" to version "1.28.3"
 > "10.5.0.2": starting update
 > update kube-scheduler: 1.27.4 -> 1.28.3
 > skipped in dry-run
updating kube-proxy to version "1.28.3"
 > "10.5.0.2": starting update
 > skipped in dry-run
updating kubelet to version "1.28.3"
 > "10.5.0.2": starting update
 > update kubelet: 1.27.4 -> 1.28.3
 > skipped in dry-run
 > "10.5.0.3": starting update
 > update kubelet: 1.27.4 -> 1.28.3
 > skipped in dry-run
updating manifests
 > processing manifest apps/v1.Deployment/kube-system/coredns
--- a/apps/v1.Deployment/kube-system/coredns
+++ b/apps/v1.Deployment/kube-system/coredns
@@ -4,4 +4,4 @@
   name: coredns
   namespace: kube-system
 spec:
-  replicas: 1
+  replicas: 2

 < dry run, change skipped
"#
    );
    assert_eq!(lines.join("\n") + "\n", expected);
    assert!(applied(&node).is_empty());
    assert_eq!(api.object(&deployments().named("coredns")).unwrap()["spec"]["replicas"], 1);
    assert!(api.calls().iter().all(|call| call.method == "GET" || call.query.contains_key("dryRun")));
}

#[tokio::test]
async fn a_run_changes_all_nodes_and_applies_manifests() {
    let (node, api) = (TestNode::start(nodes(CONFIGURATION)).await.unwrap(), kubernetes().await);
    let (lines, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(outcome, Ok(()));
    let component = |name: &str, from: &str| {
        format!(
            "updating \"{name}\" to version \"1.28.3\"\n > \"10.5.0.2\": starting update\n > update {name}: {from} -> 1.28.3\n \
             > \"10.5.0.2\": machine configuration patched\n > \"10.5.0.2\": waiting for {name} pod update\n \
             < \"10.5.0.2\": successfully updated\n"
        )
    };
    let kubelet = |node: &str| {
        format!(
            " > \"{node}\": starting update\n > update kubelet: 1.27.4 -> 1.28.3\n > \"{node}\": machine configuration patched\n \
             > \"{node}\": waiting for kubelet restart\n > \"{node}\": waiting for node update\n \
             < \"{node}\": successfully updated\n"
        )
    };
    let expected = format!(
        "{BEGIN}{}{}{}updating kube-proxy to version \"1.28.3\"\n > \"10.5.0.2\": starting update\n\
         updating kubelet to version \"1.28.3\"\n{}{}{}",
        component("kube-apiserver", "v1.27.4"),
        component("kube-controller-manager", "1.27.4"),
        component("kube-scheduler", "1.27.4"),
        kubelet(CONTROL_PLANE),
        kubelet(WORKER),
        "updating manifests
 > processing manifest apps/v1.Deployment/kube-system/coredns
--- a/apps/v1.Deployment/kube-system/coredns
+++ b/apps/v1.Deployment/kube-system/coredns
@@ -1 +1,7 @@
+apiVersion: apps/v1
+kind: Deployment
+metadata:
+  name: coredns
+  namespace: kube-system
+spec:
+  replicas: 2

 < applied successfully
waiting for all manifests to be applied
 > waiting for apps/v1.Deployment/kube-system/coredns
"
    );
    assert_eq!(lines.join("\n") + "\n", expected);
    let sent = applied(&node);
    let images = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubelet"];
    assert_eq!(sent.len(), images.len());
    for (text, image) in sent.iter().zip(images) {
        let container = talos_config::load(text.clone()).unwrap();
        assert!(
            text.contains(&format!(
                "image: {}/{image}:v1.28.3",
                if image == "kubelet" { "ghcr.io/siderolabs" } else { "registry.k8s.io" }
            )),
            "{text}"
        );
        assert_eq!(container.documents().count(), 1);
    }
    assert_eq!(api.object(&deployments().named("coredns")).unwrap()["spec"]["replicas"], 2);
}

#[tokio::test]
async fn what_is_done_is_found_done() {
    let done = "version: v1alpha1\npersist: true\nmachine: {}\ncluster:\n    apiServer:\n        image: \
                registry.k8s.io/kube-apiserver:v1.28.3\n    controllerManager:\n        image: \
                registry.k8s.io/kube-controller-manager:v1.28.3\n    scheduler:\n        image: \
                registry.k8s.io/kube-scheduler:v1.28.3\n";
    let (node, api) = (TestNode::start(nodes(done)).await.unwrap(), kubernetes().await);
    for (name, ..) in COMPONENTS {
        let path = Path::new("v1", "pods").within("kube-system").named(format!("{name}-cp-1"));
        let mut pod = api.object(&path).unwrap();
        pod["metadata"]["annotations"]["talos.dev/config-version"] = json!("1");
        api.put(&path, pod);
    }
    api.put(&deployments().named("coredns"), coredns());
    let options = Options { pre_pull_images: false, upgrade_kubelet: false, ..options(false) };
    let (lines, outcome) = run(&node, &api, &options).await;
    assert_eq!(outcome, Ok(()));
    assert!(
        !lines.iter().any(|line| line.contains("> update ") || line.contains("worker") || line.contains("pulling"))
    );
    assert!(lines.iter().any(|line| line == "skipped updating kubelet"));
    assert!(lines.iter().any(|line| line == " < no changes"));
    assert_eq!(applied(&node).len(), 1, "kube-proxy alone");
}

#[tokio::test]
async fn reasons_not_to_go_on() {
    let api = kubernetes().await;
    let node = TestNode::start(nodes(&CONFIGURATION.replace("persist: true", "persist: false"))).await.unwrap();
    let (_, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(
        outcome.unwrap_err(),
        "failed updating service \"kube-apiserver\": error updating node \"10.5.0.2\": error patching node config: config \
         persistence is disabled, patching is not supported"
    );

    let unsupported = Options { path: Versions::new("1.26.0", NEW).unwrap(), ..options(false) };
    let (lines, outcome) = run(&node, &api, &unsupported).await;
    assert_eq!(
        (lines.len(), outcome.unwrap_err().as_str()),
        (0, "unsupported upgrade path 1.26->1.28 (from \"1.26.0\" to \"1.28.3\")")
    );

    let flags = json!({"spec": {"containers": [{"command": ["x", "--feature-gates=DevicePlugins=true"]}]}});
    let scenario = Scenario::new().resource(
        "k8s",
        "StaticPods.kubernetes.talos.dev",
        "kube-scheduler",
        "",
        Some(k8s("StaticPodSpec", json!({"pod": flags}))),
    );
    let node = TestNode::start(scenario).await.unwrap();
    let (_, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(
        outcome.unwrap_err(),
        "\nNODE       COMPONENT        REMOVED FEATURE GATE\n10.5.0.2   kube-scheduler   DevicePlugins\n"
    );
    let node = TestNode::start(Scenario::new()).await.unwrap();
    let (lines, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(lines.iter().filter(|line| line.ends_with("not implemented, skipping")).count(), 5);
    let error = outcome.unwrap_err();
    let begin = "failed updating service \"kube-apiserver\": error updating node \"10.5.0.2\": ";
    assert!(error.starts_with(begin), "{error}");

    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::json(200, &json!({"items": []}))]);
    let (_, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(outcome.unwrap_err(), "no controlplane nodes discovered");
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::refusal(403, "Forbidden", "no")]);
    let (_, outcome) = run(&node, &api, &options(false)).await;
    assert_eq!(outcome.unwrap_err(), "error fetching controlplane nodes: no");
}

#[tokio::test]
async fn the_lowest_version_is_found() {
    let api = kubernetes().await;
    let cluster = Cluster::new(TestNode::start(Scenario::new()).await.unwrap().client()).with_kubernetes(api.client());
    let put = |name: &str, image: &str| {
        let spec = json!({"containers": [{"name": "kube-proxy", "image": image}]});
        let path = Path::new("v1", "pods").within("kube-system").named(name);
        api.put(&path, json!({"metadata": {"labels": {"k8s-app": "kube-proxy"}}, "spec": spec}));
    };
    put("proxy-1", "registry.k8s.io/kube-proxy:v1.26.1");
    put("proxy-2", "registry.k8s.io/kube-proxy:latest");
    put("proxy-3", "registry.k8s.io/kube-proxy");
    let mut lines = Vec::new();
    let mut log = |line: &str| lines.push(line.to_owned());
    assert_eq!(upgrade_k8s::detect_lowest_version(&cluster, &mut log).await.unwrap(), "1.26.1");
    assert_eq!(lines, ["failed to parse kube-proxy container version latest is not in dotted-tri format"]);
    api.answer("GET", "/api/v1/namespaces/kube-system/pods", [KubernetesAnswer::json(200, &json!({"items": []}))]);
    let error = upgrade_k8s::detect_lowest_version(&cluster, &mut |_: &str| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to detect lowest Kubernetes version");
}
