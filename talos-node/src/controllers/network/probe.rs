use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::network::{ProbeSpecSpec, ProbeSpecs, ProbeStatusSpec, ProbeStatuses, TcpProbeSpec};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::error::Reason;

/// Tries connections again and again, and tells whether they work.
#[derive(Debug)]
pub struct ProbeController {
    machine: Arc<Machine>,
}

impl ProbeController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ProbeController = "network.ProbeController" {
        inputs: [Input::weak::<ProbeSpecs>()],
        outputs: [Output::exclusive::<ProbeStatuses>()],
    }
}

/// A connection that does not work.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("no probe type specified")]
    Nothing,
    #[error("dial tcp: lookup {endpoint}: {reason}")]
    Lookup { endpoint: String, reason: Reason },
    #[error("dial tcp {endpoint}: connect: {reason}")]
    Connect { endpoint: String, reason: Reason },
    #[error("dial tcp {endpoint}: i/o timeout")]
    Timeout { endpoint: String },
}

/// What a probe found: its id and number, and how it went.
type Found = (String, u64, ProbeStatusSpec);

/// A connection that is tried.
struct Probe {
    spec: ProbeSpecSpec,
    /// Tells it from others that had its id before.
    number: u64,
    status: Option<ProbeStatusSpec>,
    _task: AbortOnDropHandle<()>,
}

/// How many results may wait; a probe whose result must wait waits, too.
const WAITING: usize = 16;

#[tonic::async_trait]
impl Run for ProbeController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let (sender, mut results) = mpsc::channel::<Found>(WAITING);
        let mut probes: BTreeMap<String, Probe> = BTreeMap::new();
        let mut last = 0;
        loop {
            tokio::select! {
                () = context.changed() => self.choose(&context.inputs(), &mut probes, &mut last, &sender),
                // Cancel-safe: what is not received stays in the channel.
                result = results.recv() => {
                    let Some((id, number, status)) = result else { return Ok(()) };
                    if let Some(probe) = probes.get_mut(&id).filter(|probe| probe.number == number) {
                        probe.status = Some(status);
                    }
                }
            }
            let mut outputs = Outputs::default();
            for (id, probe) in &probes {
                if let Some(status) = &probe.status {
                    outputs.put::<ProbeStatuses>(id, status.clone());
                }
            }
            context.settle(outputs)?;
        }
    }
}

impl ProbeController {
    /// Starts the probes that are wanted, and ends all others.
    fn choose(
        &self,
        inputs: &Inputs<'_>,
        probes: &mut BTreeMap<String, Probe>,
        last: &mut u64,
        results: &mpsc::Sender<Found>,
    ) {
        let specs = inputs.list::<ProbeSpecs>();
        probes.retain(|id, probe| specs.iter().any(|spec| spec.id() == id && **spec == probe.spec));
        for spec in &specs {
            if !probes.contains_key(spec.id()) {
                *last += 1;
                let (id, number) = (spec.id().to_owned(), *last);
                let task =
                    probe(self.machine.clone(), self.name(), id.clone(), number, (**spec).clone(), results.clone());
                let task = AbortOnDropHandle::new(tokio::spawn(task));
                probes.insert(id, Probe { spec: (**spec).clone(), number, status: None, _task: task });
            }
        }
    }
}

/// Tries a connection again and again; a failure counts when enough of them follow each other.
async fn probe(
    machine: Arc<Machine>,
    controller: &'static str,
    id: String,
    number: u64,
    spec: ProbeSpecSpec,
    results: mpsc::Sender<Found>,
) {
    let mut ticks = interval(duration(spec.interval).max(SHORTEST));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut failures = 0;
    loop {
        ticks.tick().await;
        let status = match attempt(&spec.tcp).await {
            Ok(()) => {
                if failures > 0 {
                    machine.console.controller(controller, "probe succeeded", &[("probe", Value::Text(&id))]);
                }
                failures = 0;
                ProbeStatusSpec { success: true, last_error: String::new() }
            }
            Err(error) => {
                let last_error = error.to_string();
                if failures == spec.failure_threshold {
                    let fields = [("probe", Value::Text(&id)), ("error", Value::Text(&last_error))];
                    machine.console.controller(controller, "probe failed", &fields);
                }
                failures += 1;
                if failures < spec.failure_threshold {
                    continue;
                }
                ProbeStatusSpec { success: false, last_error }
            }
        };
        if results.send((id.clone(), number, status)).await.is_err() {
            return;
        }
    }
}

/// Shortest time between two attempts.
const SHORTEST: Duration = Duration::from_millis(1);

async fn attempt(spec: &TcpProbeSpec) -> Result<(), Error> {
    if *spec == TcpProbeSpec::default() {
        return Err(Error::Nothing);
    }
    let endpoint = || spec.endpoint.clone();
    let connect = async {
        let addresses = lookup_host(&spec.endpoint).await;
        let addresses = addresses.map_err(|error| Error::Lookup { endpoint: endpoint(), reason: Reason(error) })?;
        let mut last = None;
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => last = Some(Error::Connect { endpoint: address.to_string(), reason: Reason(error) }),
            }
        }
        let nobody = || std::io::ErrorKind::NotFound.into();
        Err(last.unwrap_or_else(|| Error::Lookup { endpoint: endpoint(), reason: Reason(nobody()) }))
    };
    match timeout(duration(spec.timeout), connect).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::Timeout { endpoint: endpoint() }),
    }
}

fn duration(duration: talos_api::resources::Duration) -> Duration {
    Duration::from_nanos(u64::try_from(duration.0).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use tokio::net::TcpListener;
    use tokio_util::sync::CancellationToken;

    use super::super::tests::Quiet;
    use super::*;
    use crate::cosi::{Engine, Reference, Store};
    use crate::machine::testing::machine;

    fn reference<K: Kind>() -> Reference {
        Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, "probe")
    }

    async fn until(store: &Store, holds: impl Fn(Option<ProbeStatusSpec>) -> bool) {
        let mut watch = store.watch(&reference::<ProbeStatuses>(), 0);
        while !holds(store.spec::<ProbeStatuses>("probe")) {
            watch.next().await;
        }
    }

    #[tokio::test]
    async fn a_connection_is_tried_again_and_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = listener.local_addr().unwrap().to_string();
        let machine = machine();
        let store = machine.store.clone();
        let mut engine = Engine::new(store.clone(), Quiet);
        engine.add_run(ProbeController::new(machine)).unwrap();
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine.serve(stop.clone()));
        let spec = ProbeSpecSpec {
            interval: Duration::from_millis(2).into(),
            failure_threshold: 2,
            tcp: TcpProbeSpec { endpoint: endpoint.clone(), timeout: Duration::from_secs(10).into() },
            ..ProbeSpecSpec::default()
        };
        store.put(&reference::<ProbeSpecs>(), "", spec.clone()).unwrap();
        until(&store, |status| status.is_some_and(|status| status.success)).await;
        drop(listener);
        let expected = format!("dial tcp {endpoint}: connect: connection refused");
        until(&store, |status| status.is_some_and(|status| !status.success && status.last_error == expected)).await;
        let nothing = ProbeSpecSpec { tcp: TcpProbeSpec::default(), ..spec };
        store.put(&reference::<ProbeSpecs>(), "", nothing).unwrap();
        until(&store, |status| status.is_some_and(|status| status.last_error == "no probe type specified")).await;
        store.destroy(&reference::<ProbeSpecs>(), "").unwrap();
        until(&store, |status| status.is_none()).await;
        stop.cancel();
        engine.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_too_long_fails() {
        let spec = TcpProbeSpec { endpoint: "127.0.0.1:1".into(), timeout: Duration::ZERO.into() };
        assert_eq!(attempt(&spec).await.unwrap_err().to_string(), "dial tcp 127.0.0.1:1: i/o timeout");
    }
}
