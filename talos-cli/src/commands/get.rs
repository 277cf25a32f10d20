//! `talosctl get`: resources, once or as they change.

use std::future::poll_fn;
use std::task::Poll;

use anyhow::{Context as _, anyhow};
use talos_api::client::{Api, Error, Event, ListOptions, Watch, WatchOptions};
use talos_api::resources::Dynamic;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Failure, Session};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::multi_error::MultiError;
use crate::output::resources::{Change, ResourceFormat, ResourceWriter};

pub(crate) static NAMESPACE: FlagOf<str> =
    FlagOf::text("namespace", "Namespace of the resource, when it is not the usual one of its type")
        .completed_by(Completer::Nothing);
static OUTPUT: FlagOf<str> = FlagOf::text("output", "Form of the results: json, table, yaml or jsonpath=<template>")
    .short('o')
    .default("table")
    .completed_by(Completer::Words(&["json", "table", "yaml", "jsonpath"]));
static WATCH: FlagOf<bool> = FlagOf::switch("watch", "Show changes as they happen").short('w');
static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates").short('i');

pub(crate) static COMMAND: Command = Command {
    aliases: &["g"],
    long: "Show resources of machines: all of a type, or the one with the given id.
`talosctl get rd` lists the types that a machine knows, with the short names they go by.",
    examples: "  talosctl get members\n  talosctl get addresses -o jsonpath='{.spec.address}'\n  talosctl get services kubelet --watch",
    arguments: Arguments::Between(1, 2),
    flags: &[INSECURE.row(), NAMESPACE.row(), OUTPUT.row(), WATCH.row()],
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::resources),
    ..Command::new("get <type> [<id>]", "Show resources of machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::insecure(call.get(&INSECURE)), io, async |session, io| {
        session.warn_about_older_nodes(io).await?;
        let format = ResourceFormat::parse(call.get(&OUTPUT))?;
        let (kind, id) = (&call.arguments[0], call.arguments.get(1).map(String::as_str));
        let definition = if session.nodes().is_empty() {
            session.definition_in_maintenance(kind).await?
        } else {
            session.ask(session.each_node()[0].1.definition(kind)).await?
        };
        let namespace =
            Some(call.get(&NAMESPACE)).filter(|name| !name.is_empty()).unwrap_or(&definition.default_namespace);
        let nodes = session.each_node();
        let apis = nodes.iter().map(|(node, client)| (*node, client.dynamic(namespace, &definition.resource_type)));
        let apis: Vec<_> = apis.collect();
        if call.get(&WATCH) {
            let watches = watches(session, &apis, id).await?;
            let mut writer = ResourceWriter::new(format, &definition, true)?;
            let result = follow(session, watches, &mut writer, io).await;
            writer.flush(io)?;
            return result;
        }
        let mut writer = ResourceWriter::new(format, &definition, false)?;
        let result = once(session, &apis, id, &mut writer, io).await;
        writer.flush(io)?;
        result
    })
}

type NodeApi<'a> = (&'a str, Api<Dynamic>);

async fn once(
    session: &Session,
    apis: &[NodeApi<'_>],
    id: Option<&str>,
    writer: &mut ResourceWriter,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let mut failures = MultiError::default();
    for (node, api) in apis {
        let found = match id {
            Some(id) => session.ask(api.get(id)).await.map(|resource| vec![resource]),
            None => session.ask(api.list(&ListOptions::default())).await,
        };
        for resource in failures.note(found).unwrap_or_default() {
            writer.write(node, &resource, Change::Created, io)?;
        }
    }
    Ok(failures.into_result()?)
}

async fn watches<'a>(
    session: &Session,
    apis: &[NodeApi<'a>],
    id: Option<&str>,
) -> anyhow::Result<Vec<(&'a str, Watch<Dynamic>)>> {
    let mut watches = Vec::new();
    for (node, api) in apis {
        let watch = match id {
            Some(id) => session.ask(api.watch_one(id, &WatchOptions::default())).await,
            None => session.ask(api.watch(&WatchOptions::default().bootstrap_contents())).await,
        };
        watches.push((*node, watch.with_context(|| format!("error setting up watch on node {node}"))?));
    }
    Ok(watches)
}

/// Shows changes until the user interrupts. What was there before comes as one table, then every change by itself.
async fn follow(
    session: &Session,
    mut watches: Vec<(&str, Watch<Dynamic>)>,
    writer: &mut ResourceWriter,
    io: &mut Io<'_>,
) -> anyhow::Result<()> {
    let mut bootstrapped = false;
    while let Some((node, event)) = next(session, &mut watches).await {
        let (resource, change) = match event {
            Ok(Event::Created(resource)) => (resource, Change::Created),
            Ok(Event::Updated { new, .. }) => (new, Change::Updated),
            Ok(Event::Destroyed(resource)) => (resource, Change::Destroyed),
            Ok(Event::Bootstrapped) => {
                bootstrapped = true;
                writer.flush(io)?;
                continue;
            }
            Ok(_) => continue,
            Err(error) => return Err(Failure::from(error)).context("error watching resource"),
        };
        writer.write(node, &resource, change, io)?;
        if bootstrapped {
            writer.flush(io)?;
        }
    }
    if session.interrupt().is_set() {
        return Ok(());
    }
    Err(anyhow!("EOF")).context("error watching resource")
}

/// The next event of any node; nothing when a node ended its watch or the user interrupts.
async fn next<'a>(
    session: &Session,
    watches: &mut [(&'a str, Watch<Dynamic>)],
) -> Option<(&'a str, Result<Event<Dynamic>, Error>)> {
    let mut interrupted = std::pin::pin!(session.interrupt().wait());
    poll_fn(|cx| {
        for (node, watch) in watches.iter_mut() {
            let next = std::pin::pin!(watch.next());
            if let Poll::Ready(event) = next.poll(cx) {
                return Poll::Ready(event.map(|event| (*node, event)));
            }
        }
        interrupted.as_mut().poll(cx).map(|()| None)
    })
    .await
}
