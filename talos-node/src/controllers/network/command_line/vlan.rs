//! `vlan=`: a name that ends in the number of the VLAN, a colon, and the link below it.

use talos_api::resources::network::{ConfigLayer, LinkSpecSpec};

use super::super::vlan;
use super::{Error, number};

/// Does as `vlan=` says.
pub(super) fn follow(text: &str, specs: &mut Vec<LinkSpecSpec>) -> Result<(), Error> {
    let malformed = || Error::Vlan { argument: text.to_owned() };
    let (name, parent) = text.split_once(':').ok_or_else(malformed)?;
    let (_, id) = name.split_once('.').ok_or_else(malformed)?;
    // Of larger numbers the lowest bits count.
    let id = number(id).map_err(|_| Error::VlanId)? as u16;
    let name = vlan::link_name(parent, id);
    let known = specs.iter().position(|spec| spec.name == name).unwrap_or_else(|| {
        specs.push(LinkSpecSpec { config_layer: ConfigLayer::CMDLINE, ..LinkSpecSpec::default() });
        specs.len() - 1
    });
    vlan::set(&mut specs[known], parent, id, 0);
    Ok(())
}
