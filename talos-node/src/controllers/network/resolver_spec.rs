use std::sync::Arc;

use talos_api::resources::network::{ResolverSpecs, ResolverStatusSpec, ResolverStatuses};

use super::told::Told;
use crate::controllers::controller;
use crate::cosi::controller::{Controller, Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;

/// Tells the name servers that are asked.
#[derive(Debug)]
pub struct ResolverSpecController {
    machine: Arc<Machine>,
    told: Told,
}

impl ResolverSpecController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine, told: Told::default() }
    }
}

controller! {
    ResolverSpecController = "network.ResolverSpecController" {
        inputs: [Input::strong::<ResolverSpecs>()],
        outputs: [Output::exclusive::<ResolverStatuses>()],
    }
}

impl Plan for ResolverSpecController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        for spec in inputs.list::<ResolverSpecs>().iter().filter(|spec| spec.is_running()) {
            let dns_servers = spec.dns_servers.clone();
            let texts = dns_servers.iter().map(ToString::to_string).collect();
            self.told.tell(&self.machine, self.name(), "setting resolvers", "resolvers", texts);
            outputs.put::<ResolverStatuses>(spec.id(), ResolverStatusSpec { dns_servers });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use talos_api::resources::Kind;
    use talos_api::resources::network::ResolverSpecSpec;

    use super::*;
    use crate::controllers::testing::{put, store, wanted};
    use crate::cosi::Reference;
    use crate::machine::testing::machine_that_says;

    #[test]
    fn each_list_is_told_once() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let controller = ResolverSpecController::new(machine_that_says(&lines));
        let store = store();
        let namespace = ResolverSpecs::DEFINITION.namespace;
        for server in ["1.1.1.1", "2.2.2.2"] {
            let spec = ResolverSpecSpec { dns_servers: vec![server.parse().unwrap()], ..ResolverSpecSpec::default() };
            put::<ResolverSpecs>(&store, namespace, "resolvers", spec);
            for _ in 0..2 {
                let expected = format!("network/resolvers: dnsServers:;     - {server}");
                assert_eq!(wanted(&store, &controller), [expected]);
            }
            let reference = Reference::new(namespace, ResolverSpecs::DEFINITION.type_name, "resolvers");
            store.destroy(&reference, "test").unwrap();
        }
        let expected = |server: &str| {
            format!(
                "setting resolvers {{\"component\": \"controller-runtime\", \"controller\": \
                 \"network.ResolverSpecController\", \"resolvers\": [\"{server}\"]}}"
            )
        };
        let lines = lines.lock().unwrap();
        let told: Vec<&str> = lines.iter().map(|line| &line[28..]).collect();
        assert_eq!(told, [expected("1.1.1.1"), expected("2.2.2.2")]);
    }
}
