//! Who a resource is.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use prost_types::Timestamp;
use talos_api::proto::cosi::resource as wire;

/// Go's zero time, in seconds: the first of January of the year one. It stands where there is no time.
const ZERO_SECONDS: i64 = -62_135_596_800;

/// Namespace, type and id: what a resource is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// `network`
    pub namespace: String,
    /// `LinkStatuses.net.talos.dev`
    pub type_name: String,
    /// `eth0`
    pub id: String,
}

impl Reference {
    /// A name, from its parts.
    pub fn new(namespace: impl Into<String>, type_name: impl Into<String>, id: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), type_name: type_name.into(), id: id.into() }
    }

    /// The name as texts have it: `TYPE(NAMESPACE/ID@VERSION)`.
    pub fn at(&self, version: Version) -> String {
        format!("{}({}/{}@{version})", self.type_name, self.namespace, self.id)
    }
}

/// How often a resource was written, from 1 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// Not written yet.
    pub const UNDEFINED: Self = Self(0);

    /// Written once.
    pub const FIRST: Self = Self(1);

    /// Written once more.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("undefined"),
            number => number.fmt(f),
        }
    }
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no version: a number, or \"undefined\", is")]
pub struct VersionError {
    /// The text.
    pub text: String,
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "undefined" => Ok(Self::UNDEFINED),
            text => text.parse().map(Self).map_err(|_| VersionError { text: text.to_owned() }),
        }
    }
}

/// Whether a resource is meant to stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It is.
    #[default]
    Running,
    /// It goes as soon as nobody holds it with a finalizer.
    TearingDown,
}

impl Phase {
    const NAMES: [(Self, &str); 2] = [(Self::Running, "running"), (Self::TearingDown, "tearingDown")];
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => Self::NAMES[0].1,
            Self::TearingDown => Self::NAMES[1].1,
        })
    }
}

/// A text that is no phase.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown phase: {text:?}; there are \"running\" and \"tearingDown\"")]
pub struct PhaseError {
    /// The text.
    pub text: String,
}

impl FromStr for Phase {
    type Err = PhaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::NAMES.into_iter().find(|(_, name)| *name == text);
        found.map(|(phase, _)| phase).ok_or_else(|| PhaseError { text: text.to_owned() })
    }
}

/// All that is known of a resource but what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    /// What it is called.
    pub reference: Reference,
    /// How often it was written.
    pub version: Version,
    /// Name of the controller that made it; empty for what comes from outside.
    pub owner: String,
    /// Whether it is meant to stay.
    pub phase: Phase,
    /// When it was written first.
    pub created: SystemTime,
    /// When it was written last.
    pub updated: SystemTime,
    /// Who must let go before it can be destroyed.
    pub finalizers: Vec<String>,
    /// What queries look at.
    pub labels: BTreeMap<String, String>,
    /// What is only kept.
    pub annotations: BTreeMap<String, String>,
}

impl Metadata {
    /// That of a resource nobody wrote yet.
    pub fn new(reference: Reference) -> Self {
        Self {
            reference,
            version: Version::UNDEFINED,
            owner: String::new(),
            phase: Phase::Running,
            created: SystemTime::UNIX_EPOCH,
            updated: SystemTime::UNIX_EPOCH,
            finalizers: Vec::new(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        }
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.reference.id
    }

    /// Adds a finalizer, once.
    pub fn add_finalizer(&mut self, name: &str) {
        if !self.finalizers.iter().any(|known| known == name) {
            self.finalizers.push(name.to_owned());
        }
    }

    /// Takes a finalizer away.
    pub fn remove_finalizer(&mut self, name: &str) {
        self.finalizers.retain(|known| known != name);
    }

    /// As it travels.
    pub fn to_wire(&self) -> wire::Metadata {
        wire::Metadata {
            namespace: self.reference.namespace.clone(),
            r#type: self.reference.type_name.clone(),
            id: self.reference.id.clone(),
            version: self.version.to_string(),
            owner: self.owner.clone(),
            phase: self.phase.to_string(),
            created: Some(self.created.into()),
            updated: Some(self.updated.into()),
            finalizers: self.finalizers.clone(),
            labels: self.labels.clone().into_iter().collect(),
            annotations: self.annotations.clone().into_iter().collect(),
        }
    }

    /// From how it travels.
    ///
    /// # Errors
    /// When the version or the phase is none.
    pub fn from_wire(metadata: wire::Metadata) -> Result<Self, WireError> {
        Ok(Self {
            version: metadata.version.parse()?,
            phase: metadata.phase.parse()?,
            owner: metadata.owner,
            created: time(metadata.created),
            updated: time(metadata.updated),
            finalizers: metadata.finalizers,
            labels: metadata.labels.into_iter().collect(),
            annotations: metadata.annotations.into_iter().collect(),
            reference: Reference { namespace: metadata.namespace, type_name: metadata.r#type, id: metadata.id },
        })
    }
}

/// Why metadata cannot be taken from a peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The version is none.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The phase is none.
    #[error(transparent)]
    Phase(#[from] PhaseError),
}

/// A moment as a peer gave it; what no clock can show counts as the epoch.
fn time(timestamp: Option<Timestamp>) -> SystemTime {
    let Some(Timestamp { seconds, nanos }) = timestamp else { return SystemTime::UNIX_EPOCH };
    let (Ok(seconds), Ok(nanos)) = (u64::try_from(seconds), u32::try_from(nanos)) else {
        return SystemTime::UNIX_EPOCH;
    };
    let since = Duration::from_secs(seconds).checked_add(Duration::from_nanos(u64::from(nanos)));
    since.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// What stands for a resource that is not there: its name without a version, and nothing said.
pub fn tombstone(reference: &Reference) -> wire::Resource {
    let zero = Timestamp { seconds: ZERO_SECONDS, nanos: 0 };
    let metadata =
        wire::Metadata { created: Some(zero), updated: Some(zero), ..Metadata::new(reference.clone()).to_wire() };
    wire::Resource { metadata: Some(metadata), spec: Some(wire::Spec::default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_phases_read_back() {
        for text in ["undefined", "1", "42"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        assert_eq!("-1".parse::<Version>().unwrap_err().text, "-1");
        for text in ["running", "tearingDown"] {
            assert_eq!(text.parse::<Phase>().unwrap().to_string(), text);
        }
        assert!("Running".parse::<Phase>().is_err());
    }

    #[test]
    fn metadata_travels() {
        let mut metadata = Metadata::new(Reference::new("default", "os/path", "/var"));
        metadata.version = Version::FIRST;
        metadata.add_finalizer("a");
        metadata.add_finalizer("a");
        metadata.labels.insert("k".into(), "v".into());
        assert_eq!(Metadata::from_wire(metadata.to_wire()), Ok(metadata.clone()));
        assert_eq!(metadata.finalizers, ["a"]);
        assert_eq!(metadata.reference.at(metadata.version), "os/path(default//var@1)");
    }

    #[test]
    fn times_beyond_every_clock_are_taken() {
        let mut wire = Metadata::new(Reference::new("n", "t", "i")).to_wire();
        wire.created = Some(Timestamp { seconds: i64::MAX, nanos: i32::MAX });
        wire.updated = Some(Timestamp { seconds: i64::MIN, nanos: -1 });
        let metadata = Metadata::from_wire(wire).unwrap();
        assert_eq!((metadata.created, metadata.updated), (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH));
    }
}
