//! `ApplyConfiguration` on a machine that has a configuration.

use std::sync::Arc;
use std::time::Duration;

use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::proto::machine::{ApplyConfiguration, ApplyConfigurationRequest, ApplyConfigurationResponse};
use talos_api::server::failure;
use talos_config::diff::{self, Hunks};
use talos_config::value::duration;
use talos_config::{Container, immediate, validate};
use tonic::Status;

use crate::machine::Machine;
use crate::machine_config::MachineConfig;
use crate::sequencer::Sequence;
use crate::state;

/// How long a configuration is tried if the request does not say.
const TRIAL: Duration = Duration::from_secs(60);

/// What a mode comes to, once it is known whether the change needs a reboot.
fn resolve(current: Option<&Container>, new: &Container, mode: Mode) -> Result<(Mode, String), Status> {
    let (with, without) = ("Applied configuration with a reboot", "Applied configuration without a reboot");
    Ok(match mode {
        Mode::Reboot => (mode, with.to_owned()),
        Mode::Staged => (mode, "Staged configuration to be applied after the next reboot".to_owned()),
        Mode::NoReboot | Mode::Try => {
            immediate::check(current, new).map_err(|refusal| Status::invalid_argument(refusal.to_string()))?;
            (mode, without.to_owned())
        }
        Mode::Auto => match immediate::check(current, new) {
            Ok(()) => (Mode::NoReboot, without.to_owned()),
            Err(refusal) => (Mode::Reboot, format!("{with}: {refusal}")),
        },
    })
}

/// Takes a configuration: at once, for a trial, or with the next start.
///
/// # Errors
/// `InvalidArgument` for one that cannot be read, breaks rules, or changes at once what only changes with a reboot;
/// `Unknown` when it cannot be kept.
pub async fn apply_configuration(
    machine: &Arc<Machine>,
    request: ApplyConfigurationRequest,
) -> Result<ApplyConfigurationResponse, Status> {
    let Ok(wanted) = Mode::try_from(request.mode) else {
        let text = format!("incorrect mode '{}' specified for the apply config call", request.mode);
        return Err(Status::unknown(text));
    };
    if wanted != Mode::Try {
        machine.trial.end();
    }
    let invalid = |text: String| Status::invalid_argument(text);
    let new = talos_config::load(request.data).map_err(|error| invalid(error.to_string()))?;
    // A machine that runs needs no disk to be installed on.
    let options = validate::Options { install_required: Some(false), ..validate::Options::default() };
    let (warnings, verdict) = validate::validate(&new, machine.mode(), options);
    verdict.map_err(|errors| invalid(errors.to_string()))?;
    let current = machine.config();
    let current = current.as_ref().map(MachineConfig::container);
    let (mode, mut mode_details) = resolve(current, &new, wanted)?;
    if request.dry_run {
        let (first, changes) = match wanted {
            // The reason stands in what is applied, not in what would be.
            Mode::Auto => (mode_details.split_once(": ").map_or(&*mode_details, |(first, _)| first), current),
            _ => (&*mode_details, current),
        };
        let changes = changes.map(|current| diff::diff(current, &new)).unwrap_or_default();
        let shown = if changes.is_empty() { "No changes.".to_owned() } else { Hunks(&changes).to_string() };
        let mode_details = format!("Dry run summary:\n{first} (skipped in dry-run).\nConfig diff:\n{shown}");
        let reply = ApplyConfiguration { mode: mode.into(), mode_details, ..ApplyConfiguration::default() };
        return Ok(ApplyConfigurationResponse { messages: vec![reply] });
    }
    let name = |mode: Mode| mode.as_str_name().to_lowercase();
    let told = if wanted == mode { name(mode) } else { format!("{}({})", name(wanted), name(mode)) };
    machine.console.line(&format!("apply config request: mode {told}"));
    if mode != Mode::Try {
        machine.keep(state::CONFIG, new.bytes().into_owned()).await.map_err(|error| failure::unknown(&error))?;
    }
    match mode {
        Mode::Try => {
            let timeout = request.try_mode_timeout.and_then(|timeout| Duration::try_from(timeout).ok());
            let timeout = timeout.unwrap_or(TRIAL);
            let nanoseconds = i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX);
            mode_details += "\nThe config is applied in 'try' mode and will be automatically reverted back in ";
            mode_details += &duration::Duration::from_nanos(nanoseconds).to_string();
            machine.trial.begin(machine, timeout);
            put(machine, new)?;
        }
        Mode::NoReboot => put(machine, new)?,
        Mode::Staged | Mode::Auto => {}
        Mode::Reboot => super::begin(machine, Sequence::Reboot, String::new(), true, "apply configuration failed:"),
    }
    let warnings = warnings.into_iter().map(|warning| warning.finding.message).collect();
    let reply = ApplyConfiguration { metadata: None, mode: mode.into(), warnings, mode_details };
    Ok(ApplyConfigurationResponse { messages: vec![reply] })
}

/// Puts a configuration in force.
fn put(machine: &Machine, config: Container) -> Result<(), Status> {
    let reference = MachineConfig::reference(MachineConfig::ACTIVE);
    let put = machine.store.put(&reference, "", MachineConfig::from(config));
    put.map_err(|error| failure::unknown(&error))
}
