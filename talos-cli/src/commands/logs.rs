//! `talosctl logs`: logs of services and containers.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context as _;
use talos_api::client;
use talos_api::proto::machine::LogsRequest;
use tonic::Code;

use super::containers::{self, KUBERNETES};
use super::running;
use super::stats::USE_CRI;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Failure};
use crate::exit::AlreadyReported;
use crate::flag::FlagOf;
use crate::io::Io;

static FOLLOW: FlagOf<bool> = FlagOf::switch("follow", "Go on with new lines as they come").short('f');
static TAIL: FlagOf<i32> = FlagOf::int32("tail", "Begin with this many of the last lines, -1 for all").default(-1);

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::Exactly(1),
    flags: &[FOLLOW.row(), KUBERNETES.row(), TAIL.row(), USE_CRI.row()],
    run: Some(run),
    completer: Completer::Dynamic(running::logged),
    ..Command::new("logs <service name>", "Show the log of a service or container")
};

/// A line that is longer is shown in pieces, so that a log without line ends does not fill the memory.
const LONGEST: usize = 1 << 20;

/// So many nodes may have begun a line; with more, beginnings are shown as they are.
const MOST_NODES: usize = 1 << 10;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let (namespace, driver) = containers::place(call.get(&KUBERNETES));
    let request = LogsRequest {
        namespace: namespace.to_owned(),
        id: call.arguments[0].clone(),
        driver: driver.into(),
        follow: call.get(&FOLLOW),
        tail_lines: call.get(&TAIL),
    };
    connect::run(call, Access::Nodes, io, async |session, io| {
        let mut stream = session.ask(session.client().logs(request)).await.context("error fetching logs")?;
        let mut lines = Lines::default();
        let mut failed = false;
        let outcome = loop {
            match session.next(&mut stream).await {
                None => break Ok(()),
                Some(Ok(reply)) => lines.push(&reply.node, &reply.value.bytes, &mut io.stdout)?,
                Some(Err(client::Error::Node(failure))) => {
                    failed = true;
                    io.note(format_args!("ERROR: {}", failure.text()));
                }
                Some(Err(error)) if error.code() == Code::Cancelled => break Ok(()),
                Some(Err(error)) => break Err(Failure::from(error)).context("error getting logs"),
            }
        };
        lines.finish(&mut io.stdout)?;
        outcome?;
        if failed { Err(AlreadyReported.into()) } else { Ok(()) }
    })
}

/// Cuts what comes in pieces into lines, those of each node apart.
#[derive(Debug, Default)]
struct Lines {
    /// The beginnings of lines that are not over, by node.
    begun: HashMap<String, Vec<u8>>,
    out: Vec<u8>,
}

impl Lines {
    fn push(&mut self, node: &str, mut bytes: &[u8], to: &mut impl Write) -> std::io::Result<()> {
        if !self.begun.contains_key(node) {
            if self.begun.len() >= MOST_NODES {
                self.finish(to)?;
            }
            self.begun.insert(node.to_owned(), Vec::new());
        }
        let begun = self.begun.get_mut(node).expect("it was put there");
        self.out.clear();
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            begun.extend_from_slice(&bytes[..end]);
            append(&mut self.out, node, begun.strip_suffix(b"\r").unwrap_or(begun));
            begun.clear();
            bytes = &bytes[end + 1..];
        }
        begun.extend_from_slice(bytes);
        if begun.len() >= LONGEST {
            append(&mut self.out, node, begun);
            begun.clear();
        }
        to.write_all(&self.out)
    }

    /// Shows what has no line end.
    fn finish(&mut self, to: &mut impl Write) -> std::io::Result<()> {
        let mut rest: Vec<_> = self.begun.drain().filter(|(_, line)| !line.is_empty()).collect();
        rest.sort();
        self.out.clear();
        for (node, line) in rest {
            append(&mut self.out, &node, &line);
        }
        to.write_all(&self.out)
    }
}

fn append(out: &mut Vec<u8>, node: &str, line: &[u8]) {
    out.extend_from_slice(node.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(line);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_nodes_do_not_mix() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        lines.push("a", b"one\r\ntw", &mut out).unwrap();
        lines.push("b", b"three", &mut out).unwrap();
        lines.push("a", b"o\n\n", &mut out).unwrap();
        lines.finish(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a: one\na: two\na: \nb: three\n");
    }

    #[test]
    fn endless_lines_are_cut() {
        let (mut lines, mut out) = (Lines::default(), Vec::new());
        for _ in 0..20 {
            lines.push("a", &vec![b'x'; LONGEST / 8], &mut out).unwrap();
        }
        assert!(lines.begun["a"].capacity() <= 2 * LONGEST);
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 2);
    }
}
