//! Bytes of the emitter against recorded ones.

use std::cmp::Ordering;

use serde_json::Value;
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::natural;

fn cases(file: &str) -> impl Iterator<Item = Value> {
    let path = format!("{}/testdata/emit/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>().into_iter()
}

/// Writes every case of a file and demands the recorded bytes.
fn check(file: &str, layout: impl Fn(&Value) -> Layout) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for case in cases(file) {
        let layout = layout(&case);
        let mut out = Emitter::new(layout);
        if case["flow"] == true {
            out.mapping_start();
            out.field("v");
            match case["value"].as_array() {
                Some(items) => {
                    out.flow_sequence_start();
                    items.iter().for_each(|item| write(&mut out, layout, item));
                    out.sequence_end();
                }
                None if case["value"].get("map").or(case["value"].get("anymap")).is_some() => {
                    out.flow_mapping_start();
                    pairs(&mut out, layout, &case["value"]);
                    out.mapping_end();
                }
                None => write(&mut out, layout, &case["value"]),
            }
            out.mapping_end();
        } else {
            write(&mut out, layout, &case["value"]);
        }
        count += 1;
        let (text, expected) = (out.finish(), case["text"].as_str().unwrap());
        if text != expected {
            wrong.push(format!("{}: {}\n  have {text:?}\n  want {expected:?}", case["id"], case["value"]));
        }
    }
    assert!(count > 300, "{file}: only {count} cases");
    assert!(wrong.is_empty(), "{file}: {} of {count} differ\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

fn write(out: &mut Emitter, layout: Layout, value: &Value) {
    match value {
        Value::Null => out.null(),
        Value::Bool(value) => out.boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(value) => out.integer(value),
            None => out.unsigned(number.as_u64().unwrap()),
        },
        Value::String(text) => out.string(text),
        Value::Array(items) => {
            out.sequence_start();
            items.iter().for_each(|item| write(out, layout, item));
            out.sequence_end();
        }
        Value::Object(object) => match object.iter().next().unwrap() {
            (key, Value::String(text)) if key == "float" => out.float(float(text)),
            (key, Value::String(text)) if key == "time" => out.plain(text),
            (key, Value::String(text)) if key == "base64" => out.bytes(&unbase64(text)),
            _ => {
                out.mapping_start();
                pairs(out, layout, value);
                out.mapping_end();
            }
        },
    }
}

fn pairs(out: &mut Emitter, layout: Layout, value: &Value) {
    let pairs = value.get("map").or(value.get("anymap")).unwrap().as_array().unwrap();
    let mut pairs: Vec<_> =
        pairs.iter().map(|pair| (pair[0].as_str().unwrap().split_once(':').unwrap(), &pair[1])).collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    natural::sort_by(&mut pairs, |(a, _), (b, _)| compare(*a, *b, layout));
    for ((tag, key), value) in pairs {
        match tag {
            "!!str" => out.key(key),
            "!!float" => {
                let mut text = Emitter::new(layout);
                text.float(float(key));
                out.plain_key(text.finish().trim_end());
            }
            "!!null" => out.plain_key("null"),
            _ => out.plain_key(key),
        }
        // A map of the original does not find its key NaN again.
        write(out, layout, if (tag, key) == ("!!float", "NaN") { &Value::Null } else { value });
    }
}

/// Numbers and booleans by value, then null, texts, times.
fn compare(left: (&str, &str), right: (&str, &str), layout: Layout) -> Ordering {
    let rank = |(tag, text): (&str, &str)| match tag {
        "!!bool" => (0, f64::from(u8::from(text == "true")), 0),
        "!!int" => (0, text.parse().unwrap(), 1),
        "!!float" => (0, float(text), 2),
        "!!null" => (1, 0.0, 0),
        "!!str" => (2, 0.0, 0),
        _ => (3, 0.0, 0),
    };
    let natural = match layout {
        Layout::V2 => natural::compare_v2,
        Layout::V3 { .. } => natural::compare,
    };
    rank(left).partial_cmp(&rank(right)).unwrap().then_with(|| natural(left.1, right.1))
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

fn indent(case: &Value) -> Layout {
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
fn the_older_layout_is_byte_equal() {
    check("v2.jsonl", |_| Layout::V2);
}
