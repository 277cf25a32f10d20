//! PEM text, read and written by the rules of the reference, and the pairs that configurations carry.
//!
//! Bytes stay as they came: a certificate read from a file keeps everything around its PEM block.

use std::borrow::Cow;
use std::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::base64;

/// A certificate and its private key, each the bytes of a PEM text.
///
/// Configurations and the secrets bundle write both as base64 of the whole text. An absent half is empty: a worker's
/// authority has no key.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PemCertificateAndKey {
    /// Certificate, label `CERTIFICATE`.
    pub crt: Vec<u8>,
    /// Private key, one of the labels of [`label`]. Wiped on drop.
    pub key: Vec<u8>,
}

impl PemCertificateAndKey {
    /// Pairs a certificate with its key.
    pub fn new(crt: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { crt: crt.into(), key: key.into() }
    }

    /// The certificate alone, as workers get it: the key is empty.
    pub fn without_key(&self) -> Self {
        Self { crt: self.crt.clone(), key: Vec::new() }
    }
}

impl Drop for PemCertificateAndKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for PemCertificateAndKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PemCertificateAndKey")
            .field("crt", &String::from_utf8_lossy(&self.crt))
            .field("key", &Hidden(self.key.is_empty()))
            .finish()
    }
}

/// A private key without a certificate, the bytes of a PEM text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PemKey {
    /// Private key, one of the labels of [`label`]. Wiped on drop.
    pub key: Vec<u8>,
}

impl PemKey {
    /// Wraps the PEM text of a key.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into() }
    }
}

impl Drop for PemKey {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl fmt::Debug for PemKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PemKey").field("key", &Hidden(self.key.is_empty())).finish()
    }
}

/// One block of a PEM text.
#[derive(Clone, PartialEq, Eq)]
pub struct Block<'t> {
    /// What stands between `BEGIN` and the dashes.
    pub label: Cow<'t, str>,
    /// The bytes, decoded. Wiped on drop.
    pub contents: Zeroizing<Vec<u8>>,
    /// The text after the block.
    pub rest: &'t [u8],
}

impl fmt::Debug for Block<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("label", &self.label)
            .field("length", &self.contents.len())
            .finish_non_exhaustive()
    }
}

/// Finds the first block of a text that is well formed; `None` if there is none.
///
/// Any text may stand before it. A block begins and ends with a line; its headers are skipped; blanks within its
/// base64 are ignored. A broken block is passed over.
///
/// ```
/// let text = "notes\n-----BEGIN CERTIFICATE-----\ndGFsb3M=\n-----END CERTIFICATE-----\n";
/// let block = talos_pki::pem::decode(text.as_bytes()).unwrap();
/// assert_eq!(block.label, "CERTIFICATE");
/// assert_eq!(*block.contents, b"talos");
/// ```
pub fn decode(text: &[u8]) -> Option<Block<'_>> {
    let mut from = 0;
    loop {
        let end = from + find(&text[from..], END)?;
        let label_again = end + END.len();
        match block_before(text, from, end) {
            Attempt::Found(block) => return Some(block),
            Attempt::Broken => from = label_again,
            Attempt::Hopeless => return None,
        }
    }
}

/// All blocks of a text, in order.
pub fn blocks(text: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let block = decode(rest)?;
        rest = block.rest;
        Some(block)
    })
}

/// Writes one block: lines of 64 characters, line feeds, also after the last line.
pub fn encode(label: &str, contents: &[u8]) -> Vec<u8> {
    // Reserved once, so that no half-written copy of a key is left behind by a growing buffer.
    let lines = contents.len().div_ceil(BYTES_PER_LINE);
    let mut text = String::with_capacity(contents.len().div_ceil(3) * 4 + lines + 2 * label.len() + 40);
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in contents.chunks(BYTES_PER_LINE) {
        base64::encode_to(line, &mut text);
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
    text.into_bytes()
}

enum Attempt<'t> {
    Found(Block<'t>),
    /// The search goes on behind this end line.
    Broken,
    Hopeless,
}

/// Reads the block whose end line is announced at `end`; its begin line is the last one between `from` and there, so
/// that begin lines without an end are passed over.
fn block_before(text: &[u8], from: usize, end: usize) -> Attempt<'_> {
    let Some(begin) = rfind(&text[from..end], BEGIN).map(|offset| from + offset) else { return Attempt::Broken };
    if begin > from && text[begin - 1] != b'\n' {
        return Attempt::Broken;
    }
    let (first_line, mut body) = line_at(text, begin + BEGIN.len());
    let Some(label) = first_line.strip_suffix(DASHES) else { return Attempt::Broken };

    let mut headers = false;
    loop {
        if body == text.len() {
            return Attempt::Hopeless;
        }
        let (line, next) = line_at(text, body);
        if !line.contains(&b':') {
            break;
        }
        headers = true;
        body = next;
    }
    let label_again = end + END.len();
    if headers && end < body {
        return if label_again < body { Attempt::Hopeless } else { Attempt::Broken };
    }

    let closing = text.get(label_again..).and_then(|text| text.strip_prefix(label)?.strip_prefix(DASHES));
    let Some(after) = closing.map(|after| text.len() - after.len()) else { return Attempt::Broken };
    if !line_at(text, after).0.is_empty() {
        return Attempt::Broken;
    }
    // The line feed before the end line may be the one that ends the begin line: the block is empty then.
    let encoded = text.get(body..end).unwrap_or_default();
    let Some(contents) = decode_body(encoded) else { return Attempt::Broken };
    let rest = &text[line_at(text, end + 1).1..];
    Attempt::Found(Block { label: String::from_utf8_lossy(label), contents, rest })
}

fn decode_body(encoded: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    if encoded.iter().any(blank) {
        let dense = Zeroizing::new(encoded.iter().copied().filter(|byte| !blank(byte)).collect::<Vec<_>>());
        return base64::decode(&*dense).ok().map(Zeroizing::new);
    }
    base64::decode(encoded).ok().map(Zeroizing::new)
}

/// The line that starts at a position, without its end and trailing blanks, and where the next one starts.
fn line_at(text: &[u8], start: usize) -> (&[u8], usize) {
    let (mut line, next) = match text[start..].iter().position(|&byte| byte == b'\n') {
        Some(length) => {
            let line = &text[start..start + length];
            (line.strip_suffix(b"\r").unwrap_or(line), start + length + 1)
        }
        None => (&text[start..], text.len()),
    };
    while let [head @ .., b' ' | b'\t'] = line {
        line = head;
    }
    (line, next)
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}

fn rfind(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).rposition(|window| window == needle)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";
const BYTES_PER_LINE: usize = 48;

/// The labels of PEM blocks.
pub mod label {
    /// X.509 certificate.
    pub const CERTIFICATE: &str = "CERTIFICATE";
    /// PKCS#10 request.
    pub const CERTIFICATE_REQUEST: &str = "CERTIFICATE REQUEST";
    /// Ed25519 key as PKCS#8, 48 bytes.
    pub const ED25519_PRIVATE_KEY: &str = "ED25519 PRIVATE KEY";
    /// Public half of an Ed25519 key, SubjectPublicKeyInfo.
    pub const ED25519_PUBLIC_KEY: &str = "ED25519 PUBLIC KEY";
    /// ECDSA key as SEC1 with the curve named.
    pub const EC_PRIVATE_KEY: &str = "EC PRIVATE KEY";
    /// Public half of an ECDSA key, SubjectPublicKeyInfo.
    pub const EC_PUBLIC_KEY: &str = "EC PUBLIC KEY";
    /// RSA key as PKCS#1.
    pub const RSA_PRIVATE_KEY: &str = "RSA PRIVATE KEY";
    /// Any key as PKCS#8: read, never written.
    pub const PRIVATE_KEY: &str = "PRIVATE KEY";
    /// Public half of an RSA key, SubjectPublicKeyInfo.
    pub const PUBLIC_KEY: &str = "PUBLIC KEY";
}

/// Shows that a secret is there without showing it.
struct Hidden(bool);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "<empty>" } else { "<hidden>" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Vec<u8>)> {
        decode(text.as_bytes()).map(|block| (block.label.into_owned(), block.contents.to_vec()))
    }

    #[test]
    fn writes_lines_of_64_characters() {
        let text = String::from_utf8(encode("X", &[0; 49])).unwrap();
        assert_eq!(text, format!("-----BEGIN X-----\n{}\nAA==\n-----END X-----\n", "A".repeat(64)));
        assert_eq!(encode("X", &[]), b"-----BEGIN X-----\n-----END X-----\n");
    }

    #[test]
    fn reads_what_it_writes() {
        for length in 0..200 {
            let contents: Vec<u8> = (0..length).collect();
            let text = encode("RSA PRIVATE KEY", &contents);
            let block = decode(&text).unwrap();
            assert_eq!((&*block.label, &**block.contents, block.rest), ("RSA PRIVATE KEY", &contents[..], &b""[..]));
        }
    }

    #[test]
    fn accepts_surroundings_headers_blanks_and_carriage_returns() {
        let expected = Some(("A".to_owned(), b"f".to_vec()));
        for text in [
            "-----BEGIN A-----\nZg==\n-----END A-----",
            "before\n-----BEGIN A-----\nZg==\n-----END A-----\nafter",
            "-----BEGIN A-----\r\nZg==\r\n-----END A-----\r\n",
            "-----BEGIN A----- \t\nZ g\t=\n=\n\n-----END A-----  \n",
            "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nx:\n\nZg==\n-----END A-----\n",
            "-----BEGIN B-----\n-----BEGIN A-----\nZg==\n-----END A-----\n",
            "-----BEGIN B-----\n*\n-----END B-----\n-----BEGIN A-----\nZg==\n-----END A-----\n",
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }

    #[test]
    fn refuses_broken_blocks() {
        for text in [
            "",
            "-----BEGIN A-----\nZg==\n",
            " -----BEGIN A-----\nZg==\n-----END A-----\n",
            "-----BEGIN A-----\nZg==\n -----END A-----\n",
            "-----BEGIN A-----\nZg==\n-----END B-----\n",
            "-----BEGIN A-----\nZg==\n-----END A----- x\n",
            "-----BEGIN A----\nZg==\n-----END A----\n",
            "-----BEGIN A-----\nZg\n-----END A-----\n",
            "-----BEGIN A-----\na: b\n-----END A: -----\n",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn all_blocks_in_order() {
        let mut text = encode("A", b"1");
        text.extend(b"between\n");
        text.extend(encode("B", b"2"));
        let labels: Vec<_> = blocks(&text).map(|block| block.label.into_owned()).collect();
        assert_eq!(labels, ["A", "B"]);
    }

    #[test]
    fn debug_shows_no_key() {
        let text = "-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n";
        let shown = [
            format!("{:?}", PemCertificateAndKey::new("certificate", text)),
            format!("{:?}", PemKey::new(text)),
            format!("{:?}", decode(text.as_bytes()).unwrap()),
        ];
        for shown in shown {
            assert!(!shown.contains("c2VjcmV0") && !shown.contains("115"), "{shown}");
        }
    }
}
