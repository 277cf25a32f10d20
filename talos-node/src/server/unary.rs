//! Calls from functions: of one message, to one or to a stream of them.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use futures_core::Stream;
use http::{Request, Response};
use prost::Message;
use tonic::body::Body;
use tonic::server::{ClientStreamingService, Grpc, ServerStreamingService, UnaryService};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;

/// Largest request, in bytes, of services that do not say otherwise: the default of the reference's library.
const MAX_REQUEST: usize = 4 << 20;

/// Answers a call with a function of its message.
pub(crate) async fn unary<Q, A, F, R>(request: Request<Body>, function: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(Q) -> R + Send,
    R: Future<Output = Result<A, Status>> + Send,
{
    unary_within(request, MAX_REQUEST, function).await
}

/// Answers a call with a function of its message, which has so many bytes at most.
pub(crate) async fn unary_within<Q, A, F, R>(request: Request<Body>, limit: usize, function: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(Q) -> R + Send,
    R: Future<Output = Result<A, Status>> + Send,
{
    let codec = ProstCodec::<A, Q>::default();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(limit);
    grpc.unary(Function { function, types: PhantomData }, request).await
}

/// Answers a call with a stream that a function makes of its message.
pub(crate) async fn streaming<Q, A, F, R, S>(request: Request<Body>, function: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(Q) -> R + Send,
    R: Future<Output = Result<S, Status>> + Send,
    S: Stream<Item = Result<A, Status>> + Send + 'static,
{
    let codec = ProstCodec::<A, Q>::default();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(MAX_REQUEST);
    grpc.server_streaming(Function { function, types: PhantomData::<fn() -> S> }, request).await
}

/// Answers a call with a function of the stream of its messages.
pub(crate) async fn upload<Q, A, F, R>(request: Request<Body>, function: F) -> Response<Body>
where
    Q: Message + Default + Send + 'static,
    A: Message + Default + Send + 'static,
    F: Fn(Streaming<Q>) -> R + Send,
    R: Future<Output = Result<A, Status>> + Send,
{
    let codec = ProstCodec::<A, Q>::default();
    let mut grpc = Grpc::new(codec).max_decoding_message_size(MAX_REQUEST);
    grpc.client_streaming(Function { function, types: PhantomData }, request).await
}

struct Function<F, A> {
    function: F,
    types: PhantomData<fn() -> A>,
}

/// The function's future, with its answer wrapped.
struct Answering<R>(Pin<Box<R>>);

impl<A, R: Future<Output = Result<A, Status>>> Future for Answering<R> {
    type Output = Result<tonic::Response<A>, Status>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(|answer| answer.map(tonic::Response::new))
    }
}

impl<Q, A, F, R> UnaryService<Q> for Function<F, A>
where
    F: Fn(Q) -> R,
    R: Future<Output = Result<A, Status>>,
{
    type Response = A;
    type Future = Answering<R>;

    fn call(&mut self, request: tonic::Request<Q>) -> Self::Future {
        Answering(Box::pin((self.function)(request.into_inner())))
    }
}

impl<Q, A, F, R> ClientStreamingService<Q> for Function<F, A>
where
    F: Fn(Streaming<Q>) -> R,
    R: Future<Output = Result<A, Status>>,
{
    type Response = A;
    type Future = Answering<R>;

    fn call(&mut self, request: tonic::Request<Streaming<Q>>) -> Self::Future {
        Answering(Box::pin((self.function)(request.into_inner())))
    }
}

impl<Q, A, F, R, S> ServerStreamingService<Q> for Function<F, S>
where
    F: Fn(Q) -> R,
    R: Future<Output = Result<S, Status>>,
    S: Stream<Item = Result<A, Status>>,
{
    type Response = A;
    type ResponseStream = S;
    type Future = Answering<R>;

    fn call(&mut self, request: tonic::Request<Q>) -> Self::Future {
        Answering(Box::pin((self.function)(request.into_inner())))
    }
}
