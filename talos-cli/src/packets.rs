//! Captured packets as text.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::go::moment;

/// Reads a capture piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    header: Option<Header>,
}

/// What the beginning of a capture says about the rest.
#[derive(Clone, Copy, Debug)]
struct Header {
    big_endian: bool,
    /// Nanoseconds in a unit of the fraction of times.
    fraction: u32,
    link: u32,
}

/// A capture cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It begins with something else.
    #[error("unknown magic {0:x}")]
    Magic(u32),
    /// A packet claims to be larger than any.
    #[error("capture length {0} exceeds the largest there is")]
    TooLarge(u32),
}

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// Larger packets are not captured by anybody.
const LARGEST: u32 = 256 << 10;
const ETHERNET: u32 = 1;

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, Error> {
        let magic = u32::from_le_bytes(bytes[..4].try_into().expect("four octets"));
        let (big_endian, fraction) = match magic {
            0xa1b2_c3d4 => (false, 1000),
            0xa1b2_3c4d => (false, 1),
            0xd4c3_b2a1 => (true, 1000),
            0x4d3c_b2a1 => (true, 1),
            other => return Err(Error::Magic(other)),
        };
        let header = Self { big_endian, fraction, link: 0 };
        Ok(Self { link: header.number(&bytes[20..]), ..header })
    }

    fn number(self, bytes: &[u8]) -> u32 {
        let octets = bytes[..4].try_into().expect("four octets");
        if self.big_endian { u32::from_be_bytes(octets) } else { u32::from_le_bytes(octets) }
    }
}

impl Reader {
    /// Takes the next piece and returns the text of all packets that are complete with it.
    ///
    /// # Errors
    /// [`Error`] when this is no capture.
    pub fn push(&mut self, piece: &[u8]) -> Result<String, Error> {
        self.buffer.extend_from_slice(piece);
        let mut at = 0;
        let header = match self.header {
            Some(header) => header,
            None if self.buffer.len() < FILE_HEADER => return Ok(String::new()),
            None => {
                at = FILE_HEADER;
                *self.header.insert(Header::read(&self.buffer)?)
            }
        };
        let mut text = String::new();
        while let Some(record) = self.buffer.get(at..at + RECORD_HEADER) {
            let [seconds, fraction, captured, length] = [0, 4, 8, 12].map(|place| header.number(&record[place..]));
            if captured > LARGEST {
                return Err(Error::TooLarge(captured));
            }
            let start = at + RECORD_HEADER;
            let Some(packet) = self.buffer.get(start..start + captured as usize) else { break };
            let nanos = i32::try_from(fraction.saturating_mul(header.fraction) % 1_000_000_000).unwrap_or(0);
            let _ = writeln!(
                text,
                "PACKET: {captured} bytes, wire length {length} cap length {captured} @ {}",
                moment::long(seconds.into(), nanos)
            );
            Layers { text: &mut text, number: 0 }.link(header.link, packet);
            at = start + captured as usize;
        }
        self.buffer.drain(..at);
        Ok(text)
    }
}

/// Writes a line for each layer.
struct Layers<'t> {
    text: &'t mut String,
    number: usize,
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

impl Layers<'_> {
    fn line(&mut self, length: usize, name: &str, fields: std::fmt::Arguments<'_>) {
        self.number += 1;
        let _ = writeln!(self.text, "- Layer {} ({length} bytes) = {name}\t{{{fields}}}", self.number);
    }

    /// What no layer explains.
    fn payload(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.number += 1;
            let _ = writeln!(
                self.text,
                "- Layer {} ({} bytes) = Payload\t{} byte(s)",
                self.number,
                bytes.len(),
                bytes.len()
            );
        }
    }

    fn link(&mut self, kind: u32, packet: &[u8]) {
        if kind != ETHERNET || packet.len() < 14 {
            return self.payload(packet);
        }
        let address = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
        let kind = word(packet, 12);
        let (source, target) = (address(&packet[6..12]), address(&packet[..6]));
        self.line(14, "Ethernet", format_args!("SrcMAC={source} DstMAC={target} EthernetType=0x{kind:04x}"));
        self.network(kind, &packet[14..]);
    }

    fn network(&mut self, kind: u16, bytes: &[u8]) {
        match kind {
            0x8100 if bytes.len() >= 4 => {
                let (tag, kind) = (word(bytes, 0), word(bytes, 2));
                self.line(4, "Dot1Q", format_args!("VLANIdentifier={} Type=0x{kind:04x}", tag & 0xfff));
                self.network(kind, &bytes[4..]);
            }
            0x0800 => self.ipv4(bytes),
            0x86dd => self.ipv6(bytes),
            0x0806 if bytes.len() >= 28 => {
                let ip = |at: usize| Ipv4Addr::from(long(bytes, at));
                let operation = word(bytes, 6);
                self.line(
                    28,
                    "ARP",
                    format_args!("Operation={operation} SourceProtAddress={} DstProtAddress={}", ip(14), ip(24)),
                );
            }
            _ => self.payload(bytes),
        }
    }

    fn ipv4(&mut self, bytes: &[u8]) {
        let header = usize::from(bytes.first().unwrap_or(&0) & 0xf) * 4;
        if header < 20 || bytes.len() < header {
            return self.payload(bytes);
        }
        let length = usize::from(word(bytes, 2));
        let (source, target) = (Ipv4Addr::from(long(bytes, 12)), Ipv4Addr::from(long(bytes, 16)));
        let (ttl, protocol, offset) = (bytes[8], bytes[9], word(bytes, 6) & 0x1fff);
        self.line(
            header,
            "IPv4",
            format_args!(
                "Version=4 IHL={} TOS={} Length={length} Id={} FragOffset={offset} TTL={ttl} Protocol={protocol} \
                 SrcIP={source} DstIP={target}",
                header / 4,
                bytes[1],
                word(bytes, 4),
            ),
        );
        // Frames are padded; what the header does not count is not part of the packet.
        let rest = &bytes[header..length.clamp(header, bytes.len())];
        if offset == 0 { self.transport(protocol, rest) } else { self.payload(rest) }
    }

    fn ipv6(&mut self, bytes: &[u8]) {
        if bytes.len() < 40 {
            return self.payload(bytes);
        }
        let address = |at: usize| Ipv6Addr::from(<[u8; 16]>::try_from(&bytes[at..at + 16]).expect("sixteen octets"));
        let (length, next) = (usize::from(word(bytes, 4)), bytes[6]);
        self.line(
            40,
            "IPv6",
            format_args!(
                "Version=6 Length={length} NextHeader={next} HopLimit={} SrcIP={} DstIP={}",
                bytes[7],
                address(8),
                address(24)
            ),
        );
        self.transport(next, &bytes[40..(40 + length).min(bytes.len())]);
    }

    fn transport(&mut self, protocol: u8, bytes: &[u8]) {
        match protocol {
            6 if bytes.len() >= 20 => {
                let header = (usize::from(bytes[12] >> 4) * 4).clamp(20, bytes.len());
                let flags: Vec<_> = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
                    .into_iter()
                    .enumerate()
                    .filter(|(bit, _)| bytes[13] & 1 << bit != 0)
                    .map(|(_, name)| name)
                    .collect();
                self.line(
                    header,
                    "TCP",
                    format_args!(
                        "SrcPort={} DstPort={} Seq={} Ack={} Flags={} Window={}",
                        word(bytes, 0),
                        word(bytes, 2),
                        long(bytes, 4),
                        long(bytes, 8),
                        flags.join("|"),
                        word(bytes, 14)
                    ),
                );
                self.payload(&bytes[header..]);
            }
            17 if bytes.len() >= 8 => {
                let (source, target, length) = (word(bytes, 0), word(bytes, 2), word(bytes, 4));
                self.line(8, "UDP", format_args!("SrcPort={source} DstPort={target} Length={length}"));
                self.payload(&bytes[8..]);
            }
            1 | 58 if bytes.len() >= 4 => {
                let name = if protocol == 1 { "ICMPv4" } else { "ICMPv6" };
                self.line(4, name, format_args!("Type={} Code={}", bytes[0], bytes[1]));
                self.payload(&bytes[4..]);
            }
            _ => self.payload(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(packets: &[&[u8]]) -> Vec<u8> {
        let mut file = 0xa1b2_c3d4u32.to_le_bytes().to_vec();
        file.resize(20, 0);
        file.extend(1u32.to_le_bytes());
        for packet in packets {
            let length = u32::try_from(packet.len()).unwrap();
            for number in [1, 500_000, length, length] {
                file.extend(number.to_le_bytes());
            }
            file.extend_from_slice(packet);
        }
        file
    }

    /// A UDP packet with one octet in it.
    fn packet() -> Vec<u8> {
        let mut packet = vec![1; 12];
        packet.extend([8, 0, 0x45, 0, 0, 29, 0, 7, 0, 0, 64, 17, 0, 0, 10, 5, 0, 2, 10, 5, 0, 3]);
        packet.extend([0, 53, 4, 0, 0, 9, 0, 0, 42]);
        packet
    }

    #[test]
    fn packets_have_layers() {
        let text = Reader::default().push(&capture(&[&packet()])).unwrap();
        assert_eq!(
            text,
            "PACKET: 43 bytes, wire length 43 cap length 43 @ 1970-01-01 00:00:01.5 +0000 UTC\n\
             - Layer 1 (14 bytes) = Ethernet\t{SrcMAC=01:01:01:01:01:01 DstMAC=01:01:01:01:01:01 EthernetType=0x0800}\n\
             - Layer 2 (20 bytes) = IPv4\t{Version=4 IHL=5 TOS=0 Length=29 Id=7 FragOffset=0 TTL=64 Protocol=17 SrcIP=10.5.0.2 DstIP=10.5.0.3}\n\
             - Layer 3 (8 bytes) = UDP\t{SrcPort=53 DstPort=1024 Length=9}\n\
             - Layer 4 (1 bytes) = Payload\t1 byte(s)\n"
        );
    }

    #[test]
    fn pieces_may_be_cut_anywhere() {
        let file = capture(&[&packet(), &packet()]);
        let whole = Reader::default().push(&file).unwrap();
        let mut reader = Reader::default();
        let text: String = file.iter().map(|byte| reader.push(&[*byte]).unwrap()).collect();
        assert_eq!(text, whole);
    }

    #[test]
    fn short_packets_and_damage_are_no_reason_to_panic() {
        let packet = packet();
        for length in 0..packet.len() {
            Reader::default().push(&capture(&[&packet[..length]])).unwrap();
        }
        assert_eq!(Reader::default().push(&[7; FILE_HEADER]).unwrap_err(), Error::Magic(0x0707_0707));
        let mut file = capture(&[]);
        file.extend([0xff; RECORD_HEADER]);
        assert_eq!(Reader::default().push(&file).unwrap_err(), Error::TooLarge(u32::MAX));
    }
}
