//! What is done in phases.

use std::fs;
use std::time::Duration;

use talos_api::resources::Kind;
use talos_api::resources::v1alpha1::{AcquireConfigSpecSpec, AcquireConfigSpecs, AcquireConfigStatuses};
use talos_config::constants::TALOS_VERSION;
use talos_config::validate;

use super::{Job, Leave, Outcome, Task};
use crate::cosi::Reference;
use crate::cosi::controller::Failure;
use crate::service::{self, APID, CRI, Condition, ETCD, KUBELET, MACHINED, State, TRUSTD};
use crate::state;

macro_rules! tasks {
    ($($(#[$doc:meta])* $constant:ident = $name:literal: $function:ident;)*) => {
        $(
            $(#[$doc])*
            pub(super) const $constant: Task = Task { name: $name, run: |job| Box::pin($function(job)) };
        )*
    };
}

tasks! {
    /// Makes the folders that everything else is kept in.
    SETUP_SYSTEM_DIRECTORY = "setupSystemDirectory": setup_system_directory;
    /// Writes down which system this is.
    CREATE_OS_RELEASE_FILE = "createOSReleaseFile": create_os_release_file;
    /// Takes the environment of services from the configuration.
    SET_USER_ENV_VARS = "setUserEnvVars": set_user_env_vars;
    /// Starts the API of the machine.
    START_MACHINED = "startMachined": start_machined;
    /// Waits for a configuration.
    LOAD_CONFIG = "loadConfig": load_config;
    /// Keeps the configuration.
    SAVE_CONFIG = "saveConfig": save_config;
    /// Looks whether there is enough memory.
    MEMORY_SIZE_CHECK = "memorySizeCheck": memory_size_check;
    /// Looks whether the disk is large enough.
    DISK_SIZE_CHECK = "diskSizeCheck": disk_size_check;
    /// Starts what the machine is for.
    START_ALL_SERVICES = "startAllServices": start_all_services;
    /// Stops all services.
    STOP_ALL_SERVICES = "stopAllServices": stop_all_services;
    /// Stops all services, and is missed by nobody.
    STOP_FOR_GOOD = "stopAllServices": stop_for_good;
    /// Forgets all that was kept.
    RESET_SYSTEM_DISK = "resetSystemDisk": reset_system_disk;
    /// Leaves the machine to be started again.
    REBOOT_TASK = "reboot": reboot;
    /// Leaves the machine to be switched off.
    SHUTDOWN_TASK = "shutdown": shutdown;
}

async fn setup_system_directory(job: Job) -> Result<Outcome, Failure> {
    fs::create_dir_all(&job.machine.settings.state)?;
    for path in ["/system/etc", "/system/run"] {
        fs::create_dir_all(job.machine.own_path(path))?;
    }
    Ok(Outcome::Done)
}

async fn create_os_release_file(job: Job) -> Result<Outcome, Failure> {
    let text = format!(
        "NAME=\"Talos\"\nID=talos\nVERSION_ID={TALOS_VERSION}\nPRETTY_NAME=\"Talos ({TALOS_VERSION})\"\n\
         HOME_URL=\"https://www.talos.dev/\"\n\
         BUG_REPORT_URL=\"https://github.com/siderolabs/talos/issues\"\n\
         VENDOR_NAME=\"Sidero Labs\"\nVENDOR_URL=\"https://www.siderolabs.com/\"\n"
    );
    state::save(&job.machine.own_path("/etc"), "os-release", text.as_bytes())?;
    Ok(Outcome::Done)
}

async fn set_user_env_vars(job: Job) -> Result<Outcome, Failure> {
    let machine = &job.machine;
    if let Some(config) = machine.config() {
        let wanted = config.machine().and_then(|machine| machine.env.clone());
        machine.set_environment(wanted.unwrap_or_default());
    }
    Ok(Outcome::Done)
}

async fn start_machined(job: Job) -> Result<Outcome, Failure> {
    let services = &job.machine.services;
    services.load_and_start(&[&MACHINED]);
    // It is up with its first health check, a second later; nobody has to wait for that.
    let runs = || services.state(MACHINED.id).is_some_and(|(state, _)| state == State::Running);
    services.until(runs).await;
    Ok(Outcome::Done)
}

/// Id of the request for a configuration, and of the answer.
pub(crate) const CONFIG: &str = "machine-config";

async fn load_config(job: Job) -> Result<Outcome, Failure> {
    let store = &job.machine.store;
    let reference = |kind: &talos_api::resources::Definition| Reference::new(kind.namespace, kind.type_name, CONFIG);
    store.put(&reference(AcquireConfigSpecs::DEFINITION), "", AcquireConfigSpecSpec {})?;
    let status = reference(AcquireConfigStatuses::DEFINITION);
    let mut watch = store.watch(&status, 0);
    while store.get(&status).is_err() {
        watch.next().await;
    }
    Ok(Outcome::Done)
}

async fn save_config(job: Job) -> Result<Outcome, Failure> {
    let Some(config) = job.machine.config() else { return Ok(Outcome::Done) };
    if config.container().persist() {
        job.machine.keep(state::CONFIG, config.container().bytes().into_owned()).await?;
    }
    Ok(Outcome::Done)
}

/// MiB that a machine needs, and that it should have: of control planes, and of others.
const MEMORY: [[u64; 2]; 2] = [[1898, 3946], [874, 1898]];

async fn memory_size_check(job: Job) -> Result<Outcome, Failure> {
    if job.machine.mode() == validate::Mode::Container {
        job.machine.console.line("skipping memory size check in the container");
        return Ok(Outcome::Done);
    }
    let total = job.machine.host.memory()?.get("MemTotal").unwrap_or(0) / 1024;
    let [minimum, recommended] = MEMORY[usize::from(!is_control_plane(&job))];
    let lines = if total < minimum {
        vec![
            "WARNING: memory size is less than recommended".to_owned(),
            "WARNING: Talos may not work properly".to_owned(),
            format!("WARNING: minimum memory size is {minimum} MiB"),
            format!("WARNING: recommended memory size is {recommended} MiB"),
            format!("WARNING: current total memory size is {total} MiB"),
        ]
    } else if total < recommended {
        vec![
            format!("NOTE: recommended memory size is {recommended} MiB"),
            format!("NOTE: current total memory size is {total} MiB"),
        ]
    } else {
        vec!["memory size is OK".to_owned(), format!("memory size is {total} MiB")]
    };
    for line in lines {
        job.machine.console.line(&line);
    }
    Ok(Outcome::Done)
}

async fn disk_size_check(job: Job) -> Result<Outcome, Failure> {
    // A node that is a process has no disk of its own, whatever its platform.
    job.machine.console.line("skipping disk size check in the container");
    Ok(Outcome::Done)
}

fn is_control_plane(job: &Job) -> bool {
    job.machine.config().is_some_and(|config| config.is_control_plane())
}

/// Pause between two lines about what is waited for.
const PROGRESS: Duration = Duration::from_secs(15);

async fn start_all_services(job: Job) -> Result<Outcome, Failure> {
    let machine = &job.machine;
    machine.services.load_and_start(&[&APID, &CRI, &KUBELET]);
    if is_control_plane(&job) {
        machine.services.load_and_start(&[&TRUSTD, &ETCD]);
    }
    let ids = machine.services.ids();
    job.line(&format!("waiting for {} services", ids.len()));
    let conditions: Vec<Condition> = ids.into_iter().map(Condition::Up).collect();
    let all = service::wait(machine, &conditions);
    tokio::pin!(all);
    let mut tick = tokio::time::interval(PROGRESS);
    loop {
        tokio::select! {
            () = &mut all => return Ok(Outcome::Done),
            _ = tick.tick() => {
                let pending: Vec<Condition> =
                    conditions.iter().copied().filter(|condition| !condition.holds(machine)).collect();
                job.line(&service::describe(&pending, machine));
            }
        }
    }
}

async fn stop_all_services(job: Job) -> Result<Outcome, Failure> {
    job.machine.services.stop_all().await;
    Ok(Outcome::Done)
}

/// How long a discovery service may take to forget a machine.
const FAREWELL: Duration = Duration::from_secs(5);

/// Stops all services of a machine that is reset. A controller takes its leave of the others, who would wait for it long
/// after it is gone.
async fn stop_for_good(job: Job) -> Result<Outcome, Failure> {
    let mut is_discovered = job.machine.is_discovered.subscribe();
    let farewell = tokio::time::timeout(FAREWELL, is_discovered.wait_for(|is_discovered| !is_discovered));
    if farewell.await.is_err() {
        job.line("the discovery service did not confirm that this machine is gone");
    }
    stop_all_services(job).await
}

async fn reset_system_disk(job: Job) -> Result<Outcome, Failure> {
    let folder = &job.machine.settings.state;
    job.line(&format!("resetting {}", folder.display()));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(Outcome::Done)
}

async fn reboot(job: Job) -> Result<Outcome, Failure> {
    leave(&job, Leave::Restart)
}

async fn shutdown(job: Job) -> Result<Outcome, Failure> {
    leave(&job, Leave::PowerOff)
}

fn leave(job: &Job, leave: Leave) -> Result<Outcome, Failure> {
    job.machine.events.publish_restart(leave.command());
    Ok(Outcome::Leave(leave))
}
