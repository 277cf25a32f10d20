//! Packets as they go through a link.

use std::fmt;
use std::io::{self, ErrorKind};
use std::os::fd::{IntoRawFd, OwnedFd};
use std::task::{Context, Poll, ready};

use pnet_datalink::NetworkInterface;
use pnet_datalink::linux::{self, Config};
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};
use tokio::io::Interest;
use tokio::net::UnixDatagram;

use super::error::Reason;

/// All packets of a link from now on, until it is dropped.
pub struct Packets {
    /// Of whatever family: it is only waited for, and read from.
    socket: UnixDatagram,
    buffer: Box<[u8]>,
}

impl fmt::Debug for Packets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packets").field("socket", &self.socket).finish_non_exhaustive()
    }
}

/// Which link is listened to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Name of the link.
    pub link: String,
    /// Its number.
    pub index: u32,
    /// Packets for others are heard, too, if the link hears them.
    pub promiscuous: bool,
}

/// Why packets cannot be heard.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Deaf {
    /// There is no socket for it: mostly a matter of rights.
    #[error("couldn't open packet socket")]
    Socket(#[source] Reason),
    /// The link cannot be listened to.
    #[error("couldn't bind to interface {link}")]
    Bind {
        /// Name of the link.
        link: String,
        /// What the system said.
        #[source]
        source: Reason,
    },
    /// The machine is none that has packets.
    #[error("this machine has no packets")]
    Unsupported,
}

/// Bytes of the largest packet: the kernel puts those of a stream together.
const LARGEST: usize = 512 << 10;

impl Packets {
    /// Listens to a link. Needs a runtime.
    pub(super) fn open(tap: &Tap) -> Result<Self, Deaf> {
        let opened = |error: io::Error| Deaf::Socket(Reason(error));
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // Of no protocol: nothing is heard before it is bound to the link.
        let socket = rustix::net::socket_with(AddressFamily::PACKET, SocketType::RAW, flags, None);
        let socket = socket.map_err(|errno| opened(errno.into()))?;
        let bound = socket.try_clone().map_err(opened)?;
        let link = NetworkInterface {
            name: tap.link.clone(),
            description: String::new(),
            index: tap.index,
            mac: None,
            ips: Vec::new(),
            flags: 0,
        };
        // Takes the copy, and closes it in any case; what was bound is the socket, whose other name stays.
        let config = Config {
            socket_fd: Some(bound.into_raw_fd()),
            promiscuous: tap.promiscuous,
            read_buffer_size: 0,
            write_buffer_size: 0,
            ..Config::default()
        };
        let bound = linux::channel(&link, config);
        drop(bound.map_err(|error| Deaf::Bind { link: tap.link.clone(), source: Reason(error) })?);
        Self::from_socket(socket).map_err(opened)
    }

    /// Packets that come out of a socket which does not wait. Needs a runtime.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn from_socket(socket: OwnedFd) -> io::Result<Self> {
        let socket = UnixDatagram::from_std(socket.into())?;
        Ok(Self { socket, buffer: vec![0; LARGEST].into() })
    }

    /// The next packet, and its length, of which the end may be cut off.
    ///
    /// # Errors
    /// When the link is down, for example; there may be further packets.
    pub fn poll_packet(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(&[u8], usize)>> {
        loop {
            ready!(self.socket.poll_recv_ready(cx))?;
            let received = self.socket.try_io(Interest::READABLE, || {
                Ok(rustix::net::recv(&self.socket, &mut self.buffer[..], RecvFlags::TRUNC)?)
            });
            match received {
                // Nothing there after all.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok((kept, length)) => return Poll::Ready(Ok((&self.buffer[..kept], length))),
            }
        }
    }
}
