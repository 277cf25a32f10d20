//! Messages as JSON, through their descriptors.

use std::sync::OnceLock;

use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor,
    SerializeOptions,
};
use serde_json::{Map, Value};

/// Content of any type.
const ANY: &str = "google.protobuf.Any";

/// Descriptors of all messages and methods.
pub(super) fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| {
        DescriptorPool::decode(include_bytes!("../gen/descriptors.bin").as_slice())
            .expect("compiled descriptors decode")
    })
}

/// The method with the name `package.Service/Method`.
pub(super) fn method(name: &str) -> Option<MethodDescriptor> {
    let (service, method) = name.split_once('/')?;
    pool().get_service_by_name(service)?.methods().find(|known| known.name() == method)
}

/// Encodes the JSON form of a message.
pub(super) fn to_message(json: &Value, kind: MessageDescriptor) -> Result<DynamicMessage, serde_json::Error> {
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    // An empty object stands for content without a type, as the first event of a stream has it.
    let is_untyped = |field: &FieldDescriptor| match field.kind() {
        Kind::Message(kind) if !field.is_list() => {
            kind.full_name() == ANY && json.get(field.name()).is_some_and(|value| *value == Value::Object(Map::new()))
        }
        _ => false,
    };
    let untyped: Vec<_> = kind.fields().filter(is_untyped).collect();
    if untyped.is_empty() {
        return DynamicMessage::deserialize_with_options(kind, json, &options);
    }
    let mut json = json.clone();
    if let Value::Object(fields) = &mut json {
        fields.retain(|name, _| untyped.iter().all(|field| field.name() != name));
    }
    let mut message = DynamicMessage::deserialize_with_options(kind, &json, &options)?;
    for field in untyped {
        let empty = message.get_field(&field).into_owned();
        message.set_field(&field, empty);
    }
    Ok(message)
}

/// Gives the JSON form of a message: proto field names, no defaults, 64-bit numbers as strings.
pub(super) fn from_message(message: &DynamicMessage) -> Result<Value, serde_json::Error> {
    let options = SerializeOptions::new().use_proto_field_name(true).skip_default_fields(true);
    message.serialize_with_options(serde_json::value::Serializer, &options)
}

/// Whether everything in `wanted` is in `found`, too.
pub(super) fn is_subset(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            wanted.iter().all(|(key, value)| is_subset(value, found.get(key).unwrap_or(&Value::Null)))
        }
        (Value::Object(wanted), _) => wanted.is_empty(),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| is_subset(wanted, found))
        }
        (Value::Array(_), _) => false,
        (wanted, found) => text(wanted) == text(found),
    }
}

/// Scalars are compared by what they look like, so that 64-bit numbers may be written either way.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_and_messages_agree() {
        let kind = method("machine.MachineService/Logs").unwrap().input();
        let json = json!({"namespace": "system", "id": "apid", "tail_lines": -1, "driver": "CRI"});
        assert_eq!(from_message(&to_message(&json, kind).unwrap()).unwrap(), json);
        let kind = method("machine.MachineService/EtcdRemoveMemberByID").unwrap().input();
        let json = json!({"member_id": "18446744073709551615"});
        assert_eq!(from_message(&to_message(&json, kind.clone()).unwrap()).unwrap(), json);
        assert!(to_message(&json!({"nope": 1}), kind).is_err());
        let kind = method("machine.MachineService/Events").unwrap().output();
        let message = to_message(&json!({"id": "a", "data": {}}), kind).unwrap();
        assert!(message.has_field_by_name("data") && message.has_field_by_name("id"));
    }

    #[test]
    fn a_subset_has_less_but_not_other() {
        let found = json!({"a": {"b": 1, "c": "2"}, "d": [1, 2]});
        for wanted in [json!({}), json!({"a": {}}), json!({"a": {"c": 2}}), json!({"d": [1, 2]})] {
            assert!(is_subset(&wanted, &found), "{wanted}");
        }
        for wanted in [json!({"a": 1}), json!({"d": [1]}), json!({"e": {"f": 1}}), json!({"a": {"b": 2}})] {
            assert!(!is_subset(&wanted, &found), "{wanted}");
        }
    }
}
