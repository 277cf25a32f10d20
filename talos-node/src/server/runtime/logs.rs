//! `Logs`: what services said.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use talos_api::proto::common::Data;
use talos_api::proto::machine::LogsRequest;
use talos_api::server::failure;
use tonic::Status;

use super::SYSTEM;
use super::containers::no_containers;
use crate::log::{Logs, Reader};

/// A service whose log is the machine's, whatever namespace is asked for.
const KUBELET: &str = "kubelet";

/// The log of a service.
///
/// # Errors
/// `Unknown` for a service that has none, and for containers, of which there are none.
pub fn logs(logs: &Logs, request: &LogsRequest) -> Result<Lines, Status> {
    if request.namespace != SYSTEM && request.id != KUBELET {
        return Err(no_containers(request.driver(), &request.namespace));
    }
    let log = logs.known(&request.id).map_err(|error| failure::unknown(&error))?;
    Ok(Lines(log.read(usize::try_from(request.tail_lines).ok(), request.follow)))
}

/// A log on its way to a client.
#[derive(Debug)]
pub struct Lines(Reader);

impl Stream for Lines {
    type Item = Result<Data, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = Pin::new(&mut self.0).poll_next(cx);
        piece.map(|piece| piece.map(|bytes| Ok(Data { metadata: None, bytes })))
    }
}
