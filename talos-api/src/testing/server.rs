//! gRPC over HTTP/2 over TLS, as far as a scripted node needs it.

use std::sync::Arc;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tonic::{Code, Status};

use super::handler;
use super::node::Shared;
use crate::grpc::{Deframer, MAX_MESSAGE_SIZE, frame, status};

/// Accepts connections until it is dropped.
pub(super) async fn listen(
    listener: TcpListener,
    name: &'static str,
    config: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A peer that left again before it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, name, config.clone(), shared.clone()));
            }
            // Only takes note of ended connections.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, name: &'static str, config: Option<Arc<ServerConfig>>, shared: Arc<Shared>) {
    // Neither failing is worth more than losing the connection, which the client sees.
    let _ = stream.set_nodelay(true);
    match config {
        None => exchange_all(stream, name, shared).await,
        Some(config) => {
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                exchange_all(stream, name, shared).await;
            }
        }
    }
}

async fn exchange_all<S>(stream: S, name: &'static str, shared: Arc<Shared>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let handshake = h2::server::Builder::new()
        .initial_window_size(1 << 20)
        .initial_connection_window_size(1 << 20)
        .max_send_buffer_size(1 << 20)
        .handshake(stream)
        .await;
    let Ok(mut connection) = handshake else { return };
    let mut calls = JoinSet::new();
    while let Some(Ok((request, respond))) = connection.accept().await {
        let path = request.uri().path().to_owned();
        let (parts, receive) = request.into_parts();
        let mut exchange = Exchange {
            headers: parts.headers,
            receive,
            deframer: Deframer::new(2 * MAX_MESSAGE_SIZE),
            sending: Sending::Nothing(respond),
        };
        let shared = shared.clone();
        calls.spawn(async move {
            let outcome = handler::serve(&shared, name, &path, &mut exchange).await;
            exchange.finish(outcome);
        });
        while calls.try_join_next().is_some() {}
    }
}

/// One call: metadata and messages in, messages and a status out.
pub(super) struct Exchange {
    headers: HeaderMap,
    receive: RecvStream,
    deframer: Deframer,
    sending: Sending,
}

enum Sending {
    Nothing(SendResponse<Bytes>),
    Messages(SendStream<Bytes>),
    Over,
}

impl Exchange {
    /// All values of a metadata key.
    pub(super) fn metadata(&self, key: &str) -> Vec<String> {
        let values = self.headers.get_all(key).into_iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    }

    /// The next request message.
    pub(super) async fn receive(&mut self) -> Result<Option<Vec<u8>>, Status> {
        loop {
            match self.deframer.next() {
                Ok(Some(message)) => return Ok(Some(message.into())),
                Err(error) => return Err(Status::internal(format!("{error:?}"))),
                Ok(None) => {}
            }
            match self.receive.data().await {
                Some(Ok(chunk)) => {
                    // Fails only when the stream is over, which the next look tells.
                    let _ = self.receive.flow_control().release_capacity(chunk.len());
                    self.deframer.push(chunk);
                }
                Some(Err(error)) => return Err(Status::cancelled(error.to_string())),
                None => return Ok(None),
            }
        }
    }

    /// Sends a reply message, as fast as the client takes it.
    pub(super) async fn send(&mut self, message: Vec<u8>) -> Result<(), Status> {
        self.send_framed(frame(&message)).await
    }

    /// Sends messages that are framed already.
    pub(super) async fn send_framed(&mut self, mut rest: Bytes) -> Result<(), Status> {
        if let Sending::Nothing(respond) = &mut self.sending {
            let stream = respond.send_response(head(), false).map_err(gone)?;
            self.sending = Sending::Messages(stream);
        }
        let Sending::Messages(stream) = &mut self.sending else { return Err(Status::cancelled("call is over")) };
        while !rest.is_empty() {
            stream.reserve_capacity(rest.len());
            match std::future::poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(Ok(capacity)) => stream.send_data(rest.split_to(capacity.min(rest.len())), false).map_err(gone)?,
                Some(Err(error)) => return Err(gone(error)),
                None => return Err(Status::cancelled("call is over")),
            }
        }
        Ok(())
    }

    /// Waits until the client ends the call.
    pub(super) async fn closed(&mut self) {
        // An error is an end, too.
        let _ = match &mut self.sending {
            Sending::Nothing(respond) => std::future::poll_fn(|cx| respond.poll_reset(cx)).await,
            Sending::Messages(stream) => std::future::poll_fn(|cx| stream.poll_reset(cx)).await,
            Sending::Over => return,
        };
    }

    /// Ends the call with a status.
    pub(super) fn finish(&mut self, outcome: Result<(), Status>) {
        let status = outcome.err().unwrap_or_else(|| Status::new(Code::Ok, ""));
        let trailers = status::to_trailers(&status);
        // A client that is gone needs no status.
        match std::mem::replace(&mut self.sending, Sending::Over) {
            Sending::Nothing(mut respond) => {
                let mut response = head();
                response.headers_mut().extend(trailers);
                let _ = respond.send_response(response, true);
            }
            Sending::Messages(mut stream) => {
                let _ = stream.send_trailers(trailers);
            }
            Sending::Over => {}
        }
    }
}

fn head() -> Response<()> {
    let mut response = Response::new(());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

fn gone(error: h2::Error) -> Status {
    Status::cancelled(error.to_string())
}
