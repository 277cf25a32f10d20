//! Answers of several nodes as one.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Response};
use http_body::{Body as _, Frame};
use talos_api::grpc::{Deframer, MAX_MESSAGE_SIZE, frame, status};
use talos_api::server::aggregate::{append_answer, append_failure, stream_failure, stream_message};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::body::Body;
use tonic::{Code, Status};

/// Messages of all nodes that wait for the client; a slow one slows the nodes.
const WAITING: usize = 16;

/// All bytes of a request.
///
/// # Errors
/// When there are too many, or when they end before they should.
pub async fn whole(body: Body) -> Result<Bytes, Status> {
    let mut body = Box::pin(body);
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            if bytes.len() + data.len() > MAX_MESSAGE_SIZE {
                return Err(Status::resource_exhausted("the request is larger than 32 MiB"));
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.freeze())
}

/// A request that has these bytes.
pub fn once(bytes: Bytes) -> Body {
    Body::new(Pieces(Some(bytes).into_iter()))
}

struct Pieces(std::option::IntoIter<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Reads an answer message by message.
struct Answer {
    body: Pin<Box<Body>>,
    deframer: Deframer,
    status: Option<Status>,
}

impl Answer {
    fn new(response: Response<Body>) -> Self {
        let status = status::from_trailers(response.headers());
        Self { body: Box::pin(response.into_body()), deframer: Deframer::new(MAX_MESSAGE_SIZE), status }
    }

    /// The next message; at the end, how the call went.
    async fn next(&mut self) -> Result<Bytes, Status> {
        loop {
            match self.deframer.next() {
                Ok(Some(message)) => return Ok(message),
                Ok(None) => {}
                Err(error) => return Err(Status::resource_exhausted(error.to_string())),
            }
            if let Some(status) = self.status.take() {
                return Err(status);
            }
            match poll_fn(|cx| self.body.as_mut().poll_frame(cx)).await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.deframer.push(data),
                    Err(frame) => {
                        self.status = frame.into_trailers().ok().and_then(|last| status::from_trailers(&last))
                    }
                },
                Some(Err(status)) => return Err(status),
                None => return Err(Status::internal("server closed the stream without sending trailers")),
            }
        }
    }
}

type Calls<F> = (String, F);

/// One message with an element for each node, in order of arrival.
pub async fn unary<F>(calls: impl Iterator<Item = Calls<F>>) -> Response<Body>
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (target, call) in calls {
        tasks.spawn(async move {
            let answer = Answer::new(call.await).next().await;
            (target, answer)
        });
    }
    let mut merged = BytesMut::new();
    while let Some(done) = tasks.join_next().await {
        let Ok((target, answer)) = done else { continue };
        match answer {
            Ok(answer) => {
                if let Err(error) = append_answer(&answer, &target, &mut merged) {
                    return Status::unknown(error.to_string()).into_http();
                }
            }
            Err(status) => append_failure(&target, &status, &mut merged),
        }
    }
    let (send, receive) = mpsc::channel(1);
    // There is room for one.
    let _ = send.try_send(frame(&merged));
    respond(receive)
}

/// The messages of all nodes, as they arrive; a failure of one is a message, too.
pub fn stream<F>(calls: impl Iterator<Item = Calls<F>>) -> Response<Body>
where
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let (send, receive) = mpsc::channel(WAITING);
    for (target, call) in calls {
        let send = send.clone();
        tokio::spawn(async move {
            let gone = send.clone();
            let work = async move {
                let mut answer = Answer::new(call.await);
                loop {
                    let (message, is_last) = match answer.next().await {
                        Ok(message) => (stream_message(&message, &target), false),
                        Err(status) if status.code() == Code::Ok => return,
                        Err(status) => (stream_failure(&target, &status), true),
                    };
                    if send.send(frame(&message)).await.is_err() || is_last {
                        return;
                    }
                }
            };
            tokio::select! {
                () = work => {}
                // Cancel-safe: it only looks. The client is gone, and the node's work with it.
                () = gone.closed() => {}
            }
        });
    }
    respond(receive)
}

fn respond(receive: mpsc::Receiver<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::new(Messages { receive, is_over: false }));
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// Framed messages, and a good end.
struct Messages {
    receive: mpsc::Receiver<Bytes>,
    is_over: bool,
}

impl http_body::Body for Messages {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        self.receive.poll_recv(cx).map(|message| {
            Some(Ok(match message {
                Some(message) => Frame::data(message),
                None => {
                    self.is_over = true;
                    Frame::trailers(status::to_trailers(&Status::new(Code::Ok, "")))
                }
            }))
        })
    }
}
