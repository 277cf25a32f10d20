//! A cluster whose machines are processes that go on when their maker has ended.
//!
//! Everything of a cluster is in one folder: `state.yaml`, and for each process `NAME.pid`, `NAME.log` and, of machines, the
//! folder `NAME` with what lasts.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use talos_pki::base64;

use super::isolation::{self, Isolation};
use super::network::{self, DISCOVERY_PORT, Network};
use super::plan::PlannedNode;
use super::state::{self, ClusterInfo, NO_UUID, NetworkInfo, NodeInfo, State, type_number};

/// What is written as the provisioner of such a cluster.
pub const PROVISIONER: &str = "local";

/// Name of the program of a machine.
pub const PROGRAM: &str = "talos-node";

/// Name of the process of the discovery service.
const DISCOVERY: &str = "discovery";

/// How long a process may take to end when it is told to; then it is killed.
const GRACE: Duration = Duration::from_secs(8);

/// How long the kernel may take to end a process.
const KILL: Duration = Duration::from_secs(2);

const PAUSE: Duration = Duration::from_millis(5);

/// Lines of a log that tell why its process ended.
const LAST_LINES: usize = 5;

/// What a cluster of processes is made from.
#[derive(Debug)]
pub struct Request<'a> {
    /// Name of the cluster.
    pub name: &'a str,
    /// Where its machines are.
    pub network: Network,
    /// Size of packets in bytes; that of the computer's own network cannot be chosen.
    pub mtu: i64,
    /// Its machines.
    pub nodes: &'a [PlannedNode],
    /// Whether there is a discovery service on the gateway.
    pub discovery: bool,
    /// The program of a machine.
    pub program: &'a Path,
    /// Networks of their own for the machines.
    pub isolation: Option<&'a Isolation>,
    /// Folder that holds the folders of all clusters.
    pub clusters: &'a Path,
}

/// Why a cluster cannot be made or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no program for machines.
    #[error("{PROGRAM} was found neither {} nor in PATH, build it with `cargo build --release -p {PROGRAM}`", beside(.0))]
    NoProgram(Option<PathBuf>),
    /// There is such a cluster.
    #[error(
        "state directory {:?} already exists, is the cluster {name:?} already running? remove cluster state with talosctl cluster \
         destroy",
        .folder.display()
    )]
    Exists {
        /// Name of the cluster.
        name: String,
        /// Its folder.
        folder: PathBuf,
    },
    /// A file cannot be made or removed.
    #[error("{operation} {}", .path.display())]
    File {
        /// What was done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A process cannot be started.
    #[error("error starting {name} with {}", .program.display())]
    Start {
        /// What is called so.
        name: String,
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A process ended.
    #[error("{name} has ended, its log {} ends with:\n{last}", .log.display())]
    Ended {
        /// What is called so.
        name: String,
        /// Where all of its lines are.
        log: PathBuf,
        /// The last of them, indented.
        last: String,
    },
    /// A process goes on.
    #[error("{name} (process {pid}) does not end")]
    Stuck {
        /// What is called so.
        name: String,
        /// Its number.
        pid: i32,
    },
    /// Networks of their own cannot be made or removed.
    #[error(transparent)]
    Isolation(#[from] isolation::Error),
    /// The network has no room.
    #[error(transparent)]
    Network(#[from] network::Error),
    /// The cluster is not known.
    #[error(transparent)]
    State(#[from] state::Error),
}

fn beside(folder: &Option<PathBuf>) -> String {
    folder.as_ref().map_or_else(|| "beside this program".to_owned(), |folder| format!("in {}", folder.display()))
}

/// The program of machines: in a folder, else in one of a search path.
///
/// # Errors
/// [`Error::NoProgram`].
pub fn find_program(folder: Option<&Path>, search: Option<&OsStr>) -> Result<PathBuf, Error> {
    let beside = folder.map(|folder| folder.join(PROGRAM)).filter(|path| path.is_file());
    let found = beside.or_else(|| find(PROGRAM, search));
    found.ok_or_else(|| Error::NoProgram(folder.map(Path::to_owned)))
}

/// A program in one of the folders of a search path.
pub fn find(program: &str, search: Option<&OsStr>) -> Option<PathBuf> {
    let folders = search.map(std::env::split_paths).into_iter().flatten();
    folders.map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Makes a cluster: its folder, its network, its processes. `say` is told each step.
///
/// # Errors
/// At the first thing that fails. Nothing is left then, apart from a cluster that was there before.
pub fn create(request: &Request<'_>, mut say: impl FnMut(&str)) -> Result<State, Error> {
    let folder = request.clusters.join(request.name);
    refuse_existing(&folder, request.name)?;
    say(&format!("creating state directory in {:?}", folder.display()));
    fs::create_dir_all(&folder).map_err(|source| Error::File { operation: "mkdir", path: folder.clone(), source })?;
    let made = make(request, &folder, &mut say);
    if made.is_err() {
        // The failure that led here is the one to tell.
        let _ = stop_all(&folder);
        if let Some(isolation) = request.isolation {
            let _ = isolation.destroy(request.nodes.iter().map(|node| node.name.as_str()));
        }
        let _ = fs::remove_dir_all(&folder);
    }
    made
}

/// Makes sure that there is no cluster of this name.
///
/// # Errors
/// [`Error::Exists`].
pub fn refuse_existing(folder: &Path, name: &str) -> Result<(), Error> {
    match folder.symlink_metadata() {
        Ok(_) => Err(Error::Exists { name: name.to_owned(), folder: folder.to_owned() }),
        Err(_) => Ok(()),
    }
}

fn make(request: &Request<'_>, folder: &Path, say: &mut impl FnMut(&str)) -> Result<State, Error> {
    let gateway = request.network.gateway()?;
    if let Some(isolation) = request.isolation {
        say(&format!("creating network {}", request.name));
        isolation.create(request.network, request.mtu)?;
    }
    let mut state = State {
        provisioner: PROVISIONER.to_owned(),
        bridge: request.isolation.map(Isolation::bridge).unwrap_or_default(),
        info: ClusterInfo {
            name: request.name.to_owned(),
            network: NetworkInfo {
                name: request.name.to_owned(),
                cidrs: vec![request.network.to_string()],
                gateways: vec![gateway.to_string()],
                mtu: request.mtu,
            },
            nodes: request.nodes.iter().map(info).collect(),
            extra_nodes: Vec::new(),
        },
    };
    // Whoever is stopped in between can be removed.
    save(&state, folder)?;
    let launcher = Launcher { program: request.program, folder };
    if request.discovery {
        say("creating discovery service");
        let address = SocketAddr::from((gateway, DISCOVERY_PORT)).to_string();
        let arguments = ["discovery", "--listen", &address].map(OsString::from);
        launcher.start(DISCOVERY, None, &arguments, None)?;
    }
    let mut kind = None;
    for (index, node) in request.nodes.iter().enumerate() {
        let words = if node.machine_type.is_control_plane() { "controlplane" } else { "worker" };
        if kind.replace(words) != Some(words) {
            say(&format!("creating {words} nodes"));
        }
        if let Some(isolation) = request.isolation {
            isolation.join(&node.name, index, node.address, request.network, request.mtu)?;
        }
        let kept = folder.join(&node.name);
        let arguments: [&OsStr; 6] = [
            "--state".as_ref(),
            kept.as_ref(),
            "--hostname".as_ref(),
            node.name.as_ref(),
            "--address".as_ref(),
            &OsString::from(node.address.to_string()),
        ];
        let arguments = arguments.map(OsStr::to_owned);
        let pid = launcher.start(&node.name, request.isolation, &arguments, node.config.as_deref())?;
        state.info.nodes[index].id = pid.to_string();
    }
    save(&state, folder)?;
    Ok(state)
}

/// What is written down of a machine that does not run yet.
fn info(node: &PlannedNode) -> NodeInfo {
    NodeInfo {
        uuid: NO_UUID.to_owned(),
        name: node.name.clone(),
        machine_type: type_number(node.machine_type),
        ips: vec![node.address.to_string()],
        ..NodeInfo::default()
    }
}

fn save(state: &State, folder: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { operation: "write", path: folder.join(state::FILE), source };
    state.write(folder).map_err(failed)
}

/// Starts processes of a cluster.
struct Launcher<'a> {
    program: &'a Path,
    folder: &'a Path,
}

impl Launcher<'_> {
    fn start(
        &self,
        name: &str,
        isolation: Option<&Isolation>,
        arguments: &[OsString],
        config: Option<&str>,
    ) -> Result<u32, Error> {
        let path = log_file(self.folder, name);
        let failed = |operation, path: PathBuf| move |source| Error::File { operation, path, source };
        let log = File::create(&path).map_err(failed("create", path.clone()))?;
        let errors = log.try_clone().map_err(failed("open", path))?;
        let mut command = match isolation {
            Some(isolation) => isolation.command(name, self.program.as_os_str()),
            None => program(self.program),
        };
        command.args(arguments).stdin(Stdio::null()).stdout(log).stderr(errors);
        // The folder marks what belongs to the cluster, also where no argument names it.
        command.env(MARK, self.folder).env("PLATFORM", "container").env_remove("TALOSSKU").env_remove("USERDATA");
        if let Some(config) = config {
            command.env("USERDATA", base64::encode(config.as_bytes()));
        }
        // What interrupts the maker does not interrupt the machine.
        command.process_group(0).current_dir("/");
        let child = command.spawn();
        let child =
            child.map_err(|source| Error::Start { name: name.to_owned(), program: self.program.to_owned(), source })?;
        let path = self.folder.join(format!("{name}.pid"));
        fs::write(&path, format!("{}\n", child.id())).map_err(failed("write", path))?;
        Ok(child.id())
    }
}

/// Variable that names the folder of the cluster to each of its processes.
const MARK: &str = "TALOS_LOCAL_CLUSTER";

#[expect(
    clippy::disallowed_methods,
    reason = "this is where machines are started; whoever destroys them waits for their end"
)]
fn program(path: &Path) -> Command {
    Command::new(path)
}

/// Where the lines of a process are.
pub fn log_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

/// The last lines of a process.
pub fn last_lines(folder: &Path, name: &str, count: usize) -> Vec<String> {
    // A log that cannot be read has none.
    let text = fs::read(log_file(folder, name)).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
}

/// A process of a cluster.
#[derive(Debug)]
struct Running {
    name: String,
    pid: i32,
}

/// Makes sure that all processes of a cluster go on.
///
/// # Errors
/// [`Error::Ended`] for the first that does not, with what it said last.
pub fn check(folder: &Path) -> Result<(), Error> {
    for process in processes(folder)? {
        if !process.is_alive(folder) {
            let mut last = String::new();
            for line in last_lines(folder, &process.name, LAST_LINES) {
                let _ = writeln!(last, "  {line}");
            }
            let log = log_file(folder, &process.name);
            return Err(Error::Ended { name: process.name, log, last: last.trim_end().to_owned() });
        }
    }
    Ok(())
}

/// Processes that were started for a cluster, by name.
fn processes(folder: &Path) -> Result<Vec<Running>, Error> {
    let failed = |source| Error::File { operation: "open", path: folder.to_owned(), source };
    let mut processes = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension() != Some("pid".as_ref()) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|source| Error::File {
            operation: "read",
            path: path.clone(),
            source,
        })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // A file that was cut off belongs to a process that was not started.
        if let Ok(pid) = text.trim().parse() {
            processes.push(Running { name, pid });
        }
    }
    processes.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(processes)
}

impl Running {
    /// Whether it goes on: numbers are used again, so it must have the mark of its cluster.
    fn is_alive(&self, folder: &Path) -> bool {
        let mark = [MARK.as_bytes(), b"=", folder.as_os_str().as_bytes()].concat();
        let variables = fs::read(format!("/proc/{}/environ", self.pid)).unwrap_or_default();
        variables.split(|byte| *byte == 0).any(|variable| variable == mark)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            // One that has ended meanwhile is what is wanted.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Ends all processes of a cluster.
fn stop_all(folder: &Path) -> Result<(), Error> {
    let mut alive = processes(folder)?;
    for (signal, patience) in [(Signal::TERM, GRACE), (Signal::KILL, KILL)] {
        alive.retain(|process| process.is_alive(folder));
        for process in &alive {
            process.signal(signal);
        }
        let deadline = Instant::now() + patience;
        while !alive.is_empty() && Instant::now() < deadline {
            thread::sleep(PAUSE);
            alive.retain(|process| process.is_alive(folder));
        }
    }
    match alive.into_iter().next() {
        Some(Running { name, pid }) => Err(Error::Stuck { name, pid }),
        None => Ok(()),
    }
}

/// What is known of a cluster.
///
/// # Errors
/// [`state::Error`].
pub fn reflect(clusters: &Path, name: &str) -> Result<State, state::Error> {
    State::read(&clusters.join(name), name, PROVISIONER)
}

/// Removes a cluster: its processes, its network, its folder. `say` is told each step.
///
/// With `force` its folder goes also when something else could not be removed.
///
/// # Errors
/// At the first thing that fails.
pub fn destroy(
    clusters: &Path,
    state: &State,
    isolation: Option<&Isolation>,
    force: bool,
    mut say: impl FnMut(&str),
) -> Result<(), Error> {
    let folder = clusters.join(&state.info.name);
    // Without a state that can be read, what was started tells who is there.
    let mut names: BTreeSet<String> = state.info.nodes.iter().map(|node| node.name.clone()).collect();
    names.extend(processes(&folder)?.into_iter().map(|process| process.name));
    names.remove(DISCOVERY);
    for name in &names {
        say(&format!("destroying node {name}"));
    }
    let mut outcome = stop_all(&folder);
    if let Some(isolation) = isolation {
        say(&format!("destroying network {}", state.info.name));
        let removed = isolation.destroy(names.iter().map(String::as_str));
        outcome = outcome.and(removed.map_err(Error::from));
    }
    if outcome.is_ok() || force {
        say("removing state directory");
        let removed = fs::remove_dir_all(&folder);
        let removed = removed.map_err(|source| Error::File { operation: "remove", path: folder, source });
        outcome = outcome.and(removed);
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_looked_for_beside_and_in_the_path() {
        let folder = std::env::temp_dir().join(format!("talos-node-program-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let missing = find_program(Some(&folder), None).unwrap_err().to_string();
        let expected = format!(
            "talos-node was found neither in {} nor in PATH, build it with `cargo build --release -p talos-node`",
            folder.display()
        );
        assert_eq!(missing, expected);
        fs::write(folder.join(PROGRAM), "").unwrap();
        let wanted = folder.join(PROGRAM);
        assert_eq!(find_program(Some(&folder), None).unwrap(), wanted);
        let search = std::env::join_paths([Path::new("/does/not/exist"), &folder]).unwrap();
        assert_eq!(find_program(None, Some(&search)).unwrap(), wanted);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_process_of_somebody_else_is_not_touched() {
        let folder = std::env::temp_dir().join(format!("talos-node-foreign-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // This process has the number, and not the mark.
        fs::write(folder.join("lab-worker-1.pid"), std::process::id().to_string()).unwrap();
        fs::write(log_file(&folder, "lab-worker-1"), "one\ntwo\n").unwrap();
        stop_all(&folder).unwrap();
        let ended = check(&folder).unwrap_err().to_string();
        assert!(ended.starts_with("lab-worker-1 has ended") && ended.ends_with(":\n  one\n  two"), "{ended}");
        fs::remove_dir_all(&folder).unwrap();
    }
}
