//! A hundred nodes in one process: all answer through one of them, and nothing of them is left.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use talos_node::local::{Cluster, cluster};
use talos_node::sys::open_files;
use talos_pki::{Clock, Random, random};
use tokio::runtime::Handle;
use tokio::time::{sleep, timeout};

const NODES: usize = 100;

/// How long they may take to be gone, and to start. A debug build on a busy computer is slow.
const PATIENCE: Duration = Duration::from_secs(120);

struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the nodes are given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        getrandom::fill(buffer).map_err(random::Error::new)
    }
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // One that is gone already is as good.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the process holds: tasks, and what is open, by kind.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    tasks: usize,
    sockets: usize,
    files: usize,
}

impl Held {
    fn now() -> Self {
        let mut held = Self { tasks: Handle::current().metrics().num_alive_tasks(), sockets: 0, files: 0 };
        for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
            // The folder itself is open, too, and gone when it is asked for.
            let Ok(target) = std::fs::read_link(entry.unwrap().path()) else { continue };
            match target.to_string_lossy().starts_with("socket:") {
                true => held.sockets += 1,
                false => held.files += 1,
            }
        }
        held
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_nodes_answer_through_one_and_leave_nothing() {
    open_files::raise().unwrap();
    let folder = Folder(std::env::temp_dir().join(format!("talos-node-many-{}", std::process::id())));
    let before = Held::now();
    let builder = cluster::Builder { workers: NODES - 1, timeout: PATIENCE, ..Cluster::builder() };
    let start = Instant::now();
    let cluster = builder.start(&folder.0, SystemClock, SystemRandom).await.unwrap();
    let started = start.elapsed();
    let addresses: Vec<String> = cluster.nodes().iter().map(|node| node.planned().address.to_string()).collect();
    let start = Instant::now();
    let replies = cluster.client().nodes(&addresses).version().await.unwrap().all().unwrap();
    let asked = start.elapsed();
    let mut answered: Vec<&str> = replies.iter().map(|reply| reply.node.as_str()).collect();
    let mut expected: Vec<&str> = addresses.iter().map(String::as_str).collect();
    answered.sort_unstable();
    expected.sort_unstable();
    assert_eq!(answered, expected);
    let during = Held::now();
    assert!(during.sockets >= before.sockets + NODES && during.tasks > before.tasks, "{before:?}, then {during:?}");
    cluster.stop().await;
    // The client's connections end a moment after it.
    let gone = async {
        while Held::now() != before {
            sleep(Duration::from_millis(5)).await;
        }
    };
    if timeout(PATIENCE, gone).await.is_err() {
        panic!("{before:?} became {during:?} and then {:?}; started in {started:?}, asked in {asked:?}", Held::now());
    }
}
