//! A discovery service: tells the nodes of each cluster what the others told it.
//!
//! It speaks gRPC without TLS and keeps everything in memory, for half an hour at most. What it is told is sealed; whoever
//! knows the id of a cluster can see how many nodes it has, and where they call from. There is a bound on everything that
//! a caller can make it keep, and each address may call so often: 15 times a second, after 60 calls at once.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use http::{Request, Response};
use talos_api::proto::sidero::discovery::server::{
    AffiliateDeleteRequest, AffiliateDeleteResponse, AffiliateUpdateRequest, AffiliateUpdateResponse, HelloRequest,
    HelloResponse, ListRequest, ListResponse, WatchRequest, WatchResponse,
};
use talos_api::server::failure;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;

use super::affiliate::octets;
use super::clusters::{Clusters, check_cluster};
use super::method;
use crate::server::budget::Place;
use crate::server::listener;
use crate::server::transport::{self, Handler, Incoming, Limits};
use crate::server::unary::{streaming, unary_within};

/// How often it is looked for what can be forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// What callers may take. Each node has a connection on which it watches.
const LIMITS: Limits = Limits { busy: 4096, ..Limits::SMALL };

/// Largest request, in bytes: ids, data and all endpoints that a node may have come to less than five thousand.
const MAX_REQUEST: usize = 16 << 10;

/// How long running calls are waited for when the service ends.
const GRACE: Duration = Duration::from_secs(1);

/// Calls of one address that are answered at once, and how long it takes until it may make one more.
const BURST: u32 = 60;
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 15);

/// A discovery service. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Server {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    clusters: Mutex<Clusters>,
    callers: Mutex<HashMap<IpAddr, Instant>>,
}

impl Shared {
    fn clusters(&self) -> MutexGuard<'_, Clusters> {
        self.clusters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long a caller has to wait until its next call is answered.
    fn pause(&self, caller: IpAddr, now: Instant) -> Duration {
        let mut callers = self.callers();
        // When the caller will have all of its calls at once again.
        let rested = callers.entry(caller).or_insert(now);
        *rested = (*rested).max(now) + INTERVAL;
        rested.duration_since(now).saturating_sub(INTERVAL * BURST)
    }

    fn forget(&self, now: Instant) {
        self.clusters().forget(now);
        self.callers().retain(|_, rested| *rested > now);
    }
}

impl Server {
    /// A service that nobody has told anything yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves connections until `stop`; then running calls have a second.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) {
        let connection = |stream, caller: SocketAddr, place| {
            let caller = Caller { shared: self.shared.clone(), address: caller.ip().to_canonical() };
            connection(stream, caller, place, stop.clone())
        };
        tokio::select! {
            () = listener::accept(listener, &LIMITS, GRACE, &stop, connection) => {}
            // Cancel-safe: it never ends by itself.
            () = self.sweep() => {}
        }
    }

    /// Forgets what is over, again and again.
    async fn sweep(&self) {
        let mut sweeps = interval(SWEEP);
        sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            sweeps.tick().await;
            self.shared.forget(Instant::now());
        }
    }
}

async fn connection(stream: TcpStream, caller: Caller, place: Place, stop: CancellationToken) {
    // Failing is worth no more than the connection, which the peer sees.
    let _ = stream.set_nodelay(true);
    tokio::select! {
        _ = transport::serve_in(Some(&place), stream, caller, &LIMITS, &stop) => {}
        // Cancel-safe: the service ends. Watchers would keep the connection for ever.
        () = stop.cancelled() => {}
    }
}

/// The service as one caller sees it.
#[derive(Clone)]
struct Caller {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Handler for Caller {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let request = request.map(Body::new);
        let path = request.uri().path().to_owned();
        let pause = self.shared.pause(self.address, Instant::now());
        tokio::time::sleep(pause).await;
        match path.as_str() {
            method::HELLO => unary_within(request, MAX_REQUEST, async |request| self.hello(&request)).await,
            method::AFFILIATE_UPDATE => unary_within(request, MAX_REQUEST, async |request| self.update(request)).await,
            method::AFFILIATE_DELETE => unary_within(request, MAX_REQUEST, async |request| self.delete(&request)).await,
            method::LIST => unary_within(request, MAX_REQUEST, async |request| self.list(&request)).await,
            method::WATCH => streaming(request, async |request| self.watch(&request)).await,
            _ => failure::not_registered(&path, path.starts_with("/sidero.discovery.server.Cluster/")).into_http(),
        }
    }
}

impl Caller {
    fn hello(&self, request: &HelloRequest) -> Result<HelloResponse, Status> {
        check_cluster(&request.cluster_id)?;
        Ok(HelloResponse { client_ip: octets(self.address), ..HelloResponse::default() })
    }

    fn update(&self, request: AffiliateUpdateRequest) -> Result<AffiliateUpdateResponse, Status> {
        self.shared.clusters().update(request, Instant::now())?;
        Ok(AffiliateUpdateResponse {})
    }

    fn delete(&self, request: &AffiliateDeleteRequest) -> Result<AffiliateDeleteResponse, Status> {
        self.shared.clusters().delete(&request.cluster_id, &request.affiliate_id)?;
        Ok(AffiliateDeleteResponse {})
    }

    fn list(&self, request: &ListRequest) -> Result<ListResponse, Status> {
        Ok(ListResponse { affiliates: self.shared.clusters().list(&request.cluster_id)? })
    }

    fn watch(&self, request: &WatchRequest) -> Result<Changes, Status> {
        let (affiliates, changes) = self.shared.clusters().watch(&request.cluster_id)?;
        Ok(Changes { first: Some(WatchResponse { affiliates, deleted: false }), next: Some(next(changes)) })
    }
}

/// All that is known, then what changes.
struct Changes {
    first: Option<WatchResponse>,
    /// The next change, and where those after it come from; nothing when the watcher fell behind.
    next: Option<Next>,
}

type Next =
    Pin<Box<dyn Future<Output = (Result<WatchResponse, RecvError>, broadcast::Receiver<WatchResponse>)> + Send>>;

fn next(mut changes: broadcast::Receiver<WatchResponse>) -> Next {
    Box::pin(async move { (changes.recv().await, changes) })
}

impl Stream for Changes {
    type Item = Result<WatchResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(waiting) = &mut self.next else { return Poll::Ready(None) };
        let Poll::Ready((change, changes)) = waiting.as_mut().poll(cx) else { return Poll::Pending };
        let (item, following) = match change {
            Ok(change) => (Some(Ok(change)), Some(next(changes))),
            // It has to look at all of it again.
            Err(RecvError::Lagged(_)) => (Some(Err(Status::aborted("subscription canceled: lost update"))), None),
            Err(RecvError::Closed) => (None, None),
        };
        self.next = following;
        Poll::Ready(item)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use talos_api::proto::sidero::discovery::server::Affiliate;
    use tonic::Code;

    use super::*;
    use crate::peer::{Dial, Peer};

    /// A service, and a connection to it from an address.
    async fn connected(own: [u8; 4]) -> (CancellationToken, Peer) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        tokio::spawn(async move { Server::new().serve(listener, stopping).await });
        let (host, own) = (address.ip().to_string(), Some(own.into()));
        let dial = Dial { host, port: address.port(), tls: None, own, keepalive: None };
        (stop, Peer::connect(&dial).await.unwrap())
    }

    fn update(id: &str, data: &[u8]) -> tonic::Request<AffiliateUpdateRequest> {
        let request = AffiliateUpdateRequest {
            cluster_id: "c".into(),
            affiliate_id: id.into(),
            affiliate_data: Some(data.to_vec()),
            ttl: Some(prost_types::Duration { seconds: 60, nanos: 0 }),
            ..AffiliateUpdateRequest::default()
        };
        tonic::Request::new(request)
    }

    #[tokio::test]
    async fn a_watcher_sees_everything_and_then_what_changes() {
        let (stop, peer) = connected([127, 0, 0, 9]).await;
        let hello = HelloRequest { cluster_id: "c".into(), client_version: "v1.5.5".into() };
        let hello: HelloResponse = peer.unary(method::HELLO, tonic::Request::new(hello)).await.unwrap();
        assert_eq!((hello.client_ip, hello.redirect), (vec![127, 0, 0, 9], None));
        let AffiliateUpdateResponse {} = peer.unary(method::AFFILIATE_UPDATE, update("a", b"1")).await.unwrap();
        let watch = WatchRequest { cluster_id: "c".into() };
        let mut changes = peer.streaming::<_, WatchResponse>(method::WATCH, watch).await.unwrap();
        let affiliate =
            |id: &str, data: &[u8]| Affiliate { id: id.into(), data: data.to_vec(), ..Affiliate::default() };
        let snapshot = changes.message().await.unwrap().unwrap();
        assert_eq!(snapshot.affiliates, [affiliate("a", b"1")]);
        let AffiliateUpdateResponse {} = peer.unary(method::AFFILIATE_UPDATE, update("b", b"2")).await.unwrap();
        assert_eq!(changes.message().await.unwrap().unwrap().affiliates, [affiliate("b", b"2")]);
        let gone = AffiliateDeleteRequest { cluster_id: "c".into(), affiliate_id: "a".into() };
        let AffiliateDeleteResponse {} = peer.unary(method::AFFILIATE_DELETE, tonic::Request::new(gone)).await.unwrap();
        let change = changes.message().await.unwrap().unwrap();
        assert_eq!((change.deleted, change.affiliates), (true, vec![affiliate("a", b"")]));
        let all: ListResponse =
            peer.unary(method::LIST, tonic::Request::new(ListRequest { cluster_id: "c".into() })).await.unwrap();
        assert_eq!(all.affiliates, [affiliate("b", b"2")]);
        stop.cancel();
        assert!(changes.message().await.is_err(), "the service ends at once, also for those who watch");
    }

    #[tokio::test]
    async fn who_watches_without_reading_has_to_begin_again() {
        let (_stop, peer) = connected([127, 0, 0, 9]).await;
        let shared = Arc::new(Shared::default());
        let caller = Caller { shared, address: Ipv4Addr::LOCALHOST.into() };
        let mut changes = Box::pin(caller.watch(&WatchRequest { cluster_id: "c".into() }).unwrap());
        for number in 0..40 {
            caller.update(update(&number.to_string(), b"x").into_inner()).unwrap();
        }
        let mut next = async || std::future::poll_fn(|cx| changes.as_mut().poll_next(cx)).await;
        assert!(next().await.unwrap().unwrap().affiliates.is_empty());
        let lost = next().await.unwrap().unwrap_err();
        assert_eq!((lost.code(), lost.message()), (Code::Aborted, "subscription canceled: lost update"));
        assert!(next().await.is_none());
        let unknown: Result<HelloResponse, _> =
            peer.unary("/sidero.discovery.server.Cluster/Other", tonic::Request::new(HelloRequest::default())).await;
        assert_eq!(unknown.unwrap_err().code(), Code::Unimplemented);
    }

    #[test]
    fn who_calls_too_often_has_to_wait() {
        let shared = Shared::default();
        let (caller, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let now = Instant::now();
        for _ in 0..60 {
            assert_eq!(shared.pause(caller, now), Duration::ZERO);
        }
        assert_eq!(shared.pause(caller, now), INTERVAL);
        assert_eq!(shared.pause(caller, now), INTERVAL * 2);
        assert_eq!(shared.pause(other, now), Duration::ZERO);
        assert_eq!(shared.pause(caller, now + Duration::from_secs(10)), Duration::ZERO);
        shared.forget(now + Duration::from_secs(60));
        assert!(shared.callers().is_empty());
    }
}
