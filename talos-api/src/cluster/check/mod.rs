//! Health checks of a cluster.
//!
//! [`CHECKS`] is the list, in order. Each check is tried again and again until it holds or its time is over; [`wait`] goes
//! through a list and tells a [`Reporter`] how it goes. The first check that does not come to hold ends the run.
//!
//! Source: `pkg/cluster/check`, `pkg/conditions/poll.go` (1.5).

mod error;
mod etcd;
mod kubernetes;
mod machines;
mod services;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

pub use self::error::Error;
use super::{Cluster, Info};
use crate::client::Client;
use crate::kubernetes as k8s;

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// What is waited for, as in `waiting for DESCRIPTION: …`.
    pub description: &'static str,
    /// How long it may take to hold.
    pub timeout: Duration,
    /// How often it is tried, and how long a try may take.
    pub interval: Duration,
    assertion: Assertion,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
enum Assertion {
    /// The nodes alone.
    Nodes(for<'a> fn(&'a Attempt<'a>) -> Trial<'a>),
    /// The Kubernetes API, too.
    Kubernetes(for<'a> fn(&'a Attempt<'a>, k8s::Client) -> Trial<'a>),
}

/// One try of a check.
type Trial<'a> = Pin<Box<dyn Future<Output = Result<Verdict, Error>> + Send + 'a>>;

/// What a try that did not fail found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Holds,
    /// The cluster does not have what the check is about.
    Skipped,
}

/// How a check goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was not tried yet.
    Waiting,
    /// The last try failed, for this reason.
    Failing(String),
    /// It holds.
    Holds,
    /// The cluster does not have what it is about.
    Skipped,
}

/// News of a check. Its text is `waiting for DESCRIPTION: STATE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is waited for.
    pub description: &'static str,
    /// How it goes.
    pub state: &'a State,
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waiting for {}: ", self.description)?;
        match self.state {
            State::Waiting => f.write_str("..."),
            State::Failing(reason) => f.write_str(reason.trim_end()),
            State::Holds => f.write_str("OK"),
            State::Skipped => f.write_str("SKIP"),
        }
    }
}

/// Takes news of checks. The same news may come several times.
pub trait Reporter {
    /// Takes news.
    fn update(&mut self, progress: &Progress<'_>);
}

impl<F: FnMut(&Progress<'_>)> Reporter for F {
    fn update(&mut self, progress: &Progress<'_>) {
        self(progress);
    }
}

/// A check did not come to hold in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("context deadline exceeded")]
pub struct OutOfTime {
    /// What was waited for.
    pub description: &'static str,
    /// Why it did not hold at last; `None` when it was not even tried.
    pub reason: Option<String>,
}

const MINUTE: Duration = Duration::from_secs(60);

/// The usual times.
const fn check(description: &'static str, assertion: Assertion) -> Check {
    Check {
        description,
        timeout: Duration::from_secs(5 * MINUTE.as_secs()),
        interval: Duration::from_secs(5),
        assertion,
    }
}

/// All checks, in order.
pub static CHECKS: &[Check] = &[
    check("etcd to be healthy", Assertion::Nodes(|attempt| Box::pin(services::is_healthy(attempt, "etcd")))),
    check(
        "etcd members to be consistent across nodes",
        Assertion::Nodes(|attempt| Box::pin(etcd::is_consistent(attempt))),
    ),
    check(
        "etcd members to be control plane nodes",
        Assertion::Nodes(|attempt| Box::pin(etcd::is_control_plane(attempt))),
    ),
    check("apid to be ready", Assertion::Nodes(|attempt| Box::pin(machines::answer(attempt)))),
    check("all nodes memory sizes", Assertion::Nodes(|attempt| Box::pin(machines::have_memory(attempt)))),
    check("all nodes disk sizes", Assertion::Nodes(|attempt| Box::pin(machines::have_disks(attempt)))),
    check("kubelet to be healthy", Assertion::Nodes(|attempt| Box::pin(services::is_healthy(attempt, "kubelet")))),
    check("all nodes to finish boot sequence", Assertion::Nodes(|attempt| Box::pin(machines::have_booted(attempt)))),
    Check {
        // The first one that needs the kubeconfig.
        interval: Duration::from_secs(30),
        ..check(
            "all k8s nodes to report",
            Assertion::Kubernetes(|attempt, client| Box::pin(kubernetes::nodes_report(attempt, client))),
        )
    },
    Check {
        timeout: Duration::from_secs(10 * MINUTE.as_secs()),
        ..check(
            "all k8s nodes to report ready",
            Assertion::Kubernetes(|_, client| Box::pin(kubernetes::nodes_are_ready(client))),
        )
    },
    check(
        "all control plane static pods to be running",
        Assertion::Nodes(|attempt| Box::pin(machines::run_static_pods(attempt))),
    ),
    check(
        "all control plane components to be ready",
        Assertion::Kubernetes(|attempt, client| Box::pin(kubernetes::control_plane_is_ready(attempt, client))),
    ),
    Check {
        timeout: Duration::from_secs(3 * MINUTE.as_secs()),
        ..check(
            "kube-proxy to report ready",
            Assertion::Kubernetes(|_, client| {
                Box::pin(kubernetes::pods_are_ready::<k8s::DaemonSet>(client, "k8s-app=kube-proxy"))
            }),
        )
    },
    Check {
        timeout: Duration::from_secs(3 * MINUTE.as_secs()),
        ..check(
            "coredns to report ready",
            Assertion::Kubernetes(|_, client| {
                Box::pin(kubernetes::pods_are_ready::<k8s::ReplicaSet>(client, "k8s-app=kube-dns"))
            }),
        )
    },
    check(
        "all k8s nodes to report schedulable",
        Assertion::Kubernetes(|_, client| Box::pin(kubernetes::nodes_are_schedulable(client))),
    ),
];

/// The checks that hold before the boot sequence is over and need no Kubernetes API: those that come first.
pub fn before_boot() -> &'static [Check] {
    const COUNT: usize = 7;
    &CHECKS[..COUNT]
}

/// Runs checks one after the other until all hold.
///
/// # Errors
/// [`OutOfTime`] when one does not hold in its own time or in that of the whole run.
pub async fn wait(
    cluster: &Cluster,
    info: &Info,
    checks: &[Check],
    timeout: Duration,
    mut reporter: impl Reporter,
) -> Result<(), OutOfTime> {
    // A limit beyond what a clock can tell is none.
    let end = Instant::now().checked_add(timeout).unwrap_or_else(|| Instant::now() + 10_000 * 24 * 60 * MINUTE);
    for check in checks {
        if Instant::now() >= end {
            return Err(OutOfTime { description: check.description, reason: None });
        }
        check.wait(cluster, info, end, &mut reporter).await?;
    }
    Ok(())
}

impl Check {
    async fn wait(
        &self,
        cluster: &Cluster,
        info: &Info,
        end: Instant,
        reporter: &mut impl Reporter,
    ) -> Result<(), OutOfTime> {
        let mut report = |state: &State| reporter.update(&Progress { description: self.description, state });
        report(&State::Waiting);
        let begun = Instant::now();
        let give_up = end.min(begun + self.timeout);
        let mut next = begun;
        loop {
            let attempt = Attempt { cluster, info, deadline: end.min(Instant::now() + self.interval) };
            let reason = match attempt.run(self.assertion).await {
                Ok(Verdict::Holds) => {
                    report(&State::Holds);
                    return Ok(());
                }
                Ok(Verdict::Skipped) => {
                    report(&State::Skipped);
                    return Ok(());
                }
                Err(error) => error.to_string(),
            };
            report(&State::Failing(reason.clone()));
            // A try that took longer than the interval is followed by the next at once.
            next += self.interval;
            if next >= give_up {
                sleep_until(give_up).await;
                return Err(OutOfTime { description: self.description, reason: Some(reason) });
            }
            sleep_until(next).await;
        }
    }
}

/// One try of a check: what it looks at, and how long it may look.
struct Attempt<'a> {
    cluster: &'a Cluster,
    info: &'a Info,
    deadline: Instant,
}

impl Attempt<'_> {
    async fn run(&self, assertion: Assertion) -> Result<Verdict, Error> {
        // Calls end by themselves at the deadline and say so; this is for what is no call.
        let grace = self.deadline + Duration::from_secs(1);
        let trial = async {
            match assertion {
                Assertion::Nodes(assertion) => assertion(self).await,
                Assertion::Kubernetes(assertion) => {
                    let client = self.cluster.kubernetes_until(self.deadline).await?;
                    assertion(self, client).await
                }
            }
        };
        timeout_at(grace, trial).await.unwrap_or(Err(Error::OutOfTime))
    }

    /// A client of the endpoints, whose calls end with this try.
    fn client(&self) -> Client {
        self.cluster.client().without_nodes().with_timeout(self.deadline.saturating_duration_since(Instant::now()))
    }

    /// The same for some nodes.
    fn client_of<'n>(&self, nodes: impl IntoIterator<Item = &'n super::NodeInfo>) -> Client {
        self.client().nodes(nodes.into_iter().map(|node| node.internal_ip.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_read_as_they_always_did() {
        let text = |state: &State| Progress { description: "x", state }.to_string();
        assert_eq!(text(&State::Waiting), "waiting for x: ...");
        assert_eq!(text(&State::Failing("a\n\n".into())), "waiting for x: a");
        assert_eq!(text(&State::Holds), "waiting for x: OK");
        assert_eq!(text(&State::Skipped), "waiting for x: SKIP");
    }

    #[test]
    fn checks_before_boot_need_no_kubernetes_api() {
        assert!(before_boot().iter().all(|check| matches!(check.assertion, Assertion::Nodes(_))));
        assert_eq!(CHECKS[before_boot().len()].description, "all nodes to finish boot sequence");
    }
}
