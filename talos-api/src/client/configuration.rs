//! The configuration a node runs with: reading it, and changing parts of it.

use talos_config::patch::{self, ApplyError, Input, Patch};

use super::{Client, Error, Replies};
use crate::proto::machine::{ApplyConfiguration, ApplyConfigurationRequest};
use crate::resources::config::MachineConfigs;

/// Id of the resource that holds the configuration.
const ID: &str = "v1alpha1";

/// Why a configuration was not patched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The node did not give its configuration, or the call to change it failed.
    #[error(transparent)]
    Call(#[from] Error),
    /// A patch does not apply; nothing was sent.
    #[error(transparent)]
    Patch(#[from] ApplyError),
}

impl Client {
    /// The documents that a node is configured by, as they were submitted, comments included. Take a handle of one node,
    /// see [`Client::node`].
    ///
    /// # Errors
    /// As [`Api::get`](super::Api::get).
    pub async fn machine_configuration(&self) -> Result<String, Error> {
        let resource = self.resources::<MachineConfigs>().get(ID).await?;
        Ok(resource.spec.yaml_marshalled.0)
    }

    /// Applies patches to the configuration of a node and gives it the result. `request` says how the node shall take it
    /// and whether it is a dry run; its data are not looked at. Take a handle of one node, see [`Client::node`].
    ///
    /// # Errors
    /// [`PatchError::Patch`] when a patch does not apply; failures of the node are in the reply.
    pub async fn patch_configuration(
        &self,
        patches: &[Patch],
        request: ApplyConfigurationRequest,
    ) -> Result<Replies<ApplyConfiguration>, PatchError> {
        let before = self.machine_configuration().await?;
        let after = patch::apply(Input::Text(before.into_bytes()), patches)?;
        let request = ApplyConfigurationRequest { data: after.into_text(), ..request };
        Ok(self.apply_configuration(request).await?)
    }
}
