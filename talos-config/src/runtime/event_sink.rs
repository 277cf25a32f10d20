//! The document of the event sink.

use talos_config_yaml::Section;

/// Sends the machine's events to a server.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "runtime.EventSinkV1Alpha1")]
pub struct EventSinkConfig {
    /// Version of the document: `v1alpha1`.
    #[field(go = "MetaAPIVersion", since = "1.5", values("v1alpha1"), example = "v1alpha1")]
    pub api_version: String,
    /// Kind of the document: `EventSinkConfig`.
    #[field(go = "MetaKind", emit = "always", since = "1.5", values("EventSinkConfig"), example = "EventSinkConfig")]
    pub kind: String,
    /// Address of the server that takes the events, as `host:port` (gRPC).
    #[field(emit = "always", since = "1.5", example = "192.168.10.3:3247")]
    pub endpoint: String,
}

impl EventSinkConfig {
    /// Name of the kind in the text.
    pub const KIND: &'static str = "EventSinkConfig";

    /// A document for a server at `host:port`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self { api_version: "v1alpha1".to_owned(), kind: Self::KIND.to_owned(), endpoint: endpoint.into() }
    }
}
