//! Any bytes as requests about resources: each is answered or refused, and what is listed is what the query means.
#![no_main]

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use futures_core::Stream;
use libfuzzer_sys::fuzz_target;
use prost::Message;
use talos_api::proto::cosi::resource::state_server::State;
use talos_api::proto::cosi::resource::{CreateRequest, ListRequest, UpdateRequest, WatchRequest};
use talos_api::resources::network::{HostnameStatusSpec, HostnameStatuses};
use talos_node::cosi::{Query, Resource, Store};
use talos_node::server::cosi_state::{StateService, Unrestricted};
use talos_pki::clock::FixedClock;
use tonic::Request;

const TYPE: &str = "HostnameStatuses.net.talos.dev";

fn store() -> Store {
    let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
    for (id, label) in [("hostname", "a"), ("host", "b"), ("", "")] {
        let mut resource = Resource::of::<HostnameStatuses>(id, HostnameStatusSpec::default());
        resource.metadata_mut().labels.insert(label.into(), "1".into());
        store.create(resource, "").expect("it is new");
    }
    store
}

/// What is only read is made once.
static KNOWN: LazyLock<Store> = LazyLock::new(store);

/// Answers here never wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let service = StateService::new(KNOWN.clone(), Unrestricted);
    match kind % 4 {
        0 => {
            let Ok(mut request) = ListRequest::decode(rest) else { return };
            (request.namespace, request.r#type) = ("network".into(), TYPE.into());
            let terms = request.options.as_ref().and_then(|options| options.label_query.as_ref());
            let is_free = terms.is_none_or(|labels| labels.terms.is_empty())
                && request.options.as_ref().is_none_or(|options| options.id_query.is_none());
            let Ok(reply) = now(service.list(Request::new(request))) else { return };
            let mut stream = reply.into_inner();
            let mut count = 0;
            while let Some(found) = now(poll_fn(|context| stream.as_mut().poll_next(context))) {
                assert!(found.expect("it is there").resource.is_some());
                count += 1;
            }
            assert!(count <= 3 && (!is_free || count == KNOWN.list("network", TYPE, &Query::default()).len()));
        }
        1 => {
            let Ok(mut request) = WatchRequest::decode(rest) else { return };
            (request.namespace, request.r#type) = ("network".into(), TYPE.into());
            let Ok(reply) = now(service.watch(Request::new(request))) else { return };
            let mut stream = reply.into_inner();
            // The first message is that the watch stands.
            let first = Pin::new(&mut stream).poll_next(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(first, Poll::Ready(Some(Ok(_)))));
        }
        2 => {
            let Ok(request) = CreateRequest::decode(rest) else { return };
            let service = StateService::new(store(), Unrestricted);
            let Ok(reply) = now(service.create(Request::new(request))) else { return };
            let again = CreateRequest { resource: reply.into_inner().resource, options: None };
            assert!(now(service.create(Request::new(again))).is_err(), "it exists");
        }
        _ => {
            let Ok(request) = UpdateRequest::decode(rest) else { return };
            let service = StateService::new(store(), Unrestricted);
            // Both are right: it may be there, in that version.
            let _ = now(service.update(Request::new(request)));
        }
    }
});
