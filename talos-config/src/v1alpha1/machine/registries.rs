//! Registries that images are pulled from.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_pki::PemCertificateAndKey;

use crate::value::bytes::Base64Bytes;

/// `RegistriesConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistriesConfig")]
pub struct RegistriesConfig {
    /// `mirrors`.
    #[field(go = "RegistryMirrors")]
    pub mirrors: Option<Map<Option<RegistryMirrorConfig>>>,
    /// `config`.
    #[field(go = "RegistryConfig")]
    pub config: Option<Map<Option<RegistryConfig>>>,
}

/// `RegistryMirrorConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryMirrorConfig")]
pub struct RegistryMirrorConfig {
    /// `endpoints`.
    #[field(go = "MirrorEndpoints", emit = "always")]
    pub endpoints: Option<Vec<String>>,
    /// `overridePath`.
    #[field(go = "MirrorOverridePath", since = "1.3")]
    pub override_path: Option<bool>,
}

/// `RegistryConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryConfig")]
pub struct RegistryConfig {
    /// `tls`.
    #[field(go = "RegistryTLS")]
    pub tls: Option<Box<RegistryTlsConfig>>,
    /// `auth`.
    #[field(go = "RegistryAuth")]
    pub auth: Option<Box<RegistryAuthConfig>>,
}

/// `RegistryTLSConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryTLSConfig")]
pub struct RegistryTlsConfig {
    /// `clientIdentity`.
    #[field(go = "TLSClientIdentity", secret = "mask")]
    pub client_identity: Option<Box<PemCertificateAndKey>>,
    /// `ca`.
    #[field(go = "TLSCA")]
    pub ca: Option<Base64Bytes>,
    /// `insecureSkipVerify`.
    #[field(go = "TLSInsecureSkipVerify")]
    pub insecure_skip_verify: Option<bool>,
}

/// `RegistryAuthConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryAuthConfig")]
pub struct RegistryAuthConfig {
    /// `username`.
    #[field(go = "RegistryUsername")]
    pub username: String,
    /// `password`.
    #[field(go = "RegistryPassword", secret = "mask")]
    pub password: String,
    /// `auth`.
    #[field(go = "RegistryAuth", secret = "mask")]
    pub auth: String,
    /// `identityToken`.
    #[field(go = "RegistryIdentityToken", secret = "mask")]
    pub identity_token: String,
}
