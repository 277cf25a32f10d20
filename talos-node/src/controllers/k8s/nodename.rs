use talos_api::resources::config::MachineConfigs;
use talos_api::resources::k8s::{NodenameSpec, Nodenames};
use talos_api::resources::network::HostnameStatuses;

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::fqdn;
use crate::machine_config::MachineConfig;

/// Derives the name that Kubernetes knows the machine by from its hostname.
#[derive(Debug)]
pub struct NodenameController;

controller! {
    NodenameController = "k8s.NodenameController" {
        inputs: [
            Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE),
            Input::weak::<HostnameStatuses>().only("hostname"),
        ],
        outputs: [Output::exclusive::<Nodenames>()],
    }
}

impl Plan for NodenameController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        let machine = config.as_ref().and_then(|config| config.machine());
        let hostname = inputs.get::<HostnameStatuses>("hostname");
        let (Some(machine), Some(hostname)) = (machine, hostname) else { return Ok(()) };
        let kubelet = machine.kubelet.as_deref();
        let has_domain = kubelet.and_then(|kubelet| kubelet.register_with_fqdn).unwrap_or(false);
        let name = if has_domain { fqdn(&hostname) } else { hostname.hostname.clone() };
        let spec = NodenameSpec {
            nodename: name.to_lowercase(),
            hostname_version: hostname.resource().metadata().version.to_string(),
            skip_node_registration: kubelet.and_then(|kubelet| kubelet.skip_node_registration).unwrap_or(false),
        };
        outputs.put::<Nodenames>("nodename", spec);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::network::HostnameStatusSpec;

    use super::*;
    use crate::controllers::testing::{put, put_content, store, wanted};

    #[test]
    fn the_name_is_in_small_letters_and_has_a_domain_if_that_is_wanted() {
        let cases = [
            ("type: worker", "a", false),
            ("kubelet:\n        registerWithFQDN: true", "a.b.c", false),
            ("kubelet:\n        skipNodeRegistration: true", "a", true),
        ];
        for (text, name, skips) in cases {
            let store = store();
            let status = HostnameStatusSpec { hostname: "A".into(), domainname: "b.C".into() };
            put::<HostnameStatuses>(&store, "network", "hostname", status);
            assert_eq!(wanted(&store, &NodenameController), [""; 0], "there is no configuration yet");
            let config = talos_config::load(format!("machine:\n    {text}\n")).unwrap();
            put_content(&store, MachineConfig::reference(MachineConfig::ACTIVE), MachineConfig::from(config));
            let rest = format!("hostnameVersion: \"1\"; skipNodeRegistration: {skips}");
            assert_eq!(wanted(&store, &NodenameController), [format!("k8s/nodename: nodename: {name}; {rest}")]);
        }
    }
}
