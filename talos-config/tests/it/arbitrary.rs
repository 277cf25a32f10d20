//! Configurations made from the tables of the sections: any field, any value that its shape allows.
//!
//! They are made as text in flow style, which says everything there is to say, and loaded.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use talos_config::runtime::{EventSinkConfig, KmsgLogConfig};
use talos_config::siderolink::SideroLinkConfig;
use talos_config::v1alpha1::Config;
use talos_config::{Container, load};
use talos_config_yaml::fields::{Described, Field, Section, Shape};

/// Which values of texts, lists and free-form data there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// All that can be loaded.
    Any,
    /// Those that a merge takes on both sides: no null entries of lists, no null in free-form data, whose values all have
    /// one type for each key.
    Mergeable,
}

/// A machine configuration, whose main document has a section `machine` and `cluster`.
pub(crate) fn configuration(values: Values) -> impl Strategy<Value = Container> {
    let main =
        section(Config::SHAPE.inner_section().expect("a document is a section"), values, &["machine", "cluster"]);
    let named = |kind: &'static str, shape: Shape| {
        let identity = ["apiVersion: v1alpha1".to_owned(), format!("kind: {kind}")];
        let fields = section(shape.inner_section().expect("a document is a section"), values, &[]);
        fields.prop_map(move |fields| {
            let fields =
                fields.into_iter().filter(|field| !field.starts_with("apiVersion:") && !field.starts_with("kind:"));
            identity.iter().cloned().chain(fields).collect::<Vec<_>>()
        })
    };
    let others = (
        proptest::option::weighted(0.15, named("EventSinkConfig", EventSinkConfig::SHAPE)),
        proptest::option::weighted(0.15, named("KmsgLogConfig", KmsgLogConfig::SHAPE)),
        proptest::option::weighted(0.15, named("SideroLinkConfig", SideroLinkConfig::SHAPE)),
    );
    (main, others).prop_map(|(main, (sink, log, link))| {
        let documents = [Some(main), sink, log, link].into_iter().flatten();
        let text: Vec<_> = documents.map(|fields| format!("{{{}}}\n", fields.join(", "))).collect();
        let text = text.join("---\n");
        load(text.as_str()).unwrap_or_else(|error| panic!("{error}\n{text}"))
    })
}

/// Some fields of a section, as `key: value`.
fn section(table: &'static Section, values: Values, always: &'static [&'static str]) -> BoxedStrategy<Vec<String>> {
    let rows: Vec<&'static Field> = table.fields.iter().filter(|field| !always.contains(&field.key)).collect();
    let most = rows.len().min(5);
    let fixed = table.fields.iter().filter(move |field| always.contains(&field.key));
    let fixed: Vec<_> = fixed.map(|field| entry(field, values)).collect();
    let chosen = subsequence(rows, 0..=most)
        .prop_flat_map(move |fields| fields.into_iter().map(|field| entry(field, values)).collect::<Vec<_>>());
    (fixed, chosen).prop_map(|(fixed, chosen)| fixed.into_iter().chain(chosen).collect()).boxed()
}

fn entry(field: &'static Field, values: Values) -> BoxedStrategy<String> {
    let value = if field.values.is_empty() || !matches!(field.shape.present(), Shape::Text) {
        value(field.shape, values)
    } else {
        prop_oneof![select(field.values).prop_map(quoted), value(field.shape, values)].boxed()
    };
    value.prop_map(move |value| format!("{}: {value}", field.key)).boxed()
}

fn value(shape: &'static Shape, values: Values) -> BoxedStrategy<String> {
    match shape {
        Shape::Text => text().prop_map(|text| quoted(&text)).boxed(),
        Shape::Flag => any::<bool>().prop_map(|flag| flag.to_string()).boxed(),
        Shape::Integer { min, max, .. } => {
            let (min, max) = (i128::from(*min), i128::from(*max));
            let small = min.max(-3)..=max.min(100);
            prop_oneof![3 => small, 1 => min..=max].prop_map(|number| number.to_string()).boxed()
        }
        Shape::Special(special) => special_value(special.name),
        Shape::FreeForm => free_form(values),
        Shape::Section(table) => {
            section(table, values, &[]).prop_map(|fields| format!("{{{}}}", fields.join(", "))).boxed()
        }
        Shape::List(item) => list(value(item, values)),
        Shape::SectionList(item) if values == Values::Mergeable => list(value(item, values)),
        Shape::SectionList(item) => list(prop_oneof![12 => value(item, values), 1 => Just("null".to_owned())].boxed()),
        Shape::Map(item) => {
            let keys = prop_oneof![3 => select(&["a", "b", "example.org", "10", "a9", "a10"][..]).prop_map(str::to_owned), 1 => text()];
            proptest::collection::btree_map(keys.prop_map(|key| quoted(&key)), value(item, values), 0..4)
                .prop_map(|entries| {
                    let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                    format!("{{{}}}", entries.join(", "))
                })
                .boxed()
        }
        Shape::Optional(inner) if values == Values::Mergeable => value(inner, values),
        Shape::Optional(inner) => prop_oneof![12 => value(inner, values), 1 => Just("null".to_owned())].boxed(),
    }
}

fn list(item: BoxedStrategy<String>) -> BoxedStrategy<String> {
    proptest::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(", "))).boxed()
}

/// Texts with everything that a writer has to think of.
fn text() -> impl Strategy<Value = String> {
    let words = [
        "",
        "~",
        "null",
        "yes",
        "No",
        "on",
        "true",
        "y",
        "0",
        "-1",
        "010",
        "0x1F",
        "0o7",
        "1_000",
        "1.5",
        ".5",
        "1e3",
        ".inf",
        ".NaN",
        "1:20",
        "2024-01-02",
        "2024-01-02T03:04:05Z",
        "<<",
        "=",
        "-",
        "?",
        ":",
        "- a",
        "a: b",
        "a #b",
        "#",
        "%",
        "@",
        "`",
        "!",
        "!!str",
        "&a",
        "*a",
        "|",
        ">",
        "{",
        "[",
        "]",
        ",",
        "'",
        "\"",
        " a",
        "a ",
        "a\tb",
        "\t",
        "---",
        "--- a",
        "...",
        "10.0.0.1/8",
        "eth0",
        "https://10.5.0.2:6443",
        "Zm9v",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\u{7f}",
        "\u{0}",
        "é",
        "\u{1f600}",
    ];
    let blocks = [
        "a\nb",
        "a\nb\n",
        "a\n\n",
        "\na",
        "\n",
        "\n\n",
        " a\nb",
        "a\n b\n",
        "a \nb",
        "\ta\nb",
        "a\n\tb",
        "#a\nb",
        "- a\n- b\n",
        "a\r\nb",
        "---\na\n",
        "a: b\nc: d\n",
    ];
    prop_oneof![
        4 => "[a-z0-9./:-]{0,12}",
        3 => select(words.to_vec()).prop_map(str::to_owned),
        2 => select(blocks.to_vec()).prop_map(str::to_owned),
        1 => "[ -~]{0,120}",
        1 => "[ a\n#:-]{0,8}",
        1 => any::<String>(),
    ]
}

fn special_value(name: &str) -> BoxedStrategy<String> {
    let known = |values: &'static [&'static str]| select(values).prop_map(quoted).boxed();
    match name {
        "duration" => any::<i64>()
            .prop_flat_map(|number| select(vec![number, number % 100_000_000_000, number % 100 * 1_000_000_000, 0]))
            .prop_map(|nanoseconds| quoted(&format!("{nanoseconds}ns")))
            .boxed(),
        "URL" => known(&[
            "https://10.5.0.2:6443",
            "https://[fd00::1]:6443/a?b=c#d",
            "",
            "tcp://h:1/",
            "mailto:a",
            "//h/p",
            "/p q",
            "?x=%20",
            "http://h/%2f",
        ]),
        "size" => known(&["0", "1", "1MiB", "10GB", "1.5 GiB", "100", "4TB"]),
        "comparison with a size" => known(&["> 1GB", "<= 100", "== 4TB", "1GB", ">=  1.5 TiB"]),
        "disk type" => known(&["ssd", "hdd", "nvme", "sd", "SSD"]),
        "file mode" => (0u32..=0o7777).prop_map(|mode| format!("0o{mode:o}")).boxed(),
        "base64" => known(&["", "Zg==", "Zm9v", "MEUCIQC3", "AP8="]),
        other => panic!("a shape without values: {other}"),
    }
}

/// A mapping; with [`Values::Mergeable`] the keys say the type.
fn free_form(values: Values) -> BoxedStrategy<String> {
    let numbers = || {
        prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            any::<u64>().prop_map(|number| number.to_string())
        ]
    };
    let scalars = || {
        prop_oneof![
            text().prop_map(|text| quoted(&text)),
            numbers(),
            (-1e9..1e9).prop_map(|number: f64| format!("{number:?}")),
            select(&["1.0", "1e30", "-0.5", ".inf", "-.inf"][..]).prop_map(str::to_owned),
            any::<bool>().prop_map(|flag| flag.to_string()),
        ]
    };
    let mapping = move |inner: BoxedStrategy<String>| match values {
        Values::Any => proptest::collection::btree_map(text().prop_map(|key| quoted(&key)), inner, 0..4)
            .prop_map(|entries| {
                let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                format!("{{{}}}", entries.join(", "))
            })
            .boxed(),
        Values::Mergeable => (
            proptest::option::of(text().prop_map(|text| quoted(&text))),
            proptest::option::of(any::<i64>()),
            proptest::option::of(any::<bool>()),
            proptest::option::of(proptest::collection::vec(inner.clone(), 0..3)),
        )
            .prop_map(|(text, number, flag, list)| {
                let entries = [
                    text.map(|text| format!("text: {text}")),
                    number.map(|number| format!("number: {number}")),
                    flag.map(|flag| format!("flag: {flag}")),
                    list.map(|items| format!("list: [{}]", items.join(", "))),
                ];
                format!("{{{}}}", entries.into_iter().flatten().collect::<Vec<_>>().join(", "))
            })
            .boxed(),
    };
    let leaf = match values {
        Values::Any => prop_oneof![6 => scalars(), 1 => Just("null".to_owned())].boxed(),
        Values::Mergeable => scalars().boxed(),
    };
    let nested =
        leaf.prop_recursive(2, 8, 3, move |inner| prop_oneof![list(inner.clone().boxed()), mapping(inner.boxed())]);
    let top = move |inner: BoxedStrategy<String>| mapping(inner);
    top(nested.boxed())
}

/// A text in double quotes, everything but plain ASCII escaped.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            ' '..='~' => out.push(letter),
            letter => out += &format!("\\U{:08x}", letter as u32),
        }
    }
    out + "\""
}
