//! Differences between objects, as unified differences of their YAML.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use talos_config_yaml::emit::{Emitter, Layout, write_value};

use super::node;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Metadata that only the server writes.
const IGNORED: [&str; 10] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// An object without what only the server writes.
pub(super) fn comparable(mut object: Value) -> Value {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in IGNORED {
            metadata.remove(key);
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.retain(|key, _| !key.contains("kubernetes.io/"));
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    // The server puts tokens into service accounts.
    if object.get("kind").and_then(Value::as_str) == Some("ServiceAccount")
        && let Some(fields) = object.as_object_mut()
    {
        fields.remove("secrets");
    }
    object
}

/// The unified difference of two objects; empty when there is none.
pub(super) fn diff(name: &str, before: Option<&Value>, after: &Value) -> String {
    let (before, after) = (before.map(yaml).unwrap_or_default(), yaml(after));
    let diff = TextDiff::from_lines(&before, &after);
    let mut out = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        if out.is_empty() {
            out += &format!("--- a/{name}\n+++ b/{name}\n");
        }
        let range = |start: usize, end: usize| match end - start {
            0 | 1 => (start + 1).to_string(),
            count => format!("{},{count}", start + 1),
        };
        let old = range(first.old_range().start, last.old_range().end);
        let new = range(first.new_range().start, last.new_range().end);
        out += &format!("@@ -{old} +{new} @@\n");
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            out.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            out.push_str(change.value());
        }
    }
    out
}

/// YAML as tools of Kubernetes write it.
fn yaml(value: &Value) -> String {
    let mut out = Emitter::new(Layout::V2);
    write_value(&node(value), &mut out);
    out.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shows_lines_around_a_change() {
        let object =
            |image: &str| json!({"kind": "X", "a": 1, "b": [1, 2], "c": {"d": "e"}, "image": image, "z": true});
        let text = diff("v1.X/x", Some(&object("old")), &object("new"));
        assert_eq!(
            text,
            "--- a/v1.X/x\n+++ b/v1.X/x\n@@ -4,6 +4,6 @@\n - 2\n c:\n   d: e\n-image: old\n+image: new\n kind: X\n z: true\n"
        );
        assert_eq!(diff("x", Some(&object("a")), &object("a")), "");
        assert_eq!(diff("x", None, &json!({"a": 1, "b": 2})), "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n+a: 1\n+b: 2\n");
    }

    #[test]
    fn ignores_what_the_server_writes() {
        let object = json!({"kind": "ServiceAccount", "secrets": [], "metadata": {
            "name": "a", "uid": "1", "generation": 2, "annotations": {"kubernetes.io/x": "y"}}});
        assert_eq!(comparable(object), json!({"kind": "ServiceAccount", "metadata": {"name": "a"}}));
        let kept = json!({"kind": "Secret", "secrets": 1, "metadata": {"annotations": {"a": "b"}}});
        assert_eq!(comparable(kept.clone()), kept);
    }
}
