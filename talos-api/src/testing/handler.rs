//! One call on a scripted node.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, ReflectMessage, Value as Field};
use serde_json::Value;
use tonic::Status;

use super::expand::expand;
use super::json;
use super::node::Shared;
use super::scenario::{Answer, Asked, Rule};
use super::server::Exchange;
use super::state::{find, tombstone, watch_response};
use crate::grpc::frame;
use crate::grpc::status::{self, failure_metadata};
use crate::proto::common;
use crate::proto::cosi::resource as wire;

/// Metadata that is worth recording.
const RECORDED: [&str; 5] = ["node", "nodes", "context", "runtime", "authorization"];

/// Repeated messages are sent in pieces of about this size.
const PIECE: usize = 128 << 10;

/// A call as the node received it.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `node` or `maintenance`.
    pub listener: &'static str,
    /// `package.Service/Method`.
    pub method: String,
    /// Metadata by key: `node`, `nodes`, `context`, `runtime`, `authorization`.
    pub metadata: Vec<(String, Vec<String>)>,
    /// The request messages in the JSON form of protobuf, defaults left out.
    pub messages: Vec<Value>,
}

/// What happens with one call.
pub(super) struct Handler<'x> {
    shared: &'x Arc<Shared>,
    exchange: &'x mut Exchange,
    name: String,
    nodes: Vec<String>,
    node: String,
}

pub(super) async fn serve(
    shared: &Arc<Shared>,
    listener: &'static str,
    path: &str,
    exchange: &mut Exchange,
) -> Result<(), Status> {
    let name = path.trim_start_matches('/').to_owned();
    let metadata: Vec<(String, Vec<String>)> = RECORDED
        .iter()
        .map(|key| ((*key).to_owned(), exchange.metadata(key)))
        .filter(|(_, values)| !values.is_empty())
        .collect();
    let (nodes, node) = (exchange.metadata("nodes"), exchange.metadata("node").into_iter().next().unwrap_or_default());
    let Some(method) = json::method(&name) else {
        shared.record(Call { listener, method: name, metadata: Vec::new(), messages: Vec::new() });
        return Err(Status::unimplemented(format!("unknown method {path}")));
    };
    let mut requests = Vec::new();
    while let Some(message) = exchange.receive().await? {
        requests.push(message);
        if !method.is_client_streaming() {
            break;
        }
    }
    let shown = requests.iter().map(|request| shown(request, &method)).collect::<Result<Vec<_>, _>>()?;
    shared.record(Call { listener, method: name.clone(), metadata, messages: shown.clone() });

    let nothing = Value::Null;
    let request = shown.first().unwrap_or(&nothing);
    let asked = Asked { method: &name, listener, nodes: &nodes, node: &node, request };
    let rule = shared.scenario.pick(&asked);
    let mut handler = Handler { shared, exchange, name, nodes, node };
    match rule {
        Some(rule) => handler.play(&rule, &method).await,
        None if handler.name.starts_with("cosi.resource.State/") => {
            let request = requests.into_iter().next().unwrap_or_default();
            handler.serve_state(&method, request).await
        }
        None => Err(Status::unimplemented(format!("no answer scripted for {path}"))),
    }
}

fn shown(request: &[u8], method: &MethodDescriptor) -> Result<Value, Status> {
    let message = DynamicMessage::decode(method.input(), request)
        .map_err(|error| Status::internal(format!("grpc: error unmarshalling request: {error}")))?;
    json::from_message(&message).map_err(|error| Status::internal(error.to_string()))
}

impl Handler<'_> {
    /// Sends what the rule says, merging the answers of nodes as a node that passes calls on does.
    async fn play(&mut self, rule: &Rule, method: &MethodDescriptor) -> Result<(), Status> {
        let output = method.output();
        let Some(per_node) = &rule.per_node else { return self.answer(&rule.answer, &output, None).await };
        let lookup = |node: &str| per_node.get(node).or_else(|| per_node.get("*"));
        if self.nodes.is_empty() {
            let node = self.node.clone();
            let Some(answer) = lookup(&node) else {
                return Err(Status::unavailable(format!("no answer scripted for node {}", status::quoted(&node))));
            };
            return self.answer(answer, &output, None).await;
        }
        let unscripted = Answer::error("Unavailable", "no answer scripted");
        let nodes = self.nodes.clone();
        if method.is_server_streaming() {
            for node in &nodes {
                let answer = lookup(node).unwrap_or(&unscripted);
                // A node's failure is a message here, not the end of the call.
                let part = Answer { error: None, ..answer.clone() };
                self.answer(&part, &output, Some(node)).await?;
                if let Some(error) = &answer.error {
                    let mut message = DynamicMessage::new(output.clone());
                    add_metadata(&mut message, &failure_metadata(node, error));
                    self.exchange.send(message.encode_to_vec()).await?;
                }
            }
            return Ok(());
        }
        let mut merged = Vec::new();
        for node in &nodes {
            self.part(lookup(node).unwrap_or(&unscripted), node, &output, &mut merged).await?;
        }
        self.exchange.send(merged).await
    }

    async fn answer(&mut self, answer: &Answer, output: &MessageDescriptor, node: Option<&str>) -> Result<(), Status> {
        pause(answer.delay).await;
        let mut sent = Vec::new();
        for json in &answer.messages {
            let mut message = self.message(json, output)?;
            if let Some(node) = node {
                add_metadata(&mut message, &common::Metadata { hostname: node.into(), ..Default::default() });
            }
            let message = message.encode_to_vec();
            if answer.repeats > 0 {
                sent.push(frame(&message));
            }
            self.exchange.send(message).await?;
        }
        self.repeat(&sent, answer.repeats).await?;
        if answer.hold {
            return self.hold().await;
        }
        answer.error.clone().map_or(Ok(()), Err)
    }

    /// Sends framed messages again and again, many in one piece.
    async fn repeat(&mut self, frames: &[Bytes], mut count: u64) -> Result<(), Status> {
        let once = frames.concat();
        if once.is_empty() {
            return Ok(());
        }
        let per_piece = (PIECE / once.len()).max(1) as u64;
        let piece = Bytes::from(once.repeat(per_piece as usize));
        while count > 0 {
            let times = count.min(per_piece);
            self.exchange.send_framed(piece.slice(..once.len() * times as usize)).await?;
            count -= times;
        }
        Ok(())
    }

    /// Adds one node's part of a merged reply; concatenated messages are one message.
    async fn part(
        &self,
        answer: &Answer,
        node: &str,
        output: &MessageDescriptor,
        merged: &mut Vec<u8>,
    ) -> Result<(), Status> {
        pause(answer.delay).await;
        let Some(field) = output.get_field_by_name("messages") else {
            return Err(Status::internal(format!("{} has no messages", output.full_name())));
        };
        let mut reply = DynamicMessage::new(output.clone());
        let named = match &answer.error {
            Some(error) => {
                let prost_reflect::Kind::Message(kind) = field.kind() else {
                    return Err(Status::internal("messages is no list of messages"));
                };
                reply.set_field(&field, Field::List(vec![Field::Message(DynamicMessage::new(kind))]));
                failure_metadata(node, error)
            }
            None => {
                if let Some(json) = answer.messages.last() {
                    reply = self.message(json, output)?;
                }
                common::Metadata { hostname: node.into(), ..Default::default() }
            }
        };
        if let Field::List(elements) = reply.get_field_mut(&field) {
            for element in elements {
                if let Field::Message(element) = element {
                    add_metadata(element, &named);
                }
            }
        }
        reply.encode(merged).map_err(|error| Status::internal(error.to_string()))
    }

    fn message(&self, json: &Value, kind: &MessageDescriptor) -> Result<DynamicMessage, Status> {
        expand(&self.shared.scenario, json)
            .and_then(|json| json::to_message(&json, kind.clone()).map_err(|error| error.to_string()))
            .map_err(|error| Status::internal(format!("scripted answer of {}: {error}", self.name)))
    }

    async fn hold(&mut self) -> Result<(), Status> {
        self.shared.holding.send_modify(|count| *count += 1);
        self.exchange.closed().await;
        self.shared.released.send_modify(|count| *count += 1);
        Err(Status::cancelled("context canceled"))
    }

    /// Answers from the resource state.
    async fn serve_state(&mut self, method: &MethodDescriptor, request: Vec<u8>) -> Result<(), Status> {
        if !self.nodes.is_empty() {
            return Err(Status::invalid_argument("one-2-many proxying is not supported for COSI methods"));
        }
        let damaged = |error: prost::DecodeError| Status::internal(error.to_string());
        match method.name() {
            "Get" => self.get(&wire::GetRequest::decode(request.as_slice()).map_err(damaged)?).await,
            "List" => self.list(&wire::ListRequest::decode(request.as_slice()).map_err(damaged)?).await,
            "Watch" => self.watch(&wire::WatchRequest::decode(request.as_slice()).map_err(damaged)?).await,
            _ => Err(Status::permission_denied("write access is not allowed")),
        }
    }

    async fn get(&mut self, request: &wire::GetRequest) -> Result<(), Status> {
        let wire::GetRequest { namespace, r#type, id, .. } = request;
        let resources = self.shared.scenario.resources.as_deref().unwrap_or_default();
        match find(resources, namespace, r#type, Some(id), &self.node).first() {
            Some(entry) => {
                let response = wire::GetResponse { resource: Some(entry.resource.clone()) };
                self.exchange.send(response.encode_to_vec()).await
            }
            None => {
                Err(Status::not_found(format!("resource {}({namespace}/{id}@undefined) doesn't exist", request.r#type)))
            }
        }
    }

    async fn list(&mut self, request: &wire::ListRequest) -> Result<(), Status> {
        let options = request.options.clone().unwrap_or_default();
        let pattern = options.id_query.map(|query| query.regexp).unwrap_or_default();
        let pattern = regex::Regex::new(&pattern)
            .map_err(|error| Status::invalid_argument(format!("failed to compile regexp: {error}")))?;
        let resources = self.shared.scenario.resources.as_deref().unwrap_or_default();
        for entry in find(resources, &request.namespace, &request.r#type, None, &self.node) {
            if pattern.is_match(entry.id()) && entry.matches(options.label_query.as_ref()) {
                let response = wire::ListResponse { resource: Some(entry.resource.clone()) };
                self.exchange.send(response.encode_to_vec()).await?;
            }
        }
        Ok(())
    }

    async fn watch(&mut self, request: &wire::WatchRequest) -> Result<(), Status> {
        let event = |kind: wire::EventType, resource| wire::Event {
            event_type: kind as i32,
            resource,
            ..wire::Event::default()
        };
        let shared = self.shared.clone();
        self.exchange.send(watch_response([])).await?;
        let resources = shared.scenario.resources.as_deref().unwrap_or_default();
        let current = find(resources, &request.namespace, &request.r#type, request.id.as_deref(), &self.node);
        let bootstrap = request.options.as_ref().is_some_and(|options| options.bootstrap_contents);
        if request.id.is_some() && current.is_empty() {
            let gone = event(wire::EventType::Destroyed, Some(tombstone(request)));
            self.exchange.send(watch_response([gone])).await?;
        } else if request.id.is_some() || bootstrap {
            for entry in current {
                let created = event(wire::EventType::Created, Some(entry.resource.clone()));
                self.exchange.send(watch_response([created])).await?;
            }
        }
        if request.id.is_none() && bootstrap {
            self.exchange.send(watch_response([event(wire::EventType::Bootstrapped, None)])).await?;
        }
        let id = request.id.as_deref().unwrap_or_default();
        for script in shared.scenario.watches.as_deref().unwrap_or_default() {
            let concerns = script.namespace == request.namespace
                && script.type_name == request.r#type
                && script.id == id
                && script.only_node.as_ref().is_none_or(|only| *only == self.node);
            if !concerns {
                continue;
            }
            for (delay, event) in &script.events {
                pause(*delay).await;
                self.exchange.send(watch_response([event.clone()])).await?;
            }
            if let Some(error) = &script.error {
                return Err(error.clone());
            }
        }
        self.hold().await
    }
}

/// Waits, but not at all for no time: the timer's own resolution is a millisecond.
async fn pause(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

/// Merges values into the metadata that each element has.
fn add_metadata(message: &mut DynamicMessage, metadata: &common::Metadata) {
    let Some(field) = message.descriptor().get_field_by_name("metadata") else { return };
    if let Field::Message(present) = message.get_field_mut(&field) {
        // Decoding on top of a message merges.
        present.merge(metadata.encode_to_vec().as_slice()).expect("metadata has known fields");
    }
}
