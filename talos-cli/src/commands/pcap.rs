//! `talosctl pcap`: captures packets.

use std::fs::File;
use std::io::Write;

use anyhow::Context as _;
use talos_api::client::Chunks;
use talos_api::proto::machine::{BpfInstruction, PacketCaptureRequest};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure, Session};
use crate::files;
use crate::flag::FlagOf;
use crate::go::{self, Duration};
use crate::io::Io;
use crate::packets::Reader;

static BPF_FILTER: FlagOf<str> =
    FlagOf::text("bpf-filter", "Capture only what this filter takes, in the form that tcpdump -dd prints");
static DURATION: FlagOf<Duration> = FlagOf::duration("duration", "Stop after this time; without it Ctrl-C stops");
static INTERFACE: FlagOf<str> = FlagOf::text("interface", "Network interface").short('i').default("eth0");
static OUTPUT: FlagOf<str> =
    FlagOf::text("output", "Write a pcap file, - for standard output; without it packets are shown as text").short('o');
static PROMISCUOUS: FlagOf<bool> = FlagOf::switch("promiscuous", "Capture packets for other machines, too");
static SNAPLEN: FlagOf<i64> = FlagOf::int("snaplen", "How many bytes of each packet to keep").short('s').default(65536);

pub(crate) static COMMAND: Command = Command {
    aliases: &["tcpdump"],
    examples: "  talosctl pcap -i eth0 --bpf-filter \"$(tcpdump -dd 'tcp and port 6443')\" -o - | tcpdump -nr -",
    arguments: Arguments::None,
    flags: &[BPF_FILTER.row(), DURATION.row(), INTERFACE.row(), OUTPUT.row(), PROMISCUOUS.row(), SNAPLEN.row()],
    run: Some(run),
    ..Command::new("pcap", "Capture packets")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("pcap")?;
        let snaplen = call.get(&SNAPLEN);
        let request = PacketCaptureRequest {
            interface: call.get(&INTERFACE).to_owned(),
            promiscuous: call.get(&PROMISCUOUS),
            snap_len: u32::try_from(snaplen).with_context(|| format!("{snaplen} bytes of a packet cannot be kept"))?,
            bpf_filter: filter(call.get(&BPF_FILTER))?,
        };
        let mut packets = session.ask(session.client().packet_capture(request)).await.context("error copying")?;
        let duration = call.get(&DURATION).to_std();
        let target = call.get(&OUTPUT);
        let capture = capture(session, &mut packets, target, io);
        if duration.is_zero() {
            return capture.await;
        }
        // The end of the time is the end of the capture.
        tokio::time::timeout(duration, capture).await.unwrap_or(Ok(()))
    })
}

async fn capture(session: &Session, packets: &mut Chunks, target: &str, io: &mut Io<'_>) -> anyhow::Result<()> {
    let failed = |error| files::failure("write", target, error);
    let mut sink = match target {
        "" => Sink::Text(Reader::default()),
        "-" => Sink::Raw,
        _ => Sink::File(None),
    };
    // Made when there is something to put in, so that a capture that cannot begin leaves nothing.
    let open =
        |io: &Io<'_>| File::create(io.environment.path(target)).map_err(|error| files::failure("open", target, error));
    while let Some(chunk) = session.next(packets).await {
        report(packets, io);
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                // What was captured until now is good.
                io.note(Failure::from(error));
                return Ok(());
            }
        };
        match &mut sink {
            Sink::Text(reader) => io.stdout.write_all(reader.push(&chunk)?.as_bytes())?,
            Sink::Raw => io.stdout.write_all(&chunk)?,
            Sink::File(file) => {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(open(io)?),
                };
                file.write_all(&chunk).map_err(failed)?;
            }
        }
    }
    report(packets, io);
    Ok(())
}

/// Where packets go.
enum Sink {
    Text(Reader),
    Raw,
    File(Option<File>),
}

fn report(packets: &mut Chunks, io: &mut Io<'_>) {
    for failure in packets.take_failures() {
        io.note(failure.text());
    }
}

/// Reads a filter program, one instruction a line.
fn filter(text: &str) -> anyhow::Result<Vec<BpfInstruction>> {
    let lines = text.split('\n').filter(|line| !line.is_empty());
    lines
        .map(|line| instruction(line).with_context(|| format!("error parsing bpf instruction {}", go::quote(line))))
        .collect()
}

/// Reads `{ 0x28, 0, 0, 0x0000000c },`.
fn instruction(line: &str) -> anyhow::Result<BpfInstruction> {
    let inner = line.strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" },"));
    let fields: Vec<&str> = inner.map(|inner| inner.split(", ").collect()).unwrap_or_default();
    let hex = |field: &str| field.strip_prefix("0x").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let parsed = match fields[..] {
        [op, jt, jf, k] => hex(op).zip(hex(k)).zip(jt.parse::<u32>().ok().zip(jf.parse::<u32>().ok())),
        _ => None,
    };
    let ((op, k), (jt, jf)) = parsed.ok_or_else(|| anyhow::anyhow!("input does not match format"))?;
    Ok(BpfInstruction { op, jt, jf, k })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        let program = filter("{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x00000800 },\n").unwrap();
        let numbers: Vec<_> = program.iter().map(|line| [line.op, line.jt, line.jf, line.k]).collect();
        assert_eq!(numbers, [[0x28, 0, 0, 12], [0x15, 0, 1, 0x800]]);
        for bad in ["tcp", "{ 0x28, 0, 0 },", "{ 28, 0, 0, 0x1 },"] {
            let error = format!("{:#}", filter(bad).unwrap_err());
            assert_eq!(error, format!("error parsing bpf instruction {bad:?}: input does not match format"));
        }
    }
}
