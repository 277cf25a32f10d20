//! The time as a server tells it: one question of the simple network time protocol (RFC 4330, RFC 5905).

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use tokio::net::{UdpSocket, lookup_host};
use tokio::time::timeout;

use super::error::Reason;

/// Where servers listen.
const PORT: u16 = 123;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Length of a packet without extensions.
const PACKET: usize = 48;

/// Seconds from 1900, where the protocol starts to count, to 1970.
const ERA: u64 = 2_208_988_800;

/// What a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The time when it answered.
    pub time: SystemTime,
    /// When its clock was last set.
    pub reference_time: SystemTime,
    /// 0 to 2 announce leap seconds; 3 is a clock that was never set.
    pub leap: u8,
    /// Steps from a clock that needs no other, from 1; 0 refuses.
    pub stratum: u8,
    /// How long its own question takes.
    pub root_delay: Duration,
    /// How wrong it may be.
    pub root_dispersion: Duration,
}

/// No answer, or none to the question.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The name is not known, or the network does not reach it.
    #[error(transparent)]
    Network(Reason),
    /// No answer came in time.
    #[error("i/o timeout")]
    Timeout,
    /// Too short for an answer.
    #[error("unexpected EOF")]
    Short,
    /// No packet of a server.
    #[error("invalid mode in response")]
    Mode,
    /// The answer has no time.
    #[error("invalid transmit time in response")]
    TransmitTime,
    /// The answer to another question.
    #[error("server response didn't match request")]
    Mismatch,
    /// Sent before it came.
    #[error("server clock ticked backwards")]
    Backwards,
}

/// Why an answer is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The server wants to be left alone.
    #[error("kiss of death received")]
    KissOfDeath,
    /// Too many steps away.
    #[error("invalid stratum in response")]
    Stratum,
    /// Its clock was not set for long.
    #[error("server clock not fresh")]
    Freshness,
    /// It may be too wrong.
    #[error("invalid dispersion in response")]
    Dispersion,
    /// Older than the clock it was taken from.
    #[error("invalid time reported")]
    Time,
    /// Its clock was never set.
    #[error("invalid leap second in response")]
    Leap,
}

/// Asks a server: a name or address, with a port if it is not the usual one. The answer must repeat `nonce`, so that nobody
/// can answer who did not see the question.
///
/// # Errors
/// When no answer comes, or one that is none.
pub async fn query(server: &str, nonce: u64) -> Result<Reply, QueryError> {
    match timeout(PATIENCE, exchange(server, nonce)).await {
        Ok(result) => result,
        Err(_) => Err(QueryError::Timeout),
    }
}

async fn exchange(server: &str, nonce: u64) -> Result<Reply, QueryError> {
    let network = |source: io::Error| QueryError::Network(Reason(source));
    let address = lookup_host(with_port(server)).await.map_err(network)?.next();
    let address = address.ok_or_else(|| network(io::ErrorKind::NotFound.into()))?;
    let any = SocketAddr::new(if address.is_ipv4() { [0; 4].into() } else { Ipv6Addr::UNSPECIFIED.into() }, 0);
    let socket = UdpSocket::bind(any).await.map_err(network)?;
    socket.connect(address).await.map_err(network)?;
    socket.send(&question(nonce)).await.map_err(network)?;
    let mut packet = [0; 1024];
    let length = socket.recv(&mut packet).await.map_err(network)?;
    Reply::parse(&packet[..length], nonce)
}

/// Bare IPv6 addresses have colons of their own.
fn with_port(server: &str) -> String {
    let bare = server.strip_prefix('[').and_then(|server| server.strip_suffix(']')).unwrap_or(server);
    match bare.parse::<Ipv6Addr>() {
        Ok(address) => SocketAddr::new(address.into(), PORT).to_string(),
        Err(_) if server.contains(':') => server.to_owned(),
        Err(_) => format!("{server}:{PORT}"),
    }
}

/// Version 4, mode client. All that a server does not need is left zero.
fn question(nonce: u64) -> [u8; PACKET] {
    let mut packet = [0; PACKET];
    packet[0] = 4 << 3 | 3;
    packet[40..].copy_from_slice(&nonce.to_be_bytes());
    packet
}

impl Reply {
    /// Reads an answer to a question.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(packet: &[u8], nonce: u64) -> Result<Self, QueryError> {
        let packet: &[u8; PACKET] = packet.first_chunk().ok_or(QueryError::Short)?;
        let long = |at: usize| u64::from_be_bytes(*packet[at..].first_chunk().expect("it ends within the packet"));
        let short = |at: usize| u32::from_be_bytes(*packet[at..].first_chunk().expect("it ends within the packet"));
        let (received, sent) = (long(32), long(40));
        if packet[0] & 7 != 4 {
            return Err(QueryError::Mode);
        }
        if sent == 0 {
            return Err(QueryError::TransmitTime);
        }
        if long(24) != nonce {
            return Err(QueryError::Mismatch);
        }
        if received > sent {
            return Err(QueryError::Backwards);
        }
        Ok(Self {
            time: moment(sent),
            reference_time: moment(long(16)),
            leap: packet[0] >> 6,
            stratum: packet[1],
            root_delay: span(short(4)),
            root_dispersion: span(short(8)),
        })
    }

    /// Checks whether the time can be taken.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn validate(&self) -> Result<(), Invalid> {
        const FARTHEST: u8 = 16;
        const OLDEST: Duration = Duration::from_secs(1 << 17);
        const WORST: Duration = Duration::from_secs(16);
        let age = self.time.duration_since(self.reference_time);
        match () {
            () if self.stratum == 0 => Err(Invalid::KissOfDeath),
            () if self.stratum >= FARTHEST => Err(Invalid::Stratum),
            () if age.as_ref().is_ok_and(|age| *age > OLDEST) => Err(Invalid::Freshness),
            () if self.root_delay / 2 + self.root_dispersion > WORST => Err(Invalid::Dispersion),
            () if age.is_err() => Err(Invalid::Time),
            () if self.leap == 3 => Err(Invalid::Leap),
            () => Ok(()),
        }
    }
}

/// Seconds since 1900, and as many parts of 2³². Small numbers are of the era that starts in 2036.
fn moment(time: u64) -> SystemTime {
    let seconds = time >> 32;
    let seconds = if seconds < 1 << 31 { seconds + (1 << 32) } else { seconds };
    let nanos = ((time & 0xffff_ffff) * 1_000_000_000) >> 32;
    SystemTime::UNIX_EPOCH + Duration::new(seconds - ERA, nanos as u32)
}

/// Seconds, and as many parts of 2¹⁶.
fn span(time: u32) -> Duration {
    Duration::from_nanos((u64::from(time) * 1_000_000_000) >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(nonce: u64) -> [u8; PACKET] {
        let mut packet = [0; PACKET];
        packet[0] = 4 << 3 | 4;
        packet[1] = 2;
        packet[4..8].copy_from_slice(&(1u32 << 15).to_be_bytes());
        let time = (1_700_000_000 + ERA) << 32;
        packet[16..24].copy_from_slice(&(time - (64 << 32)).to_be_bytes());
        packet[24..32].copy_from_slice(&nonce.to_be_bytes());
        packet[32..40].copy_from_slice(&time.to_be_bytes());
        packet[40..].copy_from_slice(&(time | 1 << 31).to_be_bytes());
        packet
    }

    #[test]
    fn answers_are_read() {
        let reply = Reply::parse(&packet(7), 7).unwrap();
        assert_eq!(reply.time, SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500));
        assert_eq!((reply.stratum, reply.leap, reply.root_delay), (2, 0, Duration::from_millis(500)));
        assert_eq!(reply.validate(), Ok(()));
        assert_eq!(moment(0), SystemTime::UNIX_EPOCH + Duration::from_secs((1 << 32) - ERA));
    }

    #[test]
    fn answers_to_other_questions_are_refused() {
        let refused = |packet: &[u8]| Reply::parse(packet, 7).unwrap_err().to_string();
        assert_eq!(refused(&packet(8)), "server response didn't match request");
        assert_eq!(refused(&packet(7)[..47]), "unexpected EOF");
        assert_eq!(refused(&question(7)), "invalid mode in response");
        let mut backwards = packet(7);
        backwards[32] = 0xff;
        assert_eq!(refused(&backwards), "server clock ticked backwards");
    }

    #[test]
    fn doubtful_answers_are_not_valid() {
        let reply = Reply::parse(&packet(7), 7).unwrap();
        let old = reply.time - Duration::from_secs(1 << 18);
        for (reply, invalid) in [
            (Reply { stratum: 0, ..reply }, Invalid::KissOfDeath),
            (Reply { stratum: 16, ..reply }, Invalid::Stratum),
            (Reply { reference_time: old, ..reply }, Invalid::Freshness),
            (Reply { root_dispersion: Duration::from_secs(16), ..reply }, Invalid::Dispersion),
            (Reply { time: old, ..reply }, Invalid::Time),
            (Reply { leap: 3, ..reply }, Invalid::Leap),
        ] {
            assert_eq!(reply.validate(), Err(invalid));
        }
    }

    #[test]
    fn servers_have_a_port() {
        for (server, address) in [
            ("pool.ntp.org", "pool.ntp.org:123"),
            ("192.0.2.1:1123", "192.0.2.1:1123"),
            ("2001:db8::1", "[2001:db8::1]:123"),
            ("[2001:db8::1]", "[2001:db8::1]:123"),
            ("[2001:db8::1]:1123", "[2001:db8::1]:1123"),
        ] {
            assert_eq!(with_port(server), address);
        }
    }
}
