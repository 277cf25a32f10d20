//! The resource state of a scripted node.

use std::time::Duration;

use prost::Message;
use prost_types::Timestamp;
use serde_json::Value;
use tonic::Status;

use super::json;
use super::scenario::{Fields, read_status};
use crate::proto::cosi::resource as wire;

/// Go's zero time, which stands in tombstones.
const ZERO_TIME: Timestamp = Timestamp { seconds: -62_135_596_800, nanos: 0 };

/// One resource.
#[derive(Clone, Debug)]
pub(super) struct ResourceEntry {
    /// Only calls for this node see it.
    pub(super) only_node: Option<String>,
    pub(super) resource: wire::Resource,
}

/// What follows the first events of a watch.
#[derive(Clone, Debug)]
pub(super) struct WatchScript {
    pub(super) only_node: Option<String>,
    pub(super) namespace: String,
    pub(super) type_name: String,
    pub(super) id: String,
    pub(super) events: Vec<(Duration, wire::Event)>,
    pub(super) error: Option<Status>,
}

impl ResourceEntry {
    pub(super) fn new(namespace: &str, type_name: &str, id: &str, yaml: &str, proto: Option<Value>) -> Self {
        let json = serde_json::json!({
            "namespace": namespace, "type": type_name, "id": id, "version": "1", "phase": "running", "owner": "",
            "created": "2024-01-01T00:00:00Z", "updated": "2024-01-01T00:00:00Z", "spec": yaml,
        });
        let Value::Object(mut fields) = json else { unreachable!("written as an object above") };
        fields.extend(proto.map(|proto| ("proto".to_owned(), proto)));
        Self::read(Value::Object(fields)).expect("the message has a known type and its fields")
    }

    pub(super) fn read(json: Value) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        let only_node = fields.text("only_node")?;
        let mut text = |key: &str| fields.text(key).map(Option::unwrap_or_default);
        let mut metadata = wire::Metadata {
            namespace: text("namespace")?,
            r#type: text("type")?,
            id: text("id")?,
            version: text("version")?,
            owner: text("owner")?,
            phase: text("phase")?,
            ..wire::Metadata::default()
        };
        metadata.created = Some(time(&text("created")?)?);
        metadata.updated = Some(time(&text("updated")?)?);
        let yaml_spec = text("spec")?;
        metadata.labels = fields.texts("labels")?;
        metadata.annotations = fields.texts("annotations")?;
        metadata.finalizers = fields.strings("finalizers")?.unwrap_or_default();
        let proto_spec = match fields.take("proto") {
            None => Vec::new(),
            Some(proto) => {
                let kind = json::pool().get_message_by_name("google.protobuf.Any").expect("well-known types are there");
                let any = json::to_message(&proto, kind).map_err(|error| format!("{}: {error}", metadata.id))?;
                any.transcode_to::<prost_types::Any>().expect("the message is an Any").value
            }
        };
        fields.end()?;
        let spec = wire::Spec { proto_spec: proto_spec.into(), yaml_spec };
        Ok(Self { only_node, resource: wire::Resource { metadata: Some(metadata), spec: Some(spec) } })
    }

    fn metadata(&self) -> &wire::Metadata {
        self.resource.metadata.as_ref().expect("entries are made with metadata")
    }

    pub(super) fn matches(&self, query: Option<&wire::LabelQuery>) -> bool {
        use wire::label_term::Operation;
        let terms = query.map(|query| query.terms.as_slice()).unwrap_or_default();
        terms.iter().all(|term| {
            let value = self.metadata().labels.get(&term.key);
            match term.op() {
                Operation::Exists => value.is_some(),
                Operation::NotExists => value.is_none(),
                Operation::Equal => value == Some(&term.value),
            }
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.metadata().id
    }
}

impl WatchScript {
    pub(super) fn read(json: Value) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        let script = Self {
            only_node: fields.text("only_node")?,
            namespace: fields.text("namespace")?.unwrap_or_default(),
            type_name: fields.text("type")?.unwrap_or_default(),
            id: fields.text("id")?.unwrap_or_default(),
            events: fields.list("events", read_event)?.unwrap_or_default(),
            error: fields.take("error").map(read_status).transpose()?,
        };
        fields.end()?;
        Ok(script)
    }
}

fn read_event(json: Value) -> Result<(Duration, wire::Event), String> {
    let mut fields = Fields::new(json)?;
    let name = fields.text("event")?.unwrap_or_default();
    let kind = wire::EventType::from_str_name(&name).ok_or_else(|| format!("unknown event {name:?}"))?;
    let mut resource = |key: &str| {
        let entry = fields.take(key).map(ResourceEntry::read).transpose()?;
        Ok::<_, String>(entry.map(|entry| entry.resource))
    };
    let (new, old) = (resource("resource")?, resource("old")?);
    let event = wire::Event { resource: new, old, error: fields.text("error")?, event_type: kind as i32 };
    let delay = Duration::from_millis(fields.number("delay_ms")?.unwrap_or_default());
    fields.end()?;
    Ok((delay, event))
}

/// The resources that a call for `node` sees, sorted by id.
pub(super) fn find<'s>(
    resources: &'s [ResourceEntry],
    namespace: &str,
    type_name: &str,
    id: Option<&str>,
    node: &str,
) -> Vec<&'s ResourceEntry> {
    let mut found: Vec<_> = resources
        .iter()
        .filter(|entry| {
            let metadata = entry.metadata();
            metadata.namespace == namespace
                && metadata.r#type == type_name
                && id.is_none_or(|id| id.is_empty() || metadata.id == id)
                && entry.only_node.as_ref().is_none_or(|only| only == node)
        })
        .collect();
    found.sort_by(|a, b| a.id().cmp(b.id()));
    found
}

/// What a watch of a resource that does not exist begins with.
pub(super) fn tombstone(request: &wire::WatchRequest) -> wire::Resource {
    let metadata = wire::Metadata {
        namespace: request.namespace.clone(),
        r#type: request.r#type.clone(),
        id: request.id.clone().unwrap_or_default(),
        version: "undefined".into(),
        phase: "running".into(),
        created: Some(ZERO_TIME),
        updated: Some(ZERO_TIME),
        ..wire::Metadata::default()
    };
    wire::Resource { metadata: Some(metadata), spec: Some(wire::Spec::default()) }
}

pub(super) fn watch_response(events: impl IntoIterator<Item = wire::Event>) -> Vec<u8> {
    wire::WatchResponse { event: events.into_iter().collect() }.encode_to_vec()
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("{text:?}: {error}"))
}
