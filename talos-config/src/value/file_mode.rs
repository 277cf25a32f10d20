//! Permission bits of files.

use std::fmt;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Node, Shape, SpecialShape};
use talos_config_yaml::scalar_node;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::NodeId;

/// Permission bits, written in octal: `0o644`. Read from a whole number in any base; text in quotes is refused.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileMode(
    /// The bits.
    pub u32,
);

impl fmt::Display for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0o{:o}", self.0)
    }
}

impl fmt::Debug for FileMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Described for FileMode {
    const SHAPE: Shape =
        Shape::Special(&SpecialShape { name: "file mode", go: GO_TYPE, json: "integer", pattern: None, format: None });
}

impl Node for FileMode {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(bits) = decoder.unsigned(at, u64::from(u32::MAX), GO_TYPE) {
            *self = Self(bits as u32);
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.plain(&self.to_string());
    }

    fn unset(&self) -> bool {
        self.0 == 0
    }

    scalar_node!();
}

const GO_TYPE: &str = "v1alpha1.FileMode";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_printed_in_octal() {
        assert_eq!(FileMode(0o644).to_string(), "0o644");
        assert_eq!(FileMode(0).to_string(), "0o0");
        assert_eq!(format!("{:?}", FileMode(u32::MAX)), "0o37777777777");
    }
}
