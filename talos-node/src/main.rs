//! A node as a process of its own.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use talos_node::app::Node;
use talos_node::command_line::CommandLine;
use talos_node::discovery::Server;
use talos_node::machine::{Machine, Settings};
use talos_node::platform::{self, Environment, PlatformError};
use talos_node::sys::{Process, open_files};
use talos_pki::{Clock, Random, random};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The clock of the computer.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the node is given")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The randomness of the computer.
struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), random::Error> {
        getrandom::fill(buffer).map_err(random::Error::new)
    }
}

const USAGE: &str = "\
talos-node: a machine that runs Talos, as a process

Usage:
  talos-node discovery --listen ADDRESS
  talos-node --state FOLDER [--address IP] [--port PORT] [--hostname NAME] [--command-line WORDS] [--own-namespaces]

  discovery --listen ADDRESS
                        no machine, but the service through which machines find each other, on IP:PORT
  --state FOLDER        where the machine keeps what lasts
  --address IP          the machine's address, and where its API listens (default 127.0.0.1)
  --port PORT           port of the API (default 50000)
  --hostname NAME       name that the platform gives the machine
  --command-line WORDS  what the machine takes for the command line of its kernel (default none)
  --own-namespaces      this process is root of a container: parameters of the kernel are set

PLATFORM in the environment, else talos.platform=NAME among the words, says where the machine stands:
  container  (default) USERDATA in the environment is the machine configuration in base64
  metal      talos.config=ADDRESS among the words says where the configuration is: http, https, tftp or file

Without a configuration, and with none in the folder, the machine waits in maintenance mode for one to be applied.
";

const OWN_NAMESPACES: &str = "--own-namespaces";

/// A command line that cannot be followed.
#[derive(Debug, thiserror::Error)]
enum UsageError {
    #[error("unknown argument {0:?}")]
    Unknown(String),
    #[error("{flag} needs a value")]
    NoValue { flag: String },
    #[error("{flag} {value:?}: {reason}")]
    Value { flag: String, value: String, reason: String },
    #[error("discovery takes --listen ADDRESS and nothing else")]
    Discovery,
    #[error("--state FOLDER is missing")]
    NoState,
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error("--hostname: platform {0:?} does not name its machines; put talos.hostname=NAME into --command-line")]
    Hostname(&'static str),
}

/// `platform` is the name that the environment gives; it counts before the one on the command line of the kernel.
fn settings(
    arguments: impl IntoIterator<Item = String>,
    platform: Option<String>,
    mut environment: Environment,
) -> Result<Settings, UsageError> {
    let mut settings = Settings {
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 50000,
        state: PathBuf::new(),
        platform: platform::find("container", Environment::default())?,
        command_line: String::new(),
    };
    let mut arguments = arguments.into_iter();
    while let Some(flag) = arguments.next() {
        let known = ["--state", "--address", "--port", "--hostname", "--command-line"];
        if !known.contains(&flag.as_str()) {
            return Err(UsageError::Unknown(flag));
        }
        let value = arguments.next().ok_or_else(|| UsageError::NoValue { flag: flag.clone() })?;
        let wrong = |reason: String| UsageError::Value { flag: flag.clone(), value: value.clone(), reason };
        match flag.as_str() {
            "--state" => settings.state = value.into(),
            "--address" => {
                settings.address = value.parse().map_err(|error: std::net::AddrParseError| wrong(error.to_string()))?;
            }
            "--port" => {
                settings.port = value.parse().map_err(|error: std::num::ParseIntError| wrong(error.to_string()))?;
            }
            "--command-line" => settings.command_line = value,
            _ => environment.hostname = value,
        }
    }
    if settings.state.as_os_str().is_empty() {
        return Err(UsageError::NoState);
    }
    let stated = CommandLine::parse(&settings.command_line).first("talos.platform").map(str::to_owned);
    // A process is most like a container.
    let name = platform.or(stated).unwrap_or_else(|| "container".to_owned());
    let hostname = environment.hostname.clone();
    settings.platform = platform::find(&name, environment)?;
    if !hostname.is_empty() && settings.platform.hostname().is_empty() {
        return Err(UsageError::Hostname(settings.platform.name()));
    }
    Ok(settings)
}

/// Serves what machines find each other through.
async fn discover(arguments: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    let [flag, address] = arguments else { return Err(UsageError::Discovery.into()) };
    if flag != "--listen" {
        return Err(UsageError::Discovery.into());
    }
    let address: SocketAddr = address.parse().map_err(|error: std::net::AddrParseError| UsageError::Value {
        flag: flag.clone(),
        value: address.clone(),
        reason: error.to_string(),
    })?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(address).await?;
    let stop = CancellationToken::new();
    let server = Server::new();
    let mut serving = std::pin::pin!(server.serve(listener, stop.clone()));
    tokio::select! {
        () = &mut serving => return Ok(()),
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    stop.cancel();
    serving.await;
    Ok(())
}

async fn run(host: Process, settings: Settings) -> Result<(), Box<dyn std::error::Error>> {
    let console = |line: &str| {
        // A console that is gone is no reason to stop a machine.
        let _ = writeln!(io::stdout(), "{line}");
    };
    // With fewer files, fewer connections are served.
    let _ = open_files::raise();
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut node = Node::start(Machine::new(host, SystemClock, SystemRandom, console, settings))?;
    tokio::select! {
        left = node.wait() => {
            left?;
            return Ok(());
        }
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    node.shutdown().await?;
    Ok(())
}

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        return match write!(io::stdout(), "{USAGE}") {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    #[expect(clippy::disallowed_methods, reason = "the environment is read here and passed on")]
    let variable = |name: &str| std::env::var(name).ok();
    let environment = Environment {
        user_data: variable("USERDATA").unwrap_or_default(),
        sku: variable("TALOSSKU").unwrap_or_default(),
        hostname: String::new(),
    };
    let owns_namespaces = arguments.iter().any(|argument| argument == OWN_NAMESPACES);
    arguments.retain(|argument| argument != OWN_NAMESPACES);
    let host = if owns_namespaces { Process::in_container("/") } else { Process::new("/") };
    let outcome = match &arguments[..] {
        [first, rest @ ..] if first == "discovery" => discover(rest).await,
        _ => match settings(arguments, variable("PLATFORM"), environment) {
            Ok(settings) => run(host, settings).await,
            Err(error) => Err(error.into()),
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}
