use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use talos_api::resources::files::{EtcFileSpecSpec, EtcFileSpecs, EtcFileStatusSpec, EtcFileStatuses};

use crate::controllers::controller;
use crate::cosi::Version;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::state;

/// Writes the files that are wanted below `/etc`. A node that shares its computer writes them into the folder `etc` of its
/// own, and leaves those of the computer as they are.
#[derive(Debug)]
pub struct EtcFileController {
    machine: Arc<Machine>,
}

impl EtcFileController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    EtcFileController = "files.EtcFileController" {
        inputs: [Input::strong::<EtcFileSpecs>()],
        outputs: [Output::exclusive::<EtcFileStatuses>()],
    }
}

/// A file that cannot be changed.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("error updating {path:?}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error("failed to remove {path:?}: {source}")]
    Remove { path: PathBuf, source: io::Error },
}

#[tonic::async_trait]
impl Run for EtcFileController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let folder = self.machine.settings.state.join("etc");
        // Versions of what was written.
        let mut written: BTreeMap<String, Version> = BTreeMap::new();
        loop {
            context.changed().await;
            let leaving = context.hold_inputs()?;
            let specs = context.inputs().list::<EtcFileSpecs>();
            let mut outputs = Outputs::default();
            for spec in specs.iter().filter(|spec| spec.is_running()) {
                let version = spec.resource().metadata().version;
                if written.get(spec.id()) != Some(&version) {
                    let (path, content) = (folder.join(spec.id()), EtcFileSpecSpec::clone(spec));
                    // It waits for the disk.
                    self.machine.blocking(move || write(&path, &content)).await??;
                    written.insert(spec.id().to_owned(), version);
                }
                outputs.put::<EtcFileStatuses>(spec.id(), EtcFileStatusSpec { spec_version: version.to_string() });
            }
            for reference in &leaving {
                remove(&folder.join(&reference.id))?;
                written.remove(&reference.id);
            }
            context.settle(outputs)?;
            context.let_go(&leaving)?;
        }
    }
}

fn write(path: &Path, spec: &EtcFileSpecSpec) -> Result<(), Error> {
    let outcome = state::write(path, &spec.contents.0, spec.mode);
    outcome.map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// One that is gone already is as good.
fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(Error::Remove { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use talos_api::resources::{ByteList, Kind};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::cosi::engine::Log;
    use crate::cosi::{Engine, Reference, Resource};
    use crate::machine::testing::machine_with;

    /// No failure is expected.
    struct Quiet;

    impl Log for Quiet {
        fn failed(
            &self,
            controller: &'static str,
            failure: &(dyn std::error::Error + Send + Sync),
            _: std::time::Duration,
        ) {
            panic!("{controller}: {failure}");
        }
    }

    fn reference<K: Kind>() -> Reference {
        Reference::new(K::DEFINITION.namespace, K::DEFINITION.type_name, "cri/hosts")
    }

    #[tokio::test]
    async fn files_are_written_and_removed() {
        let folder = std::env::temp_dir().join(format!("talos-node-etc-{}", std::process::id()));
        let machine = machine_with(|settings| folder.clone_into(&mut settings.state));
        let (store, path) = (machine.store.clone(), folder.join("etc/cri/hosts"));
        let mut engine = Engine::new(store.clone(), Quiet);
        engine.add_run(EtcFileController::new(machine)).unwrap();
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine.serve(stop.clone()));
        let mut watch = store.watch(&reference::<EtcFileStatuses>(), 0);
        for (text, mode) in [("one\n", 0o644), ("two\n", 0o444)] {
            let spec = EtcFileSpecSpec { contents: ByteList(text.into()), mode };
            store.put(&reference::<EtcFileSpecs>(), "", spec).unwrap();
            let is_told = |resource: &Resource| {
                let version = store.get(&reference::<EtcFileSpecs>()).unwrap().metadata().version.to_string();
                resource.spec::<EtcFileStatusSpec>().is_some_and(|status| status.spec_version == version)
            };
            while !store.get(&reference::<EtcFileStatuses>()).is_ok_and(|status| is_told(&status)) {
                watch.next().await;
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
        store.teardown(&reference::<EtcFileSpecs>(), "").unwrap();
        while store.get(&reference::<EtcFileStatuses>()).is_ok() {
            watch.next().await;
        }
        let mut specs = store.watch(&reference::<EtcFileSpecs>(), 0);
        while !store.get(&reference::<EtcFileSpecs>()).unwrap().metadata().finalizers.is_empty() {
            specs.next().await;
        }
        store.destroy(&reference::<EtcFileSpecs>(), "").unwrap();
        assert!(!path.exists());
        stop.cancel();
        engine.await.unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
