//! `talosctl mounts`: mounted file systems and how full they are.

use anyhow::Context as _;
use talos_api::proto::machine::MountStat;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::table::Table;

pub(crate) static COMMAND: Command = Command {
    aliases: &["mount"],
    arguments: Arguments::None,
    flags: &[OUTPUT.row()],
    run: Some(run),
    ..Command::new("mounts", "List mounted file systems and how full they are")
};

const COLUMNS: [Column; 7] = [
    column("NODE", "node"),
    column("FILESYSTEM", "filesystem"),
    column("SIZE(GB)", "size"),
    column("USED(GB)", "used"),
    column("AVAILABLE(GB)", "available"),
    column("PERCENT USED", "percentUsed"),
    column("MOUNTED ON", "mountedOn"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().mounts(), io).await.context("error getting interfaces")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        for reply in replies {
            for mount in reply.value.stats.into_iter().filter(|mount| mount.size > 0) {
                let percent = percent_used(mount.size, mount.available);
                let mut cells = vec![Cell::from(&reply.node), mount.filesystem.into()];
                let used = mount.size.saturating_sub(mount.available);
                cells.extend([mount.size, used, mount.available].map(|bytes| Cell::shown(gigabytes(bytes), bytes)));
                cells.extend([Cell::shown(format!("{percent:.2}%"), percent), mount.mounted_on.into()]);
                listing.row(cells);
            }
        }
        Ok(listing.print(io)?)
    })
}

/// The mounts of one node, without its name.
pub(crate) fn table(stats: &[MountStat]) -> String {
    let mut table = Table::new();
    table.row(COLUMNS[1..].iter().map(|column| column.title));
    for mount in stats.iter().filter(|mount| mount.size > 0) {
        let used = mount.size.saturating_sub(mount.available);
        let [size, used, available] = [mount.size, used, mount.available].map(gigabytes);
        let percent = format!("{:.2}%", percent_used(mount.size, mount.available));
        table.row([&mount.filesystem, &size, &used, &available, &percent, &mount.mounted_on].map(String::as_str));
    }
    table.render()
}

#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn gigabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 * 1e-9)
}

/// How much of a file system is taken.
#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn percent_used(size: u64, available: u64) -> f64 {
    100.0 - 100.0 * (available as f64 / size as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        assert_eq!(format!("{:.2}", percent_used(4, 1)), "75.00");
        assert_eq!(gigabytes(21_474_836_480), "21.47");
    }
}
