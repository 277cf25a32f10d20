//! What somebody may have meant.

use talos_config_yaml::fields::{Section, Shape};
use talos_config_yaml::merge::Reason;

use crate::{kinds, later};

/// Hints for a key that its section does not know.
pub(super) fn for_key(key: &str, parent: &str, section: &'static Section, root: &'static Section) -> Vec<String> {
    if let Some(release) = later::directive_since(key) {
        return vec![format!("`{key}` is known since Talos {release}; this is a configuration of 1.5")];
    }
    let parent = keys_only(parent);
    let path = if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") };
    if let Some(release) = later::field_since(&path) {
        return vec![format!("`{path}` is known since Talos {release}")];
    }
    if key == "sops" {
        return vec!["the file is encrypted with SOPS: decrypt it first".to_owned()];
    }
    if key == "<<" {
        return vec!["merge keys work in maps with free keys only: write the values out here".to_owned()];
    }
    let keys = section.fields.iter().filter(|field| !field.hidden).map(|field| field.key);
    if let Some(near) = nearest(key, keys) {
        return vec![format!("did you mean `{near}`?")];
    }
    let mut elsewhere = Vec::new();
    places(root, key, &mut String::new(), &mut elsewhere);
    match elsewhere.as_slice() {
        [] => Vec::new(),
        [place] => vec![format!("`{key}` belongs to `{place}`")],
        places => vec![format!(
            "`{key}` belongs to {}",
            places.iter().take(3).map(|place| format!("`{place}`")).collect::<Vec<_>>().join(" or ")
        )],
    }
}

/// Hints for a kind of document that is not registered.
pub(super) fn for_kind(kind: &str) -> Vec<String> {
    if let Some(release) = later::kind_since(kind) {
        return vec![format!("documents of kind `{kind}` are known since Talos {release}")];
    }
    match nearest(kind, kinds::NAMED.iter().map(|known| known.kind)) {
        Some(near) => vec![format!("did you mean `{near}`?")],
        None => {
            let known: Vec<_> = kinds::NAMED.iter().map(|known| format!("`{}`", known.kind)).collect();
            vec![format!("the kinds of 1.5 are {}; the main document has no `kind`", known.join(", "))]
        }
    }
}

/// What to write where a value has the wrong type.
pub(super) fn for_type(go_type: &str, found: &str) -> (String, Vec<String>) {
    let expected = match go_type {
        "string" => "a text",
        "bool" => "`true` or `false`",
        "time.Duration" => "a duration such as `30s`, `5m` or `1h30m`",
        "v1alpha1.FileMode" => "a file mode such as `0o644`, without quotes",
        "int" | "int64" => "a whole number, without quotes",
        "uint8" => "a whole number from 0 to 255, without quotes",
        "uint16" => "a whole number from 0 to 65535, without quotes",
        "uint32" => "a whole number from 0 to 4294967295, without quotes",
        "uint" | "uint64" => "a whole number from 0, without quotes",
        "[]string" => "a list of texts",
        "map[string]string" | "v1alpha1.Env" => "a mapping of keys to texts",
        "map[string]interface {}" | "v1alpha1.Unstructured" => "a mapping",
        name if name.starts_with("[]") || name.ends_with("List") || name.ends_with("Manifests") => "a list of mappings",
        name if name.starts_with("map[") => "a mapping of names to mappings",
        _ => "a mapping with the keys of this section",
    };
    let mut hints = Vec::new();
    match (go_type, found) {
        ("[]string", "!!str" | "!!int" | "!!float" | "!!bool") => {
            hints.push("write the value as an entry: `- value`".to_owned())
        }
        (name, "!!map") if name.starts_with("[]") || name.ends_with("List") => {
            hints.push("put a `- ` before the first key".to_owned());
        }
        ("time.Duration", "!!int" | "!!float") => hints.push("add a unit: `s`, `m` or `h`".to_owned()),
        _ => {}
    }
    (expected.to_owned(), hints)
}

/// Message and hints for values that cannot be merged.
pub(super) fn for_merge(reason: &Reason) -> (String, Vec<String>) {
    match reason {
        Reason::TypeMismatch { left, right } => (
            format!("the base has {} here, the patch {}", in_words(left), in_words(right)),
            vec!["write the value in the type of the base, or use a JSON patch to replace it".to_owned()],
        ),
        Reason::NotSettable { left } => (
            format!("the value `{left}` of the base cannot be changed by a strategic patch"),
            vec!["use a JSON patch with the operation `replace`".to_owned()],
        ),
        Reason::Null => (
            "null is not allowed here".to_owned(),
            vec!["leave the key out, or use a JSON patch with the operation `remove`".to_owned()],
        ),
    }
}

fn in_words(go_type: &str) -> &str {
    match go_type {
        "string" => "a text",
        "bool" => "a flag",
        "int" | "uint64" => "a whole number",
        "float64" => "a number with a fraction",
        "time.Time" => "a time",
        "[]interface {}" => "a list",
        _ => "a mapping",
    }
}

/// The section of a document by its path, and the root it was searched from.
pub(super) fn section_at(document: &'static Section, path: &str) -> &'static Section {
    let mut section = document;
    for key in keys_only(path).split('.').filter(|key| !key.is_empty()) {
        // A key of a map with free keys is not a field: the section stays.
        if let Some(inner) = section.fields.iter().find(|field| field.key == key).and_then(|f| f.shape.inner_section())
        {
            section = inner;
        }
    }
    section
}

/// A path without list positions.
fn keys_only(path: &str) -> String {
    let mut keys = String::with_capacity(path.len());
    let mut depth = 0;
    for letter in path.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth == 0 => keys.push(letter),
            _ => {}
        }
    }
    keys
}

/// Where in a document a key is known.
fn places(section: &'static Section, key: &str, path: &mut String, found: &mut Vec<String>) {
    for field in section.fields {
        if field.key == key && !path.is_empty() {
            found.push(path.clone());
        }
        if let Some(inner) = field.shape.inner_section() {
            let length = path.len();
            if length > 0 {
                path.push('.');
            }
            path.push_str(field.key);
            if matches!(field.shape.present(), Shape::List(_) | Shape::SectionList(_)) {
                path.push_str("[]");
            }
            places(inner, key, path, found);
            path.truncate(length);
        }
    }
}

/// The word that a typing mistake was meant to be: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    known
        .map(|candidate| (distance(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Letters to change, add, drop or swap with their neighbour to turn one word into another.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut cost =
                (last[column] + usize::from(letter != other)).min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                let swapped: &Vec<usize> = &before_last;
                cost = cost.min(swapped[column - 1] + 1);
            }
            current.push(cost);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_strangers_are_not() {
        let known = ["features", "kernel", "kubelet", "interface"];
        assert_eq!(nearest("featuers", known.into_iter()), Some("features"));
        assert_eq!(nearest("inteface", known.into_iter()), Some("interface"));
        assert_eq!(nearest("zzz", known.into_iter()), None);
    }

    #[test]
    fn swapped_neighbours_cost_one() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
