//! `Events`: what happened, and what happens.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use prost_types::Any;
use talos_api::proto::machine::{Event as Message, EventsRequest};
use talos_api::server::failure;
use tokio_util::sync::ReusableBoxFuture;
use tonic::Status;

use crate::events::{Event, EventId, Events, InvalidId, Subscription, Tail};

/// A request that says more than one start, or none that can be understood.
#[derive(Debug, thiserror::Error)]
enum TailError {
    #[error("{0} can't be specified at the same time with {1}")]
    Several(&'static str, &'static str),
    #[error("error parsing tail_id: {0}")]
    Id(#[from] InvalidId),
}

fn tail(events: &Events, request: &EventsRequest) -> Result<Tail, TailError> {
    let is_last = request.tail_events != 0;
    let is_after = !request.tail_id.is_empty();
    let is_since = request.tail_seconds != 0;
    let names = ["WithTailEvents", "WithTailID", "WithTailDuration"];
    Ok(match (is_last, is_after, is_since) {
        (false, false, false) => Tail::Nothing,
        (true, false, false) => usize::try_from(request.tail_events).map_or(Tail::All, Tail::Last),
        (false, true, false) => Tail::After(request.tail_id.parse::<EventId>()?),
        (false, false, true) => {
            let seconds = u64::try_from(request.tail_seconds).unwrap_or(0);
            Tail::Since(events.ago(Duration::from_secs(seconds)))
        }
        (true, _, _) => return Err(TailError::Several(names[0], "WithTailID or WithTailDuration")),
        (false, true, true) => return Err(TailError::Several(names[1], "WithTailEvents or WithTailDuration")),
    })
}

/// What is told: first an empty message, then what happened, then what happens. Ends with the machine.
///
/// # Errors
/// `Unknown` for a request that cannot be understood.
pub fn events(events: &Events, request: EventsRequest) -> Result<Stories, Status> {
    let tail = tail(events, &request).map_err(|error| failure::unknown(&error))?;
    let subscription = events.subscribe(&tail);
    let id = events.fresh_id().map_err(|error| failure::unknown(&error))?;
    let hello = Message { metadata: None, data: Some(Any::default()), id, actor_id: request.with_actor_id.clone() };
    Ok(Stories { hello: Some(hello), actor: request.with_actor_id, next: ReusableBoxFuture::new(next(subscription)) })
}

type Next = (Subscription, Option<Arc<Event>>);

async fn next(mut subscription: Subscription) -> Next {
    let event = subscription.next().await;
    (subscription, event)
}

/// What is told to one client.
pub struct Stories {
    hello: Option<Message>,
    actor: String,
    next: ReusableBoxFuture<'static, Next>,
}

impl std::fmt::Debug for Stories {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stories").field("actor", &self.actor).finish_non_exhaustive()
    }
}

impl Stream for Stories {
    type Item = Result<Message, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(hello) = self.hello.take() {
            return Poll::Ready(Some(Ok(hello)));
        }
        loop {
            let Poll::Ready((subscription, event)) = self.next.poll(cx) else { return Poll::Pending };
            self.next.set(next(subscription));
            let Some(event) = event else { return Poll::Ready(None) };
            if !self.actor.is_empty() && self.actor != event.actor {
                continue;
            }
            let (id, actor_id) = (event.id.clone(), event.actor.clone());
            return Poll::Ready(Some(Ok(Message { metadata: None, data: Some(event.data.clone()), id, actor_id })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::machine;

    #[test]
    fn a_request_names_one_start() {
        let events = machine().events.clone();
        let request = |tail_events, tail_id: &str, tail_seconds| EventsRequest {
            tail_events,
            tail_id: tail_id.to_owned(),
            tail_seconds,
            ..EventsRequest::default()
        };
        for (request, expected) in [
            (
                request(1, "", 1),
                "WithTailEvents can't be specified at the same time with WithTailID or WithTailDuration",
            ),
            (
                request(0, "x", 1),
                "WithTailID can't be specified at the same time with WithTailEvents or WithTailDuration",
            ),
            (request(0, "x", 0), "error parsing tail_id: xid: invalid ID"),
        ] {
            assert_eq!(tail(&events, &request).unwrap_err().to_string(), expected);
        }
        assert_eq!(tail(&events, &request(-1, "", 0)).unwrap(), Tail::All);
        assert_eq!(tail(&events, &request(3, "", 0)).unwrap(), Tail::Last(3));
    }
}
