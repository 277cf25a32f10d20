//! Exchange with the types of the crate `json-patch`.

use ::json_patch as foreign;

use super::Patch;

impl From<&foreign::Patch> for Patch {
    fn from(patch: &foreign::Patch) -> Self {
        let text = serde_json::to_vec(patch).expect("operations are JSON");
        Patch::from_json(&text).expect("a patch is a list of objects")
    }
}

impl From<foreign::Patch> for Patch {
    fn from(patch: foreign::Patch) -> Self {
        Self::from(&patch)
    }
}

/// Fails if an operation lacks a member, has a path without a leading slash, or is of an unknown kind.
impl TryFrom<&Patch> for foreign::Patch {
    type Error = serde_json::Error;

    fn try_from(patch: &Patch) -> Result<Self, Self::Error> {
        serde_json::from_str(&patch.to_json())
    }
}
