//! `PacketCapture`: packets of a link, as a file that tools for networks read.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::{BufMut, BytesMut};
use futures_core::Stream;
use talos_api::grpc::status::quoted;
use talos_api::proto::common::Data;
use talos_api::proto::machine::{BpfInstruction, PacketCaptureRequest};
use talos_api::resources::network::{LinkStatuses, LinkType};
use talos_api::server::failure;
use tonic::Status;

use super::read::CHUNK;
use crate::cosi::Store;
use crate::machine::SharedClock;
use crate::sys::Host;
use crate::sys::filter::{Filter, Instruction, Invalid};
use crate::sys::packets::{Deaf, Packets, Tap};

/// Why there is no capture.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("error setting up packet capture on {}", quoted(.0))]
    Packets(String, #[source] Deaf),
    #[error("error setting BPF filter")]
    Filter(#[source] Invalid),
}

/// Bytes kept of a packet when the request does not say.
const SNAP_LENGTH: u32 = 65_536;

/// What a packet begins with, by its number in files: Ethernet, or nothing before IP.
const ETHERNET: u32 = 1;
const RAW: u32 = 101;

/// Bytes that are made before some are sent, if there are so many packets.
const BLOCK: usize = 64 << 10;

/// A capture that is under way; it ends with its client.
pub struct Capture {
    packets: Packets,
    filter: Option<Filter>,
    snap_length: usize,
    clock: SharedClock,
    /// Made and not yet given out.
    block: BytesMut,
    /// Waits a moment after a failure, so that a link that stays down does not keep the processor busy.
    pause: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("packets", &self.packets).field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// Captures what goes through a link from now on.
///
/// # Errors
/// `NotFound` for a link that is not there, `InvalidArgument` for one whose packets have no known form, `Unknown` when it
/// cannot be listened to, or for a filter that is none.
///
/// # Panics
/// Outside of a runtime.
pub fn packet_capture(
    host: &dyn Host,
    store: &Store,
    clock: &SharedClock,
    request: PacketCaptureRequest,
) -> Result<Capture, Status> {
    let link = store.spec::<LinkStatuses>(&request.interface);
    let link = link.ok_or_else(|| Status::not_found(format!("interface {} not found", quoted(&request.interface))))?;
    let form = match link.r#type {
        LinkType::ETHER | LinkType::LOOPBCK => ETHERNET,
        LinkType::NONE => RAW,
        other => return Err(Status::invalid_argument(format!("unsupported link type {other}"))),
    };
    let snap_length = if request.snap_len == 0 { SNAP_LENGTH } else { request.snap_len };
    let tap = Tap { link: request.interface.clone(), index: link.index, promiscuous: request.promiscuous };
    let packets = host.packets(&tap).map_err(|source| failure::unknown(&Error::Packets(request.interface, source)))?;
    let filter = filter(&request.bpf_filter).map_err(|invalid| failure::unknown(&Error::Filter(invalid)))?;
    Ok(Capture::new(packets, filter, snap_length, form, clock.clone()))
}

fn filter(instructions: &[BpfInstruction]) -> Result<Option<Filter>, Invalid> {
    if instructions.is_empty() {
        return Ok(None);
    }
    // Numbers lose what does not fit, as with the reference.
    let instructions: Vec<Instruction> = instructions
        .iter()
        .map(|one| Instruction { code: one.op as u16, if_true: one.jt as u8, if_false: one.jf as u8, operand: one.k })
        .collect();
    Filter::new(&instructions).map(Some)
}

impl Capture {
    fn new(packets: Packets, filter: Option<Filter>, snap_length: u32, form: u32, clock: SharedClock) -> Self {
        let mut block = BytesMut::with_capacity(BLOCK);
        // A magic number that says that times have nanoseconds, version 2.4, no offset of times, no doubt about them.
        block.put_u32_le(0xa1b2_3c4d);
        block.put_u16_le(2);
        block.put_u16_le(4);
        block.put_u64_le(0);
        block.put_u32_le(snap_length);
        block.put_u32_le(form);
        Self { packets, filter, snap_length: snap_length as usize, clock, block, pause: None }
    }

    /// Makes what is there, as far as it is not yet too much.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.block.len() < BLOCK {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            let Ok((packet, length)) = ready!(self.packets.poll_packet(cx)) else {
                self.pause = Some(Box::pin(tokio::time::sleep(PAUSE)));
                continue;
            };
            let kept = self.filter.as_ref().map_or(usize::MAX, |filter| filter.run(packet));
            if kept == 0 {
                continue;
            }
            let packet = &packet[..packet.len().min(kept).min(self.snap_length)];
            let time = self.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            // Seconds of the format end in 2106.
            self.block.put_u32_le(time.as_secs() as u32);
            self.block.put_u32_le(time.subsec_nanos());
            self.block.put_u32_le(packet.len() as u32);
            self.block.put_u32_le(length as u32);
            self.block.put_slice(packet);
        }
        Poll::Ready(())
    }
}

const PAUSE: Duration = Duration::from_millis(5);

impl Stream for Capture {
    type Item = Result<Data, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.block.is_empty() {
            // What was made so far is enough.
            let _ = self.poll_fill(cx);
        }
        if self.block.is_empty() {
            return Poll::Pending;
        }
        let size = self.block.len().min(CHUNK);
        let bytes = self.block.split_to(size).freeze();
        Poll::Ready(Some(Ok(Data { metadata: None, bytes })))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use talos_api::resources::network::LinkStatusSpec;

    use super::*;
    use crate::cosi::Resource;
    use crate::machine::testing::{machine, machine_on};
    use crate::sys::Recording;

    async fn next(capture: &mut Capture) -> Vec<u8> {
        let data = std::future::poll_fn(|cx| Pin::new(&mut *capture).poll_next(cx)).await;
        data.unwrap().unwrap().bytes.to_vec()
    }

    fn drop_short() -> Option<Filter> {
        // Longer than 4 bytes: 20 of them.
        let instruction = |op, jt, jf, k| BpfInstruction { op, jt, jf, k };
        let program =
            [instruction(0x80, 0, 0, 0), instruction(0x25, 0, 1, 4), instruction(6, 0, 0, 20), instruction(6, 0, 0, 0)];
        filter(&program).unwrap()
    }

    #[tokio::test]
    async fn packets_become_records() {
        let (near, far) = UnixDatagram::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let packets = Packets::from_socket(near.into()).unwrap();
        let clock = machine().clock.clone();
        let mut capture = Capture::new(packets, drop_short(), 8, ETHERNET, clock);
        let header = next(&mut capture).await;
        assert_eq!(header, [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0]);
        for packet in [&b"abc"[..], b"abcdef", b"0123456789"] {
            far.send(packet).unwrap();
        }
        let records = next(&mut capture).await;
        let time = 1_700_000_000u32.to_le_bytes();
        let mut expected = Vec::new();
        for (length, kept) in [(6u8, &b"abcdef"[..]), (10, b"01234567")] {
            expected.extend(time);
            expected.extend([0, 0, 0, 0, kept.len() as u8, 0, 0, 0, length, 0, 0, 0]);
            expected.extend(kept);
        }
        assert_eq!(records, expected);
    }

    #[tokio::test]
    async fn only_known_links_are_listened_to() {
        let machine = machine_on(Recording::new("/nonexistent"), |_| {});
        for (id, r#type) in [("can0", LinkType::CAN), ("eth0", LinkType::ETHER)] {
            let spec = LinkStatusSpec { r#type, ..LinkStatusSpec::default() };
            machine.store.create(Resource::of::<LinkStatuses>(id, spec), "test").unwrap();
        }
        for (interface, code, text) in [
            ("eth1", tonic::Code::NotFound, "interface \"eth1\" not found"),
            ("can0", tonic::Code::InvalidArgument, "unsupported link type can"),
            ("eth0", tonic::Code::Unknown, "error setting up packet capture on \"eth0\": this machine has no packets"),
        ] {
            let request = PacketCaptureRequest { interface: interface.into(), ..PacketCaptureRequest::default() };
            let refused = packet_capture(&*machine.host, &machine.store, &machine.clock, request).unwrap_err();
            assert_eq!((refused.code(), refused.message()), (code, text));
        }
    }
}
