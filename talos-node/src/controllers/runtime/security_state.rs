use std::fs;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use talos_api::resources::runtime::{SecurityStateSpec, SecurityStates};
use talos_api::resources::v1alpha1::Services;
use talos_config::validate::Mode;
use talos_pki::pem;

use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::Host;

/// Tells once how the machine was booted. Of a container nothing is known.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/security_state.go` (1.5).
#[derive(Debug)]
pub struct SecurityStateController {
    machine: Arc<Machine>,
}

impl SecurityStateController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    SecurityStateController = "runtime.SecurityStateController" {
        inputs: [Input::weak::<Services>()],
        outputs: [Output::exclusive::<SecurityStates>()],
    }
}

/// The key that the loader brought is none.
#[derive(Debug, thiserror::Error)]
#[error("failed to decode PEM block for PCR public key")]
struct KeyError;

#[tonic::async_trait]
impl Run for SecurityStateController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        // When this service is there, everything is mounted that is looked at.
        while context.inputs().get::<Services>("machined").is_none() {
            context.changed().await;
        }
        let mut outputs = Outputs::default();
        let is_container = self.machine.settings.platform.mode() == Mode::Container;
        let state = if is_container { SecurityStateSpec::default() } else { state(&*self.machine.host)? };
        outputs.put::<SecurityStates>("securitystate", state);
        context.settle(outputs)
    }
}

fn state(host: &dyn Host) -> Result<SecurityStateSpec, KeyError> {
    let key = fs::read(host.path(Path::new(KEY))).ok();
    let fingerprint = key.map(|key| {
        let block = pem::decode(&key).ok_or(KeyError)?;
        Ok(fingerprint(&block.contents))
    });
    Ok(SecurityStateSpec {
        secure_boot: is_on(host, "SecureBoot") && !is_on(host, "SetupMode"),
        uki_signing_key_fingerprint: String::new(),
        pcr_signing_key_fingerprint: fingerprint.transpose()?.unwrap_or_default(),
    })
}

/// Whether a switch of the firmware is on. Before its value stand four bytes of attributes.
fn is_on(host: &dyn Host, name: &str) -> bool {
    let path = format!("/sys/firmware/efi/efivars/{name}-8be4df61-93ca-11d2-aa0d-00e098032b8c");
    fs::read(host.path(Path::new(&path))).is_ok_and(|bytes| bytes.get(4) == Some(&1))
}

/// `0A:1B:…`
fn fingerprint(bytes: &[u8]) -> String {
    let bytes: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(":")
}

/// Where the loader leaves the key that boot measurements are signed with.
const KEY: &str = "/.extra/tpm2-pcr-public-key.pem";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::Folder;
    use crate::sys::Recording;

    #[test]
    fn switches_and_the_key_are_looked_at() {
        let folder = Folder::new("security");
        let host = Recording::new(folder.path());
        assert_eq!(state(&host).unwrap(), SecurityStateSpec::default());
        let variable = |name: &str| format!("sys/firmware/efi/efivars/{name}-8be4df61-93ca-11d2-aa0d-00e098032b8c");
        folder.write(&variable("SecureBoot"), "\x06\0\0\0\x01");
        folder.write(&variable("SetupMode"), "\x06\0\0\0\0");
        folder.write(".extra/tpm2-pcr-public-key.pem", "-----BEGIN PUBLIC KEY-----\nYWJj\n-----END PUBLIC KEY-----\n");
        let known = state(&host).unwrap();
        assert!(known.secure_boot);
        let start = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:";
        assert!(known.pcr_signing_key_fingerprint.starts_with(start), "{known:?}");
        folder.write(&variable("SetupMode"), "\x06\0\0\0\x01");
        assert!(!state(&host).unwrap().secure_boot);
        folder.write(".extra/tpm2-pcr-public-key.pem", "abc");
        assert_eq!(state(&host).unwrap_err().to_string(), "failed to decode PEM block for PCR public key");
    }
}
