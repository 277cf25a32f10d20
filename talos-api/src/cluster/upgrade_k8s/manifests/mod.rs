//! The objects that a cluster is started with: applying those of the new version.

mod diff;
mod rollout;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::retry::{Failed, Retry};
use super::{Log, ManifestError, Upgrade};
use crate::client::ListOptions;
use crate::kubernetes::{Client, Path, WriteOptions};
use crate::resources::k8s::Manifests;
use crate::resources::{FreeForm, Node};

/// How long one object may take to be applied.
const TIMEOUT: Duration = Duration::from_secs(180);

/// What became of an object.
enum Applied {
    /// It was as it should be.
    Unchanged,
    /// It was changed, or would be in a dry run. Holds the difference and the object as it is now.
    Changed { diff: String, object: Value },
}

impl<L: Log> Upgrade<'_, L> {
    /// Applies all manifests that the node has, and waits until the pods they describe run.
    pub(super) async fn manifests(&mut self) -> Result<(), ManifestError> {
        let listed = self.cluster.client().resources::<Manifests>().list(&ListOptions::default()).await;
        let manifests = listed.map_err(ManifestError::List)?;
        let objects: Vec<Value> =
            manifests.iter().flat_map(|manifest| &manifest.spec.items).map(|item| object(&item.object)).collect();
        self.log("updating manifests");
        let mut applier = Applier { client: self.kubernetes, dry_run: self.options.dry_run, types: HashMap::default() };
        let mut updated = Vec::new();
        for object in objects {
            let applied = applier.apply_until_it_works(&object).await?;
            self.log(format!(" > processing manifest {}", name(&object)));
            match applied {
                Applied::Unchanged => self.log(" < no changes"),
                Applied::Changed { diff, .. } if self.options.dry_run => {
                    self.log(diff);
                    self.log(" < dry run, change skipped");
                }
                Applied::Changed { diff, object } => {
                    self.log(diff);
                    self.log(" < applied successfully");
                    updated.push(object);
                }
            }
        }
        if self.options.dry_run {
            return Ok(());
        }
        self.log("waiting for all manifests to be applied");
        // Deployments first, whatever the order of the manifests.
        for kind in rollout::KINDS {
            for object in updated.iter().filter(|object| kind.is(object)) {
                self.log(format!(" > waiting for {}", name(object)));
                kind.wait(self.kubernetes, object).await?;
            }
        }
        Ok(())
    }
}

/// Where the objects of a type are.
#[derive(Clone)]
struct Type {
    resource: String,
    is_namespaced: bool,
}

/// Applies objects, and knows where those of each type are.
struct Applier<'a> {
    client: &'a Client,
    dry_run: bool,
    /// By version and kind.
    types: HashMap<(String, String), Type>,
}

impl Applier<'_> {
    async fn apply_until_it_works(&mut self, object: &Value) -> Result<Applied, ManifestError> {
        let mut tries = Retry::within(TIMEOUT);
        loop {
            match self.apply(object).await {
                Ok(applied) => return Ok(applied),
                Err(failed) => tries.after(failed).await?,
            }
        }
    }

    async fn apply(&mut self, object: &Value) -> Result<Applied, Failed> {
        let failed = |error: crate::kubernetes::Error| {
            if error.is_conflict() { Failed::ForNow(error.to_string()) } else { Failed::call(&error) }
        };
        let collection = self.collection(object).await?;
        let path = collection.clone().named(text(object, "/metadata/name"));
        let current = match self.client.get(&path).await {
            Ok(current) => Some(current),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(failed(error)),
        };
        let keep = WriteOptions::default();
        let Some(current) = current else {
            let diff = diff::diff(&name(object), None, object);
            if self.dry_run {
                return Ok(Applied::Changed { diff, object: object.clone() });
            }
            let object = self.client.create(&collection, object, &keep).await.map_err(failed)?;
            return Ok(Applied::Changed { diff, object });
        };
        let mut wanted = object.clone();
        // Refused if somebody changes it meanwhile.
        wanted["metadata"]["resourceVersion"] = text(&current, "/metadata/resourceVersion").into();
        let options = WriteOptions { dry_run: true, ..keep.clone() };
        let result = self.client.update(&path, &wanted, &options).await.map_err(failed)?;
        let diff = diff::diff(&name(object), Some(&diff::comparable(current)), &diff::comparable(result));
        if diff.is_empty() {
            return Ok(Applied::Unchanged);
        }
        if self.dry_run {
            return Ok(Applied::Changed { diff, object: wanted });
        }
        let object = self.client.update(&path, &wanted, &keep).await.map_err(failed)?;
        Ok(Applied::Changed { diff, object })
    }

    /// Where objects like this one are. The server is asked about each version once, and again for kinds it did not have.
    async fn collection(&mut self, object: &Value) -> Result<Path, Failed> {
        let key = (text(object, "/apiVersion").to_owned(), text(object, "/kind").to_owned());
        let failed =
            |reason: String| format!("error creating mapping for object {}: {reason}", text(object, "/metadata/name"));
        if !self.types.contains_key(&key) {
            let root = if key.0.contains('/') { "/apis" } else { "/api" };
            let types = match self.client.get_raw(&format!("{root}/{}", key.0)).await {
                Ok(types) => types,
                // The next lookup tells.
                Err(error) if error.is_not_found() => Value::Null,
                Err(error) if error.is_retryable() => return Err(Failed::ForNow(failed(error.to_string()))),
                Err(error) => return Err(Failed::ForGood(failed(error.to_string()))),
            };
            self.learn(&key.0, &types);
        }
        let Some(found) = self.types.get(&key) else {
            let (version, kind) = (&key.0, &key.1);
            return Err(Failed::ForGood(failed(format!("no matches for kind {kind:?} in version {version:?}"))));
        };
        let path = Path::new(key.0, found.resource.clone());
        Ok(if found.is_namespaced { path.within(text(object, "/metadata/namespace")) } else { path })
    }

    fn learn(&mut self, version: &str, types: &Value) {
        for resource in types.get("resources").and_then(Value::as_array).into_iter().flatten() {
            let plural = text(resource, "/name");
            // Parts of objects are listed, too.
            if plural.contains('/') {
                continue;
            }
            let is_namespaced = resource.get("namespaced").and_then(Value::as_bool).unwrap_or_default();
            let found = Type { resource: plural.to_owned(), is_namespaced };
            self.types.entry((version.to_owned(), text(resource, "/kind").to_owned())).or_insert(found);
        }
    }
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// `apps/v1.Deployment/kube-system/coredns`.
fn name(object: &Value) -> String {
    let place = match text(object, "/metadata/namespace") {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    format!("{}.{}/{place}{}", text(object, "/apiVersion"), text(object, "/kind"), text(object, "/metadata/name"))
}

/// A manifest as JSON.
fn object(manifest: &FreeForm) -> Value {
    entries(manifest.entries())
}

fn entries(entries: &[(Node, Node)]) -> Value {
    Value::Object(entries.iter().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), json(value)))).collect())
}

fn json(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => (*value).into(),
        Node::Int(value) => (*value).into(),
        Node::Uint(value) => (*value).into(),
        Node::Float(value) => (*value).into(),
        Node::String(text) | Node::Time { text, .. } => text.clone().into(),
        Node::Bytes(bytes) => String::from_utf8_lossy(bytes).into(),
        Node::Sequence(items) => items.iter().map(json).collect(),
        Node::Mapping(mapping) => entries(mapping),
    }
}

/// The opposite of [`json`].
fn node(value: &Value) -> Node {
    match value {
        Value::Null => Node::Null,
        Value::Bool(value) => Node::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Node::Int(value),
            (None, Some(value)) => Node::Uint(value),
            (None, None) => Node::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Node::String(text.clone()),
        Value::Array(items) => Node::Sequence(items.iter().map(node).collect()),
        Value::Object(fields) => {
            Node::Mapping(fields.iter().map(|(key, value)| (Node::String(key.clone()), node(value))).collect())
        }
    }
}
