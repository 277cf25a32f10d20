//! One file per command: its row of the table, and what it does.

#[cfg(feature = "online")]
mod apply_config;
#[cfg(feature = "online")]
mod bootstrap;
#[cfg(all(feature = "cluster", target_os = "linux"))]
mod cluster;
mod complete;
mod completion;
mod config;
#[cfg(feature = "online")]
mod configuration;
#[cfg(feature = "online")]
mod containers;
#[cfg(feature = "online")]
mod copy;
#[cfg(feature = "dashboard")]
mod dashboard;
#[cfg(feature = "online")]
mod disks;
#[cfg(feature = "online")]
mod dmesg;
mod docs;
#[cfg(feature = "online")]
mod edit;
#[cfg(feature = "online")]
mod etcd;
#[cfg(feature = "online")]
mod events;
mod r#gen;
#[cfg(feature = "online")]
mod get;
pub(crate) mod global;
#[cfg(feature = "online")]
mod health;
mod help;
mod image;
mod images;
mod inject;
#[cfg(feature = "online")]
mod inspect;
#[cfg(feature = "online")]
mod kubeconfig;
#[cfg(feature = "online")]
mod list;
#[cfg(feature = "online")]
mod logs;
mod machineconfig;
#[cfg(feature = "online")]
mod memory;
#[cfg(feature = "online")]
mod meta;
#[cfg(feature = "online")]
mod mounts;
#[cfg(feature = "online")]
mod netstat;
#[cfg(feature = "online")]
mod patch;
#[cfg(feature = "online")]
mod pcap;
#[cfg(feature = "online")]
pub(crate) mod processes;
#[cfg(feature = "online")]
mod read;
#[cfg(feature = "online")]
mod reboot;
#[cfg(feature = "online")]
mod removed;
#[cfg(feature = "online")]
mod reset;
#[cfg(feature = "online")]
mod restart;
#[cfg(feature = "online")]
mod rollback;
#[cfg(feature = "online")]
mod running;
#[cfg(feature = "online")]
mod service;
#[cfg(feature = "online")]
mod shutdown;
#[cfg(feature = "online")]
mod stats;
#[cfg(feature = "online")]
mod support;
#[cfg(feature = "online")]
mod time;
#[cfg(feature = "online")]
mod upgrade;
#[cfg(feature = "online")]
mod upgrade_k8s;
#[cfg(feature = "online")]
mod usage;
mod validate;
mod version;

use crate::command::Command;

pub(crate) static ROOT: Command = Command {
    long: "talosctl makes and changes the configuration of Talos machines, and talks to the machines through their API.",
    persistent: &[
        global::CLUSTER.row(),
        global::CONTEXT.row(),
        global::DIAGNOSTICS.row(),
        global::ENDPOINTS.row(),
        global::NODES.row(),
        global::TALOSCONFIG.row(),
    ],
    children: &[
        &complete::COMPLETE,
        &complete::COMPLETE_WITHOUT_DESCRIPTIONS,
        #[cfg(feature = "online")]
        &apply_config::COMMAND,
        #[cfg(feature = "online")]
        &bootstrap::COMMAND,
        #[cfg(all(feature = "cluster", target_os = "linux"))]
        &cluster::COMMAND,
        &completion::COMMAND,
        &config::COMMAND,
        #[cfg(feature = "online")]
        &containers::COMMAND,
        #[cfg(feature = "online")]
        &copy::COMMAND,
        #[cfg(feature = "online")]
        &removed::CRASHDUMP,
        #[cfg(feature = "dashboard")]
        &dashboard::COMMAND,
        #[cfg(feature = "online")]
        &disks::COMMAND,
        #[cfg(feature = "online")]
        &dmesg::COMMAND,
        &docs::COMMAND,
        #[cfg(feature = "online")]
        &edit::COMMAND,
        #[cfg(feature = "online")]
        &etcd::COMMAND,
        #[cfg(feature = "online")]
        &events::COMMAND,
        &r#gen::COMMAND,
        #[cfg(feature = "online")]
        &get::COMMAND,
        #[cfg(feature = "online")]
        &health::COMMAND,
        &help::COMMAND,
        &image::COMMAND,
        &images::COMMAND,
        &inject::COMMAND,
        #[cfg(feature = "online")]
        &inspect::COMMAND,
        #[cfg(feature = "online")]
        &removed::INTERFACES,
        #[cfg(feature = "online")]
        &kubeconfig::COMMAND,
        #[cfg(feature = "online")]
        &list::COMMAND,
        #[cfg(feature = "online")]
        &logs::COMMAND,
        &machineconfig::COMMAND,
        #[cfg(feature = "online")]
        &memory::COMMAND,
        #[cfg(feature = "online")]
        &meta::COMMAND,
        #[cfg(feature = "online")]
        &mounts::COMMAND,
        #[cfg(feature = "online")]
        &netstat::COMMAND,
        #[cfg(feature = "online")]
        &patch::COMMAND,
        #[cfg(feature = "online")]
        &pcap::COMMAND,
        #[cfg(feature = "online")]
        &processes::COMMAND,
        #[cfg(feature = "online")]
        &read::COMMAND,
        #[cfg(feature = "online")]
        &reboot::COMMAND,
        #[cfg(feature = "online")]
        &reset::COMMAND,
        #[cfg(feature = "online")]
        &restart::COMMAND,
        #[cfg(feature = "online")]
        &rollback::COMMAND,
        #[cfg(feature = "online")]
        &removed::ROUTES,
        #[cfg(feature = "online")]
        &service::COMMAND,
        #[cfg(feature = "online")]
        &shutdown::COMMAND,
        #[cfg(feature = "online")]
        &stats::COMMAND,
        #[cfg(feature = "online")]
        &support::COMMAND,
        #[cfg(feature = "online")]
        &time::COMMAND,
        #[cfg(feature = "online")]
        &upgrade::COMMAND,
        #[cfg(feature = "online")]
        &upgrade_k8s::COMMAND,
        #[cfg(feature = "online")]
        &usage::COMMAND,
        &validate::COMMAND,
        &version::COMMAND,
    ],
    ..Command::new("talosctl", "Manage Talos machines and clusters")
};
