//! Calls about etcd.
//!
//! etcd does not run on a node that is a process, and nobody issues certificates for it: on control plane nodes these calls
//! fail where those of the reference fail that come too early.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::pin;

use futures_core::Stream;
use talos_api::proto::common::Data;
use talos_api::proto::machine::{EtcdRecover, EtcdRecoverResponse};
use talos_api::resources::Kind;
use talos_api::resources::k8s::Endpoints;
use talos_api::server::failure;
use tonic::Status;

use crate::cosi::Query;
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::sys;

/// Whom a call asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// The one of this node.
    Local,
    /// Any of the control plane.
    Any,
}

/// Calls, what they are called where they are refused, and whom they ask.
const CALLS: &[(&str, &str, Member)] = &[
    ("EtcdAlarmDisarm", "etcd alarm list", Member::Local),
    ("EtcdAlarmList", "etcd alarm list", Member::Local),
    ("EtcdDefragment", "etcd defragment", Member::Local),
    ("EtcdForfeitLeadership", "etcd forfeit leadership", Member::Any),
    ("EtcdLeaveCluster", "etcd leave", Member::Any),
    ("EtcdRemoveMember", "etcd remove member", Member::Any),
    ("EtcdRemoveMemberByID", "etcd remove member", Member::Any),
    ("EtcdSnapshot", "etcd snapshot", Member::Local),
    ("EtcdStatus", "etcd status", Member::Local),
];

/// Why etcd cannot be asked.
#[derive(Debug, thiserror::Error)]
enum NoClient {
    #[error("no controlplane endpoints discovered yet")]
    NoEndpoints,
    #[error("error building etcd client TLS config")]
    Tls(#[source] sys::Error),
    #[error("error building etcd client: context deadline exceeded")]
    OutOfTime,
}

/// The same, as most calls say it.
#[derive(Debug, thiserror::Error)]
#[error("failed to create etcd client")]
struct Failed(#[source] NoClient);

/// What a node shows to etcd, and whom it trusts.
const CREDENTIALS: [&str; 3] =
    ["/system/secrets/etcd/admin.crt", "/system/secrets/etcd/admin.key", "/system/secrets/etcd/ca.crt"];

fn control_plane_only(machine: &Machine, name: &str) -> Result<(), Status> {
    match machine.config().as_ref().is_some_and(MachineConfig::is_control_plane) {
        true => Ok(()),
        false => Err(failure::control_plane_only(name)),
    }
}

/// Why there is no client of etcd.
fn no_client(machine: &Machine, member: Member) -> NoClient {
    if member == Member::Any {
        let definition = Endpoints::DEFINITION;
        if machine.store.list(definition.namespace, definition.type_name, &Query::default()).is_empty() {
            return NoClient::NoEndpoints;
        }
    }
    for path in CREDENTIALS {
        if let Err(error) = File::open(machine.own_path(path)) {
            return NoClient::Tls(sys::Error::io("open", path, error));
        }
    }
    // Nobody listens.
    NoClient::OutOfTime
}

/// Why a call about etcd has no answer; `None` if it is no such call.
pub fn unanswered(machine: &Machine, method: &str) -> Option<Status> {
    let (_, name, member) = *CALLS.iter().find(|(known, ..)| *known == method)?;
    let checked = control_plane_only(machine, name);
    Some(checked.err().unwrap_or_else(|| failure::unknown(&Failed(no_client(machine, member)))))
}

/// Why members cannot be listed: the one call that says no more than why.
pub fn no_members(machine: &Machine, member: Member) -> Status {
    let checked = control_plane_only(machine, "member list");
    checked.err().unwrap_or_else(|| failure::unknown(&no_client(machine, member)))
}

/// The snapshot that etcd is recovered from when it is bootstrapped.
const SNAPSHOT: &str = "/var/lib/etcd.snapshot";

/// Why a snapshot cannot be kept.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error("error creating etcd recovery snapshot")]
    Create(#[source] sys::Error),
    #[error("error writing snapshot")]
    Write(#[source] sys::Error),
    #[error("error fsyncing snapshot")]
    Sync(#[source] sys::Error),
    #[error("error closing snapshot")]
    Rename(#[source] sys::Error),
}

/// `EtcdRecover`: keeps a snapshot for the bootstrap to come. Of one that breaks off, nothing is left, nor of one before.
///
/// # Errors
/// `FailedPrecondition` as long as there is no place for it; `Unimplemented` on workers; that of the client when it breaks
/// off; `Unknown` when it cannot be written.
pub async fn recover(
    machine: &Machine,
    upload: impl Stream<Item = Result<Data, Status>>,
) -> Result<EtcdRecoverResponse, Status> {
    let target = machine.own_path(SNAPSHOT);
    let folder = target.parent().unwrap_or(Path::new("/"));
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(Status::failed_precondition("etcd service is not ready for recovery yet"));
        }
        Err(error) => return Err(failure::unknown(&sys::Error::io("stat", "/var/lib", error))),
        Ok(_) => control_plane_only(machine, "etcd recover")?,
    }
    let temporary = target.with_extension("snapshot.new");
    let kept = keep(&temporary, &target, upload).await;
    if kept.is_err() {
        // It may not even be there.
        let _ = fs::remove_file(&temporary);
    }
    kept.map(|()| EtcdRecoverResponse { messages: vec![EtcdRecover::default()] })
}

async fn keep(temporary: &Path, target: &Path, upload: impl Stream<Item = Result<Data, Status>>) -> Result<(), Status> {
    let failed = |wrap: fn(sys::Error) -> NotKept, operation| {
        move |error: std::io::Error| failure::unknown(&wrap(sys::Error::io(operation, SNAPSHOT, error)))
    };
    match fs::remove_file(target) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(NotKept::Create, "remove")(error)),
        _ => {}
    }
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(temporary).map_err(failed(NotKept::Create, "open"))?;
    let mut upload = pin!(upload);
    while let Some(data) = std::future::poll_fn(|cx| upload.as_mut().poll_next(cx)).await {
        // Into the cache of the kernel, which does not wait for storage.
        file.write_all(&data?.bytes).map_err(failed(NotKept::Write, "write"))?;
    }
    let synced = tokio::task::spawn_blocking(move || file.sync_all()).await;
    synced.map_err(|panic| failure::unknown(&panic))?.map_err(failed(NotKept::Sync, "fsync"))?;
    fs::rename(temporary, target).map_err(failed(NotKept::Rename, "rename"))
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;
    use crate::machine::testing::{machine, machine_with};

    fn put_config(machine: &Machine, kind: &str) {
        let text = format!("version: v1alpha1\nmachine:\n    type: {kind}\n");
        let config = MachineConfig::from(talos_config::load(text).unwrap());
        let reference = MachineConfig::reference(MachineConfig::ACTIVE);
        machine.store.create(crate::cosi::Resource::new(reference, config), "test").unwrap();
    }

    #[test]
    fn calls_fail_where_those_of_the_reference_fail() {
        let worker = machine();
        put_config(&worker, "worker");
        let refused = unanswered(&worker, "EtcdAlarmDisarm").unwrap();
        let text = "etcd alarm list is only available on control plane nodes";
        assert_eq!((refused.code(), refused.message()), (tonic::Code::Unimplemented, text));
        assert_eq!(no_members(&worker, Member::Any).message(), "member list is only available on control plane nodes");
        assert!(unanswered(&worker, "Memory").is_none());

        let folder = tempfile("etcd-calls");
        let control_plane = machine_with(|settings| settings.state.clone_from(&folder.0));
        put_config(&control_plane, "controlplane");
        let tls =
            "error building etcd client TLS config: open /system/secrets/etcd/admin.crt: no such file or directory";
        let failed = unanswered(&control_plane, "EtcdStatus").unwrap();
        assert_eq!(failed.code(), tonic::Code::Unknown);
        assert_eq!(failed.message(), format!("failed to create etcd client: {tls}"));
        assert_eq!(no_members(&control_plane, Member::Local).message(), tls);
        let none = "no controlplane endpoints discovered yet";
        assert_eq!(no_members(&control_plane, Member::Any).message(), none);
        let failed = unanswered(&control_plane, "EtcdLeaveCluster").unwrap();
        assert_eq!(failed.message(), format!("failed to create etcd client: {none}"));
    }

    struct Upload(std::vec::IntoIter<Result<Data, Status>>);

    impl Stream for Upload {
        type Item = Result<Data, Status>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.next())
        }
    }

    struct TemporaryFolder(std::path::PathBuf);

    impl Drop for TemporaryFolder {
        fn drop(&mut self) {
            // A folder that is gone already is as good.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn tempfile(name: &str) -> TemporaryFolder {
        let folder = std::env::temp_dir().join(format!("talos-node-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        TemporaryFolder(folder)
    }

    #[tokio::test]
    async fn a_snapshot_is_kept_whole_or_not_at_all() {
        let folder = tempfile("etcd-recover");
        let machine = machine_with(|settings| settings.state.clone_from(&folder.0));
        let data = |text: &str| Ok(Data { metadata: None, bytes: text.as_bytes().to_vec().into() });
        let upload = |parts: Vec<Result<Data, Status>>| recover(&machine, Upload(parts.into_iter()));
        let refused = upload(vec![data("a")]).await.unwrap_err();
        let text = "etcd service is not ready for recovery yet";
        assert_eq!((refused.code(), refused.message()), (tonic::Code::FailedPrecondition, text));

        let place = folder.0.join("var/lib");
        fs::create_dir_all(&place).unwrap();
        let refused = upload(vec![data("a")]).await.unwrap_err();
        assert_eq!(refused.message(), "etcd recover is only available on control plane nodes");

        put_config(&machine, "controlplane");
        assert_eq!(upload(vec![data("ab"), data("c")]).await.unwrap().messages.len(), 1);
        assert_eq!(fs::read(place.join("etcd.snapshot")).unwrap(), b"abc");
        let broken = upload(vec![data("x"), Err(Status::cancelled("gone"))]).await.unwrap_err();
        assert_eq!(broken.code(), tonic::Code::Cancelled);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 0);
    }
}
