//! `talosctl disks`: the disks of machines.

use anyhow::Context as _;
use talos_api::proto::storage::disk::DiskType;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::size;

static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates").short('i');

pub(crate) static COMMAND: Command = Command {
    flags: &[INSECURE.row(), OUTPUT.row()],
    run: Some(run),
    ..Command::new("disks", "List the disks of machines")
};

const COLUMNS: [Column; 13] = [
    column("NODE", "node"),
    column("DEV", "deviceName"),
    column("MODEL", "model"),
    column("SERIAL", "serial"),
    column("TYPE", "type"),
    column("UUID", "uuid"),
    column("WWID", "wwid"),
    column("MODALIAS", "modalias"),
    column("NAME", "name"),
    column("SIZE", "size"),
    column("BUS_PATH", "busPath"),
    column("SUBSYSTEM", "subsystem"),
    column("SYSTEM_DISK", "systemDisk"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::insecure(call.get(&INSECURE)), io, async |session, io| {
        let replies = session.some(session.client().disks(), io).await.context("error getting disks")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        // The line of titles is there only if the first machine has disks.
        listing.header(replies.first().is_some_and(|reply| !reply.value.disks.is_empty()));
        listing.hide_first(replies.iter().all(|reply| !reply.is_named));
        let or_dash = |text: String| if text.is_empty() { Cell::shown("-", text) } else { text.into() };
        for reply in replies {
            for disk in reply.value.disks {
                let kind = DiskType::try_from(disk.r#type).map_or("UNKNOWN", |kind| kind.as_str_name());
                listing.row([
                    Cell::from(&reply.node),
                    or_dash(disk.device_name),
                    or_dash(disk.model),
                    or_dash(disk.serial),
                    kind.into(),
                    or_dash(disk.uuid),
                    or_dash(disk.wwid),
                    or_dash(disk.modalias),
                    or_dash(disk.name),
                    Cell::shown(size::decimal(disk.size), disk.size),
                    or_dash(disk.bus_path),
                    or_dash(disk.subsystem),
                    Cell::shown(if disk.system_disk { "*" } else { "" }, disk.system_disk),
                ]);
            }
        }
        Ok(listing.print(io)?)
    })
}
