//! One configuration for each machine of a multihomed cluster: static addresses, the shared address of the control plane,
//! and the networks that etcd and the kubelets use.
//!
//! ```text
//! cargo run -p talos-examples --example patch_per_node
//! ```
//!
//! Every machine has two links. `eth0` is the public one, `eth1` carries the cluster: etcd and the kubelets must be told,
//! because each of them would pick an address by itself otherwise.

mod system;

use std::io::Write;

use talos_config::generate::{Input, Options};
use talos_config::patch::{self, Patch};
use talos_config::v1alpha1::{Config, Device, KubeletConfig, KubeletNodeIpConfig, MachineConfig, NetworkConfig, Route};
use talos_config::validate::{self, Mode};
use talos_config::{Container, Document, List, MachineType, encode, secrets};
use talos_pki::secrets::Bundle;

use crate::system::{SystemClock, SystemRandom};

const INTERNAL_NETWORK: &str = "192.168.50.0/24";
const SHARED_ADDRESS: &str = "192.168.50.10";

/// A machine of the cluster.
struct Machine {
    name: &'static str,
    kind: MachineType,
    public: &'static str,
    internal: &'static str,
}

const fn machine(name: &'static str, kind: MachineType, public: &'static str, internal: &'static str) -> Machine {
    Machine { name, kind, public, internal }
}

const MACHINES: &[Machine] = &[
    machine("control-plane-1", MachineType::ControlPlane, "203.0.113.11/24", "192.168.50.11/24"),
    machine("control-plane-2", MachineType::ControlPlane, "203.0.113.12/24", "192.168.50.12/24"),
    machine("control-plane-3", MachineType::ControlPlane, "203.0.113.13/24", "192.168.50.13/24"),
    machine("worker-1", MachineType::Worker, "203.0.113.21/24", "192.168.50.21/24"),
    machine("worker-2", MachineType::Worker, "203.0.113.22/24", "192.168.50.22/24"),
    machine("worker-3", MachineType::Worker, "203.0.113.23/24", "192.168.50.23/24"),
];

fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    for (machine, configuration) in configurations()? {
        let text = encode::to_yaml(&configuration, encode::Options::plain());
        let network = text.split("    network:\n").nth(1).and_then(|rest| rest.split("    install:\n").next());
        writeln!(out, "{}.yaml: {} bytes\n{}", machine.name, text.len(), network.unwrap_or_default())?;
    }
    Ok(())
}

/// The configuration of each machine.
fn configurations() -> anyhow::Result<Vec<(&'static Machine, Container)>> {
    let options = Options { install_disk: "/dev/sda".to_owned(), ..Options::default() };
    let parts = secrets::options(options.version_contract, false);
    let secrets = Bundle::generate(&parts, &SystemClock, &mut SystemRandom)?;
    let endpoint = format!("https://{SHARED_ADDRESS}:6443");
    let input = Input::new("multihomed", &endpoint, &options, &secrets);

    let all = for_all()?;
    let control_plane = for_control_plane()?;
    let mut configurations = Vec::new();
    for machine in MACHINES {
        let mut patches = vec![all.clone(), for_one(machine)?];
        if machine.kind.is_control_plane() {
            patches.push(control_plane.clone());
        }
        let configuration = patch::apply(input.config(machine.kind)?, &patches)?.into_configuration()?;
        let (warnings, verdict) = validate::validate(&configuration, Mode::Metal, validate::Options::default());
        verdict?;
        anyhow::ensure!(warnings.is_empty(), "{}: {warnings:?}", machine.name);
        configurations.push((machine, configuration));
    }
    Ok(configurations)
}

/// What all machines have in common, as a value: the compiler knows the fields.
fn for_all() -> anyhow::Result<Patch> {
    let node_ip = KubeletNodeIpConfig { valid_subnets: Some(vec![INTERNAL_NETWORK.to_owned()]) };
    let kubelet = KubeletConfig { node_ip: Some(Box::new(node_ip)), ..KubeletConfig::default() };
    let network = NetworkConfig { nameservers: Some(vec!["203.0.113.1".to_owned()]), ..NetworkConfig::default() };
    to_patch(MachineConfig {
        kubelet: Some(Box::new(kubelet)),
        network: Some(Box::new(network)),
        ..MachineConfig::default()
    })
}

/// What control plane machines need besides, as text: the way in which people write patches.
fn for_control_plane() -> anyhow::Result<Patch> {
    let text = format!(
        "machine:
    network:
        interfaces:
            - interface: eth1
              vip:
                ip: {SHARED_ADDRESS}
cluster:
    etcd:
        advertisedSubnets:
            - {INTERNAL_NETWORK}
        listenSubnets:
            - {INTERNAL_NETWORK}
"
    );
    Ok(patch::load(text)?)
}

/// Name and addresses of one machine. The shared address is merged into the same interface later.
fn for_one(machine: &Machine) -> anyhow::Result<Patch> {
    let default_route =
        Route { network: "0.0.0.0/0".to_owned(), gateway: "203.0.113.1".to_owned(), ..Route::default() };
    let public = Device {
        interface: "eth0".to_owned(),
        addresses: Some(vec![machine.public.to_owned()]),
        routes: Some(List::from([default_route])),
        ..Device::default()
    };
    let internal = Device {
        interface: "eth1".to_owned(),
        addresses: Some(vec![machine.internal.to_owned()]),
        ..Device::default()
    };
    let network = NetworkConfig {
        hostname: machine.name.to_owned(),
        interfaces: Some(List::from([public, internal])),
        ..NetworkConfig::default()
    };
    to_patch(MachineConfig { network: Some(Box::new(network)), ..MachineConfig::default() })
}

fn to_patch(machine: MachineConfig) -> anyhow::Result<Patch> {
    let document: Box<dyn Document> = Box::new(Config { machine: Some(Box::new(machine)), ..Config::default() });
    Ok(Container::new([document])?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_machine_has_its_addresses_and_control_planes_share_one() {
        let configurations = configurations().unwrap();
        assert_eq!(configurations.len(), MACHINES.len());
        for (machine, container) in configurations {
            let config = container.config().unwrap();
            let (settings, cluster) = (config.machine.as_ref().unwrap(), config.cluster.as_ref().unwrap());
            let network = settings.network.as_ref().unwrap();
            assert_eq!(network.hostname, machine.name);
            let interfaces: Vec<_> = network.interfaces.as_ref().unwrap().iter().collect();
            assert_eq!(interfaces.len(), 2);
            assert_eq!(interfaces[1].addresses.as_deref().unwrap(), [machine.internal]);
            let shared = interfaces[1].vip.as_ref().map(|vip| vip.ip.as_str());
            let etcd = cluster.etcd.as_ref().and_then(|etcd| etcd.listen_subnets.clone());
            if machine.kind.is_control_plane() {
                assert_eq!((shared, etcd), (Some(SHARED_ADDRESS), Some(vec![INTERNAL_NETWORK.to_owned()])));
            } else {
                assert_eq!((shared, etcd), (None, None));
            }
            let kubelet = settings.kubelet.as_ref().unwrap();
            assert_eq!(kubelet.node_ip.as_ref().unwrap().valid_subnets.as_deref().unwrap(), [INTERNAL_NETWORK]);
        }
    }
}
