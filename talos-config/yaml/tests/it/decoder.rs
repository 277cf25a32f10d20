//! Reading into typed places, as the reference does.

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{NodeId, Options, Tree};

/// Reads the value of the only key, and gives it with the reference's text for what was wrong.
fn read<R>(text: &str, read: impl FnOnce(&mut Decoder<'_, '_>, NodeId) -> R) -> (R, Option<String>) {
    let source = Source::new("", text);
    let (tree, error) = Tree::parse(&source, Options::default());
    assert_eq!(error, None);
    let root = tree.root(tree.documents()[0]).unwrap();
    let (_, value) = tree.pairs(root).last().unwrap();
    let mut decoder = Decoder::new(&tree);
    let result = read(&mut decoder, value);
    (result, decoder.finish().go_text(&tree))
}

fn text(input: &str) -> Result<Option<String>, String> {
    let (text, error) = read(input, |decoder, at| decoder.text(at).map(|text| text.into_owned()));
    error.map_or(Ok(text), Err)
}

fn boolean(input: &str) -> Result<Option<bool>, String> {
    let (flag, error) = read(input, |decoder, at| decoder.boolean(at, "bool"));
    error.map_or(Ok(flag), Err)
}

fn integer(input: &str) -> Result<Option<i64>, String> {
    let (number, error) = read(input, |decoder, at| decoder.integer(at, i64::MIN, i64::MAX, "int"));
    error.map_or(Ok(number), Err)
}

fn unsigned(input: &str) -> Result<Option<u64>, String> {
    let (number, error) = read(input, |decoder, at| decoder.unsigned(at, u32::MAX.into(), "uint32"));
    error.map_or(Ok(number), Err)
}

fn errors(line: &str) -> String {
    format!("yaml: unmarshal errors:\n  {line}")
}

#[test]
fn a_text_is_what_was_written() {
    for (input, expected) in [
        ("s: 12", "12"),
        ("s: 1.50", "1.50"),
        ("s: true", "true"),
        ("s: yes", "yes"),
        ("s: 0x1F", "0x1F"),
        ("s: 2001-01-01", "2001-01-01"),
        ("s: '~'", "~"),
        ("s: !foo bar", "bar"),
        ("s: !!binary aGk=", "hi"),
        ("s: <<", "<<"),
        ("t: &a x\ns: *a", "x"),
    ] {
        assert_eq!(text(input), Ok(Some(expected.to_owned())), "{input}");
    }
    for input in ["s: ~", "s: null", "s:", "s: !!null ''", "t: &a ~\ns: *a"] {
        assert_eq!(text(input), Ok(None), "{input}");
    }
    assert_eq!(text("s: [a]"), Err(errors("line 1: cannot unmarshal !!seq into string")));
    assert_eq!(text("\ns:\n  a: b"), Err(errors("line 3: cannot unmarshal !!map into string")));
    assert_eq!(text("s: !!int x"), Err("yaml: cannot decode !!str `x` as a !!int".to_owned()));
    assert_eq!(text("s: !!binary x"), Err("yaml: !!binary value contains invalid base64 data".to_owned()));
}

#[test]
fn a_flag_has_many_words() {
    for input in ["b: true", "b: True", "b: yes", "b: 'on'", "b: Y", "b: \"y\""] {
        assert_eq!(boolean(input), Ok(Some(true)), "{input}");
    }
    for input in ["b: false", "b: off", "b: N", "b: 'NO'"] {
        assert_eq!(boolean(input), Ok(Some(false)), "{input}");
    }
    assert_eq!(boolean("b:"), Ok(None));
    assert_eq!(boolean("b: \"true\""), Err(errors("line 1: cannot unmarshal !!str `true` into bool")));
    assert_eq!(boolean("b: 1"), Err(errors("line 1: cannot unmarshal !!int `1` into bool")));
    assert_eq!(
        boolean("b: a text of some length"),
        Err(errors("line 1: cannot unmarshal !!str `a text ...` into bool"))
    );
}

#[test]
fn a_number_has_many_forms() {
    for (input, expected) in [
        ("i: 12.0", 12),
        ("i: 1e3", 1000),
        ("i: 1500.5", 1500),
        ("i: 0644", 420),
        ("i: 0o644", 420),
        ("i: 0b11", 3),
        ("i: 1_000", 1000),
        ("i: -5", -5),
    ] {
        assert_eq!(integer(input), Ok(Some(expected)), "{input}");
    }
    assert_eq!(integer("i: ~"), Ok(None));
    assert_eq!(integer("i: \"12\""), Err(errors("line 1: cannot unmarshal !!str `12` into int")));
    assert_eq!(integer("i: .nan"), Err(errors("line 1: cannot unmarshal !!float `.nan` into int")));
    assert_eq!(integer("i: 9223372036854775808"), Err(errors("line 1: cannot unmarshal !!int `9223372...` into int")));
    assert_eq!(unsigned("u: 4294967295"), Ok(Some(4_294_967_295)));
    assert_eq!(unsigned("u: -1"), Err(errors("line 1: cannot unmarshal !!int `-1` into uint32")));
    assert_eq!(unsigned("u: 4294967296"), Err(errors("line 1: cannot unmarshal !!int `4294967296` into uint32")));
}

#[test]
fn problems_come_in_the_order_of_the_text() {
    let (_, error) = read("x:\n  a: [1]\n  b: '1'\n  a: 2\n", |decoder, at| {
        let tree = decoder.tree();
        decoder.visit(at, |decoder, at| {
            for (_, value) in tree.pairs(at) {
                decoder.integer(value, 0, 9, "int");
            }
            decoder.duplicate_keys(at)
        })
    });
    let expected = "yaml: unmarshal errors:\n  line 2: cannot unmarshal !!seq into int\n  \
                    line 3: cannot unmarshal !!str `1` into int\n  line 4: mapping key \"a\" already defined at line 2";
    assert_eq!(error.as_deref(), Some(expected));
}

#[test]
fn what_stops_outranks_problems() {
    let (stopped, error) = read("x:\n- [a]\n- b\n", |decoder, at| {
        let items: Vec<_> = decoder.tree().children(at).collect();
        decoder.integer(items[0], 0, 9, "int");
        decoder.fatal(items[1], "no such size");
        (decoder.stopped(), decoder.text(items[1]).is_none())
    });
    assert_eq!(stopped, (true, true));
    assert_eq!(error.as_deref(), Some("no such size"));
}

#[test]
fn a_map_of_texts_merges() {
    let entries = |input: &str| {
        read(input, |decoder, at| {
            let mut entries = Vec::new();
            decoder.visit(at, |decoder, at| {
                decoder.map_entries(at, |decoder, key, value| {
                    entries.push((key, decoder.text(value).unwrap_or_default().into_owned()));
                });
            });
            entries.into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(entries("m: {1: x, true: y, d: ~}").0, "1=x true=y d=");
    assert_eq!(entries("b: &b {a: 1, c: 2}\nm:\n  <<: *b\n  a: 3\n").0, "a=3 c=2");
    assert_eq!(entries("b: &b {a: 1}\nc: &c {a: 2, d: 3}\nm: {<<: [*b, *c]}\n").0, "a=1 d=3");
    assert_eq!(entries("m: {~: a, b: c}\n").0, "b=c");
    let expected = "yaml: map merge requires map or sequence of maps as the value";
    assert_eq!(entries("m: {<<: a}\n").1.as_deref(), Some(expected));
}

#[test]
fn aliases_have_a_budget() {
    let bomb = |width: usize| {
        let line = |level: usize| {
            let item = if level == 0 { "\"lol\"".to_owned() } else { format!("*a{}", level - 1) };
            format!("a{level}: &a{level} [{}]\n", vec![item; width].join(","))
        };
        (0..9).map(line).collect::<String>()
    };
    let value = |text: &str| read(text, |decoder, at| decoder.value(at).is_some());
    assert_eq!(value(&bomb(1)), (true, None));
    assert_eq!(value(&bomb(9)).1.as_deref(), Some("yaml: document contains excessive aliasing"));
    assert_eq!(value("a: &x [*x]").1.as_deref(), Some("yaml: anchor 'x' value contains itself"));
}
