//! `talosctl containers`: what runs in containers.

use anyhow::Context as _;
use talos_api::proto::common::ContainerDriver;
use talos_api::proto::machine::ContainersRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};

/// Shared by all commands about containers.
pub(crate) static KUBERNETES: FlagOf<bool> =
    FlagOf::switch("kubernetes", "Look at the containers of Kubernetes instead of those of the system").short('k');

/// Accepted by the original, where it has no effect.
static USE_CRI: FlagOf<bool> = FlagOf::switch("use-cri", "Has no effect; use --kubernetes").short('c').hidden();

pub(crate) static COMMAND: Command = Command {
    aliases: &["c"],
    arguments: Arguments::None,
    flags: &[KUBERNETES.row(), OUTPUT.row(), USE_CRI.row()],
    run: Some(run),
    ..Command::new("containers", "List containers")
};

const COLUMNS: [Column; 6] = [
    column("NODE", "node"),
    column("NAMESPACE", "namespace"),
    column("ID", "id"),
    column("IMAGE", "image"),
    column("PID", "pid"),
    column("STATUS", "status"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let (namespace, driver) = place(call.get(&KUBERNETES));
    let request = ContainersRequest { namespace: namespace.to_owned(), driver: driver.into() };
    connect::run(call, Access::Nodes, io, async |session, io| {
        let replies = session.some(session.client().containers(request), io);
        let replies = replies.await.context("error getting container list")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        for reply in replies {
            let mut containers = reply.value.containers;
            containers.sort_by(|a, b| a.id.cmp(&b.id));
            for container in containers {
                listing.row([
                    Cell::from(&reply.node),
                    container.namespace.into(),
                    Cell::shown(shown_id(&container.id, &container.pod_id), container.id),
                    container.image.into(),
                    container.pid.into(),
                    container.status.into(),
                ]);
            }
        }
        Ok(listing.print(io)?)
    })
}

/// Namespace and driver of the containers of Kubernetes, or of those of the system.
pub(crate) fn place(kubernetes: bool) -> (&'static str, ContainerDriver) {
    if kubernetes { ("k8s.io", ContainerDriver::Cri) } else { ("system", ContainerDriver::Containerd) }
}

/// An id as tables show it: containers of a pod stand below it.
pub(crate) fn shown_id(id: &str, pod: &str) -> String {
    if id == pod { id.to_owned() } else { format!("└─ {id}") }
}
