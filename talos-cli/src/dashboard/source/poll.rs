//! What is asked again and again.

use std::time::Duration;

use talos_api::client::{Client, Error, Replies};
use talos_api::proto::machine;
use tokio::time::MissedTickBehavior;

use super::{Sink, reason};
use crate::dashboard::model::Update;
use crate::dashboard::sample::{Kernel, Processors, SECTOR, Sample, Transfer};

/// A node that takes longer to answer counts as gone.
const LONGEST: Duration = Duration::from_secs(10);

/// Asks every `interval` until nobody takes the answers any more.
pub(super) async fn run(client: Client, interval: Duration, sink: Sink) {
    let client = client.with_timeout(LONGEST.max(interval));
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let update = match ask(&client).await {
            Ok(sample) => Update::Sample(Box::new(sample)),
            Err(error) => Update::Unreachable(reason(&error)),
        };
        if sink.send(update).await.is_err() {
            return;
        }
    }
}

/// Asks a node once; all calls at the same time.
///
/// # Errors
/// The first failure, if no call succeeded: then the node is not there.
pub async fn ask(client: &Client) -> Result<Sample, Error> {
    let (version, load, memory, kernel, processors, network, disk, processes, services) = tokio::join!(
        client.version(),
        client.load_avg(),
        client.memory(),
        client.system_stat(),
        client.cpu_info(),
        client.network_device_stats(),
        client.disk_stats(),
        client.processes(),
        client.service_list(),
    );
    let mut round = Round::default();
    let sample = Sample {
        version: round.take(version).and_then(|version| version.version).map(|version| version.tag),
        load: round.take(load).map(|load| [load.load1, load.load5, load.load15]),
        memory: round.take(memory).and_then(|memory| memory.meminfo),
        kernel: round.take(kernel).map(counters),
        processors: round.take(processors).map(|list| Processors {
            count: list.cpu_info.len(),
            frequency: list.cpu_info.first().map(|first| first.cpu_mhz).unwrap_or_default(),
        }),
        network: round
            .take(network)
            .and_then(|stats| stats.total)
            .map(|total| Transfer { inward: total.rx_bytes, outward: total.tx_bytes }),
        disk: round.take(disk).and_then(|stats| stats.total).map(|total| Transfer {
            inward: total.read_sectors.saturating_mul(SECTOR),
            outward: total.write_sectors.saturating_mul(SECTOR),
        }),
        processes: round.take(processes).map(|list| list.processes),
        kubelet: round.take(services).as_ref().and_then(kubelet),
    };
    match round {
        Round { answers: 0, failure: Some(failure) } => Err(failure),
        _ => Ok(sample),
    }
}

/// How the calls of one round went.
#[derive(Default)]
struct Round {
    answers: usize,
    failure: Option<Error>,
}

impl Round {
    fn take<T>(&mut self, outcome: Result<Replies<T>, Error>) -> Option<T> {
        match outcome.and_then(Replies::one) {
            Ok(answer) => {
                self.answers += 1;
                Some(answer)
            }
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }
}

fn counters(stat: machine::SystemStat) -> Kernel {
    Kernel {
        boot_time: stat.boot_time,
        cpu: stat.cpu_total.unwrap_or_default(),
        context_switches: stat.context_switches,
        created: stat.process_created,
        running: stat.process_running,
        blocked: stat.process_blocked,
    }
}

fn kubelet(list: &machine::ServiceList) -> Option<bool> {
    let service = list.services.iter().find(|service| service.id == "kubelet")?;
    Some(service.health.as_ref().is_some_and(|health| health.healthy))
}
