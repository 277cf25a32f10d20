//! The rules of the main document, in the order in which they are checked.
//!
//! Each group of rules has its file. A group adds what it finds to [`Findings`]; the order of the calls here and in the
//! groups is the order of the reference.

mod api_access;
mod at;
mod bond;
mod cluster;
mod cni;
mod device;
mod discovery;
mod disk;
mod encryption;
mod etcd;
mod install;
mod kubelet;
mod kubespan;
mod labels;
mod links;
mod logging;
mod machine_type;
mod null_entries;
mod resources;
mod route;
mod vlan;
mod wireguard;

use self::at::At;
use super::Config;
use crate::machine_type::MachineType;
use crate::validate::{Findings, Mode, Options};

/// Checks the document.
pub(crate) fn validate(config: &Config, mode: Mode, options: Options<'_>) -> Findings {
    let mut findings = Findings::default();
    let out = &mut findings;
    let Some(machine) = &config.machine else {
        out.error(At::root("machine").path(), "machine instructions are required");
        return findings;
    };
    let cluster = config.cluster.as_deref();
    let machine_type = machine_type::of(machine);

    cluster::check(cluster, out);
    install::check(machine, mode, options, out);
    machine_type::check_spelling(machine, out);
    match machine_type {
        MachineType::Init | MachineType::ControlPlane => cni::check(cluster, out),
        MachineType::Worker => machine_type::check_worker(machine, out),
        MachineType::Unknown => machine_type::report_unknown(machine, out),
    }
    if let Some(network) = &machine.network {
        device::check_all(network, out);
        kubespan::check_mtu(network, out);
    }
    disk::check(machine, out);
    kubelet::check(machine, out);
    encryption::check(machine, out);
    kubespan::check_requirements(machine, cluster, out);
    logging::check(machine, out);
    install::check_extensions(machine, out);
    labels::check(machine, out);
    api_access::check(machine, machine_type, out);
    null_entries::check(config, out);
    if options.strict {
        out.make_strict();
    }
    findings
}
