//! Types and specs of resources against the reference tables and the descriptors.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, Kind as FieldKind, MapKey, MessageDescriptor, Value as FieldValue,
};
use talos_api::resources::cluster::MemberSpec;
use talos_api::resources::config::{MachineConfigSpec, MachineType, MachineTypeSpec};
use talos_api::resources::k8s::{ManifestSpec, SingleManifest, StaticPodSpec};
use talos_api::resources::network::{AddressFlags, AddressStatusSpec, BondSlave, LinkSpecSpec, LinkType, VlanSpec};
use talos_api::resources::{self, DEFINITIONS, Document, FreeForm, Message, Spec};

const COMPILED: &[u8] = include_bytes!("../../src/gen/descriptors.bin");
const TYPES: &str = include_str!("../../testdata/reference/resources.tsv");
const FIELDS: &str = include_str!("../../testdata/reference/resource-fields.tsv");
const WORDS: &str = include_str!("../../testdata/reference/resource-enums.tsv");

/// Messages with fields that are declared as four bytes and travel as variable-length numbers.
const MISDECLARED: [&str; 2] =
    ["talos.resource.definitions.network.BondMasterSpec", "talos.resource.definitions.network.VLANSpec"];

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect())
}

/// All messages by name: the specs and what they are made of.
fn messages() -> BTreeMap<&'static str, Box<dyn Message>> {
    let mut found: BTreeMap<&'static str, Box<dyn Message>> = BTreeMap::new();
    let mut open: Vec<Box<dyn Message>> = DEFINITIONS.iter().map(|definition| definition.empty_spec()).collect();
    while let Some(message) = open.pop() {
        if message.message_name().is_empty() || found.contains_key(message.message_name()) {
            continue;
        }
        open.extend((0..message.fields().len()).filter_map(|place| message.value(place).part()));
        found.insert(message.message_name(), message);
    }
    found
}

#[test]
fn every_type_has_its_names_and_looks() {
    let mut seen = BTreeSet::new();
    for row in rows(TYPES) {
        let [type_name, display, namespace, sensitivity, aliases, all_aliases, columns, message] = row[..8] else {
            panic!("short row {row:?}")
        };
        let definition = resources::definition(type_name).unwrap_or_else(|| panic!("{type_name} is missing"));
        seen.insert(type_name);
        assert_eq!(definition.type_name, type_name);
        assert_eq!((definition.display_type, definition.namespace), (display, namespace), "{type_name}");
        assert_eq!(definition.is_sensitive, sensitivity == "sensitive", "{type_name}");
        assert_eq!(definition.aliases().join(","), aliases, "{type_name}");
        assert_eq!(definition.all_aliases().join(","), all_aliases, "{type_name}");
        let shown: Vec<String> = definition.columns.iter().map(|(name, path)| format!("{name}={path}")).collect();
        assert_eq!(shown.join(" ; "), columns, "{type_name}");
        let wanted = if message.starts_with('(') { "" } else { message };
        assert_eq!(definition.message_name(), wanted, "{type_name}");
        if wanted.is_empty() {
            assert!(definition.empty_spec().fields().is_empty());
        }
    }
    assert_eq!((seen.len(), DEFINITIONS.len()), (108, 108));
}

#[test]
fn every_field_has_its_number_key_options_and_form() {
    let messages = messages();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows(FIELDS) {
        let [name, number, proto_field, proto_type, label, remark, key, options, form] = row[..9] else {
            panic!("short row {row:?}")
        };
        let message = messages.get(name).unwrap_or_else(|| panic!("{name} is missing"));
        // Fields stand in the order of the rows.
        let place = places.entry(name).or_default();
        let field = &message.fields()[*place];
        let value = message.value(*place).form();
        *place += 1;
        let place = format!("{name}.{proto_field}");
        assert_eq!(field.number.to_string(), number, "{place}");
        let plain = |text: &str| text.trim_start_matches("r#").replace('_', "");
        assert_eq!(plain(field.name), plain(proto_field), "{place}");
        let declared = if remark.contains("varint") { "uint32" } else { proto_type };
        assert_eq!((value.proto, value.label), (declared, label), "{place}");
        assert_eq!(field.key, key, "{place}");
        assert_eq!(field.options.omit_empty, options.contains("omitempty"), "{place}");
        assert_eq!(field.options.inline, options.contains("inline"), "{place}");
        let wanted = match form {
            "mapping destination,type,source,options (lower-case keys)" => "mapping (proto.Mount)",
            "sequence of mapping destination,type,source,options (lower-case keys)" => {
                "sequence of mapping (proto.Mount)"
            }
            other => other,
        };
        assert_eq!(value.yaml, wanted, "{place}");
    }
    for (name, message) in &messages {
        let expected = places.get(name).copied().unwrap_or_default();
        // Three messages of configuration and those about types have no rows of their own.
        if expected > 0 || !(name.starts_with("resource.") || name.starts_with("cosi.")) {
            assert_eq!(message.fields().len(), expected, "{name} has other fields than the table");
        }
    }
}

#[test]
fn fields_without_rows_agree_with_the_descriptors() {
    let pool = DescriptorPool::decode(COMPILED).unwrap();
    for (name, message) in messages() {
        let descriptor = pool.get_message_by_name(name).unwrap_or_else(|| panic!("{name} is no message"));
        let declared: BTreeSet<u32> = descriptor.fields().map(|field| field.number()).collect();
        let known: BTreeSet<u32> = message.fields().iter().map(|field| field.number).collect();
        assert_eq!(declared, known, "{name}");
    }
}

#[test]
fn every_word_is_known() {
    use talos_api::resources::{config, kubespan, network, runtime};
    let shown = |kind: &str, number: u32| -> Option<String> {
        Some(match kind {
            "kubespan.PeerState" => kubespan::PeerState(number).to_string(),
            "machine.Type" => config::MachineType(number).to_string(),
            "nethelpers.ADSelect" => network::AdSelect(number).to_string(),
            "nethelpers.ARPAllTargets" => network::ArpAllTargets(number).to_string(),
            "nethelpers.ARPValidate" => network::ArpValidate(number).to_string(),
            "nethelpers.AddressFlag" => network::AddressFlags(number).to_string(),
            "nethelpers.BondMode" => network::BondMode(number).to_string(),
            "nethelpers.BondXmitHashPolicy" => network::BondXmitHashPolicy(number).to_string(),
            "nethelpers.Duplex" => network::Duplex(number).to_string(),
            "nethelpers.FailOverMAC" => network::FailOverMac(number).to_string(),
            "nethelpers.Family" => network::Family(number).to_string(),
            "nethelpers.LACPRate" => network::LacpRate(number).to_string(),
            "nethelpers.LinkFlag" => network::LinkFlags(number).to_string(),
            "nethelpers.LinkType" => network::LinkType(number).to_string(),
            "nethelpers.OperationalState" => network::OperationalState(number).to_string(),
            "nethelpers.Port" => network::Port(number).to_string(),
            "nethelpers.PrimaryReselect" => network::PrimaryReselect(number).to_string(),
            "nethelpers.RouteFlag" => network::RouteFlags(number).to_string(),
            "nethelpers.RouteProtocol" => network::RouteProtocol(number).to_string(),
            "nethelpers.RouteType" => network::RouteType(number).to_string(),
            "nethelpers.RoutingTable" => network::RoutingTable(number).to_string(),
            "nethelpers.Scope" => network::Scope(number).to_string(),
            "nethelpers.VLANProtocol" => network::VlanProtocol(number).to_string(),
            "network.ConfigLayer" => network::ConfigLayer(number).to_string(),
            "network.Operator" => network::Operator(number).to_string(),
            "runtime.MachineStage" => runtime::MachineStage(number).to_string(),
            // Names what a node waits for; no field of a resource has it.
            "nethelpers.Status" => return None,
            other => panic!("{other} is no enumeration here"),
        })
    };
    let mut count = 0;
    for row in rows(WORDS) {
        if let Some(shown) = shown(row[0], row[1].parse().unwrap()) {
            assert_eq!(shown, row[2], "{} {}", row[0], row[1]);
            count += 1;
        }
    }
    assert!(count > 220, "{count} words");
    assert_eq!(LinkType(9).to_string(), "LinkType(9)");
    assert_eq!("ether".parse(), Ok(LinkType::ETHER));
    assert_eq!((AddressFlags::PERMANENT | AddressFlags::NO_DAD).to_string(), "nodad,permanent");
}

/// A message with something in every field.
fn filled(kind: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(kind.clone());
    match kind.full_name() {
        "common.NetIP" | "common.NetIPPort" | "common.NetIPPrefix" => {
            message.set_field_by_name("ip", FieldValue::Bytes(vec![10, 5, 0, 2].into()));
        }
        "google.protobuf.Duration" => {
            message.set_field_by_name("seconds", FieldValue::I64(7));
        }
        "google.protobuf.Struct" => {
            let mut number =
                DynamicMessage::new(kind.parent_pool().get_message_by_name("google.protobuf.Value").unwrap());
            number.set_field_by_name("number_value", FieldValue::F64(1.5));
            let entries = [(MapKey::String("key".into()), FieldValue::Message(number))];
            message.set_field_by_name("fields", FieldValue::Map(entries.into_iter().collect()));
            return message;
        }
        _ => {}
    }
    for field in kind.fields() {
        if message.has_field(&field) {
            continue;
        }
        let single = |kind: &FieldKind| match kind {
            FieldKind::Bool => FieldValue::Bool(true),
            FieldKind::Int32 | FieldKind::Sint32 | FieldKind::Sfixed32 => FieldValue::I32(24),
            FieldKind::Int64 | FieldKind::Sint64 | FieldKind::Sfixed64 => FieldValue::I64(-7),
            FieldKind::Uint32 | FieldKind::Fixed32 => FieldValue::U32(70_000),
            FieldKind::Uint64 | FieldKind::Fixed64 => FieldValue::U64(u64::MAX),
            FieldKind::Double => FieldValue::F64(0.5),
            FieldKind::Float => FieldValue::F32(0.5),
            FieldKind::String => FieldValue::String(format!("text of {}", field.name())),
            FieldKind::Bytes => FieldValue::Bytes(b"bytes"[..].into()),
            FieldKind::Enum(kind) => FieldValue::EnumNumber(kind.values().last().unwrap().number()),
            FieldKind::Message(kind) => FieldValue::Message(filled(kind)),
        };
        let value = match field.kind() {
            FieldKind::Message(_) if field.is_map() => {
                let entries = ["a", "b"].map(|key| (MapKey::String(key.into()), FieldValue::String("v".into())));
                FieldValue::Map(entries.into_iter().collect())
            }
            kind if field.is_list() => FieldValue::List(vec![single(&kind), single(&kind)]),
            kind => single(&kind),
        };
        message.set_field(&field, value);
    }
    message
}

fn decode(message: &dyn Message, bytes: &[u8]) -> Vec<u8> {
    resources::recode(message, bytes).unwrap_or_else(|error| panic!("{}: {error}", message.message_name()))
}

#[test]
fn specs_and_descriptors_understand_each_other() {
    let pool = DescriptorPool::decode(COMPILED).unwrap();
    let mut count = 0;
    for (name, message) in messages() {
        let descriptor = pool.get_message_by_name(name).unwrap();
        let full = filled(&descriptor);
        let ours = decode(message.as_ref(), &full.encode_to_vec());
        // Our own form is stable.
        assert_eq!(decode(message.as_ref(), &ours), ours, "{name}");
        let mut parts = vec![message.empty()];
        let mut is_misdeclared = false;
        while let Some(part) = parts.pop() {
            is_misdeclared |= MISDECLARED.contains(&part.message_name());
            parts.extend((0..part.fields().len()).filter_map(|place| part.value(place).part()));
        }
        if !is_misdeclared {
            let theirs = DynamicMessage::decode(descriptor.clone(), ours.as_slice()).unwrap();
            // Both hold their descriptors, which are too long to show.
            assert!(theirs == full, "{name}");
            count += 1;
        }
        // What nodes write for an empty spec is read as one.
        let empty = decode(message.as_ref(), &[]);
        assert_eq!(decode(message.as_ref(), &empty), empty, "{name}");
    }
    assert!(count > 110, "{count} messages");
}

#[test]
fn misdeclared_fields_are_written_as_numbers_and_read_both_ways() {
    let vlan = VlanSpec { vid: 100, ..VlanSpec::default() };
    assert_eq!(vlan.to_proto()[..2], [0x08, 100]);
    assert_eq!(VlanSpec::from_proto(&[0x08, 100]), Ok(vlan.clone()));
    assert_eq!(VlanSpec::from_proto(&[0x0d, 100, 0, 0, 0]), Ok(vlan));
}

#[test]
fn a_recorded_member_decodes_in_both_forms_of_addresses() {
    let hex = |text: &str| -> Vec<u8> {
        let digits: String = text.split_whitespace().collect();
        (0..digits.len()).step_by(2).map(|place| u8::from_str_radix(&digits[place..place + 2], 16).unwrap()).collect()
    };
    let head = "0a2c3778315375433845676535424758644166544566663569516e6c575a4c66763968314c474d78413270596b43";
    let tail = "1a1c74616c6f732d64656661756c742d636f6e74726f6c706c616e652d31 2002 2a0e54616c6f73202876312e302e3029";
    let new = format!("{head} 12060a04ac140002 12120a10fd508d6042386302f85723fffe21d1e0 {tail}");
    let old = format!("{head} 1204ac140002 1210fd508d6042386302f85723fffe21d1e0 {tail}");
    let wanted = MemberSpec {
        node_id: "7x1SuC8Ege5BGXdAfTEff5iQnlWZLfv9h1LGMxA2pYkC".into(),
        addresses: vec!["172.20.0.2".parse().unwrap(), "fd50:8d60:4238:6302:f857:23ff:fe21:d1e0".parse().unwrap()],
        hostname: "talos-default-controlplane-1".into(),
        machine_type: MachineType::CONTROL_PLANE,
        operating_system: "Talos (v1.0.0)".into(),
        control_plane: None,
    };
    assert_eq!(MemberSpec::from_proto(&hex(&new)).as_ref(), Ok(&wanted));
    assert_eq!(MemberSpec::from_proto(&hex(&old)).as_ref(), Ok(&wanted));
    assert_eq!(wanted.to_proto(), hex(&new));
}

#[test]
fn specs_look_as_the_reference_writes_them() {
    assert_eq!(MachineTypeSpec { machine_type: MachineType::CONTROL_PLANE }.to_yaml(), "controlplane\n");
    let text = "# comment\nversion: v1alpha1\n";
    assert_eq!(MachineConfigSpec { yaml_marshalled: Document(text.into()) }.to_yaml(), text);
    let object = || FreeForm::new([("kind".into(), resources::Node::String("Pod".into()))]);
    assert_eq!(StaticPodSpec { pod: object() }.to_yaml(), "kind: Pod\n");
    let manifest =
        ManifestSpec { items: vec![SingleManifest { object: object() }, SingleManifest { object: object() }] };
    assert_eq!(manifest.to_yaml(), "- kind: Pod\n- kind: Pod\n");
    assert_eq!(resources::k8s::NodeCordonedSpecSpec::default().to_yaml(), "{}\n");

    let link = LinkSpecSpec {
        name: "eth0".into(),
        bond_slave: BondSlave { master_name: "bond0".into(), slave_index: 1 },
        ..LinkSpecSpec::default()
    };
    assert_eq!(
        link.to_yaml(),
        "name: eth0\nlogical: false\nup: false\nmtu: 0\nkind: \"\"\ntype: netrom\nmasterName: bond0\nslaveIndex: 1\n\
         layer: default\n"
    );
    let address = AddressStatusSpec {
        address: "10.5.0.2/24".parse().unwrap(),
        local: "10.5.0.2".parse().unwrap(),
        flags: AddressFlags::PERMANENT,
        ..AddressStatusSpec::default()
    };
    assert_eq!(
        address.to_yaml(),
        "address: 10.5.0.2/24\nlinkIndex: 0\nlinkName: \"\"\nfamily: Family(0)\nscope: global\nflags: permanent\n"
    );
}

#[test]
fn secrets_are_not_shown() {
    use talos_api::resources::secrets::{EtcdRootSpec, OsRootSpec};
    let spec = OsRootSpec { token: "geheim".into(), ..OsRootSpec::default() };
    assert!(!format!("{spec:?}").contains("geheim"));
    let pair = talos_pki::PemCertificateAndKey::new("certificate", "privat");
    let shown = format!("{:?}", EtcdRootSpec { etcd_ca: Some(pair) });
    assert!(shown.contains("certificate") && !shown.contains("privat"), "{shown}");
}

#[test]
fn damage_is_named_with_its_place() {
    let error = MemberSpec::from_proto(&[0x12, 3, 0x0a, 1, 7]).unwrap_err();
    assert_eq!(error.to_string(), "talos.resource.definitions.cluster.MemberSpec.addresses: address of 1 bytes");
    let error = MemberSpec::from_proto(&[0x32, 2, 0x0a, 0]).unwrap_err();
    assert_eq!(error.to_string(), "talos.resource.definitions.cluster.ControlPlane.api_server_port: wrong wire type");
    assert!(MemberSpec::from_proto(&[0xff]).is_err());
    // Fields of later versions are skipped.
    assert_eq!(MemberSpec::from_proto(&[0xf8, 0x7f, 1]), Ok(MemberSpec::default()));
}
