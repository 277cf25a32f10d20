//! Several sources want something of the network, each on its layer; of all they want, one is made.

use std::collections::BTreeMap;

use talos_api::resources::Kind;
use talos_api::resources::network::{
    AddressSpecSpec, AddressSpecs, ConfigLayer, HostnameSpecSpec, HostnameSpecs, LinkSpecSpec, LinkSpecs,
    OperatorSpecSpec, OperatorSpecs, ResolverSpecSpec, ResolverSpecs, RouteSpecSpec, RouteSpecs, TimeServerSpecSpec,
    TimeServerSpecs,
};

use super::route_id;
use crate::cosi::controller::{Inputs, Known, Outputs};

/// Namespace of what is wanted by several sources, before it is merged.
pub(super) const CONFIG_NAMESPACE: &str = "network-config";

/// A type of what is wanted on layers.
pub(super) trait Layered: Kind {
    /// Who wants it.
    fn layer(spec: &Self::Spec) -> ConfigLayer;

    /// What it is about: two of one id cannot both be had.
    fn id(spec: &Self::Spec) -> String;
}

macro_rules! layered {
    ($($kind:ident: $spec:ident => $id:expr,)*) => {$(
        impl Layered for $kind {
            fn layer(spec: &$spec) -> ConfigLayer {
                spec.config_layer
            }

            fn id(spec: &$spec) -> String {
                let id: fn(&$spec) -> String = $id;
                id(spec)
            }
        }
    )*};
}

layered! {
    AddressSpecs: AddressSpecSpec => |spec| format!("{}/{}", spec.link_name, spec.address),
    HostnameSpecs: HostnameSpecSpec => |_| "hostname".into(),
    LinkSpecs: LinkSpecSpec => |spec| spec.name.clone(),
    OperatorSpecs: OperatorSpecSpec => |spec| format!("{}/{}", spec.operator, spec.link_name),
    ResolverSpecs: ResolverSpecSpec => |_| "resolvers".into(),
    RouteSpecs: RouteSpecSpec => |spec| {
        route_id(spec.table, spec.family, &spec.gateway, spec.destination, spec.priority)
    },
    TimeServerSpecs: TimeServerSpecSpec => |_| "timeservers".into(),
}

/// Wants something on its layer.
pub(super) fn put<K: Layered>(outputs: &mut Outputs, spec: K::Spec) {
    let id = format!("{}/{}", K::layer(&spec), K::id(&spec));
    outputs.put_in::<K>(CONFIG_NAMESPACE, id, spec);
}

/// All that is wanted of a type.
pub(super) fn all<K: Layered>(inputs: &Inputs<'_>) -> Vec<Known<K::Spec>> {
    inputs.list_in::<K>(CONFIG_NAMESPACE)
}

/// Of each id, the one on the highest layer; of several on that layer, the last.
pub(super) fn merge_by_id<K: Layered>(inputs: &Inputs<'_>, outputs: &mut Outputs) {
    let mut best: BTreeMap<String, Known<K::Spec>> = BTreeMap::new();
    for spec in all::<K>(inputs) {
        let id = K::id(&spec);
        if best.get(&id).is_none_or(|known| K::layer(known) <= K::layer(&spec)) {
            best.insert(id, spec);
        }
    }
    for (id, spec) in best {
        outputs.put::<K>(id, (*spec).clone());
    }
}

/// The lists of the highest layer that has one, one behind the other; `None` if no layer has.
pub(super) fn merge_lists<T: Clone>(
    lists: impl Iterator<Item = (ConfigLayer, Vec<T>)>,
) -> Option<(ConfigLayer, Vec<T>)> {
    let mut merged: Option<(ConfigLayer, Vec<T>)> = None;
    for (layer, list) in lists {
        match &mut merged {
            Some((known, _)) if layer < *known => {}
            Some((known, items)) if layer == *known => items.extend(list),
            _ => merged = Some((layer, list)),
        }
    }
    merged.filter(|(_, items)| !items.is_empty())
}
