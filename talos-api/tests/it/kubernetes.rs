//! Calls to the Kubernetes API.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use talos_api::kubernetes::{
    Client, Config, ConfigMap, Error, ListOptions, Node, Object as _, Patch, Path, Pod, WriteOptions,
};
use talos_api::testing::{Identity, KubernetesAnswer, KubernetesApi};
use talos_pki::base64;

async fn api() -> KubernetesApi {
    KubernetesApi::start().await.unwrap()
}

fn nodes() -> Path {
    Path::new("v1", "nodes")
}

fn pod(api: &KubernetesApi, name: &str, app: &str) {
    let path = Path::new("v1", "pods").within("kube-system").named(name);
    api.put(&path, json!({"metadata": {"labels": {"k8s-app": app}}}));
}

/// The text of a failure, without the address.
fn text(api: &KubernetesApi, error: &Error) -> String {
    error.to_string().replace(&api.address().to_string(), "$API")
}

#[tokio::test]
async fn reads_and_lists() {
    let api = api().await;
    for (name, app) in [("a", "proxy"), ("b", "dns"), ("c", "proxy")] {
        pod(&api, name, app);
    }
    let client = api.client();
    let all: Vec<Pod> = client.all(&ListOptions::default()).await.unwrap();
    assert_eq!(all.len(), 3);
    let proxies: Vec<Pod> = client.all_within("kube-system", &ListOptions::labels("k8s-app = proxy")).await.unwrap();
    assert_eq!(proxies.iter().map(Pod::name).collect::<Vec<_>>(), ["a", "c"]);
    let some: Vec<Pod> = client.all_within("kube-system", &ListOptions::labels("k8s-app in (dns,x)")).await.unwrap();
    assert_eq!(some.iter().map(Pod::name).collect::<Vec<_>>(), ["b"]);
    let elsewhere: Vec<Pod> = client.all_within("default", &ListOptions::default()).await.unwrap();
    assert!(elsewhere.is_empty());
    let calls = api.calls();
    assert_eq!(calls[1].query["labelSelector"], "k8s-app = proxy");
    assert_eq!(calls[1].query["timeout"], "1m0s");
    let kinds = client.get_raw("/apis/apps/v1").await.unwrap();
    assert_eq!(kinds["resources"][0]["kind"], "DaemonSet");
}

#[tokio::test]
async fn lists_in_pieces_are_put_together() {
    let api = api().await;
    let piece = |name: &str, next: &str| {
        let items = json!([{"metadata": {"name": name}}]);
        KubernetesAnswer::json(200, &json!({"items": items, "metadata": {"continue": next}}))
    };
    api.answer("GET", "/api/v1/nodes", [piece("a", "more"), piece("b", "")]);
    let nodes: Vec<Node> = api.client().all(&ListOptions::default()).await.unwrap();
    assert_eq!(nodes.iter().map(Node::name).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(api.calls()[1].query["continue"], "more");
    api.answer("GET", "/api/v1/nodes", [piece("a", "more")]);
    let error = api.client().all::<Node>(&ListOptions::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("the list has no end"), "{error}");
}

#[tokio::test]
async fn writes() {
    let api = api().await;
    let client = api.client();
    let maps = Path::new("v1", "configmaps").within("default");
    let object =
        |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"k": value}});
    let keep = WriteOptions::default();
    let try_only = WriteOptions { dry_run: true, ..WriteOptions::default() };
    let one = maps.clone().named("m");

    client.create(&maps, &object("0"), &try_only).await.unwrap();
    assert!(client.get(&one).await.unwrap_err().is_not_found());
    client.create(&maps, &object("1"), &keep).await.unwrap();
    assert!(client.create(&maps, &object("1"), &keep).await.unwrap_err().is_already_there());
    let data = async || ConfigMap::new(client.get(&one).await.unwrap()).data("k").map(str::to_owned);
    assert_eq!(data().await.as_deref(), Some("1"));

    let updated = client.update(&one, &object("2"), &try_only).await.unwrap();
    assert_eq!((updated["data"]["k"].as_str(), data().await.as_deref()), (Some("2"), Some("1")));
    client.update(&one, &object("2"), &keep).await.unwrap();
    let mut stale = object("3");
    stale["metadata"]["resourceVersion"] = json!("0");
    assert!(client.update(&one, &stale, &keep).await.unwrap_err().is_conflict());
    assert_eq!(data().await.as_deref(), Some("2"));

    let change = json!({"data": {"k": "4"}});
    for (patch, content_type) in [
        (Patch::Merge(&change), "application/merge-patch+json"),
        (Patch::Strategic(&change), "application/strategic-merge-patch+json"),
        (Patch::Apply { object: &change, field_manager: "test", force: true }, "application/apply-patch+yaml"),
    ] {
        assert_eq!(client.patch(&one, &patch).await.unwrap()["data"]["k"], "4");
        assert_eq!(api.calls().last().unwrap().content_type, content_type);
    }
    let query = api.calls().last().unwrap().query.clone();
    assert_eq!((query["fieldManager"].as_str(), query["force"].as_str()), ("test", "true"));

    client.delete(&one, &keep).await.unwrap();
    assert!(client.delete(&one, &keep).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn refusals_are_told_in_the_words_of_the_server() {
    let api = api().await;
    let client = api.client();
    let said = "nodes is forbidden: User \"x\" cannot list resource \"nodes\"";
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::refusal(403, "Forbidden", said)]);
    let error = client.list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert_eq!(error.to_string(), said);
    assert_eq!(error.status().unwrap().code, 403);
    api.answer("GET", "/api/v1/nodes/a", [KubernetesAnswer::text(503, "upstream is down\n")]);
    let error = client.get(&nodes().named("a")).await.unwrap_err();
    assert_eq!(error.to_string(), "the server is currently unable to handle the request (get nodes a)");
    api.answer("GET", "/api/v1/nodes/b", [KubernetesAnswer::text(500, "oops")]);
    let error = client.get(&nodes().named("b")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "an error on the server (\"oops\") has prevented the request from succeeding (get nodes b)"
    );
    assert!(error.is_retryable());
}

#[tokio::test]
async fn garbage_is_an_error() {
    let api = api().await;
    let client = api.client();
    let target = "Get \"https://$API/api/v1/nodes?timeout=1m0s\"";
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::text(200, "<html>")]);
    let error = client.list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert_eq!(text(&api, &error), format!("{target}: the reply cannot be read: expected value at line 1 column 1"));
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::json(200, &json!({"items": 1}))]);
    let error = client.list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("the reply cannot be read: there is no list of items"), "{error}");
    let deep = "[".repeat(100_000);
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::text(200, deep)]);
    assert!(matches!(client.list(&nodes(), &ListOptions::default()).await, Err(Error::Malformed { .. })));
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::text(200, "{\"items\": [").broken()]);
    assert!(matches!(client.list(&nodes(), &ListOptions::default()).await, Err(Error::Connection { .. })));
    // The connection is good for more.
    assert!(client.list(&Path::new("v1", "pods"), &ListOptions::default()).await.unwrap().is_empty());
}

#[tokio::test]
async fn replies_have_a_largest_size() {
    let api = api().await;
    let body = bytes::Bytes::from(vec![b' '; 33 << 20]);
    api.answer("GET", "/api/v1/nodes", [KubernetesAnswer::text(200, body)]);
    let error = api.client().list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 33_554_432, .. }), "{error}");
}

#[tokio::test]
async fn calls_end_in_time() {
    let api = api().await;
    let slow = KubernetesAnswer::json(200, &json!({"items": []})).after(Duration::from_secs(20));
    api.answer("GET", "/api/v1/nodes", [slow]);
    let begun = Instant::now();
    let client = api.client().with_deadline(tokio::time::Instant::now() + Duration::from_millis(50));
    let error = client.list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert_eq!(text(&api, &error), "Get \"https://$API/api/v1/nodes?timeout=1m0s\": context deadline exceeded");
    assert!(error.is_retryable());
    let config =
        Config { timeout: Duration::from_millis(50), ..Config::from_kubeconfig(api.kubeconfig().as_bytes()).unwrap() };
    let error = Client::new(&config).unwrap().list(&nodes(), &ListOptions::default()).await.unwrap_err();
    assert!(error.to_string().ends_with("(Client.Timeout exceeded while awaiting headers)"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_is_gone_is_worth_another_try() {
    let api = api().await;
    let client = api.client();
    assert!(client.get(&nodes().named("a")).await.unwrap_err().is_not_found());
    let address = api.address();
    drop(api);
    // The old connection ends, and nobody listens.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = client.get(&nodes().named("a")).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(error.to_string().ends_with(&format!("dial tcp {address}: connect: connection refused")), "{error}");
}

#[tokio::test]
async fn trust_and_identity_are_checked() {
    let api = api().await;
    let config = Config::from_kubeconfig(api.kubeconfig().as_bytes()).unwrap();
    let failure = async |config: &Config| {
        let error = Client::new(config).unwrap().list(&nodes(), &ListOptions::default()).await.unwrap_err();
        error.to_string().rsplit_once("\": ").unwrap().1.to_owned()
    };
    let stranger = Identity::new("stranger").credentials;
    let other = base64::decode(&stranger.ca).unwrap();
    let distrusting = Config { certificate_authority: other, ..config.clone() };
    assert_eq!(
        failure(&distrusting).await,
        "tls: failed to verify certificate: x509: certificate signed by unknown authority"
    );
    let anonymous = Config { client_certificate: Vec::new(), client_key: Default::default(), ..config.clone() };
    assert_eq!(failure(&anonymous).await, "remote error: tls: certificate required");
    let crt = base64::decode(&stranger.crt).unwrap();
    let mixed = Config { client_certificate: crt, ..config.clone() };
    assert_eq!(Client::new(&mixed).unwrap_err().to_string(), "tls: private key does not match public key");
    let trusting = Config { certificate_authority: Vec::new(), insecure_skip_tls_verify: true, ..config.clone() };
    Client::new(&trusting).unwrap().list(&nodes(), &ListOptions::default()).await.unwrap();
    for server in ["http://127.0.0.1", "127.0.0.1:6443", "https://a@b", "", "https://"] {
        let config = Config { server: server.into(), ..config.clone() };
        let error = Client::new(&config).unwrap_err().to_string();
        assert!(error.contains("is no address of a server"), "{server}: {error}");
    }
}

#[tokio::test]
async fn prefixes_and_tokens_are_sent() {
    let api = api().await;
    let config = Config::from_kubeconfig(api.kubeconfig().as_bytes()).unwrap();
    let config = Config { server: format!("{}/k8s/", config.server), token: "t".to_owned().into(), ..config };
    api.answer("GET", "/k8s/api/v1/nodes", [KubernetesAnswer::json(200, &json!({"items": null}))]);
    let client = Client::new(&config).unwrap();
    assert_eq!(client.list(&nodes(), &ListOptions::default()).await.unwrap(), Vec::<Value>::new());
    let wrong = Config { token: "a\nb".to_owned().into(), ..config };
    assert_eq!(Client::new(&wrong).unwrap_err().to_string(), "the token holds characters that cannot be sent");
}
