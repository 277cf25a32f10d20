//! Calls that start sequences: each is answered before the sequence starts, and what becomes of it is told by events.

use std::sync::Arc;
use std::time::Duration;

use talos_api::proto::machine::reset_request::WipeMode;
use talos_api::proto::machine::{
    BootstrapRequest, BootstrapResponse, Reboot, RebootResponse, Reset as ResetReply, ResetRequest, ResetResponse,
    RollbackResponse, Shutdown as ShutdownReply, ShutdownRequest, ShutdownResponse, UpgradeRequest, UpgradeResponse,
};
use talos_api::resources::time::TimeStatuses;
use talos_api::server::failure;
use talos_config::validate::Mode;
use talos_pki::Random;
use tonic::Status;

use super::containers;
use crate::machine::Machine;
use crate::sequencer::{Reset, Sequence, Shutdown};
use crate::service::{self, CRI, Condition};

/// A name for who wants a sequence: a random UUID.
fn actor(machine: &Machine) -> Result<String, Status> {
    let mut bytes = [0; 16];
    machine.random.clone().fill(&mut bytes).map_err(|error| failure::unknown(&error))?;
    let number = u128::from_be_bytes(bytes);
    // Version 4, variant 1.
    let number = number & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let digits = format!("{number:032x}");
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

/// Containers are started and stopped by those who made them.
fn needs_a_machine(machine: &Machine) -> Result<(), Status> {
    match machine.mode() {
        Mode::Container => Err(Status::failed_precondition("method is not supported in container mode")),
        _ => Ok(()),
    }
}

/// Starts a sequence that goes on by itself; how it fails is said on the console.
pub(super) fn begin(machine: &Arc<Machine>, sequence: Sequence, actor: String, takes_over: bool, failed: &'static str) {
    let running = machine.clone();
    machine.spawn(async move {
        if let Err(error) = running.sequencer.run(&running, sequence, &actor, takes_over).await {
            running.console.line(&format!("{failed} {error}"));
        }
    });
}

/// `Reboot`.
///
/// # Errors
/// `FailedPrecondition` in a container.
pub fn reboot(machine: &Arc<Machine>) -> Result<RebootResponse, Status> {
    let actor_id = actor(machine)?;
    machine.console.line(&format!("reboot via API received. actor id: {actor_id}"));
    needs_a_machine(machine)?;
    begin(machine, Sequence::Reboot, actor_id.clone(), false, "reboot failed:");
    Ok(RebootResponse { messages: vec![Reboot { metadata: None, actor_id }] })
}

/// `Shutdown`.
///
/// # Errors
/// `FailedPrecondition` in a container.
pub fn shutdown(machine: &Arc<Machine>, request: &ShutdownRequest) -> Result<ShutdownResponse, Status> {
    let actor_id = actor(machine)?;
    machine.console.line(&format!("shutdown via API received. actor id: {actor_id}"));
    needs_a_machine(machine)?;
    let sequence = Sequence::Shutdown(Shutdown { force: request.force });
    begin(machine, sequence, actor_id.clone(), true, "shutdown failed:");
    Ok(ShutdownResponse { messages: vec![ShutdownReply { metadata: None, actor_id }] })
}

/// `Reset`.
///
/// # Errors
/// `Unknown` for disks and partitions that cannot be wiped; a node that is a process has none of its own.
pub fn reset(machine: &Arc<Machine>, request: &ResetRequest) -> Result<ResetResponse, Status> {
    let actor_id = actor(machine)?;
    machine.console.line(&format!("reset request received. actorID: {actor_id}"));
    let refused = |text: String| Err(Status::unknown(text));
    if let Some(device) = request.user_disks_to_wipe.first() {
        if request.mode() == WipeMode::SystemDisk {
            let text = "reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter";
            return refused(text.to_owned());
        }
        let disks = machine.host.disks().map_err(|error| failure::unknown(&error))?;
        let reason = match disks.iter().find(|disk| format!("/dev/{}", disk.device) == *device) {
            None => "wasn't found",
            Some(disk) if disk.is_read_only => "is readonly",
            // The disks of a computer that a node shares are not its own.
            Some(_) => "is not this machine's own",
        };
        return refused(format!("reset user disk failed: device {device} {reason}"));
    }
    if !request.system_partitions_to_wipe.is_empty() {
        if request.mode() == WipeMode::UserDisks {
            let text =
                "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter";
            return refused(text.to_owned());
        }
        return refused("reset failed: the machine has no system disk".to_owned());
    }
    let sequence = Sequence::Reset(Reset { graceful: request.graceful, reboot: request.reboot });
    begin(machine, sequence, actor_id.clone(), false, "reset failed:");
    Ok(ResetResponse { messages: vec![ResetReply { metadata: None, actor_id }] })
}

/// `Rollback`.
///
/// # Errors
/// Always: a node that is a process has no disk with an older system on it.
pub fn rollback(machine: &Machine) -> Result<RollbackResponse, Status> {
    machine.console.line("rollback via API received");
    needs_a_machine(machine)?;
    Err(Status::failed_precondition("system disk not found"))
}

/// `Upgrade`.
///
/// # Errors
/// Always: a node that is a process cannot look into an installer.
pub fn upgrade(machine: &Machine, request: &UpgradeRequest) -> Result<UpgradeResponse, Status> {
    let actor_id = actor(machine)?;
    needs_a_machine(machine)?;
    let (image, preserve, staged, force) = (&request.image, request.preserve, request.stage, request.force);
    machine.console.line(&format!(
        "upgrade request received: preserve {preserve}, staged {staged}, force {force}, actor id {actor_id}"
    ));
    let reason = containers::no_installer();
    Err(Status::unknown(format!("error validating installer image {image:?}: {reason}")))
}

/// How long etcd's containers may take to be possible.
const CRI_PATIENCE: Duration = Duration::from_secs(1);

/// How long the time may take to be right.
const TIME_PATIENCE: Duration = Duration::from_secs(5);

/// `Bootstrap`.
///
/// # Errors
/// `FailedPrecondition` while etcd cannot run, `AlreadyExists` where it did.
pub async fn bootstrap(machine: &Arc<Machine>, _: BootstrapRequest) -> Result<BootstrapResponse, Status> {
    machine.console.line("bootstrap request received");
    let not_yet = || Status::failed_precondition("bootstrap is not available yet");
    let up = service::wait(machine, &[Condition::Up(CRI.id)]);
    tokio::time::timeout(CRI_PATIENCE, up).await.map_err(|_| not_yet())?;
    may_bootstrap(machine).await?;
    // What makes an etcd here is what runs containers, and this node has none.
    Err(not_yet())
}

/// What is looked at once containers can run.
async fn may_bootstrap(machine: &Arc<Machine>) -> Result<(), Status> {
    if !machine.config().is_some_and(|config| config.is_control_plane()) {
        return Err(Status::failed_precondition("bootstrap can only be performed on a control plane node"));
    }
    let is_synced = || machine.store.spec::<TimeStatuses>("node").is_some_and(|time| time.synced);
    let synced = service::wait(machine, &[Condition::TimeSync]);
    if !is_synced() && tokio::time::timeout(TIME_PATIENCE, synced).await.is_err() {
        return Err(Status::failed_precondition("time is not in sync yet"));
    }
    let mut entries = std::fs::read_dir(machine.own_path("/var/lib/etcd")).into_iter().flatten();
    match entries.next() {
        Some(_) => Err(Status::already_exists("etcd data directory is not empty")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::time::StatusSpec;
    use tonic::Code;

    use super::*;
    use crate::machine::testing::machine_with;
    use crate::machine_config::MachineConfig;

    #[test]
    fn actors_are_random_uuids() {
        let machine = machine_with(|_| {});
        let first = actor(&machine).unwrap();
        let parts: Vec<usize> = first.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!((&first[14..15], "89ab".contains(&first[19..20])), ("4", true));
    }

    #[tokio::test(start_paused = true)]
    async fn etcd_is_made_once_on_a_control_plane_that_knows_the_time() {
        let folder = std::env::temp_dir().join(format!("talos-node-bootstrap-{}", std::process::id()));
        let machine = machine_with(|settings| settings.state = folder.clone());
        let reference = MachineConfig::reference(MachineConfig::ACTIVE);
        let put = |kind: &str| {
            let config = talos_config::load(format!("machine:\n  type: {kind}\n")).unwrap();
            machine.store.put(&reference, "", MachineConfig::from(config)).unwrap();
        };
        let refused = async || {
            let status = may_bootstrap(&machine).await.unwrap_err();
            (status.code(), status.message().to_owned())
        };
        put("worker");
        let text = "bootstrap can only be performed on a control plane node";
        assert_eq!(refused().await, (Code::FailedPrecondition, text.to_owned()));
        put("controlplane");
        assert_eq!(refused().await, (Code::FailedPrecondition, "time is not in sync yet".to_owned()));
        let (namespace, kind) = ("runtime", "TimeStatuses.v1alpha1.talos.dev");
        let synced = StatusSpec { synced: true, ..StatusSpec::default() };
        machine.store.put(&crate::cosi::Reference::new(namespace, kind, "node"), "", synced).unwrap();
        may_bootstrap(&machine).await.unwrap();
        std::fs::create_dir_all(folder.join("var/lib/etcd/member")).unwrap();
        let outcome = refused().await;
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(outcome, (Code::AlreadyExists, "etcd data directory is not empty".to_owned()));
        let status = bootstrap(&machine, BootstrapRequest::default()).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::FailedPrecondition, "bootstrap is not available yet"));
    }
}
