//! The compiled `.proto` files against the reference tables: every row is there, and nothing else.

use std::collections::BTreeSet;
use std::fmt::Write;

use prost_reflect::{
    Cardinality, DescriptorPool, EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor,
};

const COMPILED: &[u8] = include_bytes!("../../src/gen/descriptors.bin");

const TABLES: &[(&str, &str)] = &[
    ("api.tsv", include_str!("../../testdata/reference/api.tsv")),
    ("api-resources.tsv", include_str!("../../testdata/reference/api-resources.tsv")),
    ("api-cosi.tsv", include_str!("../../testdata/reference/api-cosi.tsv")),
    ("api-external.tsv", include_str!("../../testdata/reference/api-external.tsv")),
];

#[test]
fn every_row_of_the_tables_is_compiled_and_nothing_else() {
    let pool = DescriptorPool::decode(COMPILED).expect("committed descriptors decode");
    let compiled: BTreeSet<String> =
        pool.files().filter(|file| !file.name().starts_with("google/protobuf/")).flat_map(|file| rows(&file)).collect();
    let mut wanted = BTreeSet::new();
    for (name, table) in TABLES {
        let before = wanted.len();
        wanted.extend(table.lines().skip(1).map(without_remarks));
        assert_eq!(wanted.len() - before, table.lines().count() - 1, "{name} has equal rows");
    }
    assert!(wanted.len() > 2000, "the tables hold {} rows", wanted.len());
    let missing: Vec<_> = wanted.difference(&compiled).collect();
    let surplus: Vec<_> = compiled.difference(&wanted).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
}

#[test]
fn the_alias_of_a_link_type_is_allowed() {
    let pool = DescriptorPool::decode(COMPILED).expect("committed descriptors decode");
    let aliased: Vec<_> = pool
        .all_enums()
        .filter(|kind| kind.enum_descriptor_proto().options.as_ref().is_some_and(|options| options.allow_alias()))
        .map(|kind| kind.full_name().to_owned())
        .collect();
    assert_eq!(aliased, ["talos.resource.definitions.enums.NethelpersLinkType"]);
}

/// A row without its last column: remarks are not part of a descriptor, except for what the test above covers.
fn without_remarks(line: &str) -> String {
    let mut columns: Vec<&str> = line.split('\t').collect();
    columns.resize(12, "");
    columns[..11].join("\t")
}

/// All rows of one file, in the form of the tables.
fn rows(file: &FileDescriptor) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = |kind: &str, owner: &str, name: &str, rest: [&str; 7]| {
        rows.push(format!("{}\t{kind}\t{owner}\t{name}\t{}", file.name(), rest.join("\t")));
    };
    row("file", "", file.package_name(), ["", "proto3", "", "", "", "", ""]);
    for import in &file.file_descriptor_proto().dependency {
        row("import", "", import, [""; 7]);
    }
    for extension in file.extensions() {
        let number = extension.number().to_string();
        let kind = kind_name(&extension.kind());
        row(
            "extension",
            extension.containing_message().full_name(),
            extension.name(),
            [&number, &kind, "single", "", "", "", ""],
        );
    }
    for service in file.services() {
        row("service", "", service.full_name(), [""; 7]);
        for method in service.methods() {
            let types = format!("{} -> {}", method.input().full_name(), method.output().full_name());
            let streaming = match (method.is_client_streaming(), method.is_server_streaming()) {
                (false, false) => "unary",
                (false, true) => "server-stream",
                (true, false) => "client-stream",
                (true, true) => "bidi",
            };
            let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
            let removed = removed_in(&method.options());
            row(
                "method",
                service.full_name(),
                method.name(),
                ["", &types, streaming, "", "", deprecated(options.deprecated()), &removed],
            );
        }
    }
    for kind in file.enums() {
        rows.extend(enum_rows(file, &kind));
    }
    for message in file.messages() {
        rows.extend(message_rows(file, &message));
    }
    rows
}

fn message_rows(file: &FileDescriptor, message: &MessageDescriptor) -> Vec<String> {
    if message.is_map_entry() {
        return Vec::new();
    }
    let name = message.full_name();
    let mut rows = vec![format!("{}\tmessage\t\t{name}{}", file.name(), "\t".repeat(7))];
    for range in message.reserved_ranges() {
        rows.push(format!("{}\treserved\t{name}\t\t{}-{}{}", file.name(), range.start, range.end - 1, "\t".repeat(6)));
    }
    for reserved in message.reserved_names() {
        rows.push(format!("{}\treserved\t{name}\t{reserved}{}", file.name(), "\t".repeat(7)));
    }
    for field in message.fields() {
        let options = field.field_descriptor_proto().options.clone().unwrap_or_default();
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()).map(|oneof| oneof.name().to_owned());
        let mut row = format!(
            "{}\tfield\t{name}\t{}\t{}\t{}\t{}",
            file.name(),
            field.name(),
            field.number(),
            field_type(&field),
            label(&field)
        );
        let packed = if field.is_packed() { "packed" } else { "" };
        write!(
            row,
            "\t{}\t{packed}\t{}\t{}",
            oneof.unwrap_or_default(),
            deprecated(options.deprecated()),
            removed_in(&field.options())
        )
        .expect("a string takes everything");
        rows.push(row);
    }
    rows.extend(message.child_messages().flat_map(|child| message_rows(file, &child)));
    rows.extend(message.child_enums().flat_map(|child| enum_rows(file, &child)));
    rows
}

fn enum_rows(file: &FileDescriptor, kind: &EnumDescriptor) -> Vec<String> {
    let mut rows = vec![format!("{}\tenum\t\t{}{}", file.name(), kind.full_name(), "\t".repeat(7))];
    for value in kind.enum_descriptor_proto().value.iter() {
        let mark = deprecated(value.options.clone().unwrap_or_default().deprecated());
        rows.push(format!(
            "{}\tenum_value\t{}\t{}\t{}\t\t\t\t\t{mark}\t",
            file.name(),
            kind.full_name(),
            value.name(),
            value.number()
        ));
    }
    rows
}

fn field_type(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            format!("map<{},{}>", kind_name(&key.kind()), kind_name(&value.kind()))
        }
        kind => kind_name(&kind),
    }
}

fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(kind) => kind.full_name().to_owned(),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

fn label(field: &FieldDescriptor) -> &'static str {
    match field.cardinality() {
        _ if field.is_map() => "map",
        Cardinality::Repeated => "repeated",
        _ if field.field_descriptor_proto().proto3_optional() => "optional",
        _ => "single",
    }
}

fn deprecated(mark: bool) -> &'static str {
    if mark { "deprecated" } else { "" }
}

/// The value of one of the `remove_deprecated_…` options.
fn removed_in(options: &prost_reflect::DynamicMessage) -> String {
    options.extensions().find_map(|(_, value)| value.as_str().map(str::to_owned)).unwrap_or_default()
}
