//! `talosctl memory`: how much memory is in use.

use std::io::Write;

use anyhow::Context as _;
use talos_api::proto::machine::MemInfo;
use talos_config_yaml::value::Value;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};

static VERBOSE: FlagOf<bool> = FlagOf::switch("verbose", "Show everything the kernel counts").short('v');

pub(crate) static COMMAND: Command = Command {
    aliases: &["m", "free"],
    long: "Show how much memory is in use. Numbers are MiB, those of --verbose KiB.",
    arguments: Arguments::None,
    flags: &[OUTPUT.row(), VERBOSE.row()],
    run: Some(run),
    ..Command::new("memory", "Show how much memory is in use")
};

const COLUMNS: [Column; 8] = [
    column("NODE", "node"),
    column("TOTAL", "total"),
    column("USED", "used"),
    column("FREE", "free"),
    column("SHARED", "shared"),
    column("BUFFERS", "buffers"),
    column("CACHE", "cache"),
    column("AVAILABLE", "available"),
];

/// A counter of the kernel: its name, its value, and whether it counts KiB.
type Counter = (&'static str, fn(&MemInfo) -> u64, bool);

const COUNTERS: [Counter; 48] = [
    ("MemTotal", |info| info.memtotal, true),
    ("MemFree", |info| info.memfree, true),
    ("MemAvailable", |info| info.memavailable, true),
    ("Buffers", |info| info.buffers, true),
    ("Cached", |info| info.cached, true),
    ("SwapCached", |info| info.swapcached, true),
    ("Active", |info| info.active, true),
    ("Inactive", |info| info.inactive, true),
    ("ActiveAnon", |info| info.activeanon, true),
    ("InactiveAnon", |info| info.inactiveanon, true),
    ("ActiveFile", |info| info.activefile, true),
    ("InactiveFile", |info| info.inactivefile, true),
    ("Unevictable", |info| info.unevictable, true),
    ("Mlocked", |info| info.mlocked, true),
    ("SwapTotal", |info| info.swaptotal, true),
    ("SwapFree", |info| info.swapfree, true),
    ("Dirty", |info| info.dirty, true),
    ("Writeback", |info| info.writeback, true),
    ("AnonPages", |info| info.anonpages, true),
    ("Mapped", |info| info.mapped, true),
    ("Shmem", |info| info.shmem, true),
    ("Slab", |info| info.slab, true),
    ("SReclaimable", |info| info.sreclaimable, true),
    ("SUnreclaim", |info| info.sunreclaim, true),
    ("KernelStack", |info| info.kernelstack, true),
    ("PageTables", |info| info.pagetables, true),
    ("NFSUnstable", |info| info.nfsunstable, true),
    ("Bounce", |info| info.bounce, true),
    ("WritebackTmp", |info| info.writebacktmp, true),
    ("CommitLimit", |info| info.commitlimit, true),
    ("CommittedAS", |info| info.committedas, true),
    ("VmallocTotal", |info| info.vmalloctotal, true),
    ("VmallocUsed", |info| info.vmallocused, true),
    ("VmallocChunk", |info| info.vmallocchunk, true),
    ("HardwareCorrupted", |info| info.hardwarecorrupted, true),
    ("AnonHugePages", |info| info.anonhugepages, true),
    ("ShmemHugePages", |info| info.shmemhugepages, true),
    ("ShmemPmdMapped", |info| info.shmempmdmapped, true),
    ("CmaTotal", |info| info.cmatotal, true),
    ("CmaFree", |info| info.cmafree, true),
    ("HugePagesTotal", |info| info.hugepagestotal, false),
    ("HugePagesFree", |info| info.hugepagesfree, false),
    ("HugePagesRsvd", |info| info.hugepagesrsvd, false),
    ("HugePagesSurp", |info| info.hugepagessurp, false),
    ("Hugepagesize", |info| info.hugepagesize, true),
    ("DirectMap4k", |info| info.directmap4k, true),
    ("DirectMap2M", |info| info.directmap2m, true),
    ("DirectMap1G", |info| info.directmap1g, true),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().memory(), io).await.context("error getting memory stats")?;
        let infos = replies.into_iter().map(|reply| (reply.node, reply.value.meminfo.unwrap_or_default()));
        let format = Format::of(call);
        if call.get(&VERBOSE) {
            return Ok(io.stdout.write_all(counters(infos, format).as_bytes())?);
        }
        let mut listing = Listing::new(&COLUMNS, format);
        for (node, info) in infos {
            let used = info.memtotal.wrapping_sub(info.memfree).wrapping_sub(info.cached).wrapping_sub(info.buffers);
            let mebibytes = |kibibytes: u64| Cell::from(kibibytes / 1024);
            listing.row([
                Cell::from(node),
                mebibytes(info.memtotal),
                mebibytes(used),
                mebibytes(info.memfree),
                mebibytes(info.shmem),
                mebibytes(info.buffers),
                mebibytes(info.cached),
                mebibytes(info.memavailable),
            ]);
        }
        Ok(listing.print(io)?)
    })
}

fn counters(infos: impl Iterator<Item = (String, MemInfo)>, format: Format) -> String {
    use crate::output::{json, yaml};

    if format == Format::Table {
        let mut text = String::new();
        for (node, info) in infos {
            text += &format!("NODE: {node}\n");
            for (name, value, is_size) in COUNTERS {
                text += &format!("{name}: {}{}\n", value(&info), if is_size { " kB" } else { "" });
            }
        }
        return text;
    }
    let record = |(node, info): (String, MemInfo)| {
        let number = |value: u64| i64::try_from(value).map_or(Value::Uint(value), Value::Int);
        let counters = COUNTERS.iter().map(|(name, value, _)| ((*name).to_owned(), number(value(&info))));
        std::iter::once(("node".to_owned(), Value::String(node))).chain(counters).collect::<Vec<_>>()
    };
    let records: Vec<_> = infos.map(record).collect();
    if format == Format::Yaml {
        return yaml::records(&records);
    }
    let mapping = |record: Vec<(String, Value)>| {
        Value::Mapping(record.into_iter().map(|(key, value)| (Value::String(key), value)).collect())
    };
    let list = Value::Sequence(records.into_iter().map(mapping).collect());
    json::text(&list, json::Layout::Indented, json::Keys::Kept) + "\n"
}
