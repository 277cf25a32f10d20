//! What the parts of a node share.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use talos_api::resources::network::{HostnameStatusSpec, HostnameStatuses};
use talos_config::validate::Mode;
use talos_pki::{Clock, Random, random};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::console::{Console, Sink};
use crate::cosi::Store;
use crate::cosi::engine::Edge;
use crate::events::Events;
use crate::log::Logs;
use crate::machine_config::MachineConfig;
use crate::platform::Platform;
use crate::sequencer::Sequencer;
use crate::service::Services;
use crate::state;
use crate::sys::Host;
use crate::trial::Trial;

/// A clock that many read.
pub type SharedClock = Arc<dyn Clock + Send + Sync>;

/// A source of randomness that many draw from.
#[derive(Clone)]
pub struct SharedRandom(Arc<Mutex<dyn Random + Send>>);

impl SharedRandom {
    /// Shares a source.
    pub fn new(random: impl Random + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(random)))
    }
}

impl fmt::Debug for SharedRandom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRandom").finish_non_exhaustive()
    }
}

impl Random for SharedRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill(buffer)
    }
}

/// What a node is told when it is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address that is the node's own. Nodes on one computer differ by it.
    pub address: IpAddr,
    /// Port of the API on that address.
    pub port: u16,
    /// Folder of what lasts.
    pub state: PathBuf,
    /// Where the machine stands: who names it, and who has its configuration.
    pub platform: Arc<dyn Platform>,
    /// Command line of its kernel. A node that shares its computer has its own, usually empty: that of the computer is not
    /// meant for it.
    pub command_line: String,
}

/// What the parts of a node share, from being switched on to being switched off.
pub struct Machine {
    /// All resources.
    pub store: Store,
    /// The computer.
    pub host: Arc<dyn Host>,
    /// The time.
    pub clock: SharedClock,
    /// Randomness.
    pub random: SharedRandom,
    /// What a user sees.
    pub console: Console,
    /// What services said.
    pub logs: Logs,
    /// What happened.
    pub events: Events,
    /// What runs on it.
    pub services: Services,
    /// What it does as a whole.
    pub sequencer: Sequencer,
    /// A configuration that is tried.
    pub trial: Trial,
    /// Whether a discovery service was told of it.
    pub is_discovered: watch::Sender<bool>,
    /// What it was told.
    pub settings: Settings,
    sink: Sink,
    /// Held by whoever changes META.
    pub(crate) meta: Mutex<()>,
    graph: OnceLock<Vec<Edge>>,
    keeping: Mutex<()>,
    environment: Mutex<BTreeMap<String, String>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Machine {
    /// A machine that was just switched on.
    pub fn new(
        host: impl Host,
        clock: impl Clock + Send + Sync + 'static,
        random: impl Random + Send + 'static,
        console: impl Fn(&str) + Send + Sync + 'static,
        settings: Settings,
    ) -> Arc<Self> {
        Self::switched_on(Arc::new(host), Arc::new(clock), SharedRandom::new(random), Arc::new(console), settings)
    }

    /// The same machine, switched off and on again: it remembers only what it keeps in its folder.
    pub(crate) fn switched_on_again(&self) -> Arc<Self> {
        let (host, clock) = (self.host.clone(), self.clock.clone());
        Self::switched_on(host, clock, self.random.clone(), self.sink.clone(), self.settings.clone())
    }

    fn switched_on(
        host: Arc<dyn Host>,
        clock: SharedClock,
        random: SharedRandom,
        sink: Sink,
        settings: Settings,
    ) -> Arc<Self> {
        let logs = Logs::default();
        Arc::new_cyclic(|machine| Self {
            store: Store::new(clock.clone()),
            host,
            console: Console::new(clock.clone(), sink.clone(), &logs),
            logs,
            events: Events::new(clock.clone(), random.clone()),
            services: Services::new(machine.clone()),
            sequencer: Sequencer::default(),
            trial: Trial::default(),
            is_discovered: watch::Sender::new(false),
            clock,
            random,
            settings,
            sink,
            meta: Mutex::default(),
            graph: OnceLock::new(),
            keeping: Mutex::default(),
            environment: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        })
    }

    /// Lets something go on by itself until the machine is switched off.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move { stop.run_until_cancelled(task).await });
    }

    /// Does something where waiting for storage is allowed. It goes on even when nobody waits for it any more, and the machine
    /// is not off before it is done.
    pub(crate) fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn_blocking(work)
    }

    /// Cancelled when the machine is switched off.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Switches the machine off, and waits until nothing of it is at work.
    pub(crate) async fn switch_off(&self) {
        self.events.close();
        self.logs.close();
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Machine {
    /// What kind of machine it is.
    pub fn mode(&self) -> Mode {
        self.settings.platform.mode()
    }

    /// Where a path of the machine is in its own folder: what it writes there does not touch the computer.
    pub fn own_path(&self, path: &str) -> PathBuf {
        self.settings.state.join(path.trim_start_matches('/'))
    }

    /// Keeps a file in the machine's folder. When this returns, it outlives a crash.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there then.
    pub async fn keep(self: &Arc<Self>, name: &'static str, content: Vec<u8>) -> io::Result<()> {
        let machine = self.clone();
        let kept = self.blocking(move || {
            // One at a time: each writes beside the file, and puts its own in the place of the former one.
            let _one = machine.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            state::save(&machine.settings.state, name, &content)
        });
        kept.await.map_err(io::Error::other)?
    }

    /// Who reads and writes which resources.
    pub fn graph(&self) -> &[Edge] {
        self.graph.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn set_graph(&self, graph: Vec<Edge>) {
        // A machine has its controllers once.
        let _ = self.graph.set(graph);
    }

    /// What the programs of services find in their environment.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.environment.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what the programs of services find in their environment.
    pub(crate) fn set_environment(&self, environment: BTreeMap<String, String>) {
        *self.environment.lock().unwrap_or_else(PoisonError::into_inner) = environment;
    }

    /// The configuration in force.
    pub fn config(&self) -> Option<MachineConfig> {
        let known = self.store.get(&MachineConfig::reference(MachineConfig::ACTIVE)).ok()?;
        known.spec::<MachineConfig>().cloned()
    }

    /// Name of the machine with its domain, as far as it has them.
    pub fn fqdn(&self) -> String {
        self.store.spec::<HostnameStatuses>("hostname").map(|status| fqdn(&status)).unwrap_or_default()
    }
}

/// A name with its domain.
pub(crate) fn fqdn(status: &HostnameStatusSpec) -> String {
    match status.domainname.as_str() {
        "" => status.hostname.clone(),
        domain => format!("{}.{domain}", status.hostname),
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A machine for tests.

    use std::net::Ipv4Addr;
    use std::time::{Duration, SystemTime};

    use talos_pki::clock::FixedClock;

    use super::*;
    use crate::platform::Container;
    use crate::sys::Process;

    /// A clock that nobody moves.
    fn fixed() -> FixedClock {
        FixedClock(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000))
    }

    /// Counts upwards: enough for tests that only need bytes.
    struct Counting(u8);

    impl Random for Counting {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
            for byte in buffer {
                self.0 = self.0.wrapping_mul(31).wrapping_add(7);
                *byte = self.0;
            }
            Ok(())
        }
    }

    pub(crate) fn machine() -> Arc<Machine> {
        machine_with(|_| {})
    }

    /// One that was told something else.
    pub(crate) fn machine_with(change: impl FnOnce(&mut Settings)) -> Arc<Machine> {
        made(Process::new("/"), fixed(), |_| {}, change)
    }

    /// One with a clock of its own.
    pub(crate) fn machine_by(clock: impl Clock + Send + Sync + 'static) -> Arc<Machine> {
        made(Process::new("/"), clock, |_| {}, |_| {})
    }

    /// One whose kernel was started so.
    pub(crate) fn machine_with_command_line(line: &str) -> Arc<Machine> {
        machine_with(|settings| line.clone_into(&mut settings.command_line))
    }

    /// One with this address.
    pub(crate) fn machine_at(address: &str) -> Arc<Machine> {
        machine_with(|settings| settings.address = address.parse().unwrap())
    }

    /// One whose console is kept.
    pub(crate) fn machine_that_says(lines: &Arc<Mutex<Vec<String>>>) -> Arc<Machine> {
        let lines = lines.clone();
        made(Process::new("/"), fixed(), move |line| lines.lock().unwrap().push(line.to_owned()), |_| {})
    }

    /// One on a computer.
    pub(crate) fn machine_on(host: impl Host, change: impl FnOnce(&mut Settings)) -> Arc<Machine> {
        made(host, fixed(), |_| {}, change)
    }

    fn made(
        host: impl Host,
        clock: impl Clock + Send + Sync + 'static,
        console: impl Fn(&str) + Send + Sync + 'static,
        change: impl FnOnce(&mut Settings),
    ) -> Arc<Machine> {
        let mut settings = Settings {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            state: PathBuf::new(),
            platform: Arc::new(Container::configured("", None)),
            command_line: String::new(),
        };
        change(&mut settings);
        Machine::new(host, clock, Counting(1), console, settings)
    }
}
