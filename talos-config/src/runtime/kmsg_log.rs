//! The document of the kernel log's delivery.

use talos_config_yaml::Section;

use crate::value::url::OptionalUrl;

/// Sends the kernel log to a server; the document may stand several times under different names.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "runtime.KmsgLogV1Alpha1")]
pub struct KmsgLogConfig {
    /// Version of the document: `v1alpha1`.
    #[field(go = "MetaAPIVersion", since = "1.5", values("v1alpha1"), example = "v1alpha1")]
    pub api_version: String,
    /// Kind of the document: `KmsgLogConfig`.
    #[field(go = "MetaKind", emit = "always", since = "1.5", values("KmsgLogConfig"), example = "KmsgLogConfig")]
    pub kind: String,
    /// Name that tells the documents of this kind apart.
    #[field(go = "MetaName", emit = "always", since = "1.5", example = "remote-log")]
    pub name: String,
    /// Address of the server that takes the log: `tcp` or `udp` with a port, the path empty or `/`.
    #[field(go = "KmsgLogURL", emit = "always", since = "1.5", example = "tcp://192.168.3.7:3478/")]
    pub url: OptionalUrl,
}

impl KmsgLogConfig {
    /// Name of the kind in the text.
    pub const KIND: &'static str = "KmsgLogConfig";

    /// A document for a server at a URL.
    pub fn new(name: impl Into<String>, url: impl Into<OptionalUrl>) -> Self {
        Self { api_version: "v1alpha1".to_owned(), kind: Self::KIND.to_owned(), name: name.into(), url: url.into() }
    }
}
