//! The JSON schema, through a validator that is not ours: it accepts what the loader accepts.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Number, Value as Json};
use talos_config::encode::{Options, to_yaml};
use talos_config::{Source, Value, load, schema};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::tree::{self, Tree};

use crate::arbitrary::{Values, configuration};
use crate::sections;

/// Recorded cases that the loader refuses for what the schema does not say.
const REFUSED_BY_THE_LOADER_ALONE: &[&str] = &[
    // Two documents of one identity.
    "dup-doc",
    "two-legacy",
    // A merge key, which JSON does not have, counts as an unknown key.
    "merge-typed",
    // Lengths and values behind a pattern.
    "base64-bad",
    "mode-negative",
    "size-huge",
    // Addresses: validators do not check formats.
    "url-bad",
    "url-ctl",
];

fn validator() -> Validator {
    let schema = serde_json::from_str(&schema::json_schema()).expect("the schema is JSON");
    assert!(jsonschema::meta::is_valid(&schema), "the schema is one");
    jsonschema::validator_for(&schema).expect("the schema can be used")
}

/// Every document of a text as JSON; nothing if the text is not YAML or has what JSON has not.
fn documents(text: &[u8]) -> Option<Vec<Json>> {
    let source = Source::new("", text);
    let (tree, error) = Tree::parse(&source, tree::Options::default());
    if error.is_some() {
        return None;
    }
    tree.documents()
        .iter()
        .map(|document| {
            let mut decoder = Decoder::new(&tree);
            let value = decoder.value(tree.root(*document)?)?;
            let outcome = decoder.finish();
            if outcome.go_text(&tree).is_some() { None } else { json(&value) }
        })
        .collect()
}

fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::Number((*number).into()),
        Value::Uint(number) => Json::Number((*number).into()),
        Value::Float(number) => Json::Number(Number::from_f64(*number)?),
        Value::String(text) | Value::Time { text, .. } => Json::String(text.clone()),
        Value::Bytes(_) => return None,
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        Value::Mapping(entries) => {
            let mut map = Map::new();
            for (key, value) in entries {
                map.insert(key.as_str()?.to_owned(), json(value)?);
            }
            Json::Object(map)
        }
    })
}

/// What the validator says against a text; `None` if it cannot be asked.
pub(crate) fn complaints(validator: &Validator, text: &[u8]) -> Option<Vec<String>> {
    let documents = documents(text)?;
    let complaints = documents.iter().flat_map(|document| validator.iter_errors(document));
    Some(complaints.map(|error| format!("{}: {error}", error.instance_path())).collect())
}

/// YAML files below a folder of `testdata`.
fn files(folder: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                files.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder), &mut found);
    found.sort();
    found
}

#[test]
fn recorded_documents_are_accepted_where_the_loader_accepts_them() {
    let validator = validator();
    let (mut accepted, mut refused, mut faults) = (0, 0, Vec::new());
    for path in ["generate", "recorded/load", "recorded/encode"].into_iter().flat_map(files) {
        let text = fs::read(&path).unwrap();
        if path.ends_with("talosconfig.yaml") || path.ends_with("secrets.yaml") {
            continue;
        }
        let Some(complaints) = complaints(&validator, &text) else { continue };
        let case = path.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
        let exempt = REFUSED_BY_THE_LOADER_ALONE.contains(&case.as_str());
        if exempt {
            assert!(complaints.is_empty() && load(text).is_err(), "{case} is no exception");
            continue;
        }
        match (load(text), complaints.first()) {
            (Ok(_), None) => accepted += 1,
            (Ok(_), Some(complaint)) => faults.push(format!("{case}: the loader accepts it, but {complaint}")),
            (Err(_), Some(_)) => refused += 1,
            (Err(error), None) => faults.push(format!("{case}: only the loader refuses it: {error}")),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(accepted > 100 && refused > 10, "{accepted} were accepted, {refused} refused");
}

#[test]
fn examples_are_accepted() {
    let validator = validator();
    for place in sections::places() {
        for example in place.field.examples {
            let text = sections::document_with(place.document, &place.path, example);
            assert_eq!(complaints(&validator, text.as_bytes()), Some(Vec::new()), "{}\n{text}", place.path);
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, ..Config::default() })]

    #[test]
    fn configurations_are_accepted(container in configuration(Values::Any)) {
        let validator = validator();
        let text = to_yaml(&container, Options { readable: true, ..Options::plain() });
        let complaints = complaints(&validator, text.as_bytes()).unwrap_or_default();
        prop_assert!(complaints.is_empty(), "{complaints:?}\n{text}");
    }
}
