//! Bytes written as base64.

use std::fmt;
use std::str::FromStr;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Merge, Node, Shape, SpecialShape};
use talos_config_yaml::merge::Error;
use talos_config_yaml::node_identity;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::NodeId;
use talos_pki::base64;

/// Bytes, mostly of a PEM text, that are written as base64 of the standard alphabet with padding.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Base64Bytes(
    /// The bytes themselves.
    pub Vec<u8>,
);

impl<T: Into<Vec<u8>>> From<T> for Base64Bytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into())
    }
}

impl AsRef<[u8]> for Base64Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Reads base64; line ends in it do not count.
impl FromStr for Base64Bytes {
    type Err = base64::Error;

    fn from_str(text: &str) -> Result<Self, base64::Error> {
        base64::decode(text).map(Self)
    }
}

/// Writes base64.
impl fmt::Display for Base64Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64::encode(&self.0))
    }
}

/// The bytes can be a certificate's and a good deal of text: their number suffices.
impl fmt::Debug for Base64Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes>", self.0.len())
    }
}

impl Described for Base64Bytes {
    const SHAPE: Shape = Shape::Special(&SpecialShape {
        name: "base64",
        go: "string",
        json: "string",
        pattern: Some("^([A-Za-z0-9+/\\r\\n]|=)*$"),
        format: None,
    });
}

impl Node for Base64Bytes {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            match text.parse() {
                Ok(bytes) => *self = bytes,
                Err(error) => decoder.fatal(at, error.to_string()),
            }
        }
    }

    /// Bytes of the patch win also when they are none.
    fn merge(&mut self, right: &dyn Node, _rule: Merge) -> Result<(), Error> {
        if let Some(right) = right.as_any().downcast_ref::<Self>() {
            self.clone_from(right);
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(&base64::encode(&self.0));
    }

    fn unset(&self) -> bool {
        self.0.is_empty()
    }

    /// As a list of numbers would: present and without entries.
    fn hollow(&self) -> bool {
        self.0.is_empty()
    }

    node_identity!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64() {
        let bytes = Base64Bytes::from("talos");
        assert_eq!(bytes.to_string(), "dGFsb3M=");
        assert_eq!("dGFs\nb3M=".parse(), Ok(bytes));
        assert_eq!("*".parse::<Base64Bytes>().unwrap_err().to_string(), "illegal base64 data at input byte 0");
    }

    #[test]
    fn no_bytes_of_a_patch_replace_bytes() {
        let mut bytes = Base64Bytes::from("talos");
        bytes.merge(&Base64Bytes::default(), Merge::Typed).unwrap();
        assert_eq!(bytes, Base64Bytes::default());
    }
}
