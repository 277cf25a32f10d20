//! Resources of a node: get, list, watch.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tonic::{Code, Status};

use super::call::Incoming;
use super::stream::decode;
use super::{Client, Error};
use crate::proto::cosi::resource as wire;
use crate::resources::{Dynamic, FromWire, Kind, Resource};

/// Kinds of events on the wire.
mod event_type {
    pub(super) const CREATED: i32 = 0;
    pub(super) const UPDATED: i32 = 1;
    pub(super) const DESTROYED: i32 = 2;
    pub(super) const BOOTSTRAPPED: i32 = 3;
    pub(super) const ERRORED: i32 = 4;
    /// Since 1.10, only with bookmarks.
    pub(super) const NOOP: i32 = 5;
}

/// A handle on the resources of one type in one namespace.
///
/// Resources are read from one node at a time: take the handle from [`Client::node`]. A client that names exactly one
/// node will do, too.
///
/// ```no_run
/// # async fn run(client: talos_api::client::Client) -> Result<(), talos_api::client::Error> {
/// use talos_api::client::{Event, ListOptions, WatchOptions};
/// use talos_api::resources::cluster::Members;
///
/// let members = client.node("10.5.0.2").resources::<Members>();
/// for member in members.list(&ListOptions::default()).await? {
///     println!("{} {}", member.metadata.id, member.spec.operating_system);
/// }
/// let mut changes = members.watch(&WatchOptions::default().bootstrap_contents()).await?;
/// while let Some(event) = changes.next().await {
///     if let Event::Created(member) = event? {
///         println!("{} is there", member.metadata.id);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Api<S> {
    client: Client,
    namespace: String,
    type_name: String,
    spec: PhantomData<fn() -> S>,
}

/// Which resources of a type are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// Conditions on labels; all must hold.
    pub labels: Vec<LabelTerm>,
    /// Regular expression that must be found in the id.
    pub id_pattern: Option<String>,
}

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelTerm {
    /// The label is there.
    Exists(String),
    /// The label is not there.
    NotExists(String),
    /// The label has this value.
    Equal(String, String),
}

/// What a watch begins with, and what it shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchOptions {
    /// Which resources are wanted. Not with [`Api::watch_one`].
    pub filter: ListOptions,
    bootstrap_contents: bool,
    bootstrap_bookmark: bool,
    tail_events: i32,
    bookmark: Option<Bytes>,
}

impl WatchOptions {
    /// Begins with all that is there, each as created, and then [`Event::Bootstrapped`].
    #[must_use]
    pub fn bootstrap_contents(self) -> Self {
        Self { bootstrap_contents: true, ..self }
    }

    /// Begins with this many events of the past.
    #[must_use]
    pub fn tail_events(self, count: i32) -> Self {
        Self { tail_events: count, ..self }
    }

    /// Goes on after an event seen earlier, see [`Watch::bookmark`]. Needs a node of version 1.9 or later.
    #[must_use]
    pub fn start_from(self, bookmark: Bytes) -> Self {
        Self { bookmark: Some(bookmark), ..self }
    }

    /// Begins with an [`Event::Noop`] that brings a bookmark. Needs a node of version 1.10 or later.
    #[must_use]
    pub fn bootstrap_bookmark(self) -> Self {
        Self { bootstrap_bookmark: true, ..self }
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<S> {
    /// The resource is new, or was there when the watch began.
    Created(Resource<S>),
    /// The resource changed.
    Updated {
        /// As it is now.
        new: Resource<S>,
        /// As it was; absent when the node does not say.
        old: Option<Box<Resource<S>>>,
    },
    /// The resource is gone; of one that never was, a watch of that one resource tells with version `undefined`.
    Destroyed(Resource<S>),
    /// All that was there when the watch began has been sent.
    Bootstrapped,
    /// Nothing changed; brings a bookmark.
    Noop,
}

impl Client {
    /// Resources of a known type, decoded.
    pub fn resources<K: Kind>(&self) -> Api<K::Spec> {
        Api::new(self, K::DEFINITION.namespace, K::DEFINITION.type_name)
    }

    /// Resources of any type, with their content as it travels.
    pub fn dynamic(&self, namespace: impl Into<String>, type_name: impl Into<String>) -> Api<Dynamic> {
        Api::new(self, namespace, type_name)
    }
}

impl<S: FromWire> Api<S> {
    fn new(client: &Client, namespace: impl Into<String>, type_name: impl Into<String>) -> Self {
        // Many-node metadata is refused for resources, even for one node.
        let mut targets = client.targets();
        let client = match (targets.next(), targets.next()) {
            (Some(node), None) => client.node(node),
            _ => client.clone(),
        };
        Self { client, namespace: namespace.into(), type_name: type_name.into(), spec: PhantomData }
    }

    /// The same type in another namespace.
    #[must_use]
    pub fn in_namespace(self, namespace: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), ..self }
    }

    /// Reads one resource.
    ///
    /// # Errors
    /// [`Error::Call`] with code `NotFound` when it does not exist; [`Error::Resource`] when it does not decode.
    pub async fn get(&self, id: &str) -> Result<Resource<S>, Error> {
        let request = wire::GetRequest {
            namespace: self.namespace.clone(),
            r#type: self.type_name.clone(),
            id: id.to_owned(),
            options: Some(wire::GetOptions {}),
        };
        let (reply, _): (wire::GetResponse, _) = self.client.one_to_one("/cosi.resource.State/Get", &request).await?;
        read(reply.resource, "Get")
    }

    /// Reads one resource; `None` when it does not exist.
    ///
    /// # Errors
    /// As [`get`](Self::get), but for `NotFound`.
    pub async fn get_opt(&self, id: &str) -> Result<Option<Resource<S>>, Error> {
        match self.get(id).await {
            Ok(resource) => Ok(Some(resource)),
            Err(Error::Call(status)) if status.code() == Code::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads all resources, sorted by id.
    ///
    /// # Errors
    /// [`Error::Call`] when the call failed; [`Error::Resource`] when one does not decode.
    pub async fn list(&self, options: &ListOptions) -> Result<Vec<Resource<S>>, Error> {
        let request = wire::ListRequest {
            namespace: self.namespace.clone(),
            r#type: self.type_name.clone(),
            options: Some(wire::ListOptions { label_query: options.label_query(), id_query: options.id_query() }),
        };
        let mut incoming = self.client.call("/cosi.resource.State/List", &request).await?;
        let mut resources = Vec::new();
        while let Some(message) = incoming.message().await? {
            resources.push(read(decode::<wire::ListResponse>(message)?.resource, "List")?);
        }
        Ok(resources)
    }

    /// Follows all resources of the type.
    ///
    /// # Errors
    /// [`Error::Call`] when the watch cannot be started.
    pub async fn watch(&self, options: &WatchOptions) -> Result<Watch<S>, Error> {
        self.start(None, options).await
    }

    /// Follows one resource; begins with its current state.
    ///
    /// # Errors
    /// [`Error::Call`] when the watch cannot be started.
    pub async fn watch_one(&self, id: &str, options: &WatchOptions) -> Result<Watch<S>, Error> {
        self.start(Some(id.to_owned()), options).await
    }

    async fn start(&self, id: Option<String>, options: &WatchOptions) -> Result<Watch<S>, Error> {
        let request = WatchRequest {
            namespace: self.namespace.clone(),
            r#type: self.type_name.clone(),
            id,
            options: Some(WatchRequestOptions {
                bootstrap_contents: options.bootstrap_contents,
                tail_events: options.tail_events,
                label_query: options.filter.label_query(),
                id_query: options.filter.id_query(),
                aggregated: false,
                start_from_bookmark: options.bookmark.clone(),
                bootstrap_bookmark: options.bootstrap_bookmark,
            }),
            api_version: 1,
        };
        let mut incoming = self.client.call("/cosi.resource.State/Watch", &request).await?;
        // The first message is empty and says that the watch stands.
        if incoming.message().await?.is_none() {
            return Err(Status::internal("watch ended before it was established").into());
        }
        let pending = Vec::new().into_iter();
        Ok(Watch { incoming, pending, bookmark: None, is_over: false, spec: PhantomData })
    }
}

/// Changes as they come. Dropping it ends the watch.
#[must_use = "dropping the watch ends it"]
pub struct Watch<S> {
    incoming: Incoming,
    /// The rest of a message with several events.
    pending: std::vec::IntoIter<WireEvent>,
    bookmark: Option<Bytes>,
    is_over: bool,
    spec: PhantomData<fn() -> S>,
}

impl<S> std::fmt::Debug for Watch<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

impl<S: FromWire> Watch<S> {
    /// The next change; `None` when the node ended the watch.
    ///
    /// [`Error::WatchOverrun`] is the last item of a watch that was too slow; [`Error::Resource`] is about one event and
    /// the watch goes on.
    pub async fn next(&mut self) -> Option<Result<Event<S>, Error>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// The bookmark of the last event, if the node sends any.
    pub fn bookmark(&self) -> Option<&Bytes> {
        self.bookmark.as_ref()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<S>, Error>>> {
        loop {
            if self.is_over {
                return Poll::Ready(None);
            }
            if let Some(event) = self.pending.next() {
                return Poll::Ready(Some(self.read(event)));
            }
            match ready!(self.incoming.poll_message(cx))
                .and_then(|message| message.map(decode::<WatchResponse>).transpose())
            {
                Ok(Some(response)) => self.pending = response.event.into_iter(),
                Ok(None) => self.is_over = true,
                Err(status) => {
                    self.is_over = true;
                    return Poll::Ready((status.code() != Code::Cancelled).then_some(Err(status.into())));
                }
            }
        }
    }

    fn read(&mut self, event: WireEvent) -> Result<Event<S>, Error> {
        if event.bookmark.is_some() {
            self.bookmark = event.bookmark;
        }
        let old = event.old;
        Ok(match event.event_type {
            event_type::CREATED => Event::Created(read(event.resource, "Watch")?),
            event_type::UPDATED => Event::Updated {
                new: read(event.resource, "Watch")?,
                old: old.map(|old| read(Some(old), "Watch").map(Box::new)).transpose()?,
            },
            event_type::DESTROYED => Event::Destroyed(read(event.resource, "Watch")?),
            event_type::BOOTSTRAPPED => Event::Bootstrapped,
            event_type::ERRORED => {
                self.is_over = true;
                return Err(Error::WatchOverrun(event.error.unwrap_or_default()));
            }
            event_type::NOOP => Event::Noop,
            other => {
                self.is_over = true;
                return Err(Status::internal(format!("unsupported event type: {other}")).into());
            }
        })
    }
}

impl<S: FromWire> Stream for Watch<S> {
    type Item = Result<Event<S>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx)
    }
}

fn read<S: FromWire>(resource: Option<wire::Resource>, method: &'static str) -> Result<Resource<S>, Error> {
    let resource = resource.ok_or(Error::Incomplete { method, missing: "resource" })?;
    let metadata = resource.metadata.ok_or(Error::Incomplete { method, missing: "metadata" })?;
    match S::from_wire(resource.spec.unwrap_or_default()) {
        Ok(spec) => Ok(Resource { metadata, spec }),
        Err(source) => Err(Error::Resource { resource: crate::resources::name(&metadata), source }),
    }
}

impl ListOptions {
    fn label_query(&self) -> Option<wire::LabelQuery> {
        use wire::label_term::Operation;
        let terms = self.labels.iter().map(|term| {
            let (key, op, value) = match term {
                LabelTerm::Exists(key) => (key, Operation::Exists, String::new()),
                LabelTerm::NotExists(key) => (key, Operation::NotExists, String::new()),
                LabelTerm::Equal(key, value) => (key, Operation::Equal, value.clone()),
            };
            wire::LabelTerm { key: key.clone(), op: op as i32, value }
        });
        (!self.labels.is_empty()).then(|| wire::LabelQuery { terms: terms.collect() })
    }

    fn id_query(&self) -> Option<wire::IdQuery> {
        self.id_pattern.as_ref().map(|pattern| wire::IdQuery { regexp: pattern.clone() })
    }
}

// The watch messages with the fields of later versions: they are understood from any node and sent when asked for.

#[derive(Clone, PartialEq, prost::Message)]
struct WatchRequest {
    #[prost(string, tag = "1")]
    namespace: String,
    #[prost(string, tag = "2")]
    r#type: String,
    #[prost(string, optional, tag = "3")]
    id: Option<String>,
    #[prost(message, optional, tag = "4")]
    options: Option<WatchRequestOptions>,
    #[prost(int32, tag = "5")]
    api_version: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WatchRequestOptions {
    #[prost(bool, tag = "1")]
    bootstrap_contents: bool,
    #[prost(int32, tag = "2")]
    tail_events: i32,
    #[prost(message, optional, tag = "3")]
    label_query: Option<wire::LabelQuery>,
    #[prost(message, optional, tag = "4")]
    id_query: Option<wire::IdQuery>,
    #[prost(bool, tag = "5")]
    aggregated: bool,
    #[prost(bytes = "bytes", optional, tag = "6")]
    start_from_bookmark: Option<Bytes>,
    #[prost(bool, tag = "7")]
    bootstrap_bookmark: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WatchResponse {
    #[prost(message, repeated, tag = "1")]
    event: Vec<WireEvent>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WireEvent {
    #[prost(message, optional, tag = "1")]
    resource: Option<wire::Resource>,
    #[prost(int32, tag = "2")]
    event_type: i32,
    #[prost(message, optional, tag = "3")]
    old: Option<wire::Resource>,
    #[prost(string, optional, tag = "4")]
    error: Option<String>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    bookmark: Option<Bytes>,
}
