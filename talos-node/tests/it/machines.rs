//! Machines for tests: each with an address and a folder of its own.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use talos_api::events::EventPayload;
use talos_api::proto::machine::task_event::Action;
use talos_node::app::Node;
use talos_node::machine::{Machine, Settings};
use talos_node::platform::Container;
use talos_node::sys::{Host, Process};
use talos_pki::{Clock, Random, random};

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the node is given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        getrandom::fill(buffer).map_err(random::Error::new)
    }
}

/// A node, its folder, and what its console said. The folder goes with it.
pub(crate) struct Lab {
    pub(crate) node: Node,
    pub(crate) address: IpAddr,
    folder: Folder,
    lines: Arc<Mutex<Vec<String>>>,
}

/// A folder that is removed in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("talos-node-lab-{}-{}", std::process::id(), next()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that is gone already is as good.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn next() -> u8 {
    static NEXT: AtomicU8 = AtomicU8::new(2);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A loopback address that no other test has.
pub(crate) fn free_address() -> IpAddr {
    let [high, low] = (std::process::id() as u16).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, high, low, next()))
}

impl Lab {
    /// Starts a node with a loopback address that no other test has.
    pub(crate) fn start(folder: Folder, user_data: Option<&str>) -> Self {
        Self::start_with(folder, Process::new("/"), |settings| {
            settings.platform = Arc::new(Container::configured("lab-1", user_data.map(str::as_bytes)));
        })
    }

    /// Starts a node with an address and a name of its own.
    pub(crate) fn start_at(address: IpAddr, hostname: &str, folder: Folder, user_data: Option<&str>) -> Self {
        Self::start_with(folder, Process::new("/"), |settings| {
            settings.address = address;
            settings.platform = Arc::new(Container::configured(hostname, user_data.map(str::as_bytes)));
        })
    }

    /// Starts a node on a computer, told something else.
    pub(crate) fn start_with(folder: Folder, host: impl Host, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            address: free_address(),
            port: 50000,
            state: folder.path().to_owned(),
            platform: Arc::new(Container::configured("lab-1", None)),
            command_line: String::new(),
        };
        change(&mut settings);
        let address = settings.address;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let console = {
            let lines = lines.clone();
            move |line: &str| lines.lock().unwrap().push(line.to_owned())
        };
        let machine = Machine::new(host, SystemClock, SystemRandom, console, settings);
        Self { node: Node::start(machine).unwrap(), address, folder, lines }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the console said so far, without dates and controllers.
    pub(crate) fn said(&self) -> Vec<String> {
        let lines = self.lines.lock().unwrap();
        let text = |line: &String| line[28..].split(" {\"component\"").next().unwrap().to_owned();
        lines.iter().map(text).collect()
    }

    /// The first line that the console said with this text, whole.
    pub(crate) fn line(&self, text: &str) -> Option<String> {
        self.lines.lock().unwrap().iter().find(|line| line.contains(text)).cloned()
    }

    /// Waits until a task of a sequence has ended.
    pub(crate) async fn until_done(&self, task: &str) {
        let mut events = self.node.machine().events.subscribe(&talos_node::events::Tail::All);
        loop {
            let data = events.next().await.unwrap().data.clone();
            let event = talos_api::proto::machine::Event { data: Some(data), ..Default::default() };
            match EventPayload::decode(&event) {
                Ok(EventPayload::Task(event)) if event.task == task && event.action() == Action::Stop => return,
                _ => {}
            }
        }
    }

    /// Waits until a resource of the node is as wanted.
    pub(crate) async fn until<K: talos_api::resources::Kind>(&self, id: &str, holds: impl Fn(&K::Spec) -> bool) {
        let reference = talos_node::cosi::Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, id);
        let mut watch = self.node.machine().store.watch(&reference, 0);
        while !self.node.machine().store.spec::<K>(id).is_some_and(|spec| holds(&spec)) {
            watch.next().await;
        }
    }
}
