//! The configurations of one cluster together, and the patches that all or some of them get.

use std::fmt;

use crate::container::Container;
use crate::encode;
use crate::generate::{self, Input};
use crate::load;
use crate::machine_type::MachineType;
use crate::patch::{self, ApplyError, Patch};

/// Patches by the machines that they are for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patches {
    /// For every machine; these come first.
    pub all: Vec<Patch>,
    /// For control plane machines.
    pub control_plane: Vec<Patch>,
    /// For workers.
    pub worker: Vec<Patch>,
}

/// The configurations of a cluster, one for each type of machine.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigBundle {
    /// For the machine that bootstraps etcd in clusters of old. Absent when existing files have none.
    pub init: Option<Container>,
    /// For control plane machines.
    pub control_plane: Container,
    /// For workers.
    pub worker: Container,
}

/// Files of an existing cluster, as text.
#[derive(Clone, Default)]
pub struct Files {
    /// `init.yaml`; most clusters have none.
    pub init: Option<Vec<u8>>,
    /// `controlplane.yaml`.
    pub control_plane: Vec<u8>,
    /// `worker.yaml`.
    pub worker: Vec<u8>,
}

/// Sizes only: the texts hold secrets.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("init", &self.init.as_ref().map(Vec::len))
            .field("control_plane", &self.control_plane.len())
            .field("worker", &self.worker.len())
            .finish()
    }
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration could not be generated.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// The text of an existing file is not a configuration.
    #[error(transparent)]
    Load(#[from] Box<load::Error>),
    /// A patch for every machine does not apply.
    #[error("error patching configs")]
    PatchAll(#[source] Box<ApplyError>),
    /// A patch for control plane machines does not apply.
    #[error("error patching control plane configs")]
    PatchControlPlane(#[source] Box<ApplyError>),
    /// A patch for workers does not apply.
    #[error("error patching worker config")]
    PatchWorker(#[source] Box<ApplyError>),
    /// The bundle has no configuration of this type.
    #[error("unexpected machine type {0}")]
    NoConfig(MachineType),
}

impl ConfigBundle {
    /// Generates the configurations of a new cluster and patches them.
    ///
    /// # Errors
    /// When the input or a patch is unusable.
    pub fn generate(input: &Input<'_>, patches: &Patches) -> Result<Self, Error> {
        let bundle = Self {
            init: Some(input.config(MachineType::Init)?),
            control_plane: input.config(MachineType::ControlPlane)?,
            worker: input.config(MachineType::Worker)?,
        };
        bundle.patched(patches)
    }

    /// Loads the configurations of an existing cluster and patches them. Those that no patch changes keep their text.
    ///
    /// # Errors
    /// When a text is not a configuration, or a patch does not apply.
    pub fn load(files: Files, patches: &Patches) -> Result<Self, Error> {
        let load = |text: Vec<u8>| load::load(text).map_err(Box::new);
        let bundle = Self {
            init: files.init.map(load).transpose()?,
            control_plane: load(files.control_plane)?,
            worker: load(files.worker)?,
        };
        bundle.patched(patches)
    }

    /// Applies the patches for every machine, then those for control plane machines, then those for workers.
    ///
    /// # Errors
    /// At the first patch that does not apply.
    pub fn patched(self, patches: &Patches) -> Result<Self, Error> {
        self.patched_by(&patches.all, true, true)
            .map_err(Error::PatchAll)?
            .patched_by(&patches.control_plane, true, false)
            .map_err(Error::PatchControlPlane)?
            .patched_by(&patches.worker, false, true)
            .map_err(Error::PatchWorker)
    }

    fn patched_by(self, patches: &[Patch], control_plane: bool, worker: bool) -> Result<Self, Box<ApplyError>> {
        if patches.is_empty() {
            return Ok(self);
        }
        let apply = |config: Container, wanted: bool| -> Result<Container, Box<ApplyError>> {
            if !wanted {
                return Ok(config);
            }
            Ok(patch::apply(config, patches)?.into_configuration().map_err(ApplyError::from)?)
        };
        Ok(Self {
            init: self.init.map(|config| apply(config, control_plane)).transpose()?,
            control_plane: apply(self.control_plane, control_plane)?,
            worker: apply(self.worker, worker)?,
        })
    }

    /// The configuration of a type.
    ///
    /// # Errors
    /// [`Error::NoConfig`] for type `unknown`, and for `init` when existing files have none.
    pub fn config(&self, machine_type: MachineType) -> Result<&Container, Error> {
        match machine_type {
            MachineType::Init => self.init.as_ref(),
            MachineType::ControlPlane => Some(&self.control_plane),
            MachineType::Worker => Some(&self.worker),
            MachineType::Unknown => None,
        }
        .ok_or(Error::NoConfig(machine_type))
    }

    /// The text of the configuration of a type.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub fn to_yaml(&self, machine_type: MachineType, options: encode::Options) -> Result<String, Error> {
        Ok(encode::to_yaml(self.config(machine_type)?, options))
    }
}
