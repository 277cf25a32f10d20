//! `talosctl events`: what happens on machines.

use std::io::Write;

use talos_api::client::{EventError, EventPayload};
use talos_api::proto::machine::machine_status_event::MachineStage;
use talos_api::proto::machine::{EventsRequest, phase_event, sequence_event, service_state_event, task_event};
use talos_config_yaml::value::Value;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::go::Duration;
use crate::io::Io;
use crate::output::{Format, OUTPUT, print_record};
use crate::table::Table;

static ACTOR_ID: FlagOf<str> = FlagOf::text("actor-id", "Show only events of this actor");
static DURATION: FlagOf<Duration> = FlagOf::duration("duration", "Begin with the events of this long ago");
static SINCE: FlagOf<str> = FlagOf::text("since", "Begin with the events after the one with this id");
static TAIL: FlagOf<i32> = FlagOf::int32("tail", "Begin with this many events of the past, -1 for all");

pub(crate) static COMMAND: Command = Command {
    flags: &[ACTOR_ID.row(), DURATION.row(), OUTPUT.row(), SINCE.row(), TAIL.row()],
    run: Some(run),
    ..Command::new("events", "Show what happens on machines")
};

const SECOND: i64 = 1_000_000_000;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let seconds = call.get(&DURATION).0 / SECOND;
    let request = EventsRequest {
        tail_events: call.get(&TAIL),
        tail_id: call.get(&SINCE).to_owned(),
        tail_seconds: i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX }),
        with_actor_id: call.get(&ACTOR_ID).to_owned(),
    };
    let format = Format::of(call);
    connect::run(call, Access::Nodes, io, async |session, io| {
        let stream = session.ask(session.client().events(request)).await?;
        let mut begun = false;
        session
            .each(stream, io, |reply, failures, io| {
                let event = &reply.value;
                let payload = match EventPayload::decode(event) {
                    Ok(payload) => payload,
                    Err(EventError::NotSupported) => return Ok(()),
                    Err(error) => {
                        failures.push(format!("{:#}", anyhow::Error::from(error)));
                        return Ok(());
                    }
                };
                let node = if reply.is_named { reply.node.as_str() } else { "" };
                let kind = event.data.as_ref().map_or("", |data| data.type_url.as_str());
                let (source, message) = describe(&payload);
                if format != Format::Table {
                    let text = |text: &str| Value::String(text.to_owned());
                    let fields = [
                        ("node", text(node)),
                        ("id", text(&event.id)),
                        ("event", text(kind)),
                        ("actorId", text(&event.actor_id)),
                        ("source", text(&source)),
                        ("message", text(&message)),
                    ];
                    return Ok(print_record(&fields, format, io)?);
                }
                let mut table = Table::new();
                if !std::mem::replace(&mut begun, true) {
                    table.row(["NODE", "ID", "EVENT", "ACTOR", "SOURCE", "MESSAGE"]);
                }
                table.row([node, &event.id, kind]);
                table.row([event.actor_id.as_str(), &source, &message]);
                Ok(io.stdout.write_all(table.render().as_bytes())?)
            })
            .await
    })
}

/// Who an event is about, and what happened.
fn describe(payload: &EventPayload) -> (String, String) {
    macro_rules! name {
        ($kind:path, $value:expr) => {
            <$kind>::try_from($value).map_or_else(|_| $value.to_string(), |kind| kind.as_str_name().to_owned())
        };
    }
    match payload {
        EventPayload::Sequence(event) => {
            let message = match &event.error {
                Some(error) => format!("error: {}", error.message),
                None => name!(sequence_event::Action, event.action),
            };
            (event.sequence.clone(), message)
        }
        EventPayload::Phase(event) => (event.phase.clone(), name!(phase_event::Action, event.action)),
        EventPayload::Task(event) => (event.task.clone(), name!(task_event::Action, event.action)),
        EventPayload::ServiceState(event) => {
            let action = name!(service_state_event::Action, event.action);
            (event.service.clone(), format!("{action}: {}", event.message))
        }
        EventPayload::ConfigLoadError(event) => ("error".to_owned(), event.error.clone()),
        EventPayload::ConfigValidationError(event) => ("error".to_owned(), event.error.clone()),
        EventPayload::Address(event) => (event.hostname.clone(), format!("ADDRESSES: {}", event.addresses.join(","))),
        EventPayload::MachineStatus(event) => {
            let status = event.status.clone().unwrap_or_default();
            let unmet: Vec<_> = status.unmet_conditions.into_iter().map(|condition| condition.name).collect();
            let message = format!("ready: {}, unmet conditions: [{}]", status.ready, unmet.join(" "));
            (name!(MachineStage, event.stage), message)
        }
        _ => (String::new(), String::new()),
    }
}
