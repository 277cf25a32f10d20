//! The API of a machine on a socket of its own, for programs of the machine.
//!
//! Whoever can connect may say with which roles it calls.

use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, fs::File};

use http::{Request, Response};
use talos_api::server::caller::Trust;
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use crate::cosi::controller::Failure;
use crate::machine::Machine;
use crate::server::api::Api;
use crate::server::transport::{self, Handler, Incoming, Limits};

/// Folder of the socket.
const FOLDER: &str = "/system/run/machined";

/// Name of the socket.
const SOCKET: &str = "machine.sock";

/// The folder of the socket, by a path that is always short enough for an address.
fn folder(machine: &Machine) -> io::Result<(File, PathBuf)> {
    let folder = File::open(machine.own_path(FOLDER))?;
    let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(SOCKET);
    Ok((folder, path))
}

/// Fails unless the socket can be connected to.
pub(crate) async fn dial(machine: &Machine) -> Result<(), Failure> {
    let (_folder, path) = folder(machine)?;
    UnixStream::connect(path).await?;
    Ok(())
}

/// Serves the socket until `stop`.
pub(crate) async fn serve(machine: Arc<Machine>, stop: CancellationToken) -> Result<(), Failure> {
    fs::create_dir_all(machine.own_path(FOLDER))?;
    let (_folder, path) = folder(&machine)?;
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    let (events, logs) = (machine.events.clone(), machine.logs.clone());
    let handler = Socket(Api::new(machine));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                let (handler, stop) = (handler.clone(), stop.clone());
                connections.spawn(async move { transport::serve(stream, handler, &Limits::DEFAULT, &stop).await });
            }
            // Cancel-safe: only takes note of ended connections.
            Some(_) = connections.join_next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
    }
    // Who listens to what happens would do so for ever.
    events.close();
    logs.close();
    let _ = tokio::time::timeout(transport::GRACE, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

/// The API as a program of the machine sees it.
#[derive(Clone)]
struct Socket(Api);

impl Handler for Socket {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let mut request = request.map(Body::new);
        let roles = Trust::Metadata.roles([], request.headers());
        request.extensions_mut().insert(roles);
        self.0.call(request).await
    }
}
