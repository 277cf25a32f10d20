//! `talosctl processes`: what runs on machines.

use std::io::Write;
use std::time::Duration;

use talos_api::client::NodeReply;
use talos_api::proto::machine::{Process, ProcessInfo};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure, Session};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::screen::{Key, Screen};
use crate::size;

static SORT: FlagOf<str> = FlagOf::text("sort", "Put the largest first by rss or by cpu").short('s').default("rss");
static WATCH: FlagOf<bool> =
    FlagOf::switch("watch", "Show again every second; r and c change the order, q ends").short('w');

pub(crate) static COMMAND: Command = Command {
    aliases: &["p", "ps"],
    arguments: Arguments::None,
    flags: &[OUTPUT.row(), SORT.row(), WATCH.row()],
    run: Some(run),
    ..Command::new("processes", "List processes")
};

const COLUMNS: [Column; 8] = [
    column("NODE", "node"),
    column("PID", "pid"),
    column("STATE", "state"),
    column("THREADS", "threads"),
    column("CPU-TIME", "cpuTime"),
    column("VIRTMEM", "virtualMemory"),
    column("RESMEM", "residentMemory"),
    column("COMMAND", "command"),
];

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Memory,
    Time,
}

const INTERVAL: Duration = Duration::from_secs(1);

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    // Any word that is not known means memory.
    let order = if call.get(&SORT) == "cpu" { Order::Time } else { Order::Memory };
    let format = Format::of(call);
    connect::run(call, Access::Nodes, io, async |session, io| {
        if call.get(&WATCH) {
            return watch(session, order).await;
        }
        let replies = session.some(session.client().processes(), io).await?;
        if format == Format::Table {
            return Ok(io.stdout.write_all(table(replies, order).as_bytes())?);
        }
        let mut listing = Listing::new(&COLUMNS, format);
        for reply in sorted(replies, order) {
            for process in &reply.value.processes {
                listing.row([
                    Cell::from(&reply.node),
                    process.pid.into(),
                    (&process.state).into(),
                    process.threads.into(),
                    process.cpu_time.into(),
                    process.virtual_memory.into(),
                    process.resident_memory.into(),
                    command(process).into(),
                ]);
            }
        }
        Ok(listing.print(io)?)
    })
}

async fn watch(session: &Session, mut order: Order) -> anyhow::Result<()> {
    let mut screen = Screen::open()?;
    let mut replies = Vec::new();
    loop {
        let shown = session.ask(session.client().processes()).await;
        match shown {
            Ok(shown) => replies = shown.replies,
            Err(_) if session.interrupt().is_set() => return Ok(()),
            Err(failure) if replies.is_empty() => return Err(Failure::into(failure)),
            Err(_) => {}
        }
        let until = tokio::time::Instant::now() + INTERVAL;
        loop {
            screen.show(&table(replies.clone(), order))?;
            let key = tokio::select! {
                key = screen.key() => key,
                () = tokio::time::sleep_until(until) => break,
                () = session.interrupt().wait() => return Ok(()),
            };
            match key {
                Key::Char('q') | Key::Interrupt | Key::End => return Ok(()),
                Key::Char('r' | 'm') => order = Order::Memory,
                Key::Char('c') => order = Order::Time,
                Key::Char(_) | Key::Other => {}
            }
        }
    }
}

fn sorted(mut replies: Vec<NodeReply<Process>>, order: Order) -> Vec<NodeReply<Process>> {
    for reply in &mut replies {
        reply.value.processes.sort_by(|a, b| match order {
            Order::Memory => b.resident_memory.cmp(&a.resident_memory),
            Order::Time => b.cpu_time.total_cmp(&a.cpu_time),
        });
    }
    replies
}

/// Between cells while lines are made. A cell that holds it is two.
const SEPARATOR: &str = " | ";

fn table(replies: Vec<NodeReply<Process>>, order: Order) -> String {
    let mut lines = vec![COLUMNS.map(|column| column.title).join(SEPARATOR)];
    for reply in sorted(replies, order) {
        lines.extend(reply.value.processes.iter().map(|process| {
            let cells = [
                reply.node.clone(),
                process.pid.to_string(),
                process.state.clone(),
                process.threads.to_string(),
                format!("{:.2}", process.cpu_time),
                size::decimal(process.virtual_memory),
                size::decimal(process.resident_memory),
                command(process),
            ];
            cells.join(SEPARATOR)
        }));
    }
    align(&lines)
}

/// Pads all cells but the last of each line, with two blanks between columns.
fn align(lines: &[String]) -> String {
    let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(SEPARATOR.trim()).map(str::trim).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        for (at, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(at) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if at + 1 < row.len() {
                let blanks = widths[at] - cell.chars().count() + 2;
                text.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        text.push('\n');
    }
    text
}

/// The command line, beginning with the whole path of the program where that is known.
pub(crate) fn command(process: &ProcessInfo) -> String {
    let ProcessInfo { command, executable, args, .. } = process;
    if executable.is_empty() {
        return command.clone();
    }
    let mut words = args.split_whitespace();
    let base = executable.rsplit('/').next();
    match words.next() {
        Some(first) if first.rsplit('/').next() == base || Some(first) == base => args.replacen(first, executable, 1),
        _ => args.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_whole_paths() {
        let shown = |command: &str, executable: &str, args: &str| {
            super::command(&ProcessInfo {
                command: command.into(),
                executable: executable.into(),
                args: args.into(),
                ..ProcessInfo::default()
            })
        };
        assert_eq!(shown("kthreadd", "", ""), "kthreadd");
        assert_eq!(shown("etcd", "/bin/etcd", "etcd --name=a"), "/bin/etcd --name=a");
        assert_eq!(shown("sh", "/bin/busybox", "sh -c true"), "sh -c true");
    }

    #[test]
    fn bars_split_cells() {
        let lines = ["A | B".to_owned(), "long | b | c".to_owned()];
        assert_eq!(align(&lines), "A     B\nlong  b  c\n");
    }
}
