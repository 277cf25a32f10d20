//! The document of the SideroLink connection.

mod validate;

use talos_config_yaml::Section;

pub(crate) use self::validate::validate;
use crate::value::url::OptionalUrl;

/// Connection to a SideroLink API, through which a machine is managed from outside its network.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "siderolink.ConfigV1Alpha1")]
pub struct SideroLinkConfig {
    /// Version of the document: `v1alpha1`.
    #[field(go = "MetaAPIVersion", since = "1.5", values("v1alpha1"), example = "v1alpha1")]
    pub api_version: String,
    /// Kind of the document: `SideroLinkConfig`.
    #[field(go = "MetaKind", emit = "always", since = "1.5", values("SideroLinkConfig"), example = "SideroLinkConfig")]
    pub kind: String,
    /// Address of the SideroLink API, with a join token in the query where the API asks for one.
    ///
    /// The scheme is `https` or `grpc`, the path empty or `/`. Redaction replaces the query item `jointoken`.
    #[field(
        go = "APIUrlConfig",
        emit = "always",
        secret = "redact",
        since = "1.5",
        example = "https://siderolink.api/?jointoken=secret"
    )]
    pub api_url: OptionalUrl,
}

impl SideroLinkConfig {
    /// Name of the kind in the text.
    pub const KIND: &'static str = "SideroLinkConfig";

    /// A document for an API at a URL.
    pub fn new(api_url: impl Into<OptionalUrl>) -> Self {
        Self { api_version: "v1alpha1".to_owned(), kind: Self::KIND.to_owned(), api_url: api_url.into() }
    }
}
