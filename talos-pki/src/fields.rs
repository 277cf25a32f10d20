//! Certificates and keys as values of fields: mappings of base64 texts.

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Emit, Field, Merge, Node, Secret, Section, Shape, SpecialShape};
use talos_config_yaml::merge::Error;
use talos_config_yaml::node_identity;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::{Kind, NodeId};
use zeroize::Zeroize;

use crate::base64;
use crate::pem::{PemCertificateAndKey, PemKey};

/// The text that stands for a key that was taken out. As a key it is read and written as it is, not as base64.
pub const REDACTED: &str = "******";

/// The halves of a pair in the order in which they are written, with their texts.
type Halves<'a> = &'a mut [(&'static str, String)];

/// Reads a mapping of texts into `halves`; false when there is nothing to go on with: null, or a problem.
fn read_halves(decoder: &mut Decoder<'_, '_>, at: NodeId, go_type: &'static str, halves: Halves<'_>) -> bool {
    let complete = decoder.visit(at, |decoder, at| {
        if decoder.tree().kind(at) != Kind::Mapping {
            if !decoder.is_null(at) {
                decoder.type_error(at, go_type);
            }
            return false;
        }
        if decoder.duplicate_keys(at) {
            return false;
        }
        let mut complete = true;
        for (key, value) in decoder.tree().pairs(at) {
            let Some(name) = decoder.key(key) else { continue };
            let Some((_, half)) = halves.iter_mut().find(|(known, _)| *known == name) else {
                decoder.unknown_key(key);
                continue;
            };
            match decoder.text(value) {
                Some(text) => *half = text.into_owned(),
                None => complete &= decoder.is_null(value),
            }
        }
        complete
    });
    complete == Some(true) && !decoder.stopped()
}

/// The bytes behind a text. A text that is no base64 stops the reading.
fn bytes_of(decoder: &mut Decoder<'_, '_>, at: NodeId, mut text: String) -> Option<Vec<u8>> {
    let bytes = base64::decode(&text);
    text.zeroize();
    bytes.map_err(|error| decoder.fatal(at, error.to_string())).ok()
}

fn key_of(decoder: &mut Decoder<'_, '_>, at: NodeId, text: String) -> Option<Vec<u8>> {
    if text == REDACTED { Some(text.into_bytes()) } else { bytes_of(decoder, at, text) }
}

fn encode_key(key: &[u8], out: &mut dyn Sink) {
    out.field("key");
    if key == REDACTED.as_bytes() {
        out.string(REDACTED);
        return;
    }
    let mut text = base64::encode(key);
    out.string(&text);
    text.zeroize();
}

fn redact_key(key: &mut Vec<u8>, mark: &str) {
    if !key.is_empty() {
        key.zeroize();
        key.extend_from_slice(mark.as_bytes());
    }
}

impl Described for PemCertificateAndKey {
    const SHAPE: Shape = Shape::Section(&PAIR);
}

impl Node for PemCertificateAndKey {
    /// Half a pair leaves the other half empty.
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        let mut halves = [("crt", String::new()), ("key", String::new())];
        if !read_halves(decoder, at, PAIR_GO_TYPE, &mut halves) {
            return;
        }
        let [(_, crt), (_, key)] = halves;
        if let Some(crt) = bytes_of(decoder, at, crt)
            && let Some(key) = key_of(decoder, at, key)
        {
            *self = Self::new(crt, key);
        }
    }

    /// The patch's pair replaces the pair: a half that it lacks is empty.
    fn merge(&mut self, right: &dyn Node, _rule: Merge) -> Result<(), Error> {
        if let Some(right) = right.as_any().downcast_ref::<Self>() {
            self.clone_from(right);
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.mapping_start();
        out.field("crt");
        out.string(&base64::encode(&self.crt));
        encode_key(&self.key, out);
        out.mapping_end();
    }

    fn unset(&self) -> bool {
        self.crt.is_empty() && self.key.is_empty()
    }

    /// The certificate is public and stays.
    fn redact(&mut self, mark: &str) {
        redact_key(&mut self.key, mark);
    }

    node_identity!();
}

impl Described for PemKey {
    const SHAPE: Shape = Shape::Section(&KEY);
}

impl Node for PemKey {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        let mut halves = [("key", String::new())];
        if !read_halves(decoder, at, KEY_GO_TYPE, &mut halves) {
            return;
        }
        let [(_, key)] = halves;
        if let Some(key) = key_of(decoder, at, key) {
            *self = Self::new(key);
        }
    }

    fn merge(&mut self, right: &dyn Node, _rule: Merge) -> Result<(), Error> {
        if let Some(right) = right.as_any().downcast_ref::<Self>() {
            self.clone_from(right);
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.mapping_start();
        encode_key(&self.key, out);
        out.mapping_end();
    }

    fn unset(&self) -> bool {
        self.key.is_empty()
    }

    fn redact(&mut self, mark: &str) {
        redact_key(&mut self.key, mark);
    }

    node_identity!();
}

/// How texts of the reference name the types that it reads pairs and keys into.
const PAIR_GO_TYPE: &str = r#"struct { Crt string "yaml:\"crt\""; Key string "yaml:\"key\"" }"#;
const KEY_GO_TYPE: &str = r#"struct { Key string "yaml:\"key\"" }"#;

static PAIR: Section = Section {
    go_name: "x509.PEMEncodedCertificateAndKey",
    doc: "A certificate and its private key.",
    fields: &[
        half("crt", "Crt", "Certificate: base64 of a PEM text.", Secret::Open),
        half("key", "Key", "Private key: base64 of a PEM text, or `******` where it was taken out.", Secret::Redacted),
    ],
};

static KEY: Section = Section {
    go_name: "x509.PEMEncodedKey",
    doc: "A private key.",
    fields: &[half(
        "key",
        "Key",
        "Private key: base64 of a PEM text, or `******` where it was taken out.",
        Secret::Redacted,
    )],
};

static BASE64: Shape = Shape::Special(&SpecialShape {
    name: "base64",
    go: "string",
    json: "string",
    pattern: Some("^([A-Za-z0-9+/=\\r\\n]*|\\*{6})$"),
    format: None,
});

const fn half(key: &'static str, go_name: &'static str, doc: &'static str, secret: Secret) -> Field {
    Field {
        key,
        go_name,
        doc,
        type_name: None,
        emit: Emit::Always,
        merge: Merge::Replace,
        secret,
        since: "0.8",
        deprecated: None,
        reboot: false,
        control_plane: false,
        hidden: false,
        default: None,
        values: &[],
        examples: &["LS0tLS1CRUdJTi4uLg=="],
        shape: &BASE64,
    }
}

#[cfg(test)]
mod tests {
    use talos_config_yaml::emit::{Emitter, Layout};
    use talos_config_yaml::source::Source;
    use talos_config_yaml::tree::{Options, Tree};

    use super::*;

    #[test]
    fn both_halves_are_written_and_read() {
        let pair = PemCertificateAndKey::new("certificate", "key");
        assert_eq!(encoded(&pair), "crt: Y2VydGlmaWNhdGU=\nkey: a2V5\n");
        assert_eq!(decoded("crt: Y2VydGlmaWNhdGU=\nkey: a2V5"), Ok(pair));
        assert_eq!(encoded(&PemKey::new("key")), "key: a2V5\n");
        assert_eq!(decoded("key: |\n  a2\n  V5"), Ok(PemKey::new("key")));
    }

    #[test]
    fn an_absent_half_is_empty() {
        assert_eq!(decoded("crt: YQ=="), Ok(PemCertificateAndKey::new("a", "")));
        assert_eq!(decoded("{crt: null, key: YQ==}"), Ok(PemCertificateAndKey::new("", "a")));
        assert_eq!(decoded("{}"), Ok(PemCertificateAndKey::default()));
        assert_eq!(encoded(&PemCertificateAndKey::default()), "crt: \"\"\nkey: \"\"\n");
    }

    #[test]
    fn the_mark_of_redaction_is_no_base64() {
        let mut pair = PemCertificateAndKey::new("certificate", "key");
        pair.redact(REDACTED);
        assert_eq!(encoded(&pair), "crt: Y2VydGlmaWNhdGU=\nkey: '******'\n");
        assert_eq!(decoded(&encoded(&pair)), Ok(pair));

        let mut worker = PemCertificateAndKey::new("certificate", "");
        worker.redact(REDACTED);
        assert_eq!(worker, PemCertificateAndKey::new("certificate", ""));

        let mut other = PemKey::new("key");
        other.redact("gone");
        assert_eq!(encoded(&other), "key: Z29uZQ==\n");
    }

    #[test]
    fn the_patch_replaces_the_whole_pair() {
        let mut pair = PemCertificateAndKey::new("certificate", "key");
        pair.merge(&PemCertificateAndKey::new("other", ""), Merge::Typed).unwrap();
        assert_eq!(pair, PemCertificateAndKey::new("other", ""));
    }

    #[test]
    fn other_values_are_refused() {
        for (text, error) in [
            ("crt: '*'", "illegal base64 data at input byte 0"),
            ("{crt: YQ==, key: YQ}", "illegal base64 data at input byte 0"),
            ("crt: '******'", "illegal base64 data at input byte 0"),
            ("{crt: [], key: '*'}", "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!seq into string"),
            (
                "text",
                "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `text` into struct \
                 { Crt string \"yaml:\\\"crt\\\"\"; Key string \"yaml:\\\"key\\\"\" }",
            ),
        ] {
            assert_eq!(decoded::<PemCertificateAndKey>(text), Err(error.to_owned()), "{text}");
        }
    }

    fn encoded(value: &dyn Node) -> String {
        let mut out = Emitter::new(Layout::V3 { indent: 4 });
        value.encode(&mut out);
        out.finish()
    }

    fn decoded<T: Node + Default>(text: &str) -> Result<T, String> {
        let source = Source::new("test", text);
        let (tree, _) = Tree::parse(&source, Options::default());
        let root = tree.root(tree.documents()[0]).expect("a document");
        let mut decoder = Decoder::new(&tree);
        let mut value = T::default();
        value.decode(&mut decoder, root);
        decoder.finish().go_text(&tree).map_or(Ok(value), Err)
    }
}
