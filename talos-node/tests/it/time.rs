//! Calls about the time, with a server of the tests' own.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use talos_api::proto::time::TimeRequest;
use talos_node::server::time;
use talos_pki::clock::FixedClock;
use tokio::net::UdpSocket;
use tonic::Code;

/// Seconds from 1900 to 2023-11-14T22:13:20Z.
const SECONDS: u64 = 2_208_988_800 + 1_700_000_000;

/// Answers one question, from a clock so many steps away from a good one.
async fn server(stratum: u8) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut packet = [0; 48];
        let (length, peer) = socket.recv_from(&mut packet).await.unwrap();
        assert_eq!((length, packet[0]), (48, 0x23));
        packet.copy_within(40.., 24);
        packet[0] = 0x24;
        packet[1] = stratum;
        for at in [16, 32, 40] {
            packet[at..at + 8].copy_from_slice(&(SECONDS << 32).to_be_bytes());
        }
        socket.send_to(&packet, peer).await.unwrap();
    });
    address
}

#[tokio::test]
async fn the_time_of_a_server_is_told() {
    let local = SystemTime::UNIX_EPOCH + Duration::from_millis(5500);
    let address = server(1).await.to_string();
    let reply = time::time(&[address.clone(), "never.asked".into()], &FixedClock(local), 0x0123_4567_89ab_cdef).await;
    let reply = reply.unwrap().messages.remove(0);
    assert_eq!(reply.server, address);
    let seconds = |time: Option<prost_types::Timestamp>| time.map(|time| (time.seconds, time.nanos));
    assert_eq!(seconds(reply.localtime), Some((5, 500_000_000)));
    assert_eq!(seconds(reply.remotetime), Some((1_700_000_000, 0)));
}

#[tokio::test]
async fn doubtful_servers_are_refused() {
    let clock = FixedClock(SystemTime::UNIX_EPOCH);
    let request = TimeRequest { server: server(0).await.to_string() };
    let refused = time::time_check(request, &clock, 1).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unknown);
    assert_eq!(refused.message(), "error validating NTP response: kiss of death received");
    // Nobody listens there, and the kernel knows it.
    let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let refused = time::time_check(TimeRequest { server: gone.clone() }, &clock, 1).await.unwrap_err();
    assert_eq!(refused.message(), format!("error querying NTP server \"{gone}\": connection refused"));
}
