//! `talosctl list`: files of machines.

use std::io::Write;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};
use talos_api::client::NodeReply;
use talos_api::proto::machine::list_request::Type;
use talos_api::proto::machine::{FileInfo, ListRequest};
use talos_pki::Clock as _;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::go::{FileMode, moment};
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::zone::Zone;
use crate::{relative_time, size};

static DEPTH: FlagOf<i32> = FlagOf::int32("depth", "How many levels of folders to show").short('d').default(1);
static HUMANIZE: FlagOf<bool> =
    FlagOf::switch("humanize", "Show sizes with units and how long ago files changed, with --long").short('H');
static LONG: FlagOf<bool> = FlagOf::switch("long", "Show mode, owner, size and time").short('l');
static RECURSE: FlagOf<bool> = FlagOf::switch("recurse", "Show all levels of folders").short('r');
static TYPE: FlagOf<[String]> =
    FlagOf::list("type", "Show only files of these types: f for regular files, d for folders, l or L for links")
        .short('t');

pub(crate) static COMMAND: Command = Command {
    aliases: &["ls"],
    arguments: Arguments::AtMost(1),
    flags: &[DEPTH.row(), HUMANIZE.row(), LONG.row(), OUTPUT.row(), RECURSE.row(), TYPE.row()],
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::path),
    ..Command::new("list [path]", "List files")
};

const COLUMNS: [Column; 7] = [
    column("NODE", "node"),
    column("MODE", "mode"),
    column("UID", "uid"),
    column("GID", "gid"),
    column("SIZE(B)", "size"),
    column("LASTMOD", "modified"),
    column("NAME", "name"),
];
const SHORT_COLUMNS: [Column; 2] = [column("NODE", "node"), column("NAME", "name")];

/// Files that changed longer ago than this show the year.
const RECENT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let depth = call.get(&DEPTH);
    let recurse = call.get(&RECURSE);
    if recurse && depth != 1 {
        bail!("only one of flags --recurse and --depth can be specified at the same time");
    }
    let (long, format) = (call.get(&LONG), Format::of(call));
    let form = Form { human: call.get(&HUMANIZE), now: io.environment.now(), zone: Zone::local(&io.environment) };
    connect::run(call, Access::Nodes, io, async |session, io| {
        let request = ListRequest {
            root: call.arguments.first().map_or_else(|| "/".to_owned(), Clone::clone),
            recurse: recurse || depth > 1,
            recursion_depth: if recurse { -1 } else { depth },
            types: types(&call.get(&TYPE))?,
        };
        let stream = session.ask(session.client().list(request)).await.context("error fetching logs")?;
        let columns: &[Column] = if long { &COLUMNS } else { &SHORT_COLUMNS };
        let mut listing = Listing::new(columns, format);
        let outcome = session
            .each(stream, io, |reply, failures, io| {
                let file = &reply.value;
                if !file.error.is_empty() {
                    failures.push(format!("{}: error reading file {}: {}", reply.node, file.name, file.error));
                } else if long {
                    listing.row(form.row(&reply));
                } else if reply.is_named || format != Format::Table {
                    listing.row([Cell::from(&reply.node), (&file.relative_name).into()]);
                } else {
                    // Without names of nodes there is nothing to align.
                    writeln!(io.stdout, "{}", file.relative_name)?;
                }
                Ok(())
            })
            .await;
        listing.print(io)?;
        outcome
    })
}

/// File types by their letters; each word may hold several.
fn types(words: &[&str]) -> anyhow::Result<Vec<i32>> {
    let mut types = Vec::new();
    for letter in words.iter().flat_map(|word| word.chars()) {
        types.push(match letter {
            'f' => Type::Regular.into(),
            'd' => Type::Directory.into(),
            'l' | 'L' => Type::Symlink.into(),
            _ => bail!("invalid file type: {letter}"),
        });
    }
    Ok(types)
}

/// How sizes and times are shown.
struct Form {
    human: bool,
    now: SystemTime,
    zone: Zone,
}

impl Form {
    fn row(&self, reply: &NodeReply<FileInfo>) -> [Cell; 7] {
        let file = &reply.value;
        let shown_size = match u64::try_from(file.size) {
            Ok(bytes) if self.human => size::decimal(bytes),
            _ => file.size.to_string(),
        };
        let arrow = if file.link.is_empty() { String::new() } else { format!(" -> {}", file.link) };
        [
            Cell::from(&reply.node),
            FileMode(file.mode).to_string().into(),
            file.uid.into(),
            file.gid.into(),
            Cell::shown(shown_size, file.size),
            Cell::shown(self.time(file.modified), moment::rfc3339(file.modified)),
            format!("{}{arrow}", file.relative_name).into(),
        ]
    }

    fn time(&self, seconds: i64) -> String {
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let epoch = SystemTime::UNIX_EPOCH;
        let then = if seconds < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) };
        let then = then.unwrap_or(epoch);
        if self.human {
            return relative_time::relative(then, self.now);
        }
        let is_old = self.now.duration_since(then).is_ok_and(|age| age >= RECENT);
        moment::listed(seconds.saturating_add(self.zone.offset(seconds)), is_old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_types() {
        assert_eq!(types(&["fL", "d"]).unwrap(), [0, 2, 1]);
        assert_eq!(types(&["fx"]).unwrap_err().to_string(), "invalid file type: x");
    }
}
