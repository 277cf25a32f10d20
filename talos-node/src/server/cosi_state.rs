//! The service that shows and changes resources.
//!
//! What callers may do is asked of an [`Access`]; the service itself treats all alike, so the one that a node serves and one
//! without rules are the same code.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use http::Extensions;
use talos_api::proto::cosi::resource as wire;
use talos_api::proto::cosi::resource::state_server::State;
use talos_api::server::failure;
use tonic::{Code, Request, Response, Status};

use crate::cosi::metadata::tombstone;
use crate::cosi::query::Term;
use crate::cosi::store::Error;
use crate::cosi::watch::{Event, Notice, Start};
use crate::cosi::{Query, Reference, Resource, Store, Watch};

/// What is to be done with resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Show one.
    Get,
    /// Show all of a type.
    List,
    /// Tell what happens to them.
    Watch,
    /// Add one.
    Create,
    /// Write one again.
    Update,
    /// Take one away.
    Destroy,
}

impl Verb {
    /// Whether it changes something.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Destroy)
    }
}

/// Who may do what.
pub trait Access: Send + Sync + 'static {
    /// Whether a caller may; `caller` is what the connection and the router know about the call.
    ///
    /// # Errors
    /// The status that the call is refused with.
    fn check(&self, verb: Verb, namespace: &str, type_name: &str, caller: &Extensions) -> Result<(), Status>;
}

/// Everybody may do everything: for a store that stands alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unrestricted;

impl Access for Unrestricted {
    fn check(&self, _: Verb, _: &str, _: &str, _: &Extensions) -> Result<(), Status> {
        Ok(())
    }
}

/// The service over a store.
#[derive(Clone, Debug)]
pub struct StateService<A> {
    store: Store,
    access: A,
}

impl<A: Access> StateService<A> {
    /// Serves a store under rules.
    pub fn new(store: Store, access: A) -> Self {
        Self { store, access }
    }
}

/// What is streamed: each item is asked for when the one before it is on its way.
type Streaming<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl<A: Access> State for StateService<A> {
    async fn get(&self, request: Request<wire::GetRequest>) -> Result<Response<wire::GetResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        self.access.check(Verb::Get, &request.namespace, &request.r#type, &extensions)?;
        let found = self.store.get(&Reference::new(request.namespace, request.r#type, request.id)).map_err(refused)?;
        Ok(Response::new(wire::GetResponse { resource: Some(found.to_wire()) }))
    }

    type ListStream = Streaming<wire::ListResponse>;

    async fn list(&self, request: Request<wire::ListRequest>) -> Result<Response<Self::ListStream>, Status> {
        let (_, extensions, request) = request.into_parts();
        self.access.check(Verb::List, &request.namespace, &request.r#type, &extensions)?;
        let options = request.options.unwrap_or_default();
        let query = query(options.label_query, options.id_query)?;
        let found = self.store.list(&request.namespace, &request.r#type, &query).into_iter();
        let replies = found.map(|resource| Ok(wire::ListResponse { resource: Some(resource.to_wire()) }));
        Ok(Response::new(Box::pin(Each(replies))))
    }

    async fn create(&self, request: Request<wire::CreateRequest>) -> Result<Response<wire::CreateResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        let resource = self.read(Verb::Create, request.resource, &extensions)?;
        let owner = request.options.unwrap_or_default().owner;
        let made = self.store.create(resource, &owner).map_err(|error| match error {
            Error::Exists { .. } => failure::status(Code::AlreadyExists, &error),
            error => refused(error),
        })?;
        Ok(Response::new(wire::CreateResponse { resource: Some(made.to_wire()) }))
    }

    async fn update(&self, request: Request<wire::UpdateRequest>) -> Result<Response<wire::UpdateResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        let resource = self.read(Verb::Update, request.new_resource, &extensions)?;
        let options = request.options.unwrap_or_default();
        let expected = options.expected_phase.map(|phase| phase.parse()).transpose();
        let expected = expected.map_err(|error| failure::status(Code::Unknown, &error))?;
        let written = self.store.update(resource, &options.owner, expected).map_err(refused)?;
        Ok(Response::new(wire::UpdateResponse { resource: Some(written.to_wire()) }))
    }

    async fn destroy(&self, request: Request<wire::DestroyRequest>) -> Result<Response<wire::DestroyResponse>, Status> {
        let (_, extensions, request) = request.into_parts();
        self.access.check(Verb::Destroy, &request.namespace, &request.r#type, &extensions)?;
        let reference = Reference::new(request.namespace, request.r#type, request.id);
        self.store.destroy(&reference, &request.options.unwrap_or_default().owner).map_err(refused)?;
        Ok(Response::new(wire::DestroyResponse {}))
    }

    type WatchStream = Streaming<wire::WatchResponse>;

    async fn watch(&self, request: Request<wire::WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let (_, extensions, request) = request.into_parts();
        self.access.check(Verb::Watch, &request.namespace, &request.r#type, &extensions)?;
        // Sources: `cosi-project/runtime` v0.3.1, the server of the state, which fails on a request without options.
        let options = request.options.unwrap_or_default();
        let tail = u32::try_from(options.tail_events).unwrap_or_default();
        let watch = match &request.id {
            Some(_) if options.bootstrap_contents => {
                return Err(Status::unimplemented("bootstrap contents is not implemented for resource watch"));
            }
            Some(_) if options.label_query.is_some() => {
                return Err(Status::unimplemented("label query is not implemented for resource watch"));
            }
            Some(id) => self.store.watch(&Reference::new(request.namespace, request.r#type, id), tail),
            None => {
                let start = match (options.bootstrap_contents, tail) {
                    (true, 0) => Start::Contents,
                    (true, _) => {
                        return Err(Status::unknown("bootstrap contents and tail events exclude each other"));
                    }
                    (false, 0) => Start::Now,
                    (false, tail) => Start::Tail(tail),
                };
                let query = query(options.label_query, options.id_query)?;
                self.store.watch_all(&request.namespace, &request.r#type, query, start)
            }
        };
        let is_aggregated = options.aggregated && request.id.is_none();
        Ok(Response::new(Box::pin(Telling::new(watch, request.id, is_aggregated, request.api_version))))
    }
}

impl<A: Access> StateService<A> {
    /// The resource of a request that wants to write it.
    fn read(&self, verb: Verb, resource: Option<wire::Resource>, caller: &Extensions) -> Result<Resource, Status> {
        let resource = resource.unwrap_or_default();
        let metadata = resource.metadata.as_ref();
        let (namespace, type_name) = metadata.map_or(("", ""), |metadata| (&metadata.namespace, &metadata.r#type));
        self.access.check(verb, namespace, type_name, caller)?;
        Resource::from_wire(resource).map_err(|error| failure::status(Code::Unknown, &error))
    }
}

/// The status of a change that the store refused.
fn refused(error: Error) -> Status {
    let code = match error {
        Error::NotFound { .. } => Code::NotFound,
        Error::Owner { .. } => Code::PermissionDenied,
        Error::Phase { .. } => Code::InvalidArgument,
        Error::Exists { .. } | Error::Version { .. } | Error::Finalizers { .. } => Code::FailedPrecondition,
        Error::OwnerSet { .. } => Code::Unknown,
    };
    failure::status(code, &error)
}

/// A query as a peer asks it.
fn query(labels: Option<wire::LabelQuery>, id: Option<wire::IdQuery>) -> Result<Query, Status> {
    use wire::label_term::Operation;
    let mut query = Query::default();
    for term in labels.unwrap_or_default().terms {
        let Ok(operation) = Operation::try_from(term.op) else {
            return Err(Status::unimplemented(format!("unsupported label query operator: {}", term.op)));
        };
        query = query.label(match operation {
            Operation::Exists => Term::Exists(term.key),
            Operation::NotExists => Term::NotExists(term.key),
            Operation::Equal => Term::Equal(term.key, term.value),
        });
    }
    match id {
        None => Ok(query),
        Some(id) => {
            query.id(&id.regexp).map_err(|error| Status::invalid_argument(format!("failed to compile regexp: {error}")))
        }
    }
}

/// Messages that are there already.
struct Each<I>(I);

impl<T, I: Iterator<Item = Result<T, Status>> + Unpin> Stream for Each<I> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next())
    }
}

type Waiting = Pin<Box<dyn Future<Output = (Watch, Vec<Notice>)> + Send>>;

/// What a watch says, as messages. The first one is empty: the watch stands.
struct Telling {
    waiting: Waiting,
    ready: std::vec::IntoIter<Vec<wire::Event>>,
    /// The watched resource, if it is one.
    one: Option<Reference>,
    is_aggregated: bool,
    /// The peer knows neither marks nor errors.
    is_old: bool,
}

impl Telling {
    fn new(watch: Watch, id: Option<String>, is_aggregated: bool, api_version: i32) -> Self {
        let (namespace, type_name) = watch.subject();
        let one = id.map(|id| Reference::new(namespace, type_name, id));
        let ready = vec![Vec::new()].into_iter();
        Self { waiting: wait(watch), ready, one, is_aggregated, is_old: api_version < 1 }
    }

    fn event(&self, notice: Notice, subject: (&str, &str)) -> Option<wire::Event> {
        use wire::EventType as Type;
        let event = |kind: Type, resource: &Resource| wire::Event {
            event_type: kind.into(),
            resource: Some(resource.to_wire()),
            ..wire::Event::default()
        };
        Some(match notice {
            Notice::Event(Event::Created(new)) => event(Type::Created, &new),
            Notice::Event(Event::Destroyed(old)) => event(Type::Destroyed, &old),
            Notice::Event(Event::Updated { new, old }) => {
                wire::Event { old: Some(old.to_wire()), ..event(Type::Updated, &new) }
            }
            Notice::Absent => wire::Event {
                event_type: Type::Destroyed.into(),
                resource: self.one.as_ref().map(tombstone),
                ..wire::Event::default()
            },
            Notice::Bootstrapped | Notice::Overrun if self.is_old => return None,
            Notice::Bootstrapped => wire::Event { event_type: Type::Bootstrapped.into(), ..wire::Event::default() },
            Notice::Overrun => wire::Event {
                event_type: Type::Errored.into(),
                error: Some(format!("buffer overrun: namespace {:?} type {:?}", subject.0, subject.1)),
                ..wire::Event::default()
            },
        })
    }
}

fn wait(mut watch: Watch) -> Waiting {
    Box::pin(async move {
        let notices = watch.next().await;
        (watch, notices)
    })
}

impl Stream for Telling {
    type Item = Result<wire::WatchResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(event) = self.ready.next() {
                return Poll::Ready(Some(Ok(wire::WatchResponse { event })));
            }
            let Poll::Ready((watch, notices)) = self.waiting.as_mut().poll(cx) else { return Poll::Pending };
            let events = notices.into_iter().filter_map(|notice| self.event(notice, watch.subject()));
            let messages =
                if self.is_aggregated { vec![events.collect()] } else { events.map(|event| vec![event]).collect() };
            self.ready = messages.into_iter();
            self.waiting = wait(watch);
        }
    }
}
