//! A Kubernetes API inside of the test process.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::identity::Identity;
use crate::kubernetes::{Client, Path};

/// A server that keeps objects and answers as kube-apiserver does, as far as this crate asks: reading, lists with label
/// selectors, creating, replacing, patching, deleting, dry runs, and which types there are. Answers may be scripted
/// instead. It wants a client certificate and records what it is asked. Dropping it ends all its connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use serde_json::json;
/// use talos_api::kubernetes::{ListOptions, Node, Object as _, Path};
/// use talos_api::testing::KubernetesApi;
///
/// let api = KubernetesApi::start().await?;
/// api.put(&Path::new("v1", "nodes").named("cp-1"), json!({"spec": {"unschedulable": true}}));
///
/// let nodes = api.client().all::<Node>(&ListOptions::default()).await?;
/// assert!(nodes[0].is_unschedulable());
/// assert_eq!(api.calls()[0].path, "/api/v1/nodes");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KubernetesApi {
    shared: Arc<Shared>,
    identity: Identity,
    address: SocketAddr,
    task: AbortHandle,
}

/// A call that a [`KubernetesApi`] received.
#[derive(Clone, Debug, PartialEq)]
pub struct KubernetesCall {
    /// `GET`, `PUT` …
    pub method: String,
    /// Path without parameters.
    pub path: String,
    /// Parameters by key, decoded.
    pub query: BTreeMap<String, String>,
    /// Type of the content, empty without content.
    pub content_type: String,
    /// The content; null when there is none or it is no JSON.
    pub body: Value,
}

/// A scripted answer of a [`KubernetesApi`].
#[derive(Clone, Debug)]
pub struct KubernetesAnswer {
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
    delay: Duration,
    breaks: bool,
}

impl KubernetesAnswer {
    /// A JSON value with an HTTP status.
    pub fn json(status: u16, body: &Value) -> Self {
        Self { content_type: "application/json", ..Self::text(status, body.to_string()) }
    }

    /// Anything with an HTTP status; an impossible status is 500.
    pub fn text(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content_type: "text/plain",
            body: body.into(),
            delay: Duration::ZERO,
            breaks: false,
        }
    }

    /// The object `Status` that servers send when they refuse.
    pub fn refusal(status: u16, reason: &str, message: &str) -> Self {
        Self::json(status, &refusal(status, reason, message))
    }

    /// The same after a while.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// The same, but the stream breaks off before its end.
    #[must_use]
    pub fn broken(self) -> Self {
        Self { breaks: true, ..self }
    }
}

/// What connections share.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Objects by place.
    objects: BTreeMap<Place, Value>,
    /// Scripted answers by method and path, each used once unless it is the last.
    answers: BTreeMap<(String, String), Vec<KubernetesAnswer>>,
    calls: Vec<KubernetesCall>,
    version: u64,
}

/// Where an object or a collection is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    api_version: String,
    resource: String,
    namespace: String,
    name: String,
}

/// Types the server knows: version, resource, kind, whether their objects are in namespaces.
const TYPES: &[(&str, &str, &str, bool)] = &[
    ("v1", "configmaps", "ConfigMap", true),
    ("v1", "namespaces", "Namespace", false),
    ("v1", "nodes", "Node", false),
    ("v1", "pods", "Pod", true),
    ("v1", "secrets", "Secret", true),
    ("v1", "serviceaccounts", "ServiceAccount", true),
    ("v1", "services", "Service", true),
    ("apps/v1", "daemonsets", "DaemonSet", true),
    ("apps/v1", "deployments", "Deployment", true),
    ("apps/v1", "replicasets", "ReplicaSet", true),
    ("policy/v1beta1", "podsecuritypolicies", "PodSecurityPolicy", false),
    ("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", false),
    ("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", false),
    ("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", true),
];

impl KubernetesApi {
    /// Starts a server without objects inside of the running tokio runtime, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let identity = Identity::new("kubernetes");
        let shared = Arc::new(Shared::default());
        let acceptor = TlsAcceptor::from(Arc::new(identity.server_config(true)));
        let task = tokio::spawn(listen(listener, acceptor, shared.clone())).abort_handle();
        Ok(Self { shared, identity, address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A kubeconfig of an administrator.
    pub fn kubeconfig(&self) -> String {
        let credentials = &self.identity.credentials;
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: lab\n  cluster:\n    server: https://{}\n    \
             certificate-authority-data: {}\nusers:\n- name: admin@lab\n  user:\n    client-certificate-data: {}\n    \
             client-key-data: {}\ncontexts:\n- name: admin@lab\n  context:\n    cluster: lab\n    user: admin@lab\n\
             current-context: admin@lab\n",
            self.address,
            credentials.ca,
            credentials.crt,
            credentials.key.as_str()
        )
    }

    /// The kubeconfig as nodes send it: a compressed archive with one file.
    pub fn kubeconfig_archive(&self) -> Vec<u8> {
        super::archive::with_file("kubeconfig", self.kubeconfig().as_bytes())
    }

    /// A client for it.
    pub fn client(&self) -> Client {
        Client::from_kubeconfig(self.kubeconfig().as_bytes()).expect("the server's own kubeconfig is sound")
    }

    /// Keeps an object under its path. What its type and path say is filled in.
    pub fn put(&self, path: &Path, object: Value) {
        let place = Place::parse(&path.to_string());
        let mut state = self.shared.state();
        let object = state.completed(&place, object);
        state.objects.insert(place, object);
    }

    /// The object under a path as it is now.
    pub fn object(&self, path: &Path) -> Option<Value> {
        self.shared.state().objects.get(&Place::parse(&path.to_string())).cloned()
    }

    /// Scripts answers to a method and a path without parameters, one for each call; the last one is repeated.
    pub fn answer(&self, method: &str, path: &str, answers: impl IntoIterator<Item = KubernetesAnswer>) {
        // Taken from the end.
        let answers: Vec<_> = answers.into_iter().collect::<Vec<_>>().into_iter().rev().collect();
        self.shared.state().answers.insert((method.to_owned(), path.to_owned()), answers);
    }

    /// The calls so far, in order of arrival.
    pub fn calls(&self) -> Vec<KubernetesCall> {
        self.shared.state().calls.clone()
    }
}

impl Drop for KubernetesApi {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Takes `/api/v1/namespaces/NS/pods/NAME` and its relatives apart.
    fn parse(path: &str) -> Self {
        let mut segments = path.trim_start_matches('/').split('/').map(decoded).collect::<Vec<_>>().into_iter();
        let api_version = match segments.next().as_deref() {
            Some("apis") => format!("{}/{}", segments.next().unwrap_or_default(), segments.next().unwrap_or_default()),
            _ => segments.next().unwrap_or_default(),
        };
        let rest: Vec<String> = segments.collect();
        let (namespace, rest) = match rest.as_slice() {
            [word, namespace, rest @ ..] if word == "namespaces" && !rest.is_empty() => (namespace.clone(), rest),
            rest => (String::new(), rest),
        };
        let mut rest = rest.iter().cloned();
        let (resource, name) = (rest.next().unwrap_or_default(), rest.next().unwrap_or_default());
        Self { api_version, resource, namespace, name }
    }

    fn kind(&self) -> Option<&'static str> {
        let found =
            TYPES.iter().find(|(version, resource, ..)| *version == self.api_version && *resource == self.resource);
        found.map(|(_, _, kind, _)| *kind)
    }

    fn holds(&self, other: &Self) -> bool {
        self.api_version == other.api_version
            && self.resource == other.resource
            && (self.namespace.is_empty() || self.namespace == other.namespace)
    }
}

impl State {
    /// An object with what a server adds to it.
    fn completed(&mut self, place: &Place, mut object: Value) -> Value {
        self.version += 1;
        object["apiVersion"] = json!(place.api_version);
        object["kind"] = json!(place.kind().unwrap_or("Unknown"));
        object["metadata"]["name"] = json!(place.name);
        if !place.namespace.is_empty() {
            object["metadata"]["namespace"] = json!(place.namespace);
        }
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        if object["metadata"].get("uid").is_none() {
            object["metadata"]["uid"] = json!(format!("uid-{}", self.version));
        }
        object
    }

    fn answer(&mut self, call: &KubernetesCall) -> KubernetesAnswer {
        if let Some(answers) = self.answers.get_mut(&(call.method.clone(), call.path.clone())) {
            let next = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
            if let Some(answer) = next {
                return answer;
            }
        }
        match self.serve(call) {
            Ok(value) => KubernetesAnswer::json(if call.method == "POST" { 201 } else { 200 }, &value),
            Err(answer) => answer,
        }
    }

    fn serve(&mut self, call: &KubernetesCall) -> Result<Value, KubernetesAnswer> {
        let place = Place::parse(&call.path);
        if place.resource.is_empty() {
            return types(&place.api_version);
        }
        let not_found = |what: String| KubernetesAnswer::refusal(404, "NotFound", &what);
        let missing = || not_found(format!("{} {:?} not found", place.resource, place.name));
        let kind = place.kind().ok_or_else(|| not_found("the server could not find the requested resource".into()))?;
        let dry_run = call.query.contains_key("dryRun");
        match (call.method.as_str(), place.name.as_str()) {
            ("GET", "") => {
                let selector = call.query.get("labelSelector").map_or("", String::as_str);
                let items: Vec<_> = self
                    .objects
                    .iter()
                    .filter(|(at, object)| place.holds(at) && selects(selector, object))
                    .map(|(_, object)| object)
                    .collect();
                Ok(
                    json!({"apiVersion": place.api_version, "kind": format!("{kind}List"), "metadata": {}, "items": items}),
                )
            }
            ("GET", _) => self.objects.get(&place).cloned().ok_or_else(missing),
            ("POST", "") => {
                let name = call.body["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                let place = Place { name, ..place };
                if self.objects.contains_key(&place) {
                    let message = format!("{} {:?} already exists", place.resource, place.name);
                    return Err(KubernetesAnswer::refusal(409, "AlreadyExists", &message));
                }
                Ok(self.keep(place, call.body.clone(), dry_run))
            }
            ("PUT", _) => {
                let old = self.objects.get(&place).cloned().ok_or_else(missing)?;
                let version = &call.body["metadata"]["resourceVersion"];
                if !version.is_null() && *version != old["metadata"]["resourceVersion"] {
                    let message = format!("Operation cannot be fulfilled on {} {:?}", place.resource, place.name);
                    return Err(KubernetesAnswer::refusal(409, "Conflict", &message));
                }
                let mut new = call.body.clone();
                // What only the server may change.
                new["metadata"]["uid"] = old["metadata"]["uid"].clone();
                if let Some(status) = old.get("status") {
                    new["status"] = status.clone();
                }
                Ok(self.keep(place, new, dry_run))
            }
            ("PATCH", _) => {
                let old = match self.objects.get(&place) {
                    Some(old) => old.clone(),
                    None if call.content_type.contains("apply") => json!({}),
                    None => return Err(missing()),
                };
                Ok(self.keep(place, merged(old, &call.body), dry_run))
            }
            ("DELETE", _) => {
                self.objects.remove(&place).ok_or_else(missing)?;
                Ok(json!({"kind": "Status", "status": "Success"}))
            }
            _ => Err(KubernetesAnswer::refusal(405, "MethodNotAllowed", "the server does not allow this method")),
        }
    }

    fn keep(&mut self, place: Place, object: Value, dry_run: bool) -> Value {
        let object = self.completed(&place, object);
        if !dry_run {
            self.objects.insert(place, object.clone());
        }
        object
    }
}

/// The list of types of a version.
fn types(api_version: &str) -> Result<Value, KubernetesAnswer> {
    let resources: Vec<_> = TYPES
        .iter()
        .filter(|(version, ..)| *version == api_version)
        .map(|(_, resource, kind, namespaced)| json!({"name": resource, "kind": kind, "namespaced": namespaced}))
        .collect();
    if resources.is_empty() {
        let message = "the server could not find the requested resource";
        return Err(KubernetesAnswer::refusal(404, "NotFound", message));
    }
    Ok(json!({"kind": "APIResourceList", "groupVersion": api_version, "resources": resources}))
}

/// Whether labels fulfil a selector: `a=b`, `a in (b,c)`, joined by commas.
fn selects(selector: &str, object: &Value) -> bool {
    if selector.is_empty() {
        return true;
    }
    let label = |key: &str| object["metadata"]["labels"][key.trim()].as_str().unwrap_or_default().to_owned();
    if let Some((key, values)) = selector.split_once(" in (") {
        return values.trim_end_matches(')').split(',').any(|value| value.trim() == label(key));
    }
    selector.split(',').all(|term| term.split_once('=').is_some_and(|(key, value)| value.trim() == label(key)))
}

/// RFC 7396.
fn merged(old: Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut fields = match old {
        Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    for (key, change) in changes {
        if change.is_null() {
            fields.remove(key);
        } else {
            let before = fields.remove(key).unwrap_or_default();
            fields.insert(key.clone(), merged(before, change));
        }
    }
    Value::Object(fields)
}

fn refusal(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code})
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A peer that left again before it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, acceptor.clone(), shared.clone()));
            }
            // Only takes note of ended connections.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    // Failing is not worth more than losing the connection, which the client sees.
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    let mut calls = JoinSet::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        calls.spawn(exchange(request, respond, shared.clone()));
        while calls.try_join_next().is_some() {}
    }
}

async fn exchange(
    request: http::Request<h2::RecvStream>,
    mut respond: h2::server::SendResponse<Bytes>,
    shared: Arc<Shared>,
) {
    let (head, mut receive) = request.into_parts();
    let mut content = Vec::new();
    while let Some(Ok(chunk)) = receive.data().await {
        let _ = receive.flow_control().release_capacity(chunk.len());
        content.extend_from_slice(&chunk);
    }
    let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let pairs = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let call = KubernetesCall {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: pairs.map(|(key, value)| (decoded(key), decoded(&value.replace('+', " ")))).collect(),
        content_type: content_type.to_owned(),
        body: serde_json::from_slice(&content).unwrap_or_default(),
    };
    let answer = {
        let mut state = shared.state();
        state.calls.push(call.clone());
        state.answer(&call)
    };
    tokio::time::sleep(answer.delay).await;
    let mut response = Response::new(());
    *response.status_mut() = answer.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    let without_content = head.method == Method::HEAD;
    // A client that is gone needs no answer.
    let Ok(mut stream) = respond.send_response(response, without_content) else { return };
    let mut rest = answer.body;
    while !rest.is_empty() {
        stream.reserve_capacity(rest.len());
        match std::future::poll_fn(|cx| stream.poll_capacity(cx)).await {
            Some(Ok(capacity)) if stream.send_data(rest.split_to(capacity.min(rest.len())), false).is_ok() => {}
            _ => return,
        }
    }
    if answer.breaks {
        stream.send_reset(h2::Reason::INTERNAL_ERROR);
    } else {
        let _ = stream.send_data(Bytes::new(), true);
    }
}

/// Undoes `%XX`.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let hex = tail
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            Some(byte) if *first == b'%' => {
                out.push(byte);
                rest = &tail[2..];
            }
            _ => out.push(*first),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
