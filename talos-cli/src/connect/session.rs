//! Calls of one run of a command.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use anyhow::Context as _;
use futures_core::Stream;
use talos_api::client::{self, Client, NodeReply, NodeStream, Replies};
use tonic::Code;

use super::failure::{Failure, StreamFailures};
use super::interrupt::Interrupt;
use super::target::Error;
use crate::io::Io;

/// A client, the nodes a command is about, and the interruption that ends its calls.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    endpoints: Vec<String>,
    nodes: Vec<String>,
    interrupt: Interrupt,
}

impl Session {
    pub(super) fn new(client: Client, endpoints: Vec<String>, interrupt: Interrupt) -> Self {
        Self { client, endpoints, nodes: Vec::new(), interrupt }
    }

    pub(super) fn with_nodes(self, nodes: Vec<String>) -> Self {
        Self { client: self.client.nodes(&nodes), nodes, ..self }
    }

    /// A client whose calls are for all nodes of the command line at once; in maintenance mode, for the machine dialled.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The machines whose API is dialled, as the user wrote them.
    pub(crate) fn endpoints(&self) -> &[String] {
        &self.endpoints
    }

    /// The nodes of the command line, or of the context; none in maintenance mode.
    pub(crate) fn nodes(&self) -> &[String] {
        &self.nodes
    }

    /// A client for each node, in order, with the name of the node; one without a name in maintenance mode.
    pub(crate) fn each_node(&self) -> Vec<(&str, Client)> {
        if self.nodes.is_empty() {
            return vec![("", self.client.clone())];
        }
        self.nodes.iter().map(|node| (node.as_str(), self.client.node(node))).collect()
    }

    /// Makes sure that the command called `name` in messages is about one machine.
    pub(crate) fn single_node(&self, name: &'static str) -> anyhow::Result<()> {
        if self.nodes.len() > 1 { Err(Error::SeveralNodes(name).into()) } else { Ok(()) }
    }

    /// Tells when the user wants the command to end.
    pub(crate) fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// Makes a call, unless the user interrupts it.
    pub(crate) async fn ask<T, E: Into<Failure>>(
        &self,
        call: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let mut call = pin!(call);
        let mut interrupted = pin!(self.interrupt.wait());
        poll_fn(|cx| {
            if let Poll::Ready(result) = call.as_mut().poll(cx) {
                return Poll::Ready(result.map_err(Into::into));
            }
            interrupted.as_mut().poll(cx).map(|()| Err(Failure::interrupted()))
        })
        .await
    }

    /// The next item of a stream; an interruption is its end.
    pub(crate) async fn next<T, S>(&self, stream: &mut S) -> Option<Result<T, client::Error>>
    where
        S: Stream<Item = Result<T, client::Error>> + Unpin,
    {
        let mut interrupted = pin!(self.interrupt.wait());
        poll_fn(|cx| {
            if let Poll::Ready(item) = Pin::new(&mut *stream).poll_next(cx) {
                return Poll::Ready(item);
            }
            interrupted.as_mut().poll(cx).map(|()| None)
        })
        .await
    }

    /// The replies of all nodes. Fails if any of them failed.
    pub(crate) async fn all<T>(
        &self,
        call: impl Future<Output = Result<Replies<T>, client::Error>>,
    ) -> Result<Vec<NodeReply<T>>, Failure> {
        Ok(self.ask(call).await?.all()?)
    }

    /// The replies of those nodes that could answer, with a warning about the others. Fails if none could.
    pub(crate) async fn some<T>(
        &self,
        call: impl Future<Output = Result<Replies<T>, client::Error>>,
        io: &mut Io<'_>,
    ) -> Result<Vec<NodeReply<T>>, Failure> {
        let Replies { replies, failures } = self.ask(call).await?;
        if !failures.is_empty() {
            if replies.is_empty() {
                return Err(Failure::from(client::Error::from(failures)));
            }
            io.warn(failures);
        }
        Ok(replies)
    }

    /// Hands every message of a stream to `each`, and shows at the end what nodes failed with. What `each` cannot use it
    /// adds to the failures; its own error ends the stream.
    pub(crate) async fn each<T>(
        &self,
        mut stream: NodeStream<T>,
        io: &mut Io<'_>,
        mut each: impl FnMut(NodeReply<T>, &mut StreamFailures, &mut Io<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()>
    where
        NodeStream<T>: Stream<Item = Result<NodeReply<T>, client::Error>> + Unpin,
    {
        let mut failures = StreamFailures::default();
        while let Some(item) = self.next(&mut stream).await {
            match item {
                Ok(reply) => each(reply, &mut failures, io)?,
                Err(client::Error::Node(failure)) => failures.push(failure.text()),
                Err(error) if error.code() == Code::Cancelled => break,
                Err(error) => return Err(Failure::from(error)).context("error streaming results"),
            }
        }
        failures.into_result(io.coloured())
    }
}
