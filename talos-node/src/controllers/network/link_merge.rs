use std::collections::BTreeMap;

use talos_api::resources::network::{LinkSpecSpec, LinkSpecs, WireguardSpec};

use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};

/// Makes one of what several sources want of a link: field by field, what is set on a higher layer counts.
#[derive(Debug)]
pub struct LinkMergeController;

controller! {
    LinkMergeController = "network.LinkMergeController" {
        inputs: [Input::weak::<LinkSpecs>().within(CONFIG_NAMESPACE), Input::destroy_ready::<LinkSpecs>()],
        outputs: [Output::shared::<LinkSpecs>()],
    }
}

impl Plan for LinkMergeController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let mut specs = layers::all::<LinkSpecs>(inputs);
        specs.sort_by_key(|spec| spec.config_layer);
        let mut links: BTreeMap<&str, LinkSpecSpec> = BTreeMap::new();
        for spec in &specs {
            match links.get_mut(spec.name.as_str()) {
                Some(link) => merge(link, spec),
                None => drop(links.insert(&spec.name, (**spec).clone())),
            }
        }
        for (name, link) in links {
            outputs.put::<LinkSpecs>(name, link);
        }
        Ok(())
    }
}

fn merge(link: &mut LinkSpecSpec, higher: &LinkSpecSpec) {
    set(&mut link.logical, &higher.logical);
    set(&mut link.up, &higher.up);
    set(&mut link.mtu, &higher.mtu);
    set(&mut link.kind, &higher.kind);
    set(&mut link.r#type, &higher.r#type);
    set(&mut link.parent_name, &higher.parent_name);
    set(&mut link.bond_slave, &higher.bond_slave);
    set(&mut link.bridge_slave, &higher.bridge_slave);
    set(&mut link.vlan, &higher.vlan);
    set(&mut link.bond_master, &higher.bond_master);
    set(&mut link.bridge_master, &higher.bridge_master);
    merge_wireguard(&mut link.wireguard, &higher.wireguard);
    link.config_layer = higher.config_layer;
}

fn set<T: Clone + Default + PartialEq>(field: &mut T, higher: &T) {
    if *higher != T::default() {
        field.clone_from(higher);
    }
}

/// Peers are added; one that is known by its key stays as it is.
fn merge_wireguard(wireguard: &mut WireguardSpec, higher: &WireguardSpec) {
    set(&mut wireguard.listen_port, &higher.listen_port);
    set(&mut wireguard.firewall_mark, &higher.firewall_mark);
    set(&mut wireguard.private_key, &higher.private_key);
    for peer in &higher.peers {
        if !wireguard.peers.iter().any(|known| known.public_key == peer.public_key) {
            wireguard.peers.push(peer.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::{BondSlave, ConfigLayer, LinkType, WireguardPeer};

    use super::*;
    use crate::controllers::testing::{outputs, put, store};

    fn merged(specs: impl IntoIterator<Item = LinkSpecSpec>) -> Vec<LinkSpecSpec> {
        let store = store();
        for (position, spec) in specs.into_iter().enumerate() {
            // The order of ids is not that of layers.
            put::<LinkSpecs>(&store, CONFIG_NAMESPACE, &format!("{}/{position}", spec.config_layer), spec);
        }
        let outputs = outputs(&store, &LinkMergeController);
        let spec =
            |content: &dyn crate::cosi::Content| (content as &dyn std::any::Any).downcast_ref().cloned().unwrap();
        outputs.wanted().map(|(_, content)| spec(content)).collect()
    }

    fn link(config_layer: ConfigLayer) -> LinkSpecSpec {
        LinkSpecSpec { name: "eth0".into(), config_layer, ..LinkSpecSpec::default() }
    }

    #[test]
    fn what_is_set_on_a_higher_layer_counts() {
        let bond_slave = BondSlave { master_name: "bond0".into(), slave_index: 1 };
        let found = merged([
            LinkSpecSpec { up: true, mtu: 1400, r#type: LinkType::ETHER, ..link(ConfigLayer::DEFAULT) },
            LinkSpecSpec { kind: "dummy".into(), ..link(ConfigLayer::MACHINE_CONFIGURATION) },
            LinkSpecSpec { mtu: 1500, bond_slave: bond_slave.clone(), kind: "x".into(), ..link(ConfigLayer::CMDLINE) },
            LinkSpecSpec { name: "lo".into(), ..link(ConfigLayer::DEFAULT) },
        ]);
        let eth0 = LinkSpecSpec {
            up: true,
            mtu: 1500,
            r#type: LinkType::ETHER,
            bond_slave,
            kind: "dummy".into(),
            ..link(ConfigLayer::MACHINE_CONFIGURATION)
        };
        assert_eq!(found, [eth0, LinkSpecSpec { name: "lo".into(), ..link(ConfigLayer::DEFAULT) }]);
    }

    #[test]
    fn peers_are_added() {
        let peer = |key: &str, endpoint: &str| WireguardPeer {
            public_key: key.into(),
            endpoint: endpoint.into(),
            ..WireguardPeer::default()
        };
        let tunnel = |layer, wireguard| LinkSpecSpec { wireguard, ..link(layer) };
        let low = WireguardSpec {
            private_key: "k".into(),
            listen_port: 1,
            peers: vec![peer("a", "1")],
            ..Default::default()
        };
        let high = WireguardSpec { listen_port: 2, peers: vec![peer("a", "2"), peer("b", "3")], ..Default::default() };
        let found =
            merged([tunnel(ConfigLayer::OPERATOR, low.clone()), tunnel(ConfigLayer::MACHINE_CONFIGURATION, high)]);
        let expected = WireguardSpec { listen_port: 2, peers: vec![peer("a", "1"), peer("b", "3")], ..low };
        assert_eq!(found, [tunnel(ConfigLayer::MACHINE_CONFIGURATION, expected)]);
    }
}
