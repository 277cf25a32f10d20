//! What a machine is in its cluster.

use std::fmt;
use std::str::FromStr;

/// What a machine is in its cluster: `machine.type` of its configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MachineType {
    /// Not said.
    #[default]
    Unknown,
    /// A control plane machine that also bootstraps etcd. Deprecated: bootstrapping is an API call now.
    Init,
    /// A machine that runs etcd and the control plane of Kubernetes.
    ControlPlane,
    /// A machine that runs workloads only.
    Worker,
}

impl MachineType {
    /// The types that a configuration may have, in the order in which bundles make them.
    pub const CONFIGURED: [Self; 3] = [Self::Init, Self::ControlPlane, Self::Worker];

    /// The text in configurations: `init`, `controlplane`, `worker`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Init => "init",
            Self::ControlPlane => "controlplane",
            Self::Worker => "worker",
        }
    }

    /// Whether the machine runs etcd and the control plane of Kubernetes.
    pub fn is_control_plane(self) -> bool {
        matches!(self, Self::Init | Self::ControlPlane)
    }

    /// Name of the file that holds a configuration of this type: `controlplane.yaml`.
    pub fn file_name(self) -> String {
        format!("{}.yaml", self.as_str())
    }
}

impl fmt::Display for MachineType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A type that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid machine type: {}", talos_config_yaml::decode::go_quote(.0))]
pub struct UnknownMachineType(pub String);

impl FromStr for MachineType {
    type Err = UnknownMachineType;

    /// Reads a type as configurations give it: `join` and an empty text also stand for a worker.
    fn from_str(text: &str) -> Result<Self, UnknownMachineType> {
        match text {
            "init" => Ok(Self::Init),
            "controlplane" => Ok(Self::ControlPlane),
            "worker" | "join" | "" => Ok(Self::Worker),
            "unknown" => Ok(Self::Unknown),
            _ => Err(UnknownMachineType(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_types_match() {
        for kind in MachineType::CONFIGURED {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("".parse(), Ok(MachineType::Worker));
        assert_eq!("join".parse(), Ok(MachineType::Worker));
        assert_eq!("unknown".parse(), Ok(MachineType::Unknown));
        let error = "Worker".parse::<MachineType>().unwrap_err();
        assert_eq!(error.to_string(), "invalid machine type: \"Worker\"");
    }

    #[test]
    fn init_and_controlplane_run_the_control_plane() {
        let answers = MachineType::CONFIGURED.map(MachineType::is_control_plane);
        assert_eq!(answers, [true, true, false]);
        assert!(!MachineType::Unknown.is_control_plane());
    }
}
