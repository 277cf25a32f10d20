use talos_api::resources::cluster::Identities;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::network::{ConfigLayer, HostnameSpecSpec, HostnameSpecs, NodeAddresses};

use super::CONFIG_NAMESPACE;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::identity;
use crate::machine_config::MachineConfig;

/// Finds the names that the configuration gives the machine: the one that it states, and the one that it leaves to be
/// made up.
#[derive(Debug)]
pub struct HostnameConfigController;

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
        // Without a configuration nobody knows which kind of name is wanted.
        let Some(machine) = config.as_ref().and_then(|config| config.container().config()?.machine.as_ref()) else {
            return Ok(());
        };
        let is_stable = machine.features.as_ref().and_then(|features| features.stable_hostname).unwrap_or(false);
        let made_up = if is_stable {
            identity.map(|identity| identity::stable_hostname(&identity.node_id))
        } else {
            let address = default.and_then(|default| match default.addresses.as_slice() {
                [only] => only.address(),
                _ => None,
            });
            address.map(|address| format!("talos-{}", address.to_string().replace(':', "").replace('.', "-")))
        };
        if let Some(name) = made_up {
            let spec = spec(&name, ConfigLayer::DEFAULT)?;
            outputs.put_in::<HostnameSpecs>(CONFIG_NAMESPACE, "default/hostname", spec);
        }
        let stated = machine.network.as_ref().map(|network| network.hostname.as_str()).unwrap_or_default();
        if !stated.is_empty() {
            let spec = spec(stated, ConfigLayer::MACHINE_CONFIGURATION)?;
            outputs.put_in::<HostnameSpecs>(CONFIG_NAMESPACE, "configuration/hostname", spec);
        }
        Ok(())
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
    use crate::controllers::testing::{put, put_content, store, wanted};

    fn configured(text: &str) -> Vec<String> {
        let store = store();
        let address = NodeAddressSpec { addresses: vec!["10.5.0.2/24".parse().unwrap()] };
        put::<NodeAddresses>(&store, NodeAddresses::DEFINITION.namespace, "default", address);
        let identity = IdentitySpec { node_id: "fGdOI05hVrx3YMagLo0Bwxa2Nm9BAswWm8XLeEj0aS4".into() };
        put::<Identities>(&store, Identities::DEFINITION.namespace, "local", identity);
        assert_eq!(wanted(&store, &HostnameConfigController), [""; 0], "there is no configuration yet");
        let config = talos_config::load(text).unwrap();
        put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
        wanted(&store, &HostnameConfigController)
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
    fn names_have_bounds() {
        let layer = ConfigLayer::DEFAULT;
        assert_eq!(spec("", layer).unwrap_err().to_string(), "invalid hostname \"\"");
        assert!(spec(&"a".repeat(63), layer).is_ok());
        assert!(spec(&"a".repeat(64), layer).is_err());
        assert_eq!(spec(&format!("a.{}", "b".repeat(252)), layer).unwrap_err().to_string(), "fqdn is too long: 254");
    }
}
