//! VLANs on top of links.

use sha2::{Digest, Sha256};
use talos_api::resources::network::{LinkSpecSpec, LinkType, VlanProtocol, VlanSpec};

/// Longest name of a link, in bytes.
const LONGEST_NAME: usize = 15;

/// Longest text behind the name of the parent: a dot and a number.
const LONGEST_SUFFIX: usize = 5;

/// Name of the link of a VLAN. A parent with a long name is shortened to its first four bytes and some of its hash, so
/// that VLANs of two such parents have different names. Source: `pkg/machinery/nethelpers/vlan.go` (1.5).
pub(super) fn link_name(parent: &str, id: u16) -> String {
    if parent.len() + LONGEST_SUFFIX <= LONGEST_NAME {
        return format!("{parent}.{id}");
    }
    // A name that cannot be cut there is none of the kernel's.
    let start = parent.get(..4).unwrap_or(parent);
    let hash: String = Sha256::digest(parent)[..3].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{start}{hash}.{id}")
}

/// Makes a link a VLAN on top of another.
pub(super) fn set(link: &mut LinkSpecSpec, parent: &str, id: u16, mtu: u32) {
    link.name = link_name(parent, id);
    link.logical = true;
    link.up = true;
    link.mtu = mtu;
    link.kind = "vlan".into();
    link.r#type = LinkType::ETHER;
    link.parent_name = parent.into();
    link.vlan = VlanSpec { vid: id.into(), protocol: VlanProtocol::IEEE802_1Q };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_parents_are_shortened() {
        for (parent, id, expected) in [
            ("eth0", 1, "eth0.1"),
            ("en9s0", 4095, "en9s0.4095"),
            ("0123456789", 4095, "0123456789.4095"),
            ("enp131s0f1np1", 5, "enp1e0cbe5.5"),
            ("enx12545f8c99cd", 4095, "enx1ee6413.4095"),
        ] {
            assert_eq!(link_name(parent, id), expected);
        }
    }
}
