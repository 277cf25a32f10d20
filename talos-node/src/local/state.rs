//! What is known of a cluster of processes after its maker has ended: `state.yaml` in the folder of the cluster.
//!
//! Keys are those of the reference's file. Source: `pkg/provision/providers/vm/state.go`, `pkg/provision/result.go` (1.5).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use talos_config::MachineType;
use talos_config_yaml::Section;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::error::SyntaxError;
use talos_config_yaml::section;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

use crate::state;

/// Name of the file.
pub const FILE: &str = "state.yaml";

/// A cluster of processes.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "vm.State")]
pub struct State {
    /// What made it.
    #[field(key = "provisionername", emit = "always")]
    pub provisioner: String,
    /// Link that joins the networks of its machines; empty if they share that of the computer.
    #[field(key = "bridgename", emit = "always")]
    pub bridge: String,
    /// What it is.
    #[field(key = "clusterinfo", emit = "always")]
    pub info: ClusterInfo,
}

/// What a cluster is.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "provision.ClusterInfo")]
pub struct ClusterInfo {
    /// Name of the cluster.
    #[field(key = "clustername", emit = "always")]
    pub name: String,
    /// Where it is.
    #[field(emit = "always")]
    pub network: NetworkInfo,
    /// Its machines.
    #[field(emit = "always")]
    pub nodes: Vec<NodeInfo>,
    /// Machines beside it; there are none.
    #[field(key = "extranodes", emit = "always")]
    pub extra_nodes: Vec<NodeInfo>,
}

/// Network of a cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "provision.NetworkInfo")]
pub struct NetworkInfo {
    /// Its name, which is the cluster's.
    #[field(emit = "always")]
    pub name: String,
    /// Its addresses, each in CIDR form.
    #[field(emit = "always")]
    pub cidrs: Vec<String>,
    /// Addresses of the gateway.
    #[field(key = "gatewayaddrs", emit = "always")]
    pub gateways: Vec<String>,
    /// Size of packets in bytes.
    #[field(emit = "always")]
    pub mtu: i64,
}

/// Machine of a cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "provision.NodeInfo")]
pub struct NodeInfo {
    /// Number of its process.
    #[field(emit = "always")]
    pub id: String,
    /// Its UUID; always zero, for processes have none.
    #[field(emit = "always")]
    pub uuid: String,
    /// Its name.
    #[field(emit = "always")]
    pub name: String,
    /// What it is in the cluster: 1 `init`, 2 `controlplane`, 3 `worker`.
    #[field(key = "type", emit = "always")]
    pub machine_type: i64,
    /// Share of processors, in billionths; 0 for no limit.
    #[field(key = "nanocpus", emit = "always")]
    pub nano_cpus: i64,
    /// Memory in bytes; 0 for no limit.
    #[field(emit = "always")]
    pub memory: i64,
    /// Size of the disk in bytes; 0 for none.
    #[field(key = "disksize", emit = "always")]
    pub disk_size: u64,
    /// Its addresses.
    #[field(emit = "always")]
    pub ips: Vec<String>,
    /// Port of its API, if others than that of its address lead there.
    #[field(key = "apiport", emit = "always")]
    pub api_port: i64,
}

/// A UUID that is none.
pub const NO_UUID: &str = "00000000-0000-0000-0000-000000000000";

/// Why the state of a cluster is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such cluster.
    #[error("cluster {name:?} not found: stat {}: no such file or directory", .path.display())]
    NotFound {
        /// The name.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Something else is in the place of its folder.
    #[error("state path {:?} is not a directory", .0.display())]
    NotAFolder(PathBuf),
    /// Its folder has no file that can be read.
    #[error("open {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no YAML.
    #[error("error unmarshalling state file")]
    Syntax(#[from] SyntaxError),
    /// The file is something else.
    #[error("error unmarshalling state file: {0}")]
    Types(String),
    /// Another provisioner made it.
    #[error("cluster {name:?} was created with different provisioner {provisioner:?}")]
    Foreign {
        /// The cluster.
        name: String,
        /// Who made it.
        provisioner: String,
    },
}

impl State {
    /// Reads the state of the cluster called `name`, whose folder is `folder`.
    ///
    /// # Errors
    /// When there is none, or not one of the provisioner.
    pub fn read(folder: &Path, name: &str, provisioner: &str) -> Result<Self, Error> {
        match fs::metadata(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotFound { name: name.to_owned(), path: folder.to_owned() });
            }
            Err(source) => return Err(Error::Read { path: folder.to_owned(), source }),
            Ok(metadata) if !metadata.is_dir() => return Err(Error::NotAFolder(folder.to_owned())),
            Ok(_) => {}
        }
        let path = folder.join(FILE);
        let text = fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let state = Self::from_yaml(&Source::new(path.display().to_string(), text))?;
        if state.provisioner != provisioner {
            return Err(Error::Foreign { name: name.to_owned(), provisioner: state.provisioner });
        }
        Ok(state)
    }

    fn from_yaml(source: &Source) -> Result<Self, Error> {
        let (tree, fault) = Tree::parse(source, Options::default());
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        let mut state = Self::default();
        if let Some(root) = tree.documents().first().and_then(|document| tree.root(*document)) {
            let mut decoder = Decoder::new(&tree);
            section::decode(&mut state, &mut decoder, root);
            if let Some(text) = decoder.finish().go_text(&tree) {
                return Err(Error::Types(text));
            }
        }
        Ok(state)
    }

    /// Writes it into the folder of its cluster.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut out = Emitter::new(Layout::TALOS);
        section::encode(self, &mut out);
        state::save(folder, FILE, out.finish().as_bytes())
    }
}

impl NodeInfo {
    /// What it is in the cluster.
    pub fn machine_type(&self) -> MachineType {
        match self.machine_type {
            1 => MachineType::Init,
            2 => MachineType::ControlPlane,
            3 => MachineType::Worker,
            _ => MachineType::Unknown,
        }
    }
}

/// The number that stands for a type in the file.
pub fn type_number(machine_type: MachineType) -> i64 {
    match machine_type {
        MachineType::Unknown => 0,
        MachineType::Init => 1,
        MachineType::ControlPlane => 2,
        MachineType::Worker => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back_and_knows_its_maker() {
        let folder = std::env::temp_dir().join(format!("talos-node-state-{}", std::process::id()));
        let missing = State::read(&folder, "lab", "local").unwrap_err().to_string();
        let expected = format!("cluster \"lab\" not found: stat {}: no such file or directory", folder.display());
        assert_eq!(missing, expected);
        let node = NodeInfo {
            id: "77".into(),
            uuid: NO_UUID.into(),
            name: "lab-worker-1".into(),
            machine_type: type_number(MachineType::Worker),
            ips: vec!["10.5.0.3".into()],
            ..NodeInfo::default()
        };
        let network =
            NetworkInfo { name: "lab".into(), cidrs: vec!["10.5.0.0/24".into()], mtu: 1500, ..NetworkInfo::default() };
        let info = ClusterInfo { name: "lab".into(), network, nodes: vec![node], extra_nodes: Vec::new() };
        let state = State { provisioner: "local".into(), bridge: String::new(), info };
        state.write(&folder).unwrap();
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        assert!(
            text.starts_with("provisionername: local\nbridgename: \"\"\nclusterinfo:\n    clustername: lab\n"),
            "{text}"
        );
        let read = State::read(&folder, "lab", "local").unwrap();
        assert!(read == state);
        assert_eq!(read.info.nodes[0].machine_type(), MachineType::Worker);
        let foreign = State::read(&folder, "lab", "qemu").unwrap_err().to_string();
        assert_eq!(foreign, "cluster \"lab\" was created with different provisioner \"local\"");
        fs::write(folder.join(FILE), "clusterinfo: [").unwrap();
        assert!(matches!(State::read(&folder, "lab", "local"), Err(Error::Syntax(_))));
        fs::remove_dir_all(&folder).unwrap();
    }
}
