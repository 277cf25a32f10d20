//! Registries that images are pulled from.

use talos_config_yaml::Section;
use talos_config_yaml::collections::Map;
use talos_pki::PemCertificateAndKey;

use crate::value::bytes::Base64Bytes;

/// Registries that images are pulled from.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistriesConfig")]
pub struct RegistriesConfig {
    /// Mirrors by the registry that they stand for.
    ///
    /// The key is the host with an optional port as it stands in image names, `docker.io` where there is none, or `*`
    /// for all others.
    #[field(
        go = "RegistryMirrors",
        example = "
            ghcr.io:
                endpoints:
                    - https://registry.example.org
                    - https://ghcr.io
        "
    )]
    pub mirrors: Option<Map<Option<RegistryMirrorConfig>>>,
    /// TLS settings and credentials by registry.
    ///
    /// The key is the host with an optional port as the mirrors' URLs have it.
    #[field(
        go = "RegistryConfig",
        example = "
            registry.example.org:
                tls:
                    insecureSkipVerify: true
                auth:
                    username: user
                    password: secret
        "
    )]
    pub config: Option<Map<Option<RegistryConfig>>>,
}

/// Mirrors of one registry.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryMirrorConfig")]
pub struct RegistryMirrorConfig {
    /// URLs of the mirrors, tried in their order; the registry itself comes last.
    #[field(
        go = "MirrorEndpoints",
        emit = "always",
        example = "
            - https://registry.example.org
            - https://registry-2.example.org/cache
        "
    )]
    pub endpoints: Option<Vec<String>>,
    /// Take a URL's path as it is, without `/v2` behind it.
    #[field(go = "MirrorOverridePath", since = "1.3", default = "false", example = "true")]
    pub override_path: Option<bool>,
}

/// How to reach a registry and authenticate with it.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryConfig")]
pub struct RegistryConfig {
    /// TLS of the registry.
    #[field(
        go = "RegistryTLS",
        example = "
            ca: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub tls: Option<Box<RegistryTlsConfig>>,
    /// Credentials for the registry. With mirrors they belong to the mirror's host.
    #[field(
        go = "RegistryAuth",
        example = "
            username: user
            password: secret
        "
    )]
    pub auth: Option<Box<RegistryAuthConfig>>,
}

/// TLS of a registry.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryTLSConfig")]
pub struct RegistryTlsConfig {
    /// Certificate and key that the machine shows to the registry.
    #[field(
        go = "TLSClientIdentity",
        secret = "mask",
        example = "
            crt: LS0tLS1CRUdJTi4uLg==
            key: LS0tLS1CRUdJTi4uLg==
        "
    )]
    pub client_identity: Option<Box<PemCertificateAndKey>>,
    /// Certificate authorities to trust besides the usual ones: base64 of a PEM text.
    #[field(go = "TLSCA", example = "LS0tLS1CRUdJTi4uLg==")]
    pub ca: Option<Base64Bytes>,
    /// Do not check the registry's certificate.
    #[field(go = "TLSInsecureSkipVerify", default = "false", example = "true")]
    pub insecure_skip_verify: Option<bool>,
}

/// Credentials for a registry; the forms are those of Docker's configuration file.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.RegistryAuthConfig")]
pub struct RegistryAuthConfig {
    /// User name.
    #[field(go = "RegistryUsername", example = "user")]
    pub username: String,
    /// Password.
    #[field(go = "RegistryPassword", secret = "mask", example = "secret")]
    pub password: String,
    /// User name and password in one: base64 of `user:password`.
    #[field(go = "RegistryAuth", secret = "mask", example = "dXNlcjpzZWNyZXQ=")]
    pub auth: String,
    /// Token that stands for a login done before.
    #[field(go = "RegistryIdentityToken", secret = "mask", example = "secret")]
    pub identity_token: String,
}
