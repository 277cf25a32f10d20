//! Sockets: `/proc/net/{tcp,udp,udplite,raw}{,6}`.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;

use super::columns::{fields, lines, number, text};
use super::error::Malformed;
use super::root::Root;

/// Protocol and family of sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all there is")]
pub enum Transport {
    Tcp,
    Tcp6,
    Udp,
    Udp6,
    UdpLite,
    UdpLite6,
    Raw,
    Raw6,
}

impl Transport {
    /// The kernel's name, also that of its file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tcp6 => "tcp6",
            Self::Udp => "udp",
            Self::Udp6 => "udp6",
            Self::UdpLite => "udplite",
            Self::UdpLite6 => "udplite6",
            Self::Raw => "raw",
            Self::Raw6 => "raw6",
        }
    }
}

/// A socket. Numbers are the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Protocol and family.
    pub transport: Transport,
    /// Own end.
    pub local: SocketAddr,
    /// The other end; unspecified with port 0 when there is none.
    pub remote: SocketAddr,
    /// State: 1 established … 10 listening, 11 closing.
    pub state: u8,
    /// Bytes that wait to be sent.
    pub send_queue: u64,
    /// Bytes that wait to be read; of a listening socket, connections.
    pub receive_queue: u64,
    /// Timer: 0 off, 1 retransmission, 2 keep-alive, 3 time-wait, 4 zero window probe.
    pub timer: u8,
    /// When the timer fires, in ticks.
    pub timer_when: u64,
    /// Retransmissions not answered.
    pub retransmits: u64,
    /// Owner.
    pub uid: u32,
    /// Zero window probes not answered.
    pub timeout: u64,
    /// Identifies the socket among the files of processes.
    pub inode: u64,
    /// Number of references.
    pub references: u64,
    /// Address in the kernel; scrambled or zero for most readers.
    pub pointer: u64,
}

/// A process that has a socket open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketOwner {
    /// Number of the process.
    pub pid: u32,
    /// Its short name; empty when it ended meanwhile.
    pub name: String,
}

impl Socket {
    /// Reads a table of sockets.
    ///
    /// # Errors
    /// For a line that is none of a socket.
    pub fn parse(transport: Transport, bytes: &[u8]) -> Result<Vec<Self>, Malformed> {
        let socket = |(index, line): (usize, &[u8])| {
            Self::read(transport, line).ok_or_else(|| Malformed::new(index, line, "line of a socket"))
        };
        // One line of headings.
        lines(bytes).enumerate().skip(1).filter(|(_, line)| !line.trim_ascii().is_empty()).map(socket).collect()
    }

    fn read(transport: Transport, line: &[u8]) -> Option<Self> {
        let fields = &mut fields(line).skip(1);
        let local = endpoint(fields.next()?)?;
        let remote = endpoint(fields.next()?)?;
        let state = hex(fields.next()?)?;
        let (send_queue, receive_queue) = pair(fields.next()?)?;
        let (timer, timer_when) = pair(fields.next()?)?;
        Some(Self {
            transport,
            local,
            remote,
            state: state.try_into().ok()?,
            send_queue: hex(send_queue)?,
            receive_queue: hex(receive_queue)?,
            timer: number(timer)?,
            timer_when: hex(timer_when)?,
            retransmits: hex(fields.next()?)?,
            uid: number(fields.next()?)?,
            timeout: number(fields.next()?)?,
            inode: number(fields.next()?)?,
            references: number(fields.next()?)?,
            pointer: hex(fields.next()?)?,
        })
    }
}

fn hex(field: &[u8]) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(field).ok()?, 16).ok()
}

fn pair(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = field.iter().position(|byte| *byte == b':')?;
    Some((&field[..colon], &field[colon + 1..]))
}

/// Addresses are written as words of the machine's own byte order.
fn endpoint(field: &[u8]) -> Option<SocketAddr> {
    let (address, port) = pair(field)?;
    let mut octets = [0; 16];
    for (word, octets) in address.chunks(8).zip(octets.chunks_mut(4)) {
        octets.copy_from_slice(&u32::try_from(hex(word)?).ok()?.to_ne_bytes());
    }
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3])),
        32 => IpAddr::V6(Ipv6Addr::from(octets)),
        _ => return None,
    };
    Some(SocketAddr::new(address, u16::try_from(hex(port)?).ok()?))
}

/// Who has which socket open, by its inode. Processes that may not be looked at are left out.
pub(crate) fn owners(root: &Root) -> HashMap<u64, SocketOwner> {
    let mut owners = HashMap::new();
    for pid in root.names("/proc").unwrap_or_default().iter().filter_map(|name| name.parse::<u32>().ok()) {
        let folder = format!("/proc/{pid}/fd");
        let mut owner = None;
        for file in root.names(&folder).unwrap_or_default() {
            let Some(target) = root.link(&format!("{folder}/{file}")) else { continue };
            let inode =
                target.to_str().and_then(|target| target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok());
            if let Some(inode) = inode {
                let owner = owner.get_or_insert_with(|| SocketOwner { pid, name: name(root, pid) });
                owners.insert(inode, owner.clone());
            }
        }
    }
    owners
}

/// Named network namespaces, by name, each with a process that is in it. Those without any are left out.
pub(crate) fn namespaces(root: &Root) -> BTreeMap<String, u32> {
    const FOLDER: &str = "/var/run/netns";
    let names = root.names(FOLDER).unwrap_or_default().into_iter();
    let inode = |name: &str| Some(fs::metadata(root.path(format!("{FOLDER}/{name}"))).ok()?.ino());
    let mut inodes: HashMap<u64, String> = names.filter_map(|name| Some((inode(&name)?, name))).collect();
    let mut namespaces = BTreeMap::new();
    if inodes.is_empty() {
        return namespaces;
    }
    for pid in root.names("/proc").unwrap_or_default().iter().filter_map(|name| name.parse::<u32>().ok()) {
        let Some(target) = root.link(&format!("/proc/{pid}/ns/net")) else { continue };
        let inode = target.to_str().and_then(|target| target.strip_prefix("net:[")?.strip_suffix(']')?.parse().ok());
        if let Some(name) = inode.and_then(|inode: u64| inodes.remove(&inode)) {
            namespaces.insert(name, pid);
        }
    }
    namespaces
}

fn name(root: &Root, pid: u32) -> String {
    let name = root.read(&format!("/proc/{pid}/comm")).unwrap_or_default();
    text(name.trim_ascii_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn both_families_are_read() {
        let text = b"  sl  local_address rem_address\n   1: 020200C0:BC46 507100CB:01BB 01 0000000A:0000000B 02:000000FF 00000001     7        3 187932 1 0000000017595999 20 4 21 64 146\n";
        let socket = &Socket::parse(Transport::Tcp, text).unwrap()[0];
        assert_eq!(socket.local, "192.0.2.2:48198".parse().unwrap());
        assert_eq!(socket.remote, "203.0.113.80:443".parse().unwrap());
        assert_eq!((socket.state, socket.send_queue, socket.receive_queue), (1, 10, 11));
        assert_eq!((socket.timer, socket.timer_when, socket.retransmits), (2, 255, 1));
        assert_eq!((socket.uid, socket.timeout, socket.inode, socket.references), (7, 3, 187_932, 1));
        assert_eq!(socket.pointer, 0x1759_5999);
        let text = b"  sl\n   0: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 9 1 0 100 0 0 10 0\n";
        let socket = &Socket::parse(Transport::Tcp6, text).unwrap()[0];
        assert_eq!(socket.local, "[2001:db8::1]:22".parse().unwrap());
        assert!(socket.remote.ip().is_unspecified());
    }

    #[test]
    fn lines_of_something_else_are_refused() {
        assert_eq!(Socket::parse(Transport::Udp, b"sl\n\n").unwrap(), []);
        let refused = Socket::parse(Transport::Udp, b"sl\n 0: 1:2 3:4\n").unwrap_err();
        assert_eq!((refused.line, refused.wanted), (2, "line of a socket"));
    }
}
