use std::fs;
use std::io;
use std::sync::Arc;

use talos_api::events::EventPayload;
use talos_api::proto::machine::{ConfigLoadErrorEvent, TaskEvent, task_event};
use talos_api::resources::Kind;
use talos_api::resources::config::MachineConfigs;
use talos_api::resources::runtime::{MaintenanceServiceRequestSpec, MaintenanceServiceRequests};
use talos_api::resources::v1alpha1::{AcquireConfigSpecs, AcquireConfigStatusSpec, AcquireConfigStatuses};
use talos_config::{Container, validate};

use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::Reference;
use crate::cosi::controller::{Context, Controller, Failure, Input, Output, Outputs, Run};
use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::{platform, sequencer, state};

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
    /// The platform does not give it.
    #[error("error acquiring via platform {platform}: {source}")]
    Acquire { platform: &'static str, source: platform::Error },
    /// The platform's cannot be opened.
    #[error(transparent)]
    Packed(platform::Error),
    /// The platform's cannot be read.
    #[error("failed to load config via platform {platform}: {source}")]
    Platform { platform: &'static str, source: talos_config::load::Error },
    /// The platform's breaks rules.
    #[error("failed to validate config acquired via platform {platform}: {source}")]
    FromPlatform { platform: &'static str, source: validate::ValidationErrors },
}

#[tonic::async_trait]
impl Run for AcquireController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        while context.inputs().list::<AcquireConfigSpecs>().is_empty() {
            context.changed().await;
        }
        self.acquire(&context).await.inspect_err(|failure| self.announce(&**failure))
    }
}

impl AcquireController {
    /// Tells whoever follows the machine's events that there is no usable configuration.
    fn announce(&self, failure: &(dyn std::error::Error + Send + Sync)) {
        let event = ConfigLoadErrorEvent { error: failure.to_string() };
        self.machine.events.publish("", EventPayload::ConfigLoadError(event));
    }

    async fn acquire(&self, context: &Context) -> Result<(), Failure> {
        let mut sources = Vec::new();
        let found = match self.kept()? {
            Some(config) => Some(("state", config)),
            None => self.given().await?.map(|config| (self.machine.settings.platform.name(), config)),
        };
        if let Some((source, config)) = found {
            sources.push(source);
            if self.apply(config)? {
                return self.done(context, &sources);
            }
        }
        self.say("entering maintenance service", &[]);
        self.maintenance(task_event::Action::Start);
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
        self.maintenance(task_event::Action::Stop);
        self.say("leaving maintenance service", &[]);
        self.done(context, &sources)
    }

    /// Tells that maintenance mode begins or ends, as a task would.
    fn maintenance(&self, action: task_event::Action) {
        let event = TaskEvent { task: "runningMaintenance".to_owned(), action: action.into() };
        self.machine.events.publish("", EventPayload::Task(event));
    }

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
        // A machine with a kept configuration is installed.
        let options = validate::Options { install_required: Some(false), ..validate::Options::default() };
        self.check(&config, options, &[]).map_err(Error::OnDisk)?;
        Ok(Some(config))
    }

    /// The configuration that the platform has, if it has one.
    async fn given(&self) -> Result<Option<Container>, Error> {
        let platform = self.machine.settings.platform.name();
        let field = ("platform", Value::Text(platform));
        self.say("downloading config", &[field]);
        let given = self.machine.settings.platform.configuration(&self.machine).await;
        let Some(given) = given.map_err(|source| Error::Acquire { platform, source })? else { return Ok(None) };
        let text = platform::unpack(given).map_err(Error::Packed)?;
        let config = talos_config::load(text).map_err(|source| Error::Platform { platform, source })?;
        let checked = self.check(&config, validate::Options::default(), &[field]);
        checked.map_err(|source| Error::FromPlatform { platform, source })?;
        Ok(Some(config))
    }

    /// Checks a configuration, and says what is not as it should be.
    fn check(
        &self,
        config: &Container,
        options: validate::Options<'_>,
        fields: &[(&str, Value<'_>)],
    ) -> Result<(), validate::ValidationErrors> {
        let (warnings, outcome) = validate::validate(config, self.machine.settings.platform.mode(), options);
        outcome?;
        for warning in warnings {
            let warning = Value::Text(&warning.finding.message);
            let fields: Vec<_> = fields.iter().copied().chain([("warning", warning)]).collect();
            self.say("config validation warning", &fields);
        }
        Ok(())
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
        outputs.put::<AcquireConfigStatuses>(sequencer::CONFIG, AcquireConfigStatusSpec {});
        context.settle(outputs)
    }
}
