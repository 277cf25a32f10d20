//! From a command line to a client and a list of nodes, and how calls end: with replies, with failures of some nodes,
//! with Ctrl-C.
//!
//! A command hands [`run`] an async body. The runtime exists only meanwhile, so that commands without a network do not
//! pay for it. The body makes its calls through the [`Session`], which ends them when the user interrupts; a body that
//! waits for something else then is dropped.

pub(crate) mod completion;
mod definitions;
mod each_resource;
mod expiry;
mod failure;
mod groups;
mod hints;
mod interrupt;
mod roots;
mod session;
mod target;
mod versions;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use anyhow::Context as _;
use talos_api::client::{Client, Fingerprint};

use crate::call::Call;
use crate::io::Io;

pub(crate) use failure::{Failure, StreamFailures};
pub(crate) use hints::Hinted;
use interrupt::Interrupt;
pub(crate) use session::Session;
use target::{Error, Target};

/// Whom a command talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nodes, through endpoints; without a node the command cannot go on.
    Nodes,
    /// The endpoints; nodes may be given but need not.
    Endpoints,
    /// Machines without a configuration, at the addresses given as nodes. A list that is not empty pins their keys.
    Maintenance(Vec<Fingerprint>),
}

impl Access {
    /// Nodes, or with `--insecure` machines in maintenance mode.
    pub(crate) fn insecure(insecure: bool) -> Self {
        if insecure { Self::Maintenance(Vec::new()) } else { Self::Nodes }
    }
}

/// Connects as the command line says and runs `body`. Nothing is dialled before its first call.
pub(crate) fn run<'a, T>(
    call: &Call<'_>,
    access: Access,
    io: &mut Io<'a>,
    body: impl AsyncFnOnce(&Session, &mut Io<'a>) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let target = Target::resolve(call, access, io)?;
    let client = target.client(io).context("error constructing client")?;
    expiry::warn(&target, io);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("error starting the network runtime")?;
    let interrupt = Interrupt::listen()?;
    let result = runtime.block_on(async {
        let work = async {
            let session = session(&target, client, interrupt.clone()).await?;
            body(&session, io).await
        };
        until_interrupted(&interrupt, work).await
    });
    // Whatever still runs in the background must not delay the end.
    runtime.shutdown_background();
    result.map_err(|error| hints::attach(error, &target))
}

async fn session(target: &Target, client: Client, interrupt: Interrupt) -> anyhow::Result<Session> {
    let mut session = Session::new(client.without_nodes(), target.endpoints.clone(), interrupt);
    let nodes = groups::expand(&session, &target.nodes).await?;
    if nodes.is_empty() && target.access == Access::Nodes {
        return Err(Error::NoNodes.into());
    }
    if !nodes.is_empty() {
        session = session.with_nodes(nodes);
    }
    Ok(session)
}

/// Runs `work` to its end. After an interruption it gets one more chance to end by itself, then it is dropped.
async fn until_interrupted<T>(
    interrupt: &Interrupt,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let mut work = pin!(work);
    let mut interrupted = pin!(interrupt.wait());
    poll_fn(|cx| {
        // The order matters: a body that watches for the interruption has seen it when its turn is over.
        let over = interrupt.is_set();
        if let Poll::Ready(result) = work.as_mut().poll(cx) {
            return Poll::Ready(result);
        }
        if over {
            return Poll::Ready(Err(Failure::interrupted().into()));
        }
        if interrupted.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}
