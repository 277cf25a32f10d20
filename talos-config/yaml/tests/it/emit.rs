//! Bytes of the emitter against recorded ones.

use proptest::prelude::*;
use serde_json::Value as Json;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout, emit_tree, emit_value, write_value};
use talos_config_yaml::resolve::{self, Dialect, Scalar};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};
use talos_config_yaml::value::Value;

fn cases(file: &str) -> impl Iterator<Item = Json> {
    let path = format!("{}/testdata/emit/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>().into_iter()
}

/// Writes every case of a file and demands the recorded bytes.
fn check(file: &str, layout: impl Fn(&Json) -> Layout) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in cases(file) {
        let layout = layout(&case);
        let value = value(&case["value"]);
        let text = if case["flow"] == true { emit_flow(&value, layout) } else { emit_value(&value, layout) };
        let expected = case["text"].as_str().unwrap();
        count += 1;
        if text != expected {
            wrong.push(format!("{}: {}\n  have {text:?}\n  want {expected:?}", case["id"], case["value"]));
        }
    }
    assert!(count > 300, "{file}: only {count} cases");
    assert!(wrong.is_empty(), "{file}: {} of {count} differ\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

/// Writes a value as a field that is marked as flow.
fn emit_flow(value: &Value, layout: Layout) -> String {
    let mut out = Emitter::new(layout);
    out.mapping_start();
    out.field("v");
    if let Value::Sequence(_) | Value::Mapping(_) = value {
        out.flow();
    }
    write_value(value, &mut out);
    out.mapping_end();
    out.finish()
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Int(value),
            None => Value::Uint(number.as_u64().unwrap()),
        },
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Sequence(items.iter().map(value).collect()),
        Json::Object(object) => match object.iter().next().unwrap() {
            (key, Json::String(text)) if key == "float" => Value::Float(float(text)),
            (key, Json::String(text)) if key == "time" => time(text),
            (key, Json::String(text)) if key == "base64" => Value::Bytes(unbase64(text)),
            (_, Json::Array(pairs)) => Value::Mapping(pairs.iter().map(pair).collect()),
            _ => panic!("{json}"),
        },
    }
}

fn pair(pair: &Json) -> (Value, Value) {
    let (tag, text) = pair[0].as_str().unwrap().split_once(':').unwrap();
    let key = match tag {
        "!!str" => Value::String(text.to_owned()),
        "!!int" => text.parse().map_or_else(|_| Value::Uint(text.parse().unwrap()), Value::Int),
        "!!bool" => Value::Bool(text == "true"),
        "!!null" => Value::Null,
        "!!timestamp" => time(text),
        "!!float" => Value::Float(float(text)),
        _ => panic!("{tag}"),
    };
    // A map of the original does not find its key NaN again.
    let lost = matches!(key, Value::Float(key) if key.is_nan());
    (key, if lost { Value::Null } else { value(&pair[1]) })
}

fn time(text: &str) -> Value {
    match resolve::plain(Dialect::V3, text) {
        Scalar::Time(time) => Value::Time { text: text.to_owned(), time },
        other => panic!("{text} is {other:?}"),
    }
}

fn float(text: &str) -> f64 {
    match text {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        _ => text.parse().unwrap(),
    }
}

fn unbase64(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn indent(case: &Json) -> Layout {
    Layout::V3 { indent: case["indent"].as_u64().unwrap().try_into().unwrap() }
}

#[test]
fn strings_are_byte_equal() {
    check("strings.jsonl", indent);
}

#[test]
fn blocks_are_byte_equal() {
    check("blocks.jsonl", indent);
}

#[test]
fn collections_are_byte_equal() {
    check("collections.jsonl", indent);
}

#[test]
fn random_values_are_byte_equal() {
    check("random.jsonl", indent);
}

#[test]
fn the_older_layout_is_byte_equal() {
    check("v2.jsonl", |_| Layout::V2);
}

/// Reads those texts into trees that pass, writes them, and demands the recorded bytes, but for a known number.
fn check_nodes(pass: impl Fn(&str) -> bool, expected_count: usize, expected_differences: usize) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in cases("nodes.jsonl").filter(|case| pass(case["input"].as_str().unwrap())) {
        let source = Source::new("", case["input"].as_str().unwrap());
        let (tree, error) = Tree::parse(&source, Options { dialect: Dialect::V3, comments: true });
        let (text, expected) = (emit_tree(&tree, indent(&case)), case["text"].as_str().unwrap());
        count += 1;
        if text != expected || error.is_some() {
            wrong.push(format!("{}: {}\n  have {text:?}\n  want {expected:?}", case["id"], case["input"]));
        }
    }
    let shown = wrong[..wrong.len().min(100)].join("\n");
    assert_eq!(wrong.len(), expected_differences, "so many of {count} differ:\n{shown}");
    assert_eq!(count, expected_count);
}

#[test]
fn read_trees_are_byte_equal() {
    check_nodes(|input| !input.contains('#'), 1081, 0);
}

/// The differences are texts whose comments the reference drops or puts elsewhere, as behind the bracket of a flow
/// collection; ours stay.
#[test]
fn read_trees_with_comments_are_byte_equal() {
    check_nodes(|input| input.contains('#'), 3313, 82);
}

/// Texts of characters that mean something to a reader.
fn texts() -> impl Strategy<Value = String> {
    let characters =
        " \n\t\r\0#:-?'\"|>%@`{}[],&*!~<=_+.0189abefnxyNO\\/é日\u{85}\u{a0}\u{2028}\u{feff}\u{fffe}\u{1f600}";
    let any = prop::collection::vec(prop::sample::select(characters.chars().collect::<Vec<_>>()), 0..12);
    let words =
        prop::sample::select(vec!["true", "null", "yes", "1:30", "0o17", "2001-01-01", "<<", "---", "...", ".inf"]);
    let long = (0..12usize, 60..160usize)
        .prop_map(|(gap, length)| (0..length).map(|at| if at % (gap + 2) == gap { ' ' } else { 'w' }).collect());
    prop_oneof![6 => any.prop_map(String::from_iter), 1 => words.prop_map(str::to_owned), 1 => long]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => texts().prop_map(Value::String),
        1 => any::<i64>().prop_map(Value::Int),
        1 => (i64::MAX as u64 + 1..).prop_map(Value::Uint),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<f64>().prop_filter("reads as an integer", |value| value.fract() != 0.0).prop_map(Value::Float),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Sequence),
            prop::collection::btree_map(texts(), inner, 0..5).prop_map(|entries| Value::Mapping(
                entries.into_iter().map(|(key, value)| (Value::String(key), value)).collect()
            )),
        ]
    })
}

fn read_back(value: &Value, layout: Layout, dialect: Dialect) -> Result<(), TestCaseError> {
    let mut out = Emitter::new(layout).readable(true);
    write_value(value, &mut out);
    let text = out.finish();
    let source = Source::new("", text.as_str());
    let (tree, error) = Tree::parse(&source, Options { dialect, comments: false });
    prop_assert_eq!(error, None, "{}", text);
    prop_assert_eq!(tree.documents().len(), 1, "{}", text);
    let again = Decoder::new(&tree).value(tree.root(tree.documents()[0]).unwrap()).map(sorted);
    prop_assert_eq!(again.as_ref(), Some(value), "{}", text);
    Ok(())
}

/// The value with the keys of each mapping in the order of bytes.
fn sorted(value: Value) -> Value {
    match value {
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(sorted).collect()),
        Value::Mapping(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(left, _), (right, _)| left.as_str().cmp(&right.as_str()));
            Value::Mapping(entries)
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn readable_texts_read_back(value in values(), indent in 2..9usize) {
        read_back(&value, Layout::V3 { indent }, Dialect::V3)?;
        read_back(&value, Layout::TALOS, Dialect::V3)?;
        read_back(&value, Layout::V2, Dialect::V2)?;
    }
}
