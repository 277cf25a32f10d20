//! One node: the action, its events, and what has to be true in the end.

use std::time::Duration;

use talos_api::client::{Client, Error, EventPayload, NodeReply};
use talos_api::grpc::status;
use talos_api::proto::machine::machine_status_event::MachineStage;
use talos_api::proto::machine::{Event, EventsRequest, phase_event, sequence_event, task_event};
use tonic::Code;

use super::{Afterwards, Status, Tracked, Until};
use crate::go;

const RETRY: Duration = Duration::from_secs(1);
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
const STOP_TASK: &str = "stopAllServices";

/// How the events of one stream end.
enum End {
    /// The expected event came.
    Expected,
    /// The node went away.
    Gone,
    /// Services stopped where that was not the end.
    Restart,
}

/// Why it failed.
enum Problem {
    /// In the middle of events; the text is told twice.
    Events(String),
    Other(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Other(text(&error))
    }
}

/// Follows the action to its end. The error is the last message about the node.
pub(super) async fn follow(client: &Client, tracked: &Tracked, tell: &impl Fn(Status, String)) -> Result<(), String> {
    let mut seen = Seen::default();
    match steps(client, tracked, tell, &mut seen).await {
        Ok(()) => Ok(()),
        Err(Problem::Other(text)) => Err(text),
        Err(Problem::Events(text)) => {
            tell(Status::Failed, format!("error: {text}"));
            seen.0.push(text);
            let problems: String = seen.0.iter().map(|text| format!("\n\t{text}")).collect();
            Err(format!("{} error(s) occurred:{problems}", seen.0.len()))
        }
    }
}

/// Different reasons for trying again.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn add(&mut self, text: String) {
        if !self.0.contains(&text) {
            self.0.push(text);
        }
    }
}

async fn steps(
    client: &Client,
    tracked: &Tracked,
    tell: &impl Fn(Status, String),
    seen: &mut Seen,
) -> Result<(), Problem> {
    tell(Status::Running, "waiting for actor ID".to_owned());
    let mut stream = client.events(EventsRequest::default()).await?;
    // Nothing must be missed, so the action waits until the stream is known to flow: its first event is an empty one.
    let first = stream.next().await;
    let boot_id = match tracked.afterwards {
        Afterwards::Nothing => String::new(),
        _ => boot_id(client).await?,
    };
    let replies = tracked.action.send(client).await?.all()?;
    let Some(reply) = replies.into_iter().next() else {
        return Err(Problem::Other("no messages returned from action run".to_owned()));
    };
    let mut actor = reply.value;
    tell(Status::Running, format!("actor ID: {actor}"));

    let mut end = match first {
        Some(Ok(_)) => events(&mut stream, &actor, tracked.until, tell).await?,
        Some(Err(error)) => ended(&error)?,
        None => End::Gone,
    };
    loop {
        match end {
            End::Expected => break,
            End::Gone => {
                tell(Status::Failed, "unavailable, retrying...".to_owned());
                seen.add("unavailable".to_owned());
            }
            End::Restart => {
                let text = format!("{STOP_TASK} task completed");
                tell(Status::Failed, format!("error: {text}"));
                seen.add(text);
            }
        }
        tokio::time::sleep(RETRY).await;
        // A new boot knows nothing of the actor, and all of its events matter.
        actor.clear();
        end = match client.events(EventsRequest { tail_events: -1, ..EventsRequest::default() }).await {
            Ok(mut stream) => match stream.next().await {
                Some(Ok(_)) => events(&mut stream, &actor, tracked.until, tell).await?,
                Some(Err(error)) => ended(&error)?,
                None => End::Gone,
            },
            Err(error) => ended(&error)?,
        };
    }
    if tracked.afterwards == Afterwards::Nothing {
        tell(Status::Succeeded, "events check condition met".to_owned());
        return Ok(());
    }
    tell(Status::Running, "events check condition met".to_owned());
    loop {
        match check(client, &tracked.afterwards, &boot_id).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(RETRY).await;
    }
    tell(Status::Succeeded, "post check passed".to_owned());
    Ok(())
}

/// Shows events until the stream is over.
async fn events(
    stream: &mut talos_api::client::NodeStream<Event>,
    actor: &str,
    until: Until,
    tell: &impl Fn(Status, String),
) -> Result<End, Problem> {
    while let Some(item) = stream.next().await {
        let NodeReply { value: event, .. } = match item {
            Ok(reply) => reply,
            Err(error) => return ended(&error),
        };
        let payload = EventPayload::decode(&event).map_err(|error| Problem::Events(error.to_string()))?;
        if is_expected(&payload, until) {
            return Ok(End::Expected);
        }
        if event.actor_id != actor {
            continue;
        }
        if let Some(message) = describe(&payload) {
            tell(Status::Running, message);
        }
        match &payload {
            EventPayload::Sequence(sequence) => {
                if let Some(error) = &sequence.error {
                    return Err(Problem::Events(format!("sequence error: {}", error.message)));
                }
            }
            EventPayload::Task(task) if task.task == STOP_TASK => return Ok(End::Restart),
            _ => {}
        }
    }
    Ok(End::Gone)
}

fn ended(error: &Error) -> Result<End, Problem> {
    if is_gone(error) { Ok(End::Gone) } else { Err(Problem::Events(text(error))) }
}

fn is_gone(error: &Error) -> bool {
    error.code() == Code::Unavailable
}

/// The words for an error.
fn text(error: &Error) -> String {
    match error {
        Error::Call(cause) => status::text(cause),
        Error::Node(failure) => failure.text().to_owned(),
        Error::Nodes(failures) if failures.len() == 1 => {
            failures.iter().next().map_or_else(|| failures.to_string(), |failure| failure.text().to_owned())
        }
        other => other.to_string(),
    }
}

fn is_expected(payload: &EventPayload, until: Until) -> bool {
    match (payload, until) {
        (EventPayload::MachineStatus(event), Until::Running) => {
            event.stage == i32::from(MachineStage::Running) && event.status.as_ref().is_some_and(|status| status.ready)
        }
        (EventPayload::Task(event), Until::Stopped) => event.task == STOP_TASK,
        _ => false,
    }
}

/// An event in one line; `None` for those that tell nothing about an action.
fn describe(payload: &EventPayload) -> Option<String> {
    macro_rules! name {
        ($kind:path, $value:expr) => {
            <$kind>::try_from($value).map_or_else(|_| $value.to_string(), |kind| kind.as_str_name().to_owned())
        };
    }
    Some(match payload {
        EventPayload::Sequence(event) => {
            let action = name!(sequence_event::Action, event.action);
            let error = event.error.as_ref().map_or_else(String::new, |error| {
                let code = name!(talos_api::proto::common::Code, error.code);
                // Code and message have changed places; the original writes it like this.
                format!(" error: [code: {} message: {code}]", error.message)
            });
            format!("sequence: {} action: {action}{error}", event.sequence)
        }
        EventPayload::Phase(event) => {
            format!("phase: {} action: {}", event.phase, name!(phase_event::Action, event.action))
        }
        EventPayload::Task(event) => {
            format!("task: {} action: {}", event.task, name!(task_event::Action, event.action))
        }
        EventPayload::MachineStatus(event) => {
            let status = event.status.clone().unwrap_or_default();
            let unmet: Vec<_> = status
                .unmet_conditions
                .iter()
                .map(|unmet| format!("name:{} reason:{}", go::quote(&unmet.name), go::quote(&unmet.reason)))
                .collect();
            let stage = name!(MachineStage, event.stage);
            format!("stage: {stage} ready: {} unmetCond: [{}]", status.ready, unmet.join(" "))
        }
        EventPayload::ServiceState(event) => {
            let healthy = event.health.as_ref().is_some_and(|health| health.healthy);
            format!("service: {} message: {} healthy: {healthy}", event.service, event.message)
        }
        _ => return None,
    })
}

/// What tells one boot of a machine from another.
async fn boot_id(client: &Client) -> Result<String, Error> {
    let mut file = client.read(BOOT_ID).await?;
    let bytes = file.collect().await?;
    let failures = file.take_failures();
    if !failures.is_empty() {
        return Err(failures.into());
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

async fn check(client: &Client, afterwards: &Afterwards, before: &str) -> Result<bool, Error> {
    if let Afterwards::MaintenanceOrBooted(machines) = afterwards {
        let maintenance = Client::builder().endpoints(machines).maintenance([]).build()?;
        if maintenance.disks().await.is_ok_and(|replies| replies.failures.is_empty()) {
            return Ok(true);
        }
    }
    Ok(boot_id(client).await? != before)
}
