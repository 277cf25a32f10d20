//! `talosctl inject`: changes to manifests of Kubernetes.

mod pod_types;
mod quantity;
mod serviceaccount;

use crate::command::Command;

pub(crate) static COMMAND: Command = Command {
    children: &[&serviceaccount::COMMAND],
    ..Command::new("inject", "Add access to Talos to Kubernetes manifests")
};
