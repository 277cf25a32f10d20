//! Services on sockets of their own, for programs of the machine.
//!
//! Whoever can connect may say with which roles it calls.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::transport::{self, Handler, Limits};
use crate::machine::Machine;
use crate::sys::Error;

/// Where a socket is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Socket {
    /// Folder on the machine.
    pub(crate) folder: &'static str,
    /// Name in it.
    pub(crate) name: &'static str,
}

impl Socket {
    /// The folder, and a path of the socket that is always short enough for an address. The path is good for as long as the
    /// folder is open.
    pub(crate) fn open(&self, machine: &Machine) -> Result<(File, PathBuf), Error> {
        let folder = File::open(machine.own_path(self.folder)).map_err(self.failed("open"))?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd())).join(self.name);
        Ok((folder, path))
    }

    /// Fails unless somebody serves it.
    pub(crate) async fn dial(&self, machine: &Machine) -> Result<(), Error> {
        let (_folder, path) = self.open(machine)?;
        UnixStream::connect(path).await.map_err(self.failed("connect"))?;
        Ok(())
    }

    /// Serves it until `stop`.
    pub(crate) async fn serve(
        &self,
        machine: &Machine,
        handler: impl Handler,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        fs::create_dir_all(machine.own_path(self.folder)).map_err(self.failed("mkdir"))?;
        let (_folder, path) = self.open(machine)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(self.failed("unlink")(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&path).map_err(self.failed("bind"))?;
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let (stream, _) = accepted.map_err(self.failed("accept"))?;
                    let (handler, stop) = (handler.clone(), stop.clone());
                    connections.spawn(async move { transport::serve(stream, handler, &Limits::DEFAULT, &stop).await });
                }
                // Cancel-safe: only takes note of ended connections.
                Some(_) = connections.join_next() => {}
                // Cancel-safe: it only looks.
                () = stop.cancelled() => break,
            }
        }
        // Running calls end with their clients, or with the machine.
        let ended = async { while connections.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(transport::GRACE, ended).await;
        Ok(())
    }

    fn failed(&self, operation: &'static str) -> impl Fn(std::io::Error) -> Error + use<> {
        let path = PathBuf::from(self.folder).join(self.name);
        move |error| Error::io(operation, &path, error)
    }
}
