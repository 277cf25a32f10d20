//! When the network changes.

use std::io::{self, ErrorKind};
use std::ops::BitOr;

use rustix::io::Errno;
use rustix::net::SocketFlags;
use tokio::net::unix::pipe::Receiver;

use super::socket;

/// What to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subjects(u32);

impl Subjects {
    /// Links that come, go or change.
    pub const LINKS: Self = Self(0x1);
    /// Addresses of both families.
    pub const ADDRESSES: Self = Self(0x10 | 0x100);
    /// Routes of both families.
    pub const ROUTES: Self = Self(0x40 | 0x400);
}

impl BitOr for Subjects {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Hears of changes from when it was made on.
#[derive(Debug)]
pub struct Changes {
    /// Waiting and reading are the same for all descriptors, and of a socket nothing more is needed.
    socket: Receiver,
}

impl Changes {
    /// # Errors
    /// When the kernel gives no socket.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub(crate) fn new(subjects: Subjects) -> io::Result<Self> {
        let socket = socket(None, subjects.0, SocketFlags::NONBLOCK)?;
        Ok(Self { socket: Receiver::from_owned_fd_unchecked(socket)? })
    }

    /// Changes that somebody tells by writing a byte.
    pub(crate) fn told(told: Receiver) -> Self {
        Self { socket: told }
    }

    /// Waits until something changed since the last answer; many changes are one. Nothing is lost when it is dropped.
    ///
    /// # Errors
    /// When the socket breaks.
    pub async fn changed(&mut self) -> io::Result<()> {
        loop {
            self.socket.readable().await?;
            if self.drain()? {
                return Ok(());
            }
        }
    }

    /// Takes all messages that wait, unread: whoever asks lists everything anew. Whether there were any.
    fn drain(&self) -> io::Result<bool> {
        let mut is_changed = false;
        loop {
            match self.socket.try_read(&mut [0; 64]) {
                // Nobody is left who could tell.
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) => is_changed = true,
                // The kernel could not keep all messages: something changed for sure.
                Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => is_changed = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(is_changed),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn silence_is_no_change() {
        let mut changes = Changes::new(Subjects::LINKS | Subjects::ADDRESSES).unwrap();
        // Nobody is known to change this machine's network meanwhile; if somebody does, this is answered, too.
        tokio::select! {
            biased;
            changed = changes.changed() => changed.unwrap(),
            () = tokio::task::yield_now() => assert!(!changes.drain().unwrap()),
        }
    }
}
