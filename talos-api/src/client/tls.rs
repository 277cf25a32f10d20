//! TLS of a client, and the reference's words for its failures.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use talos_pki::base64;

use super::credentials::{CredentialsError, Decoded};
use crate::pem;
use crate::tls::client_provider;

/// SHA-256 over the DER SubjectPublicKeyInfo of a certificate.
pub type Fingerprint = [u8; 32];

/// Whom to believe.
pub(crate) enum Trust {
    /// These authorities.
    Roots(Vec<CertificateDer<'static>>),
    /// Anybody, or those with one of the fingerprints.
    Pinned(Vec<Fingerprint>),
    /// Nobody: the caller named no authority.
    Nobody,
}

/// Configuration from decoded credentials.
pub(crate) fn config(trust: Trust, identity: &Decoded) -> Result<ClientConfig, CredentialsError> {
    let provider = client_provider();
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3");
    let builder = match trust {
        Trust::Roots(certificates) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates);
            if roots.is_empty() {
                return Err(CredentialsError::Authority);
            }
            let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .expect("there are roots and no revocation lists");
            builder.with_webpki_verifier(verifier)
        }
        Trust::Pinned(fingerprints) => {
            let accepts = if fingerprints.is_empty() { Accepts::Anybody } else { Accepts::Keys(fingerprints) };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(LeafVerifier { accepts, provider }))
        }
        Trust::Nobody => {
            let verifier = LeafVerifier { accepts: Accepts::Nobody, provider };
            builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
    };
    let mut config = match &identity.pair {
        None => builder.with_no_client_auth(),
        Some((crt, key)) => {
            let chain = pem::certificates(crt);
            if chain.is_empty() {
                let text = "failed to find any PEM data in certificate input";
                return Err(CredentialsError::KeyPair(text.into()));
            }
            let key = private_key(key)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                CredentialsError::KeyPair(match error {
                    rustls::Error::InconsistentKeys(_) => "private key does not match public key".into(),
                    _ => "failed to parse private key".into(),
                })
            })?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// The first private key of a PEM text, under any label that names one.
fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, CredentialsError> {
    pem::sections(text)
        .find_map(|section| match section.label {
            "PRIVATE KEY" | "ED25519 PRIVATE KEY" => Some(PrivateKeyDer::Pkcs8(section.content.into())),
            "EC PRIVATE KEY" => Some(PrivateKeyDer::Sec1(section.content.into())),
            "RSA PRIVATE KEY" => Some(PrivateKeyDer::Pkcs1(section.content.into())),
            _ => None,
        })
        .ok_or_else(|| CredentialsError::KeyPair("failed to find any PEM data in key input".into()))
}

/// Judges a certificate by itself instead of by who signed it.
#[derive(Debug)]
struct LeafVerifier {
    accepts: Accepts,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Accepts {
    Anybody,
    Keys(Vec<Fingerprint>),
    Nobody,
}

impl ServerCertVerifier for LeafVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pins = match &self.accepts {
            Accepts::Anybody => return Ok(ServerCertVerified::assertion()),
            Accepts::Nobody => return Err(CertificateError::UnknownIssuer.into()),
            Accepts::Keys(pins) => pins,
        };
        if pins.contains(&fingerprint(end_entity)?) {
            return Ok(ServerCertVerified::assertion());
        }
        let wanted: Vec<String> = pins.iter().map(|pin| base64::encode(pin)).collect();
        Err(rustls::Error::General(format!(
            "leaf peer certificate doesn't match the provided fingerprints: [{}]",
            wanted.join(" ")
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Fingerprint of a certificate's key, as `--cert-fingerprint` takes it.
///
/// # Errors
/// What the TLS library says about a certificate that does not parse.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Result<Fingerprint, rustls::Error> {
    let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
    let digest = ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, key.as_ref());
    Ok(digest.as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// The reference's words for a failed handshake with `host`.
pub(crate) fn failure_text(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::AlertReceived(alert) => format!("remote error: tls: {}", alert_text(u8::from(*alert))),
        rustls::Error::InvalidCertificate(reason) => {
            format!("tls: failed to verify certificate: x509: {}", certificate_text(reason, host))
        }
        rustls::Error::InvalidMessage(_) => "tls: first record does not look like a TLS handshake".into(),
        rustls::Error::General(text) => text.clone(),
        other => format!("tls: {other}"),
    }
}

fn certificate_text(error: &CertificateError, host: &str) -> String {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "certificate signed by unknown authority".into()
        }
        CertificateError::ExpiredContext { time, not_after } => format!(
            "certificate has expired or is not yet valid: current time {} is after {}",
            time_text(time.as_secs()),
            time_text(not_after.as_secs())
        ),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "certificate has expired or is not yet valid: current time {} is before {}",
            time_text(time.as_secs()),
            time_text(not_before.as_secs())
        ),
        CertificateError::NotValidForNameContext { presented, .. } => name_text(presented, host),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "certificate specifies an incompatible key usage".into()
        }
        other => other.to_string(),
    }
}

/// Names come as `DnsName("a")` and `IpAddress(1.2.3.4)`.
fn name_text(presented: &[String], host: &str) -> String {
    let of_kind = |prefix: &str| -> Vec<&str> {
        presented
            .iter()
            .filter_map(|name| name.strip_prefix(prefix)?.strip_suffix(')'))
            .map(|name| name.trim_matches('"'))
            .collect()
    };
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let valid = of_kind(if is_address { "IpAddress(" } else { "DnsName(" });
    match (is_address, valid.is_empty()) {
        (true, true) => format!("cannot validate certificate for {host} because it doesn't contain any IP SANs"),
        (false, true) => format!("certificate is not valid for any names, but wanted to match {host}"),
        _ => format!("certificate is valid for {}, not {host}", valid.join(", ")),
    }
}

/// Seconds since 1970 as RFC 3339.
fn time_text(seconds: u64) -> String {
    let days = (seconds / 86_400) as i64;
    // Days since the first of March of the year 0, in whole cycles of 400 years.
    let shifted = days + 719_468;
    let (cycle, day_of_cycle) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    let second = seconds % 86_400;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn alert_text(number: u8) -> String {
    let known = match number {
        0 => "close notify",
        10 => "unexpected message",
        20 => "bad record MAC",
        21 => "decryption failed",
        22 => "record overflow",
        30 => "decompression failure",
        40 => "handshake failure",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "revoked certificate",
        45 => "expired certificate",
        46 => "unknown certificate",
        47 => "illegal parameter",
        48 => "unknown certificate authority",
        49 => "access denied",
        50 => "error decoding message",
        51 => "error decrypting message",
        60 => "export restriction",
        70 => "protocol version not supported",
        71 => "insufficient security level",
        80 => "internal error",
        86 => "inappropriate fallback",
        90 => "user canceled",
        100 => "no renegotiation",
        109 => "missing extension",
        110 => "unsupported extension",
        111 => "certificate unobtainable",
        112 => "unrecognized name",
        113 => "bad certificate status response",
        114 => "bad certificate hash value",
        115 => "unknown PSK identity",
        116 => "certificate required",
        120 => "no application protocol",
        other => return format!("alert({other})"),
    };
    known.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_times() {
        assert_eq!(time_text(0), "1970-01-01T00:00:00Z");
        assert_eq!(time_text(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(time_text(1_795_541_645), "2026-11-24T17:34:05Z");
        assert_eq!(time_text(4_107_542_399), "2100-02-28T23:59:59Z");
    }

    #[test]
    fn says_which_names_would_do() {
        let presented = ["DnsName(\"talos\")".to_owned(), "IpAddress(10.5.0.2)".into(), "IpAddress(::1)".into()];
        assert_eq!(name_text(&presented, "10.5.0.3"), "certificate is valid for 10.5.0.2, ::1, not 10.5.0.3");
        assert_eq!(name_text(&presented, "cp"), "certificate is valid for talos, not cp");
        assert_eq!(
            name_text(&presented[..1], "10.5.0.3"),
            "cannot validate certificate for 10.5.0.3 because it doesn't contain any IP SANs"
        );
        assert_eq!(name_text(&presented[1..], "cp"), "certificate is not valid for any names, but wanted to match cp");
    }

    #[test]
    fn knows_the_words_for_alerts() {
        let error = rustls::Error::AlertReceived(rustls::AlertDescription::CertificateRequired);
        assert_eq!(failure_text(&error, "x"), "remote error: tls: certificate required");
        assert_eq!(alert_text(200), "alert(200)");
    }
}
