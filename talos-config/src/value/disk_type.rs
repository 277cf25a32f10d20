//! Kinds of disks.

use std::fmt;
use std::str::FromStr;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Node, Shape, SpecialShape};
use talos_config_yaml::scalar_node;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::NodeId;

/// The kind of disk that a selector asks for. Written in lower case, read in any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DiskType {
    /// The selector does not ask.
    #[default]
    Any,
    /// Solid state disk.
    Ssd,
    /// Hard disk.
    Hdd,
    /// NVMe drive.
    Nvme,
    /// SD card.
    Sd,
}

/// There is no such kind of disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown disk type {text}")]
pub struct UnknownDiskType {
    /// What the text says, in lower case.
    pub text: String,
}

impl DiskType {
    /// The word for the kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "unknown",
            Self::Ssd => "ssd",
            Self::Hdd => "hdd",
            Self::Nvme => "nvme",
            Self::Sd => "sd",
        }
    }
}

impl FromStr for DiskType {
    type Err = UnknownDiskType;

    fn from_str(text: &str) -> Result<Self, UnknownDiskType> {
        let text = text.to_lowercase();
        let kinds = [Self::Ssd, Self::Hdd, Self::Nvme, Self::Sd];
        kinds.into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownDiskType { text })
    }
}

impl fmt::Display for DiskType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Described for DiskType {
    const SHAPE: Shape = Shape::Special(&SpecialShape {
        name: "disk type",
        go: "string",
        json: "string",
        pattern: Some("^([sS][sS][dD]|[hH][dD][dD]|[nN][vV][mM][eE]|[sS][dD])$"),
        format: None,
    });
}

impl Node for DiskType {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            match text.parse() {
                Ok(kind) => *self = kind,
                Err(error) => decoder.fatal(at, error.to_string()),
            }
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(self.as_str());
    }

    fn unset(&self) -> bool {
        *self == Self::Any
    }

    scalar_node!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_the_text_does_not_matter() {
        for (text, kind) in [
            ("ssd", DiskType::Ssd),
            ("SSD", DiskType::Ssd),
            ("Hdd", DiskType::Hdd),
            ("NVMe", DiskType::Nvme),
            ("sd", DiskType::Sd),
        ] {
            assert_eq!(text.parse(), Ok(kind));
            assert_eq!(kind.to_string(), text.to_lowercase());
        }
    }

    #[test]
    fn other_kinds_are_refused() {
        for (text, error) in [
            ("Floppy", "unknown disk type floppy"),
            ("", "unknown disk type "),
            ("unknown", "unknown disk type unknown"),
        ] {
            assert_eq!(text.parse::<DiskType>().unwrap_err().to_string(), error);
        }
    }
}
