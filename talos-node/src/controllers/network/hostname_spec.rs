use std::sync::Arc;

use talos_api::resources::network::{HostnameSpecs, HostnameStatusSpec, HostnameStatuses};

use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::platform::Mode;
use crate::sys::Error;

/// Tells the name of the machine, and gives it that name. A container is named by whoever started it; the name of a
/// computer that is not the node's own stays as it is.
#[derive(Debug)]
pub struct HostnameSpecController {
    machine: Arc<Machine>,
}

impl HostnameSpecController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    HostnameSpecController = "network.HostnameSpecController" {
        inputs: [Input::strong::<HostnameSpecs>()],
        outputs: [Output::exclusive::<HostnameStatuses>()],
    }
}

#[tonic::async_trait]
impl Run for HostnameSpecController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut set = None;
        loop {
            context.changed().await;
            let leaving = context.hold_inputs()?;
            let mut outputs = Outputs::default();
            let mut wanted = None;
            for spec in context.inputs().list::<HostnameSpecs>().iter().filter(|spec| spec.is_running()) {
                let (hostname, domainname) = (spec.hostname.clone(), spec.domainname.clone());
                let status = HostnameStatusSpec { hostname, domainname };
                wanted = Some(status.clone());
                outputs.put::<HostnameStatuses>(spec.id(), status);
            }
            context.settle(outputs)?;
            context.let_go(&leaving)?;
            if let Some(wanted) = wanted
                && set.as_ref() != Some(&wanted)
            {
                self.give(&wanted)?;
                set = Some(wanted);
            }
        }
    }
}

impl HostnameSpecController {
    /// Gives the machine a name.
    fn give(&self, name: &HostnameStatusSpec) -> Result<(), Error> {
        if self.machine.settings.platform.mode() == Mode::Container {
            return Ok(());
        }
        let HostnameStatusSpec { hostname, domainname } = name;
        match self.machine.host.set_hostname(hostname, domainname) {
            // Who does not own the computer does not name it.
            Err(Error::Unsupported { .. }) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let fields = [("hostname", Value::Text(hostname)), ("domainname", Value::Text(domainname))];
                self.machine.console.controller(self.name(), "setting hostname", &fields);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;
    use talos_api::resources::network::HostnameSpecSpec;
    use tokio_util::sync::CancellationToken;

    use super::super::tests::Quiet;
    use super::*;
    use crate::cosi::{Engine, Reference};
    use crate::machine::testing;
    use crate::platform::Metal;
    use crate::sys::{Effect, Host, Process, Recording};

    /// What is done to a machine that is named twice, the second time as before.
    async fn named(host: impl Host, is_metal: bool) {
        let machine = testing::machine_on(host, |settings| {
            if is_metal {
                settings.platform = Arc::new(Metal);
            }
        });
        let store = machine.store.clone();
        let mut engine = Engine::new(store.clone(), Quiet);
        engine.add_run(HostnameSpecController::new(machine)).unwrap();
        let stop = CancellationToken::new();
        let engine = tokio::spawn(engine.serve(stop.clone()));
        let reference =
            Reference::new(HostnameSpecs::DEFINITION.namespace, HostnameSpecs::DEFINITION.type_name, "hostname");
        for domainname in ["b", "c"] {
            let spec = HostnameSpecSpec { hostname: "a".into(), domainname: domainname.into(), ..Default::default() };
            store.put(&reference, "", spec).unwrap();
            while store.spec::<HostnameStatuses>("hostname").is_none_or(|status| status.domainname != domainname) {
                tokio::task::yield_now().await;
            }
        }
        store.teardown(&reference, "").unwrap();
        while !store.get(&reference).unwrap().metadata().finalizers.is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(store.spec::<HostnameStatuses>("hostname").is_none());
        stop.cancel();
        engine.await.unwrap();
    }

    #[tokio::test]
    async fn a_machine_of_its_own_is_named() {
        let host = Recording::new("/nowhere");
        named(host.clone(), true).await;
        let effect = |domain: &str| Effect::Hostname { hostname: "a".into(), domainname: domain.into() };
        assert_eq!(host.effects(), [effect("b"), effect("c")]);
    }

    #[tokio::test]
    async fn others_are_named_by_others() {
        let host = Recording::new("/nowhere");
        named(host.clone(), false).await;
        assert_eq!(host.effects(), []);
        named(Process::new("/"), true).await;
    }
}
