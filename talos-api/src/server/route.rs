//! To whom a call goes, and with which metadata.

use http::header::{CONTENT_TYPE, TE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use talos_pki::RoleSet;
use tonic::Status;

use super::caller::ROLE_KEY;
use crate::grpc::status::quoted;

/// Metadata key: one node to pass the call on to.
pub const NODE_KEY: &str = "node";

/// Metadata key: several nodes to pass the call on to.
pub const NODES_KEY: &str = "nodes";

/// Metadata key: the call was passed on already.
pub const PROXY_KEY: &str = "proxyfrom";

/// To whom a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// This node answers, and its answer stays as it is.
    Local,
    /// Another node answers, and its answer stays as it is.
    One(String),
    /// Several nodes answer; the names are in the given order, and may come twice.
    Many(Vec<String>),
}

/// Decides about a call.
///
/// `can_forward` is false on nodes without a client certificate; `is_local` tells whether a name or address is this
/// node's.
///
/// # Errors
/// The status that the call is refused with.
pub fn decide(
    path: &str,
    metadata: &HeaderMap,
    can_forward: bool,
    is_local: impl Fn(&str) -> bool,
) -> Result<Route, Status> {
    if metadata.contains_key(PROXY_KEY) {
        return Ok(Route::Local);
    }
    let (mut node, mut nodes) = (values(metadata, NODE_KEY), values(metadata, NODES_KEY));
    if node.len() > 1 {
        return Err(Status::invalid_argument("node metadata must be single-valued"));
    }
    if !can_forward {
        node.retain(|target| !is_local(target));
        if let [target] = nodes.as_slice()
            && is_local(target)
        {
            nodes.clear();
        }
    }
    if !nodes.is_empty() && path.starts_with("/cosi.") {
        return Err(Status::invalid_argument("one-2-many proxying is not supported for COSI methods"));
    }
    let route = match (nodes.is_empty(), node.pop()) {
        (true, None) => return Ok(Route::Local),
        (true, Some(target)) => Route::One(target),
        (false, _) => Route::Many(nodes),
    };
    if !can_forward {
        return Err(Status::permission_denied("no request forwarding"));
    }
    let targets = match &route {
        Route::Many(targets) => targets.as_slice(),
        Route::One(target) => std::slice::from_ref(target),
        Route::Local => &[],
    };
    match targets.iter().find(|target| !is_target(target)) {
        Some(target) => Err(Status::internal(format!("invalid target {}", quoted(target)))),
        None => Ok(route),
    }
}

fn values(metadata: &HeaderMap, key: &str) -> Vec<String> {
    let values = metadata.get_all(key).into_iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// A name or an address, without a port.
fn is_target(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('[') && (text.matches(':').count() != 1)
}

/// Metadata of the call that goes to another node: that of the caller, without what names nodes and what belongs to the
/// connection; with the caller's roles and a mark that it was passed on.
///
/// Roles that came along are always dropped first, whoever sent them.
pub fn outgoing(metadata: &HeaderMap, authority: Option<&str>, caller: &RoleSet) -> HeaderMap {
    let mut outgoing = metadata.clone();
    for key in [NODE_KEY, NODES_KEY, PROXY_KEY] {
        outgoing.remove(key);
    }
    strip_connection(&mut outgoing);
    set_roles(&mut outgoing, caller);
    let from = authority.and_then(|authority| HeaderValue::from_str(authority).ok());
    outgoing.insert(PROXY_KEY, from.unwrap_or(HeaderValue::from_static("unknown")));
    outgoing
}

/// Metadata of the call that this node serves itself: that of the caller, with the caller's roles.
pub fn local(metadata: &HeaderMap, caller: &RoleSet) -> HeaderMap {
    let mut local = metadata.clone();
    strip_connection(&mut local);
    set_roles(&mut local, caller);
    local
}

fn strip_connection(metadata: &mut HeaderMap) {
    let own: Vec<HeaderName> = metadata
        .keys()
        .filter(|key| [CONTENT_TYPE, USER_AGENT, TE].contains(*key) || key.as_str().starts_with("grpc-"))
        .cloned()
        .collect();
    for key in own {
        metadata.remove(key);
    }
}

fn set_roles(metadata: &mut HeaderMap, caller: &RoleSet) {
    metadata.remove(ROLE_KEY);
    for role in caller.iter().filter_map(|role| HeaderValue::from_str(role.as_str()).ok()) {
        metadata.append(ROLE_KEY, role);
    }
}

/// Metadata as request logs show it: `key=value;…` sorted by key, values joined by commas, tokens hidden.
pub fn describe(metadata: &HeaderMap) -> String {
    let mut keys: Vec<&str> = metadata.keys().map(HeaderName::as_str).collect();
    keys.sort_unstable();
    let shown = keys.into_iter().map(|key| match key {
        "token" => "token=<hidden>".to_owned(),
        key => format!("{key}={}", values(metadata, key).join(",")),
    });
    shown.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn metadata(entries: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut metadata = HeaderMap::new();
        for (key, value) in entries {
            metadata.append(*key, HeaderValue::from_static(value));
        }
        metadata
    }

    fn route(path: &str, entries: &[(&'static str, &'static str)], can_forward: bool) -> Result<Route, (Code, String)> {
        decide(path, &metadata(entries), can_forward, |target| target == "10.5.0.2" || target == "self")
            .map_err(|status| (status.code(), status.message().to_owned()))
    }

    const VERSION: &str = "/machine.MachineService/Version";

    #[test]
    fn a_call_goes_where_its_metadata_says() {
        let many = |targets: &[&str]| Ok(Route::Many(targets.iter().map(|target| (*target).to_owned()).collect()));
        assert_eq!(route(VERSION, &[], true), Ok(Route::Local));
        assert_eq!(route(VERSION, &[("node", "a")], true), Ok(Route::One("a".into())));
        assert_eq!(route(VERSION, &[("node", "self")], true), Ok(Route::One("self".into())));
        assert_eq!(route(VERSION, &[("nodes", "b"), ("nodes", "a"), ("nodes", "b")], true), many(&["b", "a", "b"]));
        assert_eq!(route(VERSION, &[("node", "a"), ("nodes", "b")], true), many(&["b"]));
        assert_eq!(route(VERSION, &[("nodes", "a"), ("proxyfrom", "x")], true), Ok(Route::Local));
        assert_eq!(route("/cosi.resource.State/Get", &[("node", "fd00::1")], true), Ok(Route::One("fd00::1".into())));
    }

    #[test]
    fn some_calls_are_refused() {
        let error = |code, text: &str| Err((code, text.to_owned()));
        assert_eq!(
            route(VERSION, &[("node", "a"), ("node", "b")], true),
            error(Code::InvalidArgument, "node metadata must be single-valued")
        );
        assert_eq!(
            route("/cosi.resource.State/Get", &[("nodes", "a")], true),
            error(Code::InvalidArgument, "one-2-many proxying is not supported for COSI methods")
        );
        for target in ["", "host:50000", "[fd00::1]:50000", "[fd00::1]"] {
            let target = Box::leak(target.to_owned().into_boxed_str());
            let text = format!("invalid target \"{target}\"");
            assert_eq!(route(VERSION, &[("nodes", "a"), ("nodes", target)], true), error(Code::Internal, &text));
        }
    }

    #[test]
    fn a_worker_answers_for_itself_only() {
        assert_eq!(route(VERSION, &[("node", "10.5.0.2")], false), Ok(Route::Local));
        assert_eq!(route(VERSION, &[("nodes", "self")], false), Ok(Route::Local));
        let refused = Err((Code::PermissionDenied, "no request forwarding".to_owned()));
        assert_eq!(route(VERSION, &[("node", "a")], false), refused);
        assert_eq!(route(VERSION, &[("nodes", "self"), ("nodes", "self")], false), refused);
    }

    #[test]
    fn metadata_is_passed_on_with_the_roles_of_the_caller() {
        let incoming = metadata(&[
            ("node", "a"),
            ("nodes", "b"),
            ("talos-role", "os:admin"),
            ("context", "red"),
            ("token", "t"),
            ("content-type", "application/grpc"),
            ("grpc-timeout", "1S"),
            ("te", "trailers"),
            ("user-agent", "x"),
        ]);
        let caller = RoleSet::parse(["os:reader", "os:etcd:backup"]).0;
        let passed_on = outgoing(&incoming, Some("10.5.0.2:50000"), &caller);
        assert_eq!(
            describe(&passed_on),
            "context=red;proxyfrom=10.5.0.2:50000;talos-role=os:etcd:backup,os:reader;token=<hidden>"
        );
        // Whoever has no role keeps none.
        let passed_on = outgoing(&incoming, None, &RoleSet::new());
        assert_eq!(describe(&passed_on), "context=red;proxyfrom=unknown;token=<hidden>");
        assert_eq!(
            describe(&local(&incoming, &caller)),
            "context=red;node=a;nodes=b;talos-role=os:etcd:backup,os:reader;token=<hidden>"
        );
    }
}
