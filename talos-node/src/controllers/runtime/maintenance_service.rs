use std::sync::Arc;

use talos_api::resources::Kind;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{MaintenanceServiceConfigs, MaintenanceServiceRequests};
use talos_api::resources::secrets::MaintenanceServiceCertificates;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::MAINTENANCE;
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::Reference;
use crate::cosi::controller::{Context, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::server::listener::{self, ServerTls};
use crate::server::maintenance::Maintenance;
use crate::server::transport::Limits;

/// Serves the API of maintenance mode while that is asked for, and passes on what is submitted.
#[derive(Debug)]
pub struct MaintenanceServiceController {
    machine: Arc<Machine>,
}

impl MaintenanceServiceController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    MaintenanceServiceController = "runtime.MaintenanceServiceController" {
        inputs: [
            Input::strong::<MaintenanceServiceRequests>().only(REQUEST),
            Input::weak::<MaintenanceServiceConfigs>().only(MAINTENANCE),
            Input::weak::<MaintenanceServiceCertificates>().only(MAINTENANCE),
        ],
        outputs: [Output::shared::<MachineConfigs>()],
    }
}

/// What callers may take. All are unknown, and few have a reason to be there.
const LIMITS: Limits = Limits { busy: 256, calls: 32, ..Limits::DEFAULT };

/// Id of the request for the service.
const REQUEST: &str = MAINTENANCE;

/// The service, as long as it runs.
struct Service {
    address: String,
    stop: CancellationToken,
    serving: AbortOnDropHandle<()>,
}

/// What the console was told.
#[derive(Default)]
struct Told {
    addresses: Vec<String>,
    fingerprint: String,
    usage: bool,
}

#[tonic::async_trait]
impl Run for MaintenanceServiceController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let request = Reference::new(
            MaintenanceServiceRequests::DEFINITION.namespace,
            MaintenanceServiceRequests::DEFINITION.type_name,
            REQUEST,
        );
        let (submit, mut submitted) = mpsc::channel::<MachineConfig>(1);
        let tls = ServerTls::default();
        let mut service: Option<Service> = None;
        let mut told = Told::default();
        loop {
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: what is not received stays in the channel.
                config = submitted.recv() => {
                    if let Some(config) = config {
                        let mut outputs = Outputs::default();
                        outputs.insert(MachineConfig::reference(MachineConfig::MAINTENANCE), Arc::new(config));
                        context.settle(outputs)?;
                    }
                    continue;
                }
            }
            let inputs = context.inputs();
            let is_wanted = inputs.get::<MaintenanceServiceRequests>(REQUEST).map(|request| request.is_running());
            if is_wanted != Some(true) {
                if let Some(service) = service.take() {
                    service.end().await;
                    told = Told { usage: told.usage, ..Told::default() };
                }
                context.settle(Outputs::default())?;
                if is_wanted.is_some() {
                    context.release(&request)?;
                }
                continue;
            }
            context.hold(&request)?;
            let certificate = inputs.get::<MaintenanceServiceCertificates>(MAINTENANCE);
            let server = certificate.as_ref().and_then(|certificate| certificate.server.as_ref());
            let (Some(config), Some(server)) = (inputs.get::<MaintenanceServiceConfigs>(MAINTENANCE), server) else {
                continue;
            };
            tls.set(server, None)?;
            if service.as_ref().is_some_and(|service| service.address != config.listen_address)
                && let Some(service) = service.take()
            {
                service.end().await;
            }
            if service.is_none() {
                let listener = listener::listen(config.listen_address.parse()?)?;
                let handler = Maintenance::new(self.machine.clone(), submit.clone());
                let stop = CancellationToken::new();
                let serving =
                    listener::serve(listener, tls.clone(), move |_| Some(handler.clone()), LIMITS, stop.clone());
                let serving = AbortOnDropHandle::new(tokio::spawn(serving));
                service = Some(Service { address: config.listen_address.clone(), stop, serving });
            }
            let addresses = config.reachable_addresses.iter().map(ToString::to_string).collect();
            let fingerprint = server.parse_certificate()?.fingerprint().to_string();
            self.tell(&mut told, addresses, fingerprint);
        }
    }
}

impl Service {
    /// Lets running calls, such as the one that ended the service, be answered.
    async fn end(self) {
        self.stop.cancel();
        // It ends by itself; what it says then is nothing.
        let _ = self.serving.await;
    }
}

impl MaintenanceServiceController {
    /// Tells the console where the machine is, and how it is configured; each thing when it changes, the last once.
    fn tell(&self, told: &mut Told, addresses: Vec<String>, fingerprint: String) {
        use crate::cosi::controller::Controller;
        let console = &self.machine.console;
        let say = |text: &str| console.controller(self.name(), text, &[]);
        if told.addresses != addresses {
            say("this machine is reachable at:");
            for address in &addresses {
                say(&format!("\t{address}"));
            }
            told.addresses = addresses;
        }
        if told.fingerprint != fingerprint {
            console.controller(self.name(), "server certificate issued", &[("fingerprint", Value::Text(&fingerprint))]);
            told.fingerprint = fingerprint;
        }
        if let (false, Some(address)) = (told.usage, told.addresses.first()) {
            let command = format!("\ttalosctl apply-config --insecure --nodes {address}");
            let fingerprint = &told.fingerprint;
            say("upload configuration using talosctl:");
            say(&format!("{command} --file <config.yaml>"));
            say("or apply configuration using talosctl interactive installer:");
            say(&format!("{command} --mode=interactive"));
            say("optionally with node fingerprint check:");
            say(&format!("{command} --cert-fingerprint '{fingerprint}' --file <config.yaml>"));
            told.usage = true;
        }
    }
}
