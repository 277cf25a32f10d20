//! What Kubernetes knows about the nodes and its own pods.

use std::cell::RefCell;
use std::fmt::Display;

use talos_api::client;
use talos_api::kubernetes::{Client, ListOptions, Path};
use talos_config_yaml::emit::{Emitter, Layout, write_value};

use super::board::Board;
use crate::connect::Session;
use crate::output::yaml;
use crate::zip::Entry;

/// The name of the source.
pub(super) const SOURCE: &str = "cluster";

/// Files, and the collections that are in them.
const COLLECTIONS: [(&str, &str, &str, Option<&str>); 2] =
    [("nodes", "nodes", "NodeList", None), ("systemPods", "pods", "PodList", Some("kube-system"))];

pub(super) async fn collect(session: &Session, source: usize, board: &RefCell<Board<'_, '_>>) {
    board.borrow_mut().expect(source, COLLECTIONS.len());
    let Some(kubernetes) = connect(session, source, board).await else { return };
    for (name, resource, kind, namespace) in COLLECTIONS {
        if session.interrupt().is_set() {
            return;
        }
        let name = format!("kubernetesResources/{name}.yaml");
        board.borrow_mut().begin(source, &name);
        let path = Path::new("v1", resource);
        let path = namespace.map_or(path.clone(), |namespace| path.within(namespace));
        let options = ListOptions::default();
        let listed = tokio::select! {
            listed = kubernetes.list(&path, &options) => listed,
            () = session.interrupt().wait() => return,
        };
        let text = listed.map_err(anyhow::Error::from).and_then(|items| list(&name, kind, &items));
        let mut board = board.borrow_mut();
        let entry = match text {
            Ok(text) => {
                let mut entry = Entry::new(board.path(source, &name));
                entry.push(text.as_bytes());
                Some(entry)
            }
            Err(error) => {
                board.fail(source, format!("failed to get {name}: {error:#}, skipped"));
                None
            }
        };
        board.end(source, entry);
    }
}

/// A client with the kubeconfig of the first endpoint that gives one.
async fn connect(session: &Session, source: usize, board: &RefCell<Board<'_, '_>>) -> Option<Client> {
    board.borrow_mut().begin(source, "kubeconfig");
    for endpoint in session.endpoints() {
        let client = session.client().nodes([endpoint]);
        let fetched = tokio::select! {
            fetched = client.kubeconfig() => fetched,
            () = session.interrupt().wait() => return None,
        };
        let error = match fetched {
            Ok(text) => match Client::from_kubeconfig(&text) {
                Ok(client) => return Some(client),
                Err(error) => format!("{:#}", anyhow::Error::from(error)),
            },
            Err(client::Error::Nodes(failures)) => {
                failures.iter().map(client::NodeError::text).collect::<Vec<_>>().join("\n")
            }
            Err(error) => crate::connect::Failure::from(error).to_string(),
        };
        board.borrow_mut().fail(source, error);
    }
    let tried = session.endpoints().join(", ");
    board.borrow_mut().fail(source, format!("failed to get kubernetes client, tried nodes {tried}"));
    None
}

/// Objects as one list. They are JSON, which is YAML.
fn list(name: &str, kind: &str, items: &[impl Display]) -> anyhow::Result<String> {
    let items: Vec<String> = items.iter().map(ToString::to_string).collect();
    let text =
        format!(r#"{{"apiVersion": "v1", "items": [{}], "kind": "{kind}", "metadata": {{}}}}"#, items.join(", "));
    let mut out = Emitter::new(Layout::V2);
    write_value(&yaml::parse(name, &text)?, &mut out);
    Ok(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_objects() {
        let items = [r#"{"metadata": {"name": "cp-1"}, "spec": {"podCIDRs": ["10.244.0.0/24"]}}"#];
        assert_eq!(
            list("x", "NodeList", &items).unwrap(),
            "apiVersion: v1\nitems:\n- metadata:\n    name: cp-1\n  spec:\n    podCIDRs:\n    - 10.244.0.0/24\nkind: NodeList\n\
             metadata: {}\n"
        );
    }
}
