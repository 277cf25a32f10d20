//! A throw-away authority with a server and an administrator certificate.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ED25519, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use talos_pki::base64;
use zeroize::Zeroizing;

use crate::client::{Credentials, Fingerprint, fingerprint};

/// An authority made for one test, and what it signed. All keys are Ed25519, as on real nodes.
#[derive(Debug)]
pub struct Identity {
    authority: Authority,
    ca_pem: String,
    server: (CertificateDer<'static>, Vec<u8>),
    /// What an administrator connects with.
    pub credentials: Credentials,
    /// Fingerprint of the server's key.
    pub fingerprint: Fingerprint,
}

/// The signing half of an authority.
type Authority = Issuer<'static, KeyPair>;

impl Identity {
    /// Makes an authority with the given common name; its server certificate is for 127.0.0.1, ::1 and `localhost`.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        let key = new_key();
        let certificate = params.self_signed(&key).expect("a fresh key signs");
        let authority = Issuer::new(params, key);

        let mut params = leaf(ExtendedKeyUsagePurpose::ServerAuth);
        params.distinguished_name.push(DnType::CommonName, "maintenance-service.talos.dev");
        params.subject_alt_names = vec![
            SanType::IpAddress([127, 0, 0, 1].into()),
            SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()),
            SanType::DnsName("localhost".try_into().expect("a plain name")),
        ];
        let key = new_key();
        let server = params.signed_by(&key, &authority).expect("the authority signs");
        let fingerprint = fingerprint(server.der()).expect("a fresh certificate parses");
        let mut identity = Self {
            ca_pem: certificate.pem(),
            server: (server.der().clone(), key.serialize_der()),
            authority,
            credentials: Credentials::default(),
            fingerprint,
        };
        identity.credentials = identity.credentials_for(&["os:admin"]);
        identity
    }

    /// Credentials of a client with these roles.
    pub fn credentials_for(&self, roles: &[&str]) -> Credentials {
        let mut params = leaf(ExtendedKeyUsagePurpose::ClientAuth);
        for role in roles {
            params.distinguished_name.push(DnType::OrganizationName, *role);
        }
        let key = new_key();
        let certificate = params.signed_by(&key, &self.authority).expect("the authority signs");
        // The label that client files carry.
        let key_pem = Zeroizing::new(key.serialize_pem().replace("PRIVATE KEY", "ED25519 PRIVATE KEY"));
        Credentials {
            ca: base64::encode(self.ca_pem.as_bytes()),
            crt: base64::encode(certificate.pem().as_bytes()),
            key: Zeroizing::new(base64::encode(key_pem.as_bytes())),
            basic: None,
        }
    }

    /// Fingerprint of the server's key as `--cert-fingerprint` takes it.
    pub fn fingerprint_text(&self) -> String {
        base64::encode(&self.fingerprint)
    }

    /// TLS of a listener, for servers that a test writes itself; `mutual` asks for a client certificate of the same
    /// authority.
    pub fn server_config(&self, mutual: bool) -> ServerConfig {
        let provider = crate::tls::server_provider();
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3");
        let builder = if mutual {
            let mut roots = rustls::RootCertStore::empty();
            let authority = crate::pem::certificates(self.ca_pem.as_bytes()).swap_remove(0);
            roots.add(authority).expect("a fresh authority parses");
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            builder.with_client_cert_verifier(verifier.build().expect("there is a root"))
        } else {
            builder.with_no_client_auth()
        };
        let (certificate, key) = &self.server;
        let key = PrivateKeyDer::Pkcs8(key.clone().into());
        let chain = vec![certificate.clone()];
        let mut config = builder.with_single_cert(chain, key).expect("certificate and key are of one pair");
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.send_tls13_tickets = 0;
        config
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ED25519).expect("the system gives random bytes")
}

fn leaf(usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params
}
