use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use talos_api::resources::ByteList;
use talos_api::resources::cluster::{Identities, IdentitySpec};
use talos_api::resources::files::{EtcFileSpecSpec, EtcFileSpecs};
use talos_api::resources::runtime::MountStatuses;
use talos_pki::{Random, random};

use super::LOCAL;
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Output, Outputs, Run};
use crate::identity::{base62, machine_id};
use crate::machine::Machine;
use crate::state;

/// Gives the machine an identity that lasts: made once, kept in the folder of what lasts, and the same ever after.
///
/// That folder is there from the start, so that nothing has to be mounted first.
#[derive(Debug)]
pub struct NodeIdentityController {
    machine: Arc<Machine>,
}

impl NodeIdentityController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    NodeIdentityController = "cluster.NodeIdentityController" {
        inputs: [Input::weak::<MountStatuses>().only("STATE")],
        outputs: [Output::shared::<Identities>(), Output::shared::<EtcFileSpecs>()],
    }
}

/// Bytes of an identity.
const SIZE: usize = 32;

/// Why a machine does not know who it is.
#[derive(Debug, thiserror::Error)]
enum IdentityError {
    #[error("error reading state file {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("error creating state file {}", path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("{} holds no identity: \"nodeId: \" and a node id are expected; without the file a new one is made", path.display())]
    Malformed { path: PathBuf },
    #[error("no randomness for an identity")]
    Random(#[source] random::Error),
}

#[tonic::async_trait]
impl Run for NodeIdentityController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let node_id = load_or_make(&self.machine.settings.state, &mut self.machine.random.clone())?;
        let path = self.machine.settings.state.join(state::NODE_IDENTITY);
        let machine_id = machine_id(&node_id).ok_or(IdentityError::Malformed { path })?;
        let mut outputs = Outputs::default();
        outputs.put::<Identities>(LOCAL, IdentitySpec { node_id: node_id.clone() });
        let file = EtcFileSpecSpec { contents: ByteList(machine_id.into_bytes()), mode: 0o444 };
        outputs.put::<EtcFileSpecs>("machine-id", file);
        context.settle(outputs)?;
        let fields = [("node_id", Value::Text(&node_id))];
        self.machine.console.controller(self.name(), "node identity established", &fields);
        Ok(())
    }
}

/// The identity in the folder; a new one that is put there, if there is none.
fn load_or_make(folder: &Path, random: &mut dyn Random) -> Result<String, IdentityError> {
    let path = folder.join(state::NODE_IDENTITY);
    match fs::read_to_string(&path) {
        Ok(text) => node_id(&text).ok_or(IdentityError::Malformed { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = [0; SIZE];
            random.fill(&mut bytes).map_err(IdentityError::Random)?;
            let made = base62(&bytes);
            let text = format!("nodeId: {made}\n");
            let saved = state::save(folder, state::NODE_IDENTITY, text.as_bytes());
            saved.map_err(|source| IdentityError::Create { path, source })?;
            Ok(made)
        }
        Err(source) => Err(IdentityError::Read { path, source }),
    }
}

/// The identity in a file that is YAML with one key.
fn node_id(text: &str) -> Option<String> {
    let text = text.lines().find_map(|line| line.strip_prefix("nodeId:"))?;
    let text = text.trim().trim_matches(['"', '\'']);
    machine_id(text).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::machine;

    #[test]
    fn an_identity_is_made_once() {
        let folder = std::env::temp_dir().join(format!("talos-node-identity-{}", std::process::id()));
        let mut random = machine().random.clone();
        let first = load_or_make(&folder, &mut random).unwrap();
        assert_eq!(load_or_make(&folder, &mut random).unwrap(), first);
        let file = folder.join(state::NODE_IDENTITY);
        assert_eq!(fs::read_to_string(&file).unwrap(), format!("nodeId: {first}\n"));
        fs::write(&file, "nodeId: \"\"\n").unwrap();
        let error = load_or_make(&folder, &mut random).unwrap_err();
        assert!(
            matches!(error, IdentityError::Malformed { .. }),
            "a spoilt identity is not replaced in silence: {error}"
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn identities_of_the_reference_are_read() {
        let id = "sou7yy34ykX3n373Zw1DXKb8zD7UnyKT6HT3QDsGH6L";
        for text in [format!("nodeId: {id}\n"), format!("# mine\nnodeId: \"{id}\"")] {
            assert_eq!(node_id(&text).as_deref(), Some(id));
        }
        assert_eq!(node_id("nodeId: ?\n"), None);
        assert_eq!(node_id(""), None);
    }
}
