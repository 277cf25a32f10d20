//! The API of a machine on a socket of its own, for programs of the machine.

use std::future::pending;
use std::sync::Arc;

use http::{Request, Response};
use talos_api::server::caller::Trust;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use crate::cosi::controller::Failure;
use crate::machine::Machine;
use crate::server::api::Api;
use crate::server::socket::Socket;
use crate::server::transport::{Handler, Incoming};

const SOCKET: Socket = Socket { folder: "/system/run/machined", name: "machine.sock" };

/// Fails unless the socket can be connected to.
pub(crate) async fn dial(machine: &Machine) -> Result<(), Failure> {
    Ok(SOCKET.dial(machine).await?)
}

/// Serves the socket until `stop`.
pub(crate) async fn serve(machine: Arc<Machine>, stop: CancellationToken) -> Result<(), Failure> {
    let listeners = async {
        stop.cancelled().await;
        // Who listens to what happens would do so for ever.
        machine.events.close();
        machine.logs.close();
        pending().await
    };
    tokio::select! {
        // Asked first: when the machine stops, the socket may be done at once.
        biased;
        never = listeners => never,
        served = SOCKET.serve(&machine, Local(Api::new(machine.clone())), &stop) => Ok(served?),
    }
}

/// The API as a program of the machine sees it.
#[derive(Clone)]
struct Local(Api);

impl Handler for Local {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let mut request = request.map(Body::new);
        let roles = Trust::Metadata.roles([], request.headers());
        request.extensions_mut().insert(roles);
        self.0.call(request).await
    }
}
