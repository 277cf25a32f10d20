//! Any bytes as an event of a machine: what is understood is written and read again without a change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use prost::Message;
use talos_api::client::{EventError, EventPayload, TYPE_PREFIX};
use talos_api::proto::machine::Event;

fuzz_target!(|bytes: &[u8]| {
    let Ok(event) = Event::decode(bytes) else { return };
    match EventPayload::decode(&event) {
        Ok(payload) => {
            let data = payload.encode();
            assert_eq!(data.type_url, format!("{TYPE_PREFIX}{}", payload.type_name()));
            let again = Event { data: Some(data), ..event };
            assert_eq!(EventPayload::decode(&again), Ok(payload));
        }
        Err(EventError::Damaged { type_url, .. }) => assert!(type_url.starts_with(TYPE_PREFIX)),
        Err(_) => {}
    }
});
