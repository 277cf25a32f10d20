//! Where the data comes from: calls and streams of each node, in the background.
//!
//! Every node has tasks of its own, so that one that does not answer holds up nobody. A task that fails goes on after a
//! pause. What they find comes out of [`Source::next`]; when nobody takes it, they wait.

mod kernel_log;
mod poll;
mod resources;

use std::time::Duration;

use talos_api::client::{Client, Error};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub use self::poll::ask;
use super::model::Update;
use super::tidy;

/// News of several nodes. Dropping it ends all calls.
#[derive(Debug)]
pub struct Source {
    events: mpsc::Receiver<(usize, Update)>,
    tasks: JoinSet<()>,
}

/// Takes the news of one node.
#[derive(Clone, Debug)]
pub(super) struct Sink {
    node: usize,
    events: mpsc::Sender<(usize, Update)>,
}

/// Nobody takes news any more.
pub(super) struct Gone;

/// So many updates wait to be taken.
const WAITING: usize = 64;

/// What failed is not tried again sooner.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 300;

impl Source {
    /// Starts to ask nodes, each through a client that is aimed at it alone ([`Client::node`]). Nothing is asked more
    /// often than every `interval`, which is taken as a tenth of a second when it is less.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(clients: impl IntoIterator<Item = Client>, interval: Duration) -> Self {
        let interval = interval.max(Duration::from_millis(100));
        let (sender, events) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        for (node, client) in clients.into_iter().enumerate() {
            let sink = Sink { node, events: sender.clone() };
            tasks.spawn(poll::run(client.clone(), interval, sink.clone()));
            tasks.spawn(kernel_log::run(client.clone(), interval.max(PAUSE), sink.clone()));
            resources::spawn(&mut tasks, &client, interval.max(PAUSE), &sink);
        }
        Self { events, tasks }
    }

    /// The next news: the position of the node among the clients, and what is new. `None` only without clients.
    pub async fn next(&mut self) -> Option<(usize, Update)> {
        self.events.recv().await
    }

    /// News that is there already.
    pub fn try_next(&mut self) -> Option<(usize, Update)> {
        self.events.try_recv().ok()
    }

    /// How many calls and streams are served.
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }
}

impl Sink {
    pub(super) async fn send(&self, update: Update) -> Result<(), Gone> {
        self.events.send((self.node, update)).await.map_err(|_| Gone)
    }
}

/// Why a call failed, in one line.
fn reason(error: &Error) -> String {
    let text = match error {
        Error::Call(status) => status.message().to_owned(),
        Error::Node(failure) => failure.status.message().to_owned(),
        other => other.to_string(),
    };
    tidy(text.trim(), LONGEST_REASON)
}
