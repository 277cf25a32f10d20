//! A machine of its own.

use talos_api::resources::Kind;
use talos_api::resources::hardware::SystemInformations;
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::runtime::PlatformMetadataSpec;

use super::{Error, Mode, Platform, download};
use crate::command_line::CommandLine;
use crate::cosi::Reference;
use crate::machine::Machine;

/// A machine that is told by the command line of its kernel: `talos.config` is the address of its configuration.
///
/// What META says about the network is not read. Source:
/// `internal/app/machined/pkg/runtime/v1alpha1/platform/metal` (1.5).
#[derive(Clone, Copy, Debug)]
pub struct Metal;

#[tonic::async_trait]
impl Platform for Metal {
    fn name(&self) -> &'static str {
        "metal"
    }

    fn mode(&self) -> Mode {
        Mode::Metal
    }

    async fn configuration(&self, machine: &Machine) -> Result<Option<Vec<u8>>, Error> {
        let source = CommandLine::parse(&machine.settings.command_line).first("talos.config");
        match source {
            None | Some("none") => Ok(None),
            Some("metal-iso") => Err(Error::Source {
                value: "metal-iso".to_owned(),
                reason: "this node does not mount disks; give the address of the configuration instead",
            }),
            Some(address) => {
                machine.console.line("waiting for network to be ready");
                network_is_ready(machine).await;
                Ok(Some(download::download(machine, address).await?))
            }
        }
    }

    fn metadata(&self, machine: &Machine) -> PlatformMetadataSpec {
        let hostname = CommandLine::parse(&machine.settings.command_line).first("talos.hostname");
        let system = machine.store.spec::<SystemInformations>(SYSTEM);
        PlatformMetadataSpec {
            platform: self.name().to_owned(),
            hostname: hostname.unwrap_or_default().to_owned(),
            instance_id: system.map(|system| system.uuid).unwrap_or_default(),
            ..PlatformMetadataSpec::default()
        }
    }
}

/// Id of what the firmware says about the machine.
pub(crate) const SYSTEM: &str = "systeminformation";

/// Waits until the machine has an address.
async fn network_is_ready(machine: &Machine) {
    let definition = NetworkStatuses::DEFINITION;
    let status = Reference::new(definition.namespace, definition.type_name, "status");
    let mut watch = machine.store.watch(&status, 0);
    while !machine.store.spec::<NetworkStatuses>("status").is_some_and(|status| status.address_ready) {
        watch.next().await;
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::hardware::SystemInformationSpec;

    use super::*;
    use crate::cosi::Resource;
    use crate::machine::testing;

    #[tokio::test]
    async fn the_command_line_says_where() {
        for (line, expected) in [
            ("quiet", Ok(None)),
            ("talos.config=none", Ok(None)),
            (
                "talos.config=metal-iso talos.config=http://a",
                Err(
                    "talos.config=metal-iso: this node does not mount disks; give the address of the configuration instead",
                ),
            ),
        ] {
            let machine = testing::machine_with(|settings| settings.command_line = line.into());
            let outcome = Metal.configuration(&machine).await;
            assert_eq!(outcome.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn the_firmware_says_which_machine_it_is() {
        let machine = testing::machine_with(|settings| settings.command_line = "talos.hostname=a.b".into());
        assert_eq!(
            (Metal.metadata(&machine).hostname.as_str(), Metal.metadata(&machine).instance_id.as_str()),
            ("a.b", "")
        );
        let system = SystemInformationSpec { uuid: "0123-4567".into(), ..SystemInformationSpec::default() };
        machine.store.create(Resource::of::<SystemInformations>(SYSTEM, system), "test").unwrap();
        assert_eq!(Metal.metadata(&machine).instance_id, "0123-4567");
    }
}
