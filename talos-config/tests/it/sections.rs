//! The tables of the sections against the field tree of the reference.

use talos_config::runtime::{EventSinkConfig, KmsgLogConfig};
use talos_config::siderolink::SideroLinkConfig;
use talos_config::v1alpha1::Config;
use talos_config::{encode, load};
use talos_config_yaml::fields::{Described, Emit, Field, Merge, Secret, Section, Shape};

/// A row of the reference's table.
struct Expected {
    document: &'static str,
    path: &'static str,
    yaml_type: &'static str,
    go_type: &'static str,
    emission: &'static str,
    deprecated: &'static str,
    since: &'static str,
    merge: &'static str,
}

fn reference() -> Vec<Expected> {
    let table = include_str!("../../testdata/reference/config-schema.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| {
        let columns: Vec<&str> = row.split('\t').collect();
        let [document, path, yaml_type, go_type, emission, .., merge, _, _] = columns[..] else { panic!("{row}") };
        let (deprecated, since) = (columns[8], columns[11]);
        Expected { document, path, yaml_type, go_type, emission, deprecated, since, merge }
    })
    .collect()
}

/// A field where it stands in a document.
pub(crate) struct Place {
    pub(crate) document: &'static str,
    pub(crate) path: String,
    /// Minor release that brought the field at this place.
    since: (u32, u32),
    pub(crate) field: &'static Field,
}

pub(crate) fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for (document, shape) in [
        ("v1alpha1", Config::SHAPE),
        ("EventSinkConfig", EventSinkConfig::SHAPE),
        ("KmsgLogConfig", KmsgLogConfig::SHAPE),
        ("SideroLinkConfig", SideroLinkConfig::SHAPE),
    ] {
        let section = shape.inner_section().expect("a document is a section");
        walk(document, section, "", (0, 8), &mut places);
    }
    places
}

fn walk(document: &'static str, section: &'static Section, prefix: &str, since: (u32, u32), places: &mut Vec<Place>) {
    for field in section.fields {
        let path = format!("{prefix}{}", field.key);
        let since = since.max(version(field.since));
        let inner = match field.shape.present() {
            Shape::List(_) | Shape::SectionList(_) => format!("{path}[]."),
            Shape::Map(_) => format!("{path}.<key>."),
            _ => format!("{path}."),
        };
        places.push(Place { document, path, since, field });
        if let Some(section) = field.shape.inner_section() {
            walk(document, section, &inner, since, places);
        }
    }
}

fn version(text: &str) -> (u32, u32) {
    let (major, minor) = text.split_once('.').expect("a version has a dot");
    (major.parse().unwrap(), minor.parse().unwrap())
}

#[test]
fn every_field_of_the_reference_stands_in_its_place() {
    let places: Vec<_> = places().into_iter().map(|place| (place.document, place.path)).collect();
    let expected: Vec<_> = reference().iter().map(|row| (row.document, row.path.to_owned())).collect();
    assert_eq!(places, expected);
}

#[test]
fn types_emission_and_merge_are_those_of_the_reference() {
    for (Place { path, since, field, .. }, row) in places().iter().zip(reference()) {
        assert_eq!(yaml_type(field), row.yaml_type, "{path}");
        let pointer = row.go_type.strip_prefix('*');
        if let Some(go_type) = go_type(field) {
            let expected = match pointer.unwrap_or(row.go_type) {
                "Env" => "map[string]string",
                other => other,
            };
            assert_eq!(go_type.replace("v1alpha1.", ""), expected, "{path}");
        }
        let absent = matches!(field.shape, Shape::Optional(_));
        assert_eq!(absent, pointer.is_some() || absence_is_kept(field.shape.present()), "{path}");
        assert_eq!(field.emit, emission(row.emission), "{path}");
        assert_eq!(*since, version(row.since), "{path}");
        assert!(merges_as(field, row.merge), "{path}: {} is {:?}", row.merge, field.merge);
    }
}

/// Values without a pointer of which absent and empty are told apart.
fn absence_is_kept(shape: &Shape) -> bool {
    match shape {
        Shape::List(_) | Shape::SectionList(_) | Shape::Map(_) | Shape::FreeForm => true,
        Shape::Special(special) => special.name == "base64" && !is_half_of_a_pair(shape),
        _ => false,
    }
}

fn is_half_of_a_pair(shape: &Shape) -> bool {
    matches!(shape, Shape::Special(special) if special.pattern.is_some_and(|pattern| pattern.contains("\\*{6}")))
}

fn yaml_type(field: &Field) -> &'static str {
    match field.shape.present() {
        Shape::Text => "string",
        Shape::Flag => "bool",
        Shape::Integer { go, .. } => field.type_name.unwrap_or(go),
        Shape::FreeForm => "any (free-form map)",
        Shape::Section(section) => match section.go_name {
            "x509.PEMEncodedCertificateAndKey" => "base64 cert pair {crt, key}",
            "x509.PEMEncodedKey" => "base64 key {key}",
            _ => "map",
        },
        Shape::SectionList(_) => "list of map",
        Shape::List(item) => match item {
            Shape::Text => "list of string",
            Shape::Section(_) => "list of map",
            Shape::FreeForm => "list of any (free-form map)",
            other => panic!("list of {other:?}"),
        },
        Shape::Map(value) => {
            if value.inner_section().is_some() {
                "map string -> map"
            } else {
                "map string -> string"
            }
        }
        shape @ Shape::Special(special) => match special.name {
            "duration" => "duration (Go duration string)",
            "URL" => "url (string)",
            "size" => "byte size (string or int)",
            "comparison with a size" => "string (size condition)",
            "disk type" => "string (enum)",
            "file mode" => "int (octal file mode)",
            "base64" if is_half_of_a_pair(shape) => "base64 string (PEM inside)",
            "base64" => "base64 bytes (string)",
            other => panic!("{other}"),
        },
        Shape::Optional(_) => unreachable!("a present shape is not optional"),
    }
}

/// The name of the type in errors; none where errors name the text that the value is read from.
fn go_type(field: &Field) -> Option<String> {
    match field.shape.present() {
        Shape::Special(special) if special.go == "string" => None,
        Shape::Special(special) => Some(special.go.to_owned()),
        shape => Some(field.type_name.map_or_else(|| shape.go_type(), str::to_owned)),
    }
}

fn emission(text: &str) -> Emit {
    match text {
        text if text.starts_with("always") => Emit::Always,
        text if text.starts_with("omitempty; comment encoder: omitted only if nil") => Emit::OmitAbsent,
        _ => Emit::Omit,
    }
}

fn merges_as(field: &Field, text: &str) -> bool {
    let (shape, typed) = (field.shape.present(), matches!(field.merge, Merge::Typed));
    match text {
        "replace" => matches!(field.merge, Merge::Replace | Merge::Overwrite),
        "by identity" => matches!(field.merge, Merge::Keyed(_)),
        "append" => typed && matches!(shape, Shape::List(_) | Shape::SectionList(_)),
        "deep" => typed && matches!(shape, Shape::Section(_) | Shape::Map(_) | Shape::FreeForm),
        "right if present" => typed && matches!(shape, Shape::Flag),
        "replaced (also by empty)" => is_half_of_a_pair(shape),
        "set if left unset, else error" => typed && yaml_type(field) == "string (size condition)",
        text if text.starts_with("per URL part") => typed && yaml_type(field) == "url (string)",
        text if text.starts_with("deep; bytes replaced") => typed && matches!(shape, Shape::Section(_)),
        "right if non-empty" | "right if non-zero" => {
            typed && matches!(shape, Shape::Text | Shape::Integer { .. } | Shape::Special(_))
        }
        other => panic!("{other}"),
    }
}

#[test]
fn type_errors_name_the_types_of_the_reference() {
    for (path, go_type) in [
        ("machine.kubelet.extraArgs", "map[string]string"),
        ("machine.kubelet.extraConfig", "v1alpha1.Unstructured"),
        ("machine.network", "v1alpha1.NetworkConfig"),
        ("machine.network.interfaces", "v1alpha1.NetworkDeviceList"),
        ("machine.network.interfaces[]", "v1alpha1.Device"),
        ("machine.network.interfaces[].vlans", "v1alpha1.VlanList"),
        ("machine.network.interfaces[].routes", "[]*v1alpha1.Route"),
        ("machine.env", "map[string]string"),
        ("machine.time.bootTimeout", "time.Duration"),
        ("machine.files[].permissions", "v1alpha1.FileMode"),
        ("machine.registries.mirrors", "map[string]*v1alpha1.RegistryMirrorConfig"),
        ("machine.systemDiskEncryption.state.keySize", "uint"),
        ("machine.systemDiskEncryption.state.blockSize", "uint64"),
        ("machine.features.kubePrism.port", "int"),
        ("cluster.apiServer.admissionControl", "v1alpha1.AdmissionPluginConfigList"),
        ("cluster.inlineManifests", "v1alpha1.ClusterInlineManifests"),
    ] {
        let text = document_with("v1alpha1", path, "text");
        let error = load(text.as_str()).unwrap_err().to_string();
        assert!(error.ends_with(&format!("cannot unmarshal !!str `text` into {go_type}")), "{path}: {error}");
    }
}

#[test]
fn deprecated_fields_are_marked() {
    for (Place { path, field, .. }, row) in places().iter().zip(reference()) {
        let expected =
            row.deprecated.split([' ', ':']).next().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let expected = expected.filter(|release| version(release) <= (1, 5));
        assert_eq!(field.deprecated, expected, "{path}");
        assert_eq!(field.hidden, row.deprecated.contains("(hidden"), "{path}");
    }
}

#[test]
fn redaction_covers_what_the_reference_covers() {
    let redacted: Vec<_> =
        places().into_iter().filter(|place| place.field.secret == Secret::Redacted).map(|place| place.path).collect();
    // The keys of pairs are redacted where the pair is.
    let redacted: Vec<_> = redacted.iter().filter(|path| !path.ends_with(".key")).map(String::as_str).collect();
    assert_eq!(
        redacted,
        [
            "machine.token",
            "machine.ca",
            "cluster.secret",
            "cluster.token",
            "cluster.aescbcEncryptionSecret",
            "cluster.secretboxEncryptionSecret",
            "cluster.ca",
            "cluster.aggregatorCA",
            "cluster.serviceAccount",
            "cluster.etcd.ca",
            "apiUrl",
        ]
    );
}

#[test]
fn what_needs_a_reboot_is_marked() {
    let marked: Vec<_> = places().into_iter().filter(|place| place.field.reboot).map(|place| place.path).collect();
    assert_eq!(
        marked,
        [
            "version",
            "persist",
            "machine.type",
            "machine.token",
            "machine.ca",
            "machine.disks",
            "machine.files",
            "machine.env",
            "machine.systemDiskEncryption",
            "machine.features.rbac",
            "machine.features.stableHostname",
            "machine.features.apidCheckExtKeyUsage",
            "machine.features.diskQuotaSupport",
            "machine.udev",
        ]
    );
}

#[test]
fn every_field_is_documented() {
    for Place { path, field, .. } in places() {
        let summary = field.summary();
        assert!(summary.ends_with('.') && summary.chars().count() <= 95, "{path}: {summary}");
        let shown_by_its_fields = ["machine", "cluster"].contains(&&*path);
        let unsupported = field.doc.contains("Not supported");
        assert_eq!(field.examples.is_empty(), field.hidden || unsupported || shown_by_its_fields, "{path}");
    }
}

#[test]
fn every_example_can_be_loaded() {
    for Place { document, path, field, .. } in places() {
        for example in field.examples {
            let text = document_with(document, &path, example);
            let container = load(text.as_str()).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
            let written = encode::to_yaml(&container, encode::Options::plain());
            let again = load(written.as_str()).unwrap_or_else(|error| panic!("{path}: {error}\n{written}"));
            assert_eq!(encode::to_yaml(&again, encode::Options::plain()), written, "{path}");
            if field.values.is_empty() || !matches!(field.shape.present(), Shape::Text) {
                continue;
            }
            assert!(field.values.contains(example), "{path}: {example}");
        }
    }
}

/// A document with a value at a path.
pub(crate) fn document_with(document: &str, path: &str, value: &str) -> String {
    let mut text = value.to_owned();
    for step in path.split('.').rev() {
        let (step, in_list) = step.strip_suffix("[]").map_or((step, false), |step| (step, true));
        if in_list {
            text = format!("- {}", indented(&text, 2).trim_start());
        }
        let key = if step == "<key>" { "example.org" } else { step };
        text = match text.lines().count() {
            1 if !in_list && !text.ends_with('\n') => format!("{key}: {text}\n"),
            _ if text.starts_with('|') => format!("{key}: {}", indented(&text, 4).trim_start()),
            _ => format!("{key}:\n{}", indented(&text, 4)),
        };
    }
    match (document, path) {
        ("v1alpha1", "version") => text + "debug: false\n",
        ("v1alpha1", _) => text,
        (_, "kind") => format!("apiVersion: v1alpha1\n{text}"),
        (kind, "apiVersion") => format!("kind: {kind}\n{text}"),
        (kind, _) => format!("apiVersion: v1alpha1\nkind: {kind}\n{text}"),
    }
}

fn indented(text: &str, columns: usize) -> String {
    let blank = " ".repeat(columns);
    text.lines().map(|line| format!("{blank}{line}\n")).collect()
}
