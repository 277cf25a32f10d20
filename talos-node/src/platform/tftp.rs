//! Files as boot servers give them: TFTP.
//!
//! Blocks of 512 bytes, each of which is acknowledged; no options. What is lost is asked for again.
//! Source: RFC 1350, and `pkg/download/tftp.go` (1.5).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::LIMIT;
use crate::sys::Reason;

/// Why a file cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server does not give it.
    #[error("code: {code}, error: {message}")]
    Refused {
        /// 1 if there is no such file, 2 if it may not be read.
        code: u16,
        /// What the server said.
        message: String,
    },
    /// Nothing came.
    #[error("read udp {server}: i/o timeout")]
    Timeout {
        /// Address and port.
        server: SocketAddr,
    },
    /// The network failed.
    #[error("{0}")]
    Io(Reason),
    /// It is larger than any configuration.
    #[error("the file is larger than {LIMIT} bytes")]
    TooLarge,
}

/// Port of servers.
pub(super) const PORT: u16 = 69;

/// How long a block is waited for, and how often it is asked for.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 5;

/// Bytes of a block; one that has fewer is the last.
const BLOCK: usize = 512;

const READ: u16 = 1;
const DATA: u16 = 3;
const ACKNOWLEDGED: u16 = 4;
const ERROR: u16 = 5;

/// Fetches a file.
///
/// # Errors
/// [`Error`] when it does not come whole.
pub async fn get(server: SocketAddr, path: &str) -> Result<Vec<u8>, Error> {
    let failed = |error: io::Error| Error::Io(Reason(error));
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).await.map_err(failed)?;
    // The server answers from a port that is for this file alone.
    let (mut peer, mut is_known) = (server, false);
    let mut packet = [&READ.to_be_bytes()[..], path.as_bytes(), b"\0octet\0"].concat();
    let mut content = Vec::new();
    let mut expected: u16 = 1;
    let mut attempt = 0;
    let mut buffer = [0; BLOCK + 5];
    socket.send_to(&packet, peer).await.map_err(failed)?;
    loop {
        let Ok(received) = timeout(PATIENCE, socket.recv_from(&mut buffer)).await else {
            attempt += 1;
            if attempt == ATTEMPTS {
                return Err(Error::Timeout { server: peer });
            }
            socket.send_to(&packet, peer).await.map_err(failed)?;
            continue;
        };
        let (length, from) = received.map_err(failed)?;
        let is_meant = if is_known { from == peer } else { from.ip() == peer.ip() };
        let [kind, kind2, number, number2, data @ ..] = &buffer[..length] else { continue };
        let (kind, number) = (u16::from_be_bytes([*kind, *kind2]), u16::from_be_bytes([*number, *number2]));
        match kind {
            _ if !is_meant => {}
            ERROR => {
                let message = data.split(|byte| *byte == 0).next().unwrap_or_default();
                return Err(Error::Refused { code: number, message: String::from_utf8_lossy(message).into_owned() });
            }
            // A block that came twice is not wanted again.
            DATA if number == expected && data.len() <= BLOCK => {
                (peer, is_known, attempt) = (from, true, 0);
                content.extend_from_slice(data);
                packet = [ACKNOWLEDGED.to_be_bytes(), number.to_be_bytes()].concat();
                socket.send_to(&packet, peer).await.map_err(failed)?;
                if data.len() < BLOCK {
                    return Ok(content);
                }
                if content.len() > LIMIT {
                    return Err(Error::TooLarge);
                }
                expected = expected.wrapping_add(1);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a file, block by block, from a port of its own; what it was asked, and how often.
    async fn serve(socket: UdpSocket, file: Vec<u8>, loses_first: bool) -> Vec<Vec<u8>> {
        let mut buffer = [0; 600];
        let mut asked = Vec::new();
        let mut receive = async |socket: &UdpSocket| {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            asked.push(buffer[..length].to_vec());
            from
        };
        let mut client = receive(&socket).await;
        if loses_first {
            client = receive(&socket).await;
        }
        let own = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let blocks = file.chunks(BLOCK).map(<[u8]>::to_vec).chain(file.len().is_multiple_of(BLOCK).then(Vec::new));
        for (number, block) in (1_u16..).zip(blocks) {
            let packet = [&DATA.to_be_bytes()[..], &number.to_be_bytes(), &block].concat();
            // Some networks deliver twice.
            own.send_to(&packet, client).await.unwrap();
            own.send_to(&packet, client).await.unwrap();
            receive(&own).await;
        }
        asked
    }

    #[tokio::test]
    async fn files_come_in_blocks() {
        for length in [0, 1, 511, 512, 1500] {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            let server = socket.local_addr().unwrap();
            let file: Vec<u8> = (0..length).map(|number| number as u8).collect();
            let (got, asked) = tokio::join!(get(server, "/a b"), serve(socket, file.clone(), false));
            assert_eq!(got.unwrap(), file);
            assert_eq!(asked[0], b"\0\x01/a b\0octet\0");
            assert_eq!(asked[1], [0, 4, 0, 1]);
            assert_eq!(asked.len(), length / BLOCK + 2);
        }
    }

    #[tokio::test]
    async fn what_is_lost_is_asked_for_again() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = socket.local_addr().unwrap();
        let (got, asked) = tokio::join!(get(server, "c"), serve(socket, b"x".to_vec(), true));
        assert_eq!((got.unwrap(), &asked[0]), (b"x".to_vec(), &asked[1]));
    }

    #[tokio::test]
    async fn a_refusal_is_told() {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let server = socket.local_addr().unwrap();
        let refusing = async {
            let (_, client) = socket.recv_from(&mut [0; 100]).await.unwrap();
            socket.send_to(b"\0\x05\0\x01File not found\0", client).await.unwrap();
        };
        let (got, ()) = tokio::join!(get(server, "c"), refusing);
        assert_eq!(got.unwrap_err().to_string(), "code: 1, error: File not found");
    }
}
