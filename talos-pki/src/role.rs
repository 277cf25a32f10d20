//! Roles: what the holder of a client certificate may do.
//!
//! A role is an organization name in the subject of the certificate.

use std::collections::BTreeSet;
use std::fmt;

/// One role.
///
/// Names that are not known stay as they are: servers keep them and only commands refuse them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// `os:admin`: every method, and the only role that may read sensitive resources.
    Admin,
    /// `os:operator`: reader, plus reboot, shutdown, service control, image pull, etcd alarms and snapshots, packet
    /// capture.
    Operator,
    /// `os:reader`: reads everything that is not secret.
    Reader,
    /// `os:etcd:backup`: takes etcd snapshots, nothing else.
    EtcdBackup,
    /// `os:impersonator`: may pass roles on in request metadata; nodes use it among themselves.
    Impersonator,
    /// A name this version gives no meaning to.
    Unknown(String),
}

impl Role {
    /// The roles with a meaning, sorted by name.
    pub const KNOWN: [Role; 5] = [Role::Admin, Role::EtcdBackup, Role::Impersonator, Role::Operator, Role::Reader];

    /// The name, as it stands in the certificate.
    pub fn as_str(&self) -> &str {
        match self {
            Role::Admin => "os:admin",
            Role::Operator => "os:operator",
            Role::Reader => "os:reader",
            Role::EtcdBackup => "os:etcd:backup",
            Role::Impersonator => "os:impersonator",
            Role::Unknown(name) => name,
        }
    }

    /// The name without its `os:`, as context names use it (`admin@cluster`).
    pub fn short_name(&self) -> &str {
        self.as_str().strip_prefix("os:").unwrap_or(self.as_str())
    }

    /// Whether this version gives the role a meaning.
    pub fn is_known(&self) -> bool {
        !matches!(self, Role::Unknown(_))
    }
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        Self::KNOWN.into_iter().find(|role| role.as_str() == name).unwrap_or_else(|| Role::Unknown(name.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

// By name, so that every list of roles comes out sorted as texts.
impl Ord for Role {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A set of roles, sorted by name.
///
/// ```
/// use talos_pki::{Role, RoleSet};
///
/// let (roles, unknown) = RoleSet::parse(["x", "os:reader", " os:admin ", ""]);
/// assert_eq!(roles.to_strings(), ["os:admin", "os:reader", "x"]);
/// assert!(roles.contains(&Role::Admin));
/// assert_eq!(unknown, ["x"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleSet(BTreeSet<Role>);

impl RoleSet {
    /// A set of none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every role with a meaning.
    pub fn all() -> Self {
        Role::KNOWN.into_iter().collect()
    }

    /// Reads names: blanks around them are dropped, so are empty names.
    ///
    /// Unknown names stay in the set, because servers keep them; they come a second time in the order given, because
    /// commands refuse them.
    pub fn parse<N: AsRef<str>>(names: impl IntoIterator<Item = N>) -> (Self, Vec<String>) {
        let mut roles = Self::new();
        let mut unknown = Vec::new();
        for name in names {
            let name = name.as_ref().trim();
            if name.is_empty() {
                continue;
            }
            let role = Role::from(name);
            if !role.is_known() {
                unknown.push(name.to_owned());
            }
            roles.insert(role);
        }
        (roles, unknown)
    }

    /// Adds a role; `false` if it was there.
    pub fn insert(&mut self, role: Role) -> bool {
        self.0.insert(role)
    }

    /// Whether the role is in the set.
    pub fn contains(&self, role: &Role) -> bool {
        self.0.contains(role)
    }

    /// Whether the two sets share a role: one of `required` is enough to pass.
    pub fn includes_any(&self, required: &RoleSet) -> bool {
        !self.0.is_disjoint(&required.0)
    }

    /// Number of roles.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The roles, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    /// The names, sorted.
    pub fn to_strings(&self) -> Vec<String> {
        self.0.iter().map(Role::to_string).collect()
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl From<Role> for RoleSet {
    fn from(role: Role) -> Self {
        Self::from_iter([role])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_roles_match() {
        for role in Role::KNOWN {
            assert_eq!(Role::from(role.as_str()), role);
            assert_eq!(format!("os:{}", role.short_name()), role.as_str());
        }
        assert_eq!(Role::from("x").short_name(), "x");
    }

    #[test]
    fn unknown_names_keep_their_order_and_number() {
        let (roles, unknown) = RoleSet::parse(["x", "os:admin", "a", "x", "OS:ADMIN"]);
        assert_eq!(unknown, ["x", "a", "x", "OS:ADMIN"]);
        assert_eq!(roles.to_strings(), ["OS:ADMIN", "a", "os:admin", "x"]);
    }

    #[test]
    fn one_shared_role_is_enough() {
        let required = RoleSet::from_iter([Role::Admin, Role::Operator]);
        assert!(RoleSet::from_iter([Role::Operator, Role::Reader]).includes_any(&required));
        assert!(!RoleSet::from(Role::Reader).includes_any(&required));
        assert!(!RoleSet::new().includes_any(&RoleSet::new()));
    }
}
