use std::fs;
use std::io;
use std::sync::Arc;

use talos_api::resources::Kind;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{MachineStage, MaintenanceServiceRequestSpec, MaintenanceServiceRequests};
use talos_api::resources::v1alpha1::{AcquireConfigSpecs, AcquireConfigStatusSpec, AcquireConfigStatuses};
use talos_config::{Container, validate};

use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::Reference;
use crate::cosi::controller::{Context, Controller, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::state;

/// Finds the machine configuration: the one that was kept, else the platform's, else the one that somebody submits in
/// maintenance mode.
#[derive(Debug)]
pub struct AcquireController {
    machine: Arc<Machine>,
}

impl AcquireController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    AcquireController = "config.AcquireController" {
        inputs: [
            Input::weak::<AcquireConfigSpecs>(),
            Input::weak::<MachineConfigs>().only(MachineConfig::MAINTENANCE),
            Input::destroy_ready::<MaintenanceServiceRequests>(),
        ],
        outputs: [
            Output::exclusive::<AcquireConfigStatuses>(),
            Output::exclusive::<MaintenanceServiceRequests>(),
        ],
    }
}

/// Id of the request for the maintenance service, and of the answer that a configuration is there.
const ID: &str = "maintenance";

/// A configuration that is of no use.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// The kept one cannot be read.
    #[error("failed to load config from STATE: {0}")]
    State(#[source] Failure),
    /// The kept one breaks rules.
    #[error("failed to validate on-disk config: {0}")]
    OnDisk(#[source] validate::ValidationErrors),
    /// The platform's cannot be read.
    #[error("failed to load config via platform {platform}: {source}")]
    Platform { platform: &'static str, source: talos_config::load::Error },
    /// The platform's breaks rules.
    #[error("failed to validate config acquired via platform {platform}: {source}")]
    FromPlatform { platform: &'static str, source: validate::ValidationErrors },
}

/// Name of the platform of a node that is a process.
const PLATFORM: &str = "container";

#[tonic::async_trait]
impl Run for AcquireController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        while context.inputs().list::<AcquireConfigSpecs>().is_empty() {
            context.changed().await;
        }
        let mut sources = Vec::new();
        let steps: [(&str, fn(&Self) -> Result<Option<Container>, Error>); 2] =
            [("state", Self::kept), (PLATFORM, Self::given)];
        for (name, step) in steps {
            if let Some(config) = step(self)? {
                sources.push(name);
                if self.apply(config)? {
                    return self.done(&context, &sources);
                }
            }
        }
        self.say("entering maintenance service", &[]);
        self.machine.stage.send_replace(MachineStage::MAINTENANCE);
        let mut outputs = Outputs::default();
        outputs.put::<MaintenanceServiceRequests>(ID, MaintenanceServiceRequestSpec {});
        context.settle(outputs)?;
        sources.push("maintenance");
        let reference = MachineConfig::reference(MachineConfig::MAINTENANCE);
        loop {
            context.changed().await;
            let submitted = context.inputs().known::<MachineConfig>(&reference);
            let Some(submitted) = submitted else { continue };
            if self.apply(submitted.container().clone())? {
                break;
            }
        }
        // The service lets go of the request when its last answer is out.
        let request = Reference::new(
            MaintenanceServiceRequests::DEFINITION.namespace,
            MaintenanceServiceRequests::DEFINITION.type_name,
            ID,
        );
        context.settle(Outputs::default())?;
        while self.machine.store.get(&request).is_ok() {
            context.changed().await;
            context.settle(Outputs::default())?;
        }
        self.machine.stage.send_replace(MachineStage::BOOTING);
        self.say("leaving maintenance service", &[]);
        self.done(&context, &sources)
    }
}

impl AcquireController {
    fn say(&self, text: &str, fields: &[(&str, Value<'_>)]) {
        self.machine.console.controller(self.name(), text, fields);
    }

    /// The configuration that was kept, if keeping it was wanted.
    fn kept(&self) -> Result<Option<Container>, Error> {
        let path = self.machine.settings.state.join(state::CONFIG);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| Error::State(error.into()))?,
        };
        let config = talos_config::load(text).map_err(|error| Error::State(error.into()))?;
        if !config.persist() {
            self.say("config persistence is disabled, ignoring stored machine config", &[]);
            return Ok(None);
        }
        check(&config).map_err(Error::OnDisk)?;
        Ok(Some(config))
    }

    fn given(&self) -> Result<Option<Container>, Error> {
        self.say("downloading config", &[("platform", Value::Text(PLATFORM))]);
        let Some(text) = &self.machine.settings.user_data else { return Ok(None) };
        self.machine.console.line("fetching machine config from: USERDATA environment variable");
        let platform = PLATFORM;
        let config = talos_config::load(text.clone()).map_err(|source| Error::Platform { platform, source })?;
        check(&config).map_err(|source| Error::FromPlatform { platform, source })?;
        Ok(Some(config))
    }

    /// Puts a configuration in force; whether the machine can boot with it.
    fn apply(&self, config: Container) -> Result<bool, Failure> {
        let is_complete = config.config().is_some();
        let reference = MachineConfig::reference(MachineConfig::ACTIVE);
        self.machine.store.put(&reference, "", MachineConfig::from(config))?;
        Ok(is_complete)
    }

    fn done(&self, context: &Context, sources: &[&str]) -> Result<(), Failure> {
        self.say("machine config loaded successfully", &[("sources", Value::List(sources))]);
        let mut outputs = Outputs::default();
        outputs.put::<AcquireConfigStatuses>("acquire", AcquireConfigStatusSpec {});
        context.settle(outputs)
    }
}

/// Checks a configuration that comes from before the machine was started: nothing has to be installed.
fn check(config: &Container) -> Result<(), validate::ValidationErrors> {
    let options = validate::Options { install_required: Some(false), ..validate::Options::default() };
    validate::validate(config, validate::Mode::Container, options).1
}
