//! The services of a machine, one constant for each.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use futures_core::future::BoxFuture;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::condition::Condition;
use super::health::Health;
use super::{Action, Definition};
use crate::cosi::controller::Failure;
use crate::machine::Machine;
use crate::{apid, machined, trustd};

/// The machine itself: its API on a socket of its own.
pub const MACHINED: Definition = Definition {
    id: "machined",
    depends_on: &[],
    conditions: &[],
    health: Some(Health::usual(|machine| Box::pin(async move { machined::dial(&machine).await }))),
    work: |machine, stop| Box::pin(machined::serve(machine, stop)),
    restarts: false,
    actions: &[],
};

/// The front of the API.
pub const APID: Definition = Definition {
    id: "apid",
    depends_on: &[],
    conditions: &[Condition::ApiCertificates],
    health: Some(Health::usual(|machine| {
        let port = machine.settings.port;
        Box::pin(async move { dial(&machine, port).await })
    })),
    work: |machine, stop| Box::pin(apid::serve(machine, stop)),
    restarts: true,
    actions: &[],
};

/// Issues certificates to workers.
pub const TRUSTD: Definition = Definition {
    id: "trustd",
    depends_on: &[],
    conditions: &[Condition::TimeSync, Condition::Network { files: false }],
    health: Some(Health::usual(|machine| Box::pin(async move { dial(&machine, trustd::PORT).await }))),
    work: |machine, stop| Box::pin(trustd::serve(machine, stop)),
    restarts: true,
    actions: &[],
};

/// What containers of Kubernetes run in. It waits for its program, which no machine of this kind has.
pub const CRI: Definition = Definition {
    id: "cri",
    depends_on: &[],
    conditions: &[Condition::Network { files: true }, Condition::File("/bin/containerd")],
    health: Some(NEVER_LOOKED_AT),
    work: absent,
    restarts: true,
    actions: &[],
};

/// What Kubernetes keeps its state in.
pub const ETCD: Definition = Definition {
    id: "etcd",
    depends_on: &["cri"],
    conditions: &[Condition::TimeSync, Condition::Network { files: true }, Condition::EtcdSpec],
    health: Some(NEVER_LOOKED_AT),
    work: absent,
    restarts: true,
    actions: &[],
};

/// What runs the pods of a machine.
pub const KUBELET: Definition = Definition {
    id: "kubelet",
    depends_on: &["cri"],
    conditions: &[Condition::TimeSync, Condition::Network { files: true }],
    health: Some(NEVER_LOOKED_AT),
    work: absent,
    restarts: true,
    actions: &[Action::Start, Action::Restart],
};

/// A program that this kind of machine does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a node that is a process runs no containers")]
struct NoContainers;

fn absent(_: Arc<Machine>, _: CancellationToken) -> BoxFuture<'static, Result<(), Failure>> {
    Box::pin(async { Err(NoContainers.into()) })
}

/// The health of what cannot run.
const NEVER_LOOKED_AT: Health = Health {
    initial_delay: Duration::from_secs(1),
    period: Duration::from_secs(5),
    timeout: Duration::from_millis(500),
    check: |_| Box::pin(async { Err(NoContainers.into()) }),
};

/// A port of the machine that cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("dial tcp {address}: connect: {reason}")]
struct DialError {
    address: std::net::SocketAddr,
    reason: String,
}

/// Fails unless somebody listens on a port of the machine.
async fn dial(machine: &Machine, port: u16) -> Result<(), Failure> {
    let address = (machine.settings.address, port).into();
    let connected = TcpStream::connect(address).await;
    let reason = |error: std::io::Error| match error.kind() {
        ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        _ => error.to_string(),
    };
    connected.map(drop).map_err(|error| DialError { address, reason: reason(error) }.into())
}
