//! Configurations and patches of the user: loaded, applied and checked, with the place of everything that is wrong.
//!
//! The texts of errors stay those that the library gives; the places stand in records beside them.

use anyhow::Context;
use talos_config::bundle::{self, Patches};
use talos_config::diagnostic::{self, Severity as Found};
use talos_config::patch::{self, ApplyError, Input, LoadError, Patch};
use talos_config::validate::{Located, ValidationErrors};
use talos_config::{Container, Source, load_source};

use crate::diagnostics::{Diagnosed, Diagnostic, Format, Place, Severity, json};
use crate::files;
use crate::global::Environment;
use crate::io::Io;

/// What stands for the name of a file where a patch is given on the command line itself.
const INLINE_PATCH: &str = "(patch)";

/// Loads the configuration in a file.
///
/// # Errors
/// When it cannot be read or is not a configuration.
pub(crate) fn load(path: &str, environment: &Environment) -> anyhow::Result<Container> {
    let text = match files::read(environment, path) {
        // The reference decodes while it reads.
        Err(error) if error.operation == "read" => return Err(error).context("decode error: yaml: input error"),
        text => text?,
    };
    load_source(Source::new(path, text)).map_err(|error| {
        let records = records(&diagnostic::load_error(&error), path);
        Diagnosed { text: error.to_string(), records }.into()
    })
}

/// Loads patches as flags give them: texts, or `@` and the name of a file.
///
/// # Errors
/// At the first that cannot be read or is not a patch.
pub(crate) fn load_patches(texts: &[&str], environment: &Environment) -> anyhow::Result<Vec<Patch>> {
    let mut read =
        |name: &str| files::read(environment, name).map_err(|error| format!("{:#}", anyhow::Error::new(error)));
    patch::load_all(texts, &mut read).map_err(|error| {
        let records = match &error {
            LoadError::Configuration(error) => records(&diagnostic::load_error(error), INLINE_PATCH),
            _ => Vec::new(),
        };
        Diagnosed { text: error.to_string(), records }.into()
    })
}

/// Applies patches to what a file holds.
///
/// # Errors
/// At the first that does not apply.
pub(crate) fn apply(path: &str, input: Input, patches: &[Patch]) -> anyhow::Result<Input> {
    patch::apply(input, patches).map_err(|error| {
        let records = apply_records(&error, patches, path);
        Diagnosed { text: error.to_string(), records }.into()
    })
}

/// The error of a bundle, with the places in the patches.
pub(crate) fn of_bundle(error: bundle::Error, patches: &Patches) -> anyhow::Error {
    let records = match &error {
        bundle::Error::PatchAll(error) => apply_records(error, &patches.all, ""),
        bundle::Error::PatchControlPlane(error) => apply_records(error, &patches.control_plane, ""),
        bundle::Error::PatchWorker(error) => apply_records(error, &patches.worker, ""),
        _ => Vec::new(),
    };
    let text = format!("{:#}", anyhow::Error::new(error));
    Diagnosed { text, records }.into()
}

/// Shows the warnings of a check.
pub(crate) fn warn(configuration: &Container, warnings: &[Located], io: &mut Io<'_>) {
    if io.diagnostics == Format::Text {
        for warning in warnings {
            io.warn(&warning.finding.message);
        }
        return;
    }
    for record in records(&diagnostic::findings(configuration, warnings, Found::Warning), "") {
        io.note(json(&record));
    }
}

/// Turns the errors of a check into one error.
///
/// # Errors
/// The errors, if there are any.
pub(crate) fn verdict(configuration: &Container, verdict: Result<(), ValidationErrors>) -> anyhow::Result<()> {
    verdict.map_err(|errors| {
        let records = records(&diagnostic::findings(configuration, &errors.0, Found::Error), "");
        Diagnosed { text: errors.to_string(), records }.into()
    })
}

/// Line and column of each finding as `line:column: `; empty where the text has no such place.
pub(crate) fn places(configuration: &Container, found: &[Located]) -> Vec<String> {
    let place = |record: &diagnostic::Diagnostic| match &record.place {
        Some(place) => format!("{}:{}: ", place.position.line, place.position.column),
        None => " ".to_owned(),
    };
    diagnostic::findings(configuration, found, Found::Warning).iter().map(place).collect()
}

/// Text that a patch made has no name: its places mean nothing to the user.
fn apply_records(error: &ApplyError, patches: &[Patch], base: &str) -> Vec<Diagnostic> {
    match error {
        ApplyError::Load(error) => {
            let patched = patches.iter().any(|patch| matches!(patch, Patch::Json(_)));
            let mut records = records(&diagnostic::load_error(error), base);
            if patched || base.is_empty() {
                records.iter_mut().for_each(|record| record.place = None);
            }
            records
        }
        ApplyError::Merge { patch, error } => match patches.get(*patch) {
            Some(Patch::Strategic(patch)) => records(&diagnostic::merge_error(error, patch), INLINE_PATCH),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// As the output wants them; texts without a name get one.
fn records(diagnostics: &[diagnostic::Diagnostic], unnamed: &str) -> Vec<Diagnostic> {
    let record = |found: &diagnostic::Diagnostic| Diagnostic {
        severity: match found.severity {
            Found::Error => Severity::Error,
            Found::Warning => Severity::Warning,
        },
        message: found.message.clone(),
        place: found.place.as_ref().map(|place| Place {
            file: if place.source.is_empty() { unnamed } else { &place.source }.to_owned(),
            field: found.path.clone(),
            line: place.position.line as usize,
            column: place.position.column as usize,
            length: place.length,
            text: place.line.clone(),
        }),
        hints: found.hints.clone(),
    };
    diagnostics.iter().map(record).collect()
}
