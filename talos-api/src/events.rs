//! Events of a machine, decoded.

use prost::Message;

use crate::proto::machine;

/// Prefix of the type names that events carry.
pub const TYPE_PREFIX: &str = "talos/runtime/";

/// What an event tells.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum EventPayload {
    /// A sequence began, ended, failed or was refused.
    Sequence(machine::SequenceEvent),
    /// A phase of a sequence began or ended.
    Phase(machine::PhaseEvent),
    /// A task of a phase began or ended.
    Task(machine::TaskEvent),
    /// A service changed its state or health.
    ServiceState(machine::ServiceStateEvent),
    /// A configuration could not be read.
    ConfigLoadError(machine::ConfigLoadErrorEvent),
    /// A configuration is not valid.
    ConfigValidationError(machine::ConfigValidationErrorEvent),
    /// Host name or addresses changed.
    Address(machine::AddressEvent),
    /// Stage or readiness changed.
    MachineStatus(machine::MachineStatusEvent),
}

/// Why an event gives nothing.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The event has a type that is not one of those above; the first event of every stream has none.
    #[error("event is not supported")]
    NotSupported,
    /// The content does not decode.
    #[error("failed to unmarshal event {type_url:?}")]
    Damaged {
        /// The type.
        type_url: String,
        /// Why not.
        #[source]
        source: prost::DecodeError,
    },
}

macro_rules! payloads {
    ($($variant:ident = $message:ident),* $(,)?) => {
        impl EventPayload {
            /// Decodes what an event holds.
            ///
            /// # Errors
            /// [`EventError::NotSupported`] for other types, [`EventError::Damaged`] when the content does not decode.
            pub fn decode(event: &machine::Event) -> Result<Self, EventError> {
                let data = event.data.as_ref().ok_or(EventError::NotSupported)?;
                let name = data.type_url.strip_prefix(TYPE_PREFIX).ok_or(EventError::NotSupported)?;
                let damaged = |source| EventError::Damaged { type_url: data.type_url.clone(), source };
                match name {
                    $(concat!("machine.", stringify!($message)) =>
                        machine::$message::decode(data.value.as_slice()).map(EventPayload::$variant).map_err(damaged),)*
                    _ => Err(EventError::NotSupported),
                }
            }

            /// The event's content as it travels.
            pub fn encode(&self) -> prost_types::Any {
                match self {
                    $(EventPayload::$variant(message) => prost_types::Any {
                        type_url: concat!("talos/runtime/machine.", stringify!($message)).to_owned(),
                        value: message.encode_to_vec(),
                    },)*
                }
            }

            /// Name of the message: `machine.SequenceEvent`.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(EventPayload::$variant(_) => concat!("machine.", stringify!($message)),)*
                }
            }
        }
    };
}

payloads! {
    Sequence = SequenceEvent,
    Phase = PhaseEvent,
    Task = TaskEvent,
    ServiceState = ServiceStateEvent,
    ConfigLoadError = ConfigLoadErrorEvent,
    ConfigValidationError = ConfigValidationErrorEvent,
    Address = AddressEvent,
    MachineStatus = MachineStatusEvent,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: Option<prost_types::Any>) -> machine::Event {
        machine::Event { data, ..Default::default() }
    }

    #[test]
    fn decodes_what_it_encodes() {
        let payload = EventPayload::Task(machine::TaskEvent { task: "mount".into(), action: 1 });
        assert_eq!(payload.encode().type_url, "talos/runtime/machine.TaskEvent");
        assert_eq!(EventPayload::decode(&event(Some(payload.encode()))), Ok(payload));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let restart = prost_types::Any { type_url: "talos/runtime/machine.RestartEvent".into(), value: vec![] };
        for data in [None, Some(prost_types::Any::default()), Some(restart)] {
            assert_eq!(EventPayload::decode(&event(data)), Err(EventError::NotSupported));
        }
        let damaged = prost_types::Any { type_url: "talos/runtime/machine.TaskEvent".into(), value: vec![0xff] };
        assert!(matches!(EventPayload::decode(&event(Some(damaged))), Err(EventError::Damaged { .. })));
    }
}
