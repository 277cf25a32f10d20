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

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        r#"[{"op":"add","path":"/a","value":{"b":[1,null,"<"]}},{"op":"move","from":"/a/b","path":"/c"}]"#;

    #[test]
    fn patches_go_both_ways() {
        let foreign: foreign::Patch = serde_json::from_str(TEXT).unwrap();
        let ours = Patch::from(&foreign);
        assert_eq!(ours, Patch::from_json(TEXT.as_bytes()).unwrap());
        assert_eq!(foreign::Patch::try_from(&ours).unwrap(), foreign);
    }

    #[test]
    fn what_only_the_original_accepts_stays_here() {
        for text in
            [r#"[{"op":"add","path":"/a"}]"#, r#"[{"op":"add","path":"a","value":1}]"#, r#"[{"op":"zap","path":"/a"}]"#]
        {
            let ours = Patch::from_json(text.as_bytes()).unwrap();
            assert!(foreign::Patch::try_from(&ours).is_err(), "{text}");
        }
    }
}
