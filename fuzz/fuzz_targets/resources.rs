//! Any bytes as a reply about resources: specs of all types are read or refused, and what is read has one form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prost::Message;
use talos_api::proto::cosi::resource::{GetResponse, Resource, WatchResponse};
use talos_api::resources::{DEFINITIONS, Definition, Dynamic, FromWire, Shape, definition, name, recode, to_yaml};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

fn spec(definition: &Definition, bytes: &[u8]) {
    let empty = definition.empty_spec();
    let Ok(own) = recode(empty.as_ref(), bytes) else {
        assert!(to_yaml(definition, bytes).is_err());
        return;
    };
    assert_eq!(recode(empty.as_ref(), &own).as_ref(), Ok(&own), "our own form is stable");
    let yaml = to_yaml(definition, bytes).expect("it was read before");
    assert_eq!(to_yaml(definition, &own).as_ref(), Ok(&yaml));
    if empty.shape() == Shape::Text {
        // The text of somebody else, passed on as it is.
        return;
    }
    let (_, error) = Tree::parse(&Source::new("spec", yaml.as_bytes()), Options::default());
    // Blocks as the reference writes them do not all read back: those that begin with a blank line do not.
    assert!(error.is_none() || yaml.contains('|'), "{}: {error:?}\n{yaml}", definition.type_name);
}

fn resource(resource: Resource) {
    let metadata = resource.metadata.unwrap_or_default();
    assert!(name(&metadata).starts_with(&metadata.r#type));
    let content = Dynamic::from_wire(resource.spec.unwrap_or_default()).expect("content is taken as it is");
    if let Some(definition) = definition(&metadata.r#type) {
        spec(definition, &content.proto_spec);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    match usize::from(*kind) {
        place if place < DEFINITIONS.len() => spec(DEFINITIONS[place], rest),
        254 => GetResponse::decode(rest).into_iter().filter_map(|reply| reply.resource).for_each(resource),
        _ => {
            let events = WatchResponse::decode(rest).map(|reply| reply.event).unwrap_or_default();
            events.into_iter().flat_map(|event| [event.resource, event.old]).flatten().for_each(resource);
        }
    }
});
