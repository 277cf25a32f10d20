//! YAML without a schema.

use anyhow::anyhow;
use talos_config::Source;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout, write_value};
use talos_config_yaml::tree::{Options, Tree};
use talos_config_yaml::value::Value;

/// Reads the first document of a text; one without documents is null. `name` tells where the text came from.
pub(crate) fn parse(name: &str, text: &str) -> anyhow::Result<Value> {
    let source = Source::new(name, text.as_bytes());
    let (tree, error) = Tree::parse(&source, Options::default());
    if let Some(error) = error {
        return Err(error.into());
    }
    let Some(root) = tree.documents().first().and_then(|document| tree.root(*document)) else { return Ok(Value::Null) };
    let mut decoder = Decoder::new(&tree);
    let value = decoder.value(root);
    match decoder.finish().go_text(&tree) {
        Some(text) => Err(anyhow!(text)),
        None => Ok(value.unwrap_or_default()),
    }
}

/// Writes fields in their order as one document.
pub(crate) fn record(fields: &[(String, Value)]) -> String {
    let mut out = Emitter::new(Layout::TALOS);
    out.mapping_start();
    for (key, value) in fields {
        out.key(key);
        write_value(value, &mut out);
    }
    out.mapping_end();
    out.finish()
}

/// Writes records in their order as a list.
pub(crate) fn records(records: &[Vec<(String, Value)>]) -> String {
    let mut out = Emitter::new(Layout::TALOS);
    out.sequence_start();
    for fields in records {
        out.mapping_start();
        for (key, value) in fields {
            out.key(key);
            write_value(value, &mut out);
        }
        out.mapping_end();
    }
    out.sequence_end();
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_typed() {
        let value = parse("x", "a: 1\nb: [x, true]\n").unwrap();
        assert_eq!(value.get("a"), Some(&Value::Int(1)));
        assert_eq!(value.get("b").and_then(Value::as_sequence).map(<[Value]>::len), Some(2));
        assert_eq!(parse("x", "").unwrap(), Value::Null);
        assert!(parse("x", "a: [").is_err());
    }

    #[test]
    fn records_keep_their_order() {
        let fields = vec![("b".to_owned(), Value::Int(1)), ("a".to_owned(), Value::String("on".to_owned()))];
        assert_eq!(record(&fields), "b: 1\na: \"on\"\n");
        assert_eq!(records(&[fields.clone(), fields]), "- b: 1\n  a: \"on\"\n- b: 1\n  a: \"on\"\n");
        assert_eq!(records(&[]), "[]\n");
    }
}
