//! Nodes as a screen shows them.

use std::time::Instant;

use super::facts::{Fact, Facts};
use super::history::History;
use super::log::Log;
use super::sample::{Sample, memory_used};
use super::usage::{Order, Row, Usage, processes, sort};

/// Nodes, in the order they were named.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// What comes first among processes.
    order: Order,
}

/// One node. Its size is bounded whatever the node sends.
#[derive(Clone, Debug)]
pub struct Node {
    /// The name it is asked by; empty for the machine dialled.
    pub name: String,
    /// Whether it answers.
    pub reach: Reach,
    /// What it answered last.
    pub sample: Sample,
    /// Shares and rates since the sample before.
    pub usage: Usage,
    /// The same over time.
    pub series: Series,
    /// Processes, in the order asked for.
    pub processes: Vec<Row>,
    /// What its resources say.
    pub facts: Facts,
    /// Its kernel log.
    pub log: Log,
    sampled: Option<Instant>,
}

/// Whether a node answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// It was not asked yet, or did not answer yet.
    #[default]
    Unknown,
    /// It answered the last time.
    Up,
    /// It did not answer the last time.
    Down {
        /// When it first did not answer.
        since: Instant,
        /// Why, in one line.
        reason: String,
    },
}

/// Measures over time, a value for each sample.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names say it; shares are from 0 to 1, rates are bytes in a second")]
pub struct Series {
    pub user: History,
    pub system: History,
    pub memory: History,
    pub load: History,
    pub received: History,
    pub sent: History,
    pub read: History,
    pub written: History,
}

/// News about one node.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Update {
    /// It answered.
    Sample(Box<Sample>),
    /// It did not, for this reason.
    Unreachable(String),
    /// Its resources say so.
    Fact(Fact),
    /// Its kernel log is read from the beginning.
    LogBegins,
    /// A part of its kernel log.
    Log(Vec<u8>),
}

impl Model {
    /// Nodes about which nothing is known.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { nodes: names.into_iter().map(|name| Node::new(name.into())).collect(), order: Order::default() }
    }

    /// Takes news in that came at `moment`. News about other nodes is ignored.
    pub fn apply(&mut self, node: usize, update: Update, moment: Instant) {
        let order = self.order;
        if let Some(node) = self.nodes.get_mut(node) {
            node.apply(update, moment, order);
        }
    }

    /// What comes first among processes.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Changes what comes first among processes.
    pub fn sort_by(&mut self, order: Order) {
        self.order = order;
        self.nodes.iter_mut().for_each(|node| sort(&mut node.processes, order));
    }
}

impl Node {
    fn new(name: String) -> Self {
        Self {
            name,
            reach: Reach::default(),
            sample: Sample::default(),
            usage: Usage::default(),
            series: Series::default(),
            processes: Vec::new(),
            facts: Facts::default(),
            log: Log::default(),
            sampled: None,
        }
    }

    /// Whether it answered at least once.
    pub fn was_seen(&self) -> bool {
        self.sampled.is_some()
    }

    fn apply(&mut self, update: Update, moment: Instant, order: Order) {
        match update {
            Update::Sample(sample) => self.take(*sample, moment, order),
            Update::Unreachable(reason) => {
                let since = match self.reach {
                    Reach::Down { since, .. } => since,
                    _ => moment,
                };
                self.reach = Reach::Down { since, reason };
            }
            Update::Fact(fact) => self.facts.apply(fact),
            Update::LogBegins => self.log.clear(),
            Update::Log(bytes) => self.log.push(&bytes),
        }
    }

    fn take(&mut self, sample: Sample, moment: Instant, order: Order) {
        let before = self.sampled.map(|_| &self.sample);
        let elapsed = self.sampled.map(|then| moment.duration_since(then)).unwrap_or_default();
        self.usage = Usage::between(before, &sample, elapsed);
        self.processes = processes(before, &sample);
        sort(&mut self.processes, order);
        self.series.push(&sample, &self.usage);
        // The rows have taken its place: command lines need not be kept twice.
        let times = sample.processes.map(|list| list.into_iter().map(times_only).collect());
        self.sample = Sample { processes: times, ..sample };
        self.sampled = Some(moment);
        self.reach = Reach::Up;
    }
}

impl Series {
    fn push(&mut self, sample: &Sample, usage: &Usage) {
        let cpu = usage.cpu.unwrap_or_default();
        let (network, disk) = (usage.network.unwrap_or_default(), usage.disk.unwrap_or_default());
        self.user.push(cpu.user);
        self.system.push(cpu.system);
        self.memory.push(sample.memory.as_ref().map(memory_used).unwrap_or_default());
        self.load.push(sample.load.map(|[one, ..]| one).unwrap_or_default());
        self.received.push(network.inward);
        self.sent.push(network.outward);
        self.read.push(disk.inward);
        self.written.push(disk.outward);
    }
}

/// What the next sample is compared with.
fn times_only(process: talos_api::proto::machine::ProcessInfo) -> talos_api::proto::machine::ProcessInfo {
    talos_api::proto::machine::ProcessInfo { pid: process.pid, cpu_time: process.cpu_time, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use talos_api::proto::machine::ProcessInfo;

    use super::*;

    #[test]
    fn a_node_that_is_gone_keeps_what_it_said() {
        let mut model = Model::new(["a", "b"]);
        let start = Instant::now();
        let process = ProcessInfo { pid: 7, args: "x".repeat(99), executable: "y".into(), ..ProcessInfo::default() };
        let sample = Sample { version: Some("v1".into()), processes: Some(vec![process]), ..Sample::default() };
        model.apply(0, Update::Sample(Box::new(sample)), start);
        model.apply(0, Update::Unreachable("gone".into()), start + Duration::from_secs(3));
        model.apply(0, Update::Unreachable("still gone".into()), start + Duration::from_secs(6));
        model.apply(9, Update::Unreachable("nobody".into()), start);
        let [a, b] = &model.nodes[..] else { panic!("two nodes") };
        assert_eq!(a.reach, Reach::Down { since: start + Duration::from_secs(3), reason: "still gone".into() });
        assert_eq!((a.sample.version.as_deref(), a.processes.len()), (Some("v1"), 1));
        assert_eq!(a.sample.processes.as_ref().unwrap()[0].args, "");
        assert_eq!((&b.reach, b.was_seen()), (&Reach::Unknown, false));
    }

    #[test]
    fn a_log_that_begins_anew_replaces_the_old_one() {
        let mut model = Model::new([""]);
        for text in ["a\nb\n", "a\nb\nc\n"] {
            model.apply(0, Update::LogBegins, Instant::now());
            model.apply(0, Update::Log(text.into()), Instant::now());
        }
        assert_eq!(model.nodes[0].log.lines().len(), 3);
    }
}
