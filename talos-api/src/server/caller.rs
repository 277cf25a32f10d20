//! Which roles a caller has.

use http::HeaderMap;
use talos_pki::{Role, RoleSet};

/// Metadata key that carries roles, one in each value.
pub const ROLE_KEY: &str = "talos-role";

/// How a listener learns about its callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Every caller has all roles: access control is off.
    Everybody,
    /// The client certificate names the roles; an impersonator may pass on those of somebody else.
    Certificate,
    /// The metadata names the roles: only this node's own processes can connect.
    Metadata,
    /// Every caller reads: the node has no configuration yet.
    Maintenance,
}

impl Trust {
    /// The roles of a caller with a certificate of these organizations and a request with this metadata.
    pub fn roles<'o>(self, organizations: impl IntoIterator<Item = &'o str>, metadata: &HeaderMap) -> RoleSet {
        match self {
            Trust::Everybody => RoleSet::all(),
            Trust::Maintenance => [Role::Reader].into_iter().collect(),
            Trust::Metadata => from_metadata(metadata),
            Trust::Certificate => {
                let own = RoleSet::parse(organizations).0;
                let passed_on = own.contains(&Role::Impersonator) && metadata.contains_key(ROLE_KEY);
                if passed_on { from_metadata(metadata) } else { own }
            }
        }
    }
}

fn from_metadata(metadata: &HeaderMap) -> RoleSet {
    RoleSet::parse(metadata.get_all(ROLE_KEY).into_iter().filter_map(|value| value.to_str().ok())).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(roles: &[&'static str]) -> HeaderMap {
        let mut metadata = HeaderMap::new();
        for role in roles {
            metadata.append(ROLE_KEY, role.parse().unwrap());
        }
        metadata
    }

    fn shown(trust: Trust, organizations: &[&str], claimed: &[&'static str]) -> String {
        trust.roles(organizations.iter().copied(), &metadata(claimed)).to_strings().join(" ")
    }

    #[test]
    fn only_an_impersonator_may_claim_roles_over_the_network() {
        let certificate = Trust::Certificate;
        assert_eq!(shown(certificate, &["os:reader"], &["os:admin"]), "os:reader");
        assert_eq!(shown(certificate, &["os:impersonator"], &["os:reader", "x"]), "os:reader x");
        assert_eq!(shown(certificate, &["os:impersonator", "os:admin"], &["os:reader"]), "os:reader");
        assert_eq!(shown(certificate, &["os:impersonator"], &[]), "os:impersonator");
        assert_eq!(shown(certificate, &[], &["os:admin"]), "");
    }

    #[test]
    fn other_listeners_look_at_one_thing_only() {
        assert_eq!(shown(Trust::Everybody, &[], &[]).split(' ').count(), 5);
        assert_eq!(shown(Trust::Metadata, &["os:admin"], &["os:reader"]), "os:reader");
        assert_eq!(shown(Trust::Metadata, &["os:admin"], &[]), "");
        assert_eq!(shown(Trust::Maintenance, &["os:admin"], &["os:admin"]), "os:reader");
    }
}
