use std::sync::Arc;

use talos_api::resources::cluster::Identities;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{ConfigLayer, HostnameSpecSpec, HostnameSpecs, NodeAddresses};

use super::command_line;
use super::layers::{self, CONFIG_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::identity;
use crate::machine::Machine;
use crate::machine_config::MachineConfig;

/// Finds the names that the command line and the configuration give the machine, and the one that they leave to be made
/// up.
#[derive(Debug)]
pub struct HostnameConfigController {
    machine: Arc<Machine>,
}

impl HostnameConfigController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    HostnameConfigController = "network.HostnameConfigController" {
        inputs: [
            Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE),
            Input::weak::<NodeAddresses>().only("default"),
            Input::weak::<Identities>().only("local"),
        ],
        outputs: [Output::shared::<HostnameSpecs>().within(CONFIG_NAMESPACE)],
    }
}

impl Plan for HostnameConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let default = inputs.get::<NodeAddresses>("default");
        let identity = inputs.get::<Identities>("local");
        let settings = command_line::read_whole(&self.machine, self.name(), "ignoring error");
        self.put(outputs, &settings.hostname, ConfigLayer::CMDLINE);
        // Without a configuration nobody knows which kind of name is wanted.
        let Some(config) = config.as_ref().and_then(|config| config.container().config()) else { return Ok(()) };
        let machine = config.machine.as_ref();
        let features = machine.and_then(|machine| machine.features.as_ref());
        let made_up = if features.and_then(|features| features.stable_hostname).unwrap_or(false) {
            identity.map(|identity| identity::stable_hostname(&identity.node_id))
        } else {
            let address = default.and_then(|default| match default.addresses.as_slice() {
                [only] => only.address(),
                _ => None,
            });
            address.map(|address| format!("talos-{}", address.to_string().replace(':', "").replace('.', "-")))
        };
        self.put(outputs, &made_up.unwrap_or_default(), ConfigLayer::DEFAULT);
        let network = machine.and_then(|machine| machine.network.as_ref());
        let stated = network.map(|network| network.hostname.as_str()).unwrap_or_default();
        self.put(outputs, stated, ConfigLayer::MACHINE_CONFIGURATION);
        Ok(())
    }
}

impl HostnameConfigController {
    /// Wants a name, if there is one; one that no machine can have counts for nothing.
    fn put(&self, outputs: &mut Outputs, name: &str, layer: ConfigLayer) {
        if name.is_empty() {
            return;
        }
        match spec(name, layer) {
            Ok(spec) => layers::put::<HostnameSpecs>(outputs, spec),
            Err(error) => command_line::tell(&self.machine, self.name(), "ignoring error", &error),
        }
    }
}

/// A name that no machine can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    /// Its first part is empty or too long.
    #[error("invalid hostname {name:?}")]
    Invalid { name: String },
    /// All of it is too long.
    #[error("fqdn is too long: {length}")]
    TooLong { length: usize },
}

/// A name and the domain behind its first dot.
pub(super) fn spec(name: &str, config_layer: ConfigLayer) -> Result<HostnameSpecSpec, NameError> {
    let (hostname, domainname) = name.split_once('.').unwrap_or((name, ""));
    if hostname.is_empty() || hostname.len() > 63 {
        return Err(NameError::Invalid { name: name.to_owned() });
    }
    if name.len() > 253 {
        return Err(NameError::TooLong { length: name.len() });
    }
    Ok(HostnameSpecSpec { hostname: hostname.to_owned(), domainname: domainname.to_owned(), config_layer })
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::cluster::IdentitySpec;
    use talos_api::resources::network::NodeAddressSpec;

    use super::*;
    use crate::controllers::testing::{configure, put, store, wanted};
    use crate::machine::testing::machine_with_command_line;

    fn configured(text: &str) -> Vec<String> {
        let store = store();
        let controller = HostnameConfigController::new(machine_with_command_line("ip=::::::off"));
        let address = NodeAddressSpec { addresses: vec!["10.5.0.2/24".parse().unwrap()] };
        put::<NodeAddresses>(&store, NodeAddresses::DEFINITION.namespace, "default", address);
        let identity = IdentitySpec { node_id: "fGdOI05hVrx3YMagLo0Bwxa2Nm9BAswWm8XLeEj0aS4".into() };
        put::<Identities>(&store, Identities::DEFINITION.namespace, "local", identity);
        assert_eq!(wanted(&store, &controller), [""; 0], "there is no configuration yet");
        configure(&store, text);
        wanted(&store, &controller)
    }

    #[test]
    fn a_name_is_made_up_from_the_identity_or_the_address() {
        let expected = "network-config/default/hostname: hostname: talos-hwz-sw5; domainname: \"\"; layer: default";
        assert_eq!(configured("machine:\n    features:\n        stableHostname: true\n"), [expected]);
        let expected = "network-config/default/hostname: hostname: talos-10-5-0-2; domainname: \"\"; layer: default";
        assert_eq!(configured("machine:\n    type: worker\n"), [expected]);
    }

    #[test]
    fn the_stated_name_comes_on_top() {
        let expected = "network-config/configuration/hostname: hostname: a; domainname: b.c; layer: configuration";
        assert_eq!(configured("machine:\n    network:\n        hostname: a.b.c\n")[0], expected);
    }

    #[test]
    fn the_command_line_names_the_machine_before_it_is_configured() {
        for (line, expected) in [
            (
                "talos.hostname=a.b",
                &["network-config/cmdline/hostname: hostname: a; domainname: b; layer: cmdline"][..],
            ),
            ("ip=::::a:eth0", &["network-config/cmdline/hostname: hostname: a; domainname: \"\"; layer: cmdline"]),
            ("talos.hostname=.b", &[]),
            ("talos.hostname=a ip=x", &[]),
        ] {
            let controller = HostnameConfigController::new(machine_with_command_line(line));
            assert_eq!(wanted(&store(), &controller), expected, "{line}");
        }
    }

    #[test]
    fn names_have_bounds() {
        let layer = ConfigLayer::DEFAULT;
        assert_eq!(spec("", layer).unwrap_err().to_string(), "invalid hostname \"\"");
        assert!(spec(&"a".repeat(63), layer).is_ok());
        assert!(spec(&"a".repeat(64), layer).is_err());
        assert_eq!(spec(&format!("a.{}", "b".repeat(252)), layer).unwrap_err().to_string(), "fqdn is too long: 254");
    }
}
