use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::Kind;
use talos_api::resources::etcd::EtcdSpecs;
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::secrets::ApiCertificates;
use talos_api::resources::time::TimeStatuses;
use tokio::task::JoinSet;

use crate::controllers::secrets::API;
use crate::cosi::Reference;
use crate::machine::Machine;

/// Something that has to be so before a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A service is up.
    Up(&'static str),
    /// The time is right.
    TimeSync,
    /// The machine has addresses, a name, and, if wanted, the files that tell of them.
    Network {
        /// Whether the files matter.
        files: bool,
    },
    /// There are certificates for the API.
    ApiCertificates,
    /// It is known how etcd has to run.
    EtcdSpec,
    /// The machine has a file.
    File(&'static str),
}

/// Pause between two looks for a file.
const FILE_PERIOD: Duration = Duration::from_millis(500);

impl Condition {
    fn text(self, machine: &Machine) -> String {
        match self {
            Condition::Up(id) if machine.services.state(id).is_none() => format!("service {id:?} to be registered"),
            Condition::Up(id) => format!("service {id:?} to be \"up\""),
            Condition::TimeSync => "time sync".to_owned(),
            Condition::Network { .. } => "network".to_owned(),
            Condition::ApiCertificates => "api certificates".to_owned(),
            Condition::EtcdSpec => "etcd spec".to_owned(),
            Condition::File(path) => format!("file {path:?} to exist"),
        }
    }

    pub(crate) fn holds(self, machine: &Machine) -> bool {
        let store = &machine.store;
        match self {
            Condition::Up(id) => machine.services.is_up(id) == Some(true),
            Condition::TimeSync => store.spec::<TimeStatuses>("node").is_some_and(|time| time.synced),
            Condition::Network { files } => store.spec::<NetworkStatuses>("status").is_some_and(|network| {
                network.address_ready && network.hostname_ready && (!files || network.etc_files_ready)
            }),
            Condition::ApiCertificates => store.spec::<ApiCertificates>(API).is_some(),
            Condition::EtcdSpec => store.spec::<EtcdSpecs>("etcd").is_some(),
            Condition::File(path) => machine.own_path(path).exists(),
        }
    }

    async fn satisfied(self, machine: Arc<Machine>) {
        match self {
            Condition::Up(_) => machine.services.until(|| self.holds(&machine)).await,
            Condition::TimeSync => self.resource::<TimeStatuses>(&machine, "node").await,
            Condition::Network { .. } => self.resource::<NetworkStatuses>(&machine, "status").await,
            Condition::ApiCertificates => self.resource::<ApiCertificates>(&machine, API).await,
            Condition::EtcdSpec => self.resource::<EtcdSpecs>(&machine, "etcd").await,
            Condition::File(_) => {
                while !self.holds(&machine) {
                    tokio::time::sleep(FILE_PERIOD).await;
                }
            }
        }
    }

    async fn resource<K: Kind>(self, machine: &Machine, id: &str) {
        let reference = Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id);
        let mut watch = machine.store.watch(&reference, 0);
        while !self.holds(machine) {
            watch.next().await;
        }
    }
}

/// Pause between two looks at what is still waited for.
const ANNOUNCEMENT: Duration = Duration::from_secs(1);

/// What is still waited for, in one text.
pub(crate) fn describe(conditions: &[Condition], machine: &Machine) -> String {
    let texts: Vec<String> = conditions.iter().map(|condition| condition.text(machine)).collect();
    texts.join(", ")
}

/// Waits until all hold. `announce` is told what is waited for, at first and whenever that changes.
pub(crate) async fn wait(machine: &Arc<Machine>, conditions: &[Condition], mut announce: impl FnMut(&str)) {
    let mut pending = conditions.to_vec();
    let mut waiting = JoinSet::new();
    for condition in conditions.iter().copied() {
        let machine = machine.clone();
        waiting.spawn(async move {
            condition.satisfied(machine).await;
            condition
        });
    }
    let mut told = describe(&pending, machine);
    announce(&told);
    let mut tick = tokio::time::interval(ANNOUNCEMENT);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick.reset();
    loop {
        tokio::select! {
            satisfied = waiting.join_next() => match satisfied {
                Some(Ok(satisfied)) => pending.retain(|condition| *condition != satisfied),
                // What panics never holds; it was told already.
                Some(Err(_)) => {}
                None => return,
            },
            _ = tick.tick() => {
                let text = describe(&pending, machine);
                if text != told && !text.is_empty() {
                    told = text;
                    announce(&told);
                }
            }
        }
    }
}
