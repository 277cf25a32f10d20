//! Fingerprints of certificates.

use std::fmt;

use crate::base64;

/// SHA-256 of the DER SubjectPublicKeyInfo of a certificate.
///
/// Shown in standard base64 with padding (44 characters), as `--cert-fingerprint` takes it.
/// Source: `siderolabs/crypto` `x509/fingerprint.go` (v0.4.1).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(Vec<u8>);

impl Fingerprint {
    /// Wraps a digest.
    pub fn new(digest: impl Into<Vec<u8>>) -> Self {
        Self(digest.into())
    }

    /// Reads the base64 form. The length is not checked: a fingerprint of another length matches no certificate.
    ///
    /// # Errors
    /// [`base64::Error`] if the text is not base64.
    pub fn parse(text: &str) -> Result<Self, base64::Error> {
        base64::decode(text).map(Self)
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `sha256:` and the digest in lower-case hex, as `gen ca` writes it beside a certificate.
    pub fn to_hash(&self) -> String {
        use fmt::Write as _;
        let mut text = String::with_capacity(7 + 2 * self.0.len());
        text.push_str("sha256:");
        for byte in &self.0 {
            write!(text, "{byte:02x}").expect("a text takes any character");
        }
        text
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Compares the certificate a server showed with the fingerprints that are accepted.
///
/// # Errors
/// [`Error::NoCertificate`] if it showed none, [`Error::Mismatch`] if none of the fingerprints is its own.
pub fn check(shown: Option<&Fingerprint>, accepted: &[Fingerprint]) -> Result<(), Error> {
    let shown = shown.ok_or(Error::NoCertificate)?;
    if accepted.contains(shown) { Ok(()) } else { Err(Error::Mismatch { accepted: accepted.to_vec() }) }
}

/// A server is not the one that was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer showed no certificate.
    #[error("no peer certificates found")]
    NoCertificate,
    /// The peer's certificate has another fingerprint.
    #[error("leaf peer certificate doesn't match the provided fingerprints: [{}]", list(.accepted))]
    Mismatch {
        /// The fingerprints that would have been accepted.
        accepted: Vec<Fingerprint>,
    },
}

fn list(fingerprints: &[Fingerprint]) -> String {
    fingerprints.iter().map(Fingerprint::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_text_forms() {
        let text = "BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k=";
        let fingerprint = Fingerprint::parse(text).unwrap();
        assert_eq!(fingerprint.to_string(), text);
        assert_eq!(fingerprint.to_hash(), "sha256:06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
        assert_eq!(Fingerprint::parse("x*").unwrap_err().to_string(), "illegal base64 data at input byte 1");
    }

    #[test]
    fn comparison_says_what_was_accepted() {
        let [a, b] = [Fingerprint::new(*b"a"), Fingerprint::new(*b"b")];
        assert_eq!(check(Some(&a), &[b.clone(), a.clone()]), Ok(()));
        assert_eq!(check(None, &[]).unwrap_err().to_string(), "no peer certificates found");
        assert_eq!(
            check(Some(&Fingerprint::new(*b"c")), &[a, b]).unwrap_err().to_string(),
            "leaf peer certificate doesn't match the provided fingerprints: [YQ== Yg==]"
        );
    }
}
