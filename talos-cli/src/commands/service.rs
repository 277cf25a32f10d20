//! `talosctl service`: services of machines.

use std::time::{Duration as StdDuration, SystemTime};

use anyhow::{Context as _, bail};
use talos_api::client::NodeReply;
use talos_api::proto::machine::{
    ServiceEvent, ServiceHealth, ServiceInfo, ServiceList, ServiceRestartRequest, ServiceStartRequest,
    ServiceStopRequest,
};
use talos_config_yaml::value::Value;
use talos_pki::Clock as _;

use super::running;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Session};
use crate::go::{self, Duration, moment};
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::table::Table;

pub(crate) static COMMAND: Command = Command {
    aliases: &["services"],
    long: "List services, show one, or start, stop or restart it. Without an action the state of the service is shown.",
    arguments: Arguments::AtMost(2),
    flags: &[OUTPUT.row()],
    run: Some(run),
    completer: Completer::Dynamic(running::controlled),
    ..Command::new("service [<id> [start|stop|restart|status]]", "Look at and control services")
};

const COLUMNS: [Column; 6] = [
    column("NODE", "node"),
    column("SERVICE", "service"),
    column("STATE", "state"),
    column("HEALTH", "health"),
    column("LAST CHANGE", "lastChange"),
    column("LAST EVENT", "lastEvent"),
];
const DETAILS: [Column; 6] = [
    column("NODE", "node"),
    column("ID", "id"),
    column("STATE", "state"),
    column("HEALTH", "health"),
    column("LAST HEALTH MESSAGE", "lastHealthMessage"),
    column("EVENTS", "events"),
];
const RESPONSES: [Column; 2] = [column("NODE", "node"), column("RESPONSE", "response")];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let id = call.arguments.first().map(String::as_str);
    let action = call.arguments.get(1).map_or("status", String::as_str);
    let format = Format::of(call);
    connect::run(call, Access::Nodes, io, async |session, io| match (id, action) {
        (None, _) => list(session, format, io).await,
        (Some(id), "status") => show(session, id, format, io).await,
        (Some(id), "start" | "stop" | "restart") => control(session, id, action, format, io).await,
        _ => bail!("unsupported service action: {}", go::quote(action)),
    })
}

async fn services(session: &Session, io: &mut Io<'_>) -> anyhow::Result<Vec<NodeReply<ServiceList>>> {
    session.some(session.client().service_list(), io).await.context("error listing services")
}

async fn list(session: &Session, format: Format, io: &mut Io<'_>) -> anyhow::Result<()> {
    let replies = services(session, io).await?;
    let now = io.environment.now();
    let mut listing = Listing::new(&COLUMNS, format);
    for reply in replies {
        for service in reply.value.services {
            let events = events(&service);
            let last = events.last();
            let (change, time) = match last {
                Some(event) => (format!("{} ago", age(event, now)), timestamp(event)),
                None => (" ago".to_owned(), Value::Null),
            };
            listing.row([
                Cell::from(&reply.node),
                (&service.id).into(),
                (&service.state).into(),
                health(service.health.as_ref()).into(),
                Cell::of(change, time),
                last.map_or("<none>".into(), |event| Cell::from(&event.msg)),
            ]);
        }
    }
    Ok(listing.print(io)?)
}

async fn show(session: &Session, id: &str, format: Format, io: &mut Io<'_>) -> anyhow::Result<()> {
    let replies = services(session, io).await?;
    let found = replies.into_iter().flat_map(|NodeReply { node, value, .. }| {
        let services = value.services.into_iter().filter(|service| service.id == id);
        services.map(move |service| (node.clone(), service))
    });
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        bail!("service {} is not registered on any nodes", go::quote(id));
    }
    let now = io.environment.now();
    if format == Format::Table {
        let mut table = Table::new();
        for (node, service) in &found {
            describe(&mut table, Some(node), service, now);
        }
        return Ok(std::io::Write::write_all(&mut io.stdout, table.render().as_bytes())?);
    }
    let mut listing = Listing::new(&DETAILS, format);
    for (node, service) in found {
        let message = service.health.as_ref().map_or("", |health| &health.last_message);
        let events = events(&service).iter().rev().map(record).collect();
        listing.row([
            Cell::from(node),
            (&service.id).into(),
            (&service.state).into(),
            health(service.health.as_ref()).into(),
            message.into(),
            Cell::of("", Value::Sequence(events)),
        ]);
    }
    Ok(listing.print(io)?)
}

/// Adds everything about a service to a table of two columns.
pub(crate) fn describe(table: &mut Table, node: Option<&str>, service: &ServiceInfo, now: SystemTime) {
    if let Some(node) = node {
        table.row(["NODE", node]);
    }
    table.row(["ID", &service.id]);
    table.row(["STATE", &service.state]);
    table.row(["HEALTH", health(service.health.as_ref())]);
    if let Some(health) = service.health.as_ref().filter(|health| !health.last_message.is_empty()) {
        table.row(["LAST HEALTH MESSAGE", &health.last_message]);
    }
    for (at, event) in events(service).iter().rev().enumerate() {
        let text = format!("[{}]: {} ({} ago)", event.state, event.msg, age(event, now));
        table.row([if at == 0 { "EVENTS" } else { "" }, &text]);
    }
}

async fn control(session: &Session, id: &str, action: &str, format: Format, io: &mut Io<'_>) -> anyhow::Result<()> {
    let (client, id) = (session.client(), id.to_owned());
    macro_rules! responses {
        ($call:expr) => {
            session
                .some($call, io)
                .await
                .map(|replies| replies.into_iter().map(|reply| (reply.node, reply.value.resp)).collect::<Vec<_>>())
        };
    }
    let responses = match action {
        "start" => responses!(client.service_start(ServiceStartRequest { id })),
        "stop" => responses!(client.service_stop(ServiceStopRequest { id })),
        _ => responses!(client.service_restart(ServiceRestartRequest { id })),
    };
    let mut listing = Listing::new(&RESPONSES, format);
    // Whatever is tried, the original speaks of starting.
    for (node, response) in responses.context("error starting service")? {
        listing.row([Cell::from(node), response.into()]);
    }
    Ok(listing.print(io)?)
}

fn events(service: &ServiceInfo) -> &[ServiceEvent] {
    service.events.as_ref().map_or(&[], |events| &events.events)
}

fn health(health: Option<&ServiceHealth>) -> &'static str {
    match health {
        Some(health) if health.unknown => "?",
        Some(health) if health.healthy => "OK",
        Some(_) => "Fail",
        None => "?",
    }
}

/// How long ago something happened, in whole seconds.
fn age(event: &ServiceEvent, now: SystemTime) -> Duration {
    let time = event.ts.unwrap_or_default();
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(StdDuration::ZERO);
    let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let then = nanos(time.seconds, time.nanos.into());
    let now = nanos(i64::try_from(now.as_secs()).unwrap_or(i64::MAX), now.subsec_nanos().into());
    let seconds = (now - then + 500_000_000).div_euclid(1_000_000_000);
    let most = i64::MAX / 1_000_000_000;
    Duration::from_seconds(i64::try_from(seconds).unwrap_or(most).clamp(-most, most))
}

fn timestamp(event: &ServiceEvent) -> Value {
    event.ts.map_or(Value::Null, |time| Value::String(moment::rfc3339(time.seconds)))
}

fn record(event: &ServiceEvent) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let entries = [("state", text(&event.state)), ("message", text(&event.msg)), ("time", timestamp(event))];
    Value::Mapping(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_seconds() {
        let event = |seconds| ServiceEvent {
            ts: Some(prost_types::Timestamp { seconds, nanos: 400_000_000 }),
            ..ServiceEvent::default()
        };
        let now = SystemTime::UNIX_EPOCH + StdDuration::from_secs(1000);
        assert_eq!(age(&event(937), now).to_string(), "1m3s");
        assert_eq!(age(&event(1000), now).to_string(), "0s");
        assert_eq!(health(None), "?");
    }
}
