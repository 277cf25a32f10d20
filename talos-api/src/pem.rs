//! PEM sections under any label.
//!
//! The TLS library's own reader does not know the label that Ed25519 keys carry here.

use rustls::pki_types::CertificateDer;
use talos_pki::base64;

/// One section: what it says it is, and its bytes.
pub(crate) struct Section<'t> {
    pub(crate) label: &'t str,
    pub(crate) content: Vec<u8>,
}

/// The well-formed sections of a text; everything around them is skipped.
pub(crate) fn sections(text: &[u8]) -> impl Iterator<Item = Section<'_>> {
    let mut rest = std::str::from_utf8(text).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let begin = rest.find("-----BEGIN ")?;
            let after = &rest[begin + "-----BEGIN ".len()..];
            let (label, body) = after.split_once("-----")?;
            rest = body;
            let Some(end) = body.find(&format!("-----END {label}-----")) else { continue };
            // Lines with a colon are headers; none of the kinds read here needs them.
            let encoded: String = body[..end].lines().filter(|line| !line.contains(':')).collect();
            rest = &body[end..];
            if let Ok(content) = base64::decode(encoded.trim()) {
                return Some(Section { label, content });
            }
        }
    })
}

/// All certificates of a text, in order.
pub(crate) fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    sections(text).filter(|section| section.label == "CERTIFICATE").map(|section| section.content.into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_sections_under_any_label() {
        let text = b"noise\n-----BEGIN ED25519 PRIVATE KEY-----\nYWJj\nZGVm\n-----END ED25519 PRIVATE KEY-----\n\
            -----BEGIN BROKEN-----\n*\n-----END BROKEN-----\n-----BEGIN OPEN-----\n\
            -----BEGIN CERTIFICATE-----\r\nYQ==\r\n-----END CERTIFICATE-----\r\n";
        let found: Vec<_> = sections(text).map(|section| (section.label, section.content)).collect();
        assert_eq!(found, [("ED25519 PRIVATE KEY", b"abcdef".to_vec()), ("CERTIFICATE", b"a".to_vec())]);
    }
}
