//! Cases in YAML files below `testdata`.

use std::path::Path;

use talos_config::{Source, Value};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::tree::{self, Tree};

/// The list of cases in a file below `testdata`.
pub(crate) fn list(file: &str) -> Vec<Value> {
    match read(file) {
        Value::Sequence(cases) => cases,
        _ => panic!("{file} is no list"),
    }
}

/// The cases of `patch-cases.yaml` whose id begins with one of some prefixes.
pub(crate) fn with_prefix(prefixes: &[&str]) -> Vec<Value> {
    let file = read("patch-cases.yaml");
    let cases = file.get("cases").and_then(Value::as_sequence).expect("a list of cases");
    cases.iter().filter(|case| prefixes.iter().any(|prefix| text(case, "id").starts_with(prefix))).cloned().collect()
}

/// The text of a key of a case.
pub(crate) fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    optional_text(case, key).unwrap_or_else(|| panic!("{key} is missing in {case:?}"))
}

/// The text of a key of a case, if it has one.
pub(crate) fn optional_text<'a>(case: &'a Value, key: &str) -> Option<&'a str> {
    case.get(key).and_then(Value::as_str)
}

/// Whether a key of a case is true.
pub(crate) fn flag(case: &Value, key: &str) -> bool {
    case.get(key) == Some(&Value::Bool(true))
}

/// The texts in a list of a case; none if it is absent.
pub(crate) fn texts<'a>(case: &'a Value, key: &str) -> Vec<&'a str> {
    case.get(key).and_then(Value::as_sequence).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A file below `testdata`.
pub(crate) fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> Value {
    let source = Source::new(name, file(name));
    let (tree, error) = Tree::parse(&source, tree::Options::default());
    assert_eq!(error, None, "{name}");
    let document = tree.root(tree.documents()[0]).expect("a document");
    Decoder::new(&tree).value(document).expect("a value")
}
