//! `talosctl apply-config`: gives a machine a configuration.

use anyhow::{Context as _, anyhow, bail};
use talos_api::client::Fingerprint;
use talos_config::patch::Input;

use super::configuration::{self, DRY_RUN, Manner, TIMEOUT};
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access};
use crate::diagnose;
use crate::files;
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;

static CERT_FINGERPRINT: FlagOf<[String]> =
    FlagOf::list("cert-fingerprint", "Fingerprints of the certificates that are accepted with --insecure");
static CONFIG_PATCH: FlagOf<[String]> = FlagOf::list(
    "config-patch",
    "Patches to apply to the configuration before it is sent; @file reads one from a file",
)
.short('p');
static FILE: FlagOf<str> =
    FlagOf::text("file", "File with the configuration").short('f').completed_by(Completer::Files);
static INSECURE: FlagOf<bool> = FlagOf::switch(
    "insecure",
    "Talk to the maintenance service of a machine without a configuration, which takes no certificates",
)
.short('i');
static MODE: FlagOf<str> = FlagOf::choice(
    "mode",
    "How the machine takes the configuration",
    &["auto", "interactive", "no-reboot", "reboot", "staged", "try"],
    "auto",
)
.short('m');

pub(crate) static COMMAND: Command = Command {
    aliases: &["apply"],
    long: "Give machines a configuration: new ones with --insecure, others in place of the one they have.
The machine decides whether it has to reboot, unless --mode says so.",
    examples: "  talosctl apply-config --insecure --nodes 10.5.0.2 --file controlplane.yaml\n  talosctl apply-config --nodes 10.5.0.2 --file controlplane.yaml --dry-run",
    arguments: Arguments::AtMost(1),
    flags: &[
        CERT_FINGERPRINT.row(),
        CONFIG_PATCH.row(),
        DRY_RUN.row(),
        FILE.row(),
        INSECURE.row(),
        MODE.row(),
        TIMEOUT.row(),
    ],
    run: Some(run),
    completer: Completer::Nothing,
    ..Command::new("apply-config", "Give a machine a configuration")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    check_word(call, io)?;
    let mode = call.get(&MODE);
    if mode == "interactive" {
        bail!("mode interactive is not available, write the configuration to a file with `talosctl gen config`");
    }
    let data = configuration(call, io)?;
    let insecure = call.get(&INSECURE);
    let access = if insecure { Access::Maintenance(fingerprints(call.get(&CERT_FINGERPRINT))?) } else { Access::Nodes };
    connect::run(call, access, io, async |session, io| {
        if insecure && session.endpoints().len() > 1 && io.stderr.is_terminal() {
            io.warn("with --insecure the configuration goes to one of the machines only, name one at a time");
        }
        let replies = configuration::send(session, session.client(), data, Manner::of(call, mode)).await;
        configuration::show(replies.context("error applying new configuration")?, io);
        Ok(())
    })
}

/// `talosctl apply config` reads like a sentence, and so does `talosctl apply machineconfig`. No other word is accepted.
fn check_word(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let Some(word) = call.arguments.first() else { return Ok(()) };
    let error = if word != "config" && !word.eq_ignore_ascii_case("machineconfig") {
        anyhow!("unknown positional argument {word}")
    } else if call.called_as != "apply" {
        anyhow!("expected no positional arguments")
    } else {
        return Ok(());
    };
    std::io::Write::write_all(&mut io.stdout, call.help(&io.environment).as_bytes())?;
    Err(error)
}

/// The bytes to send: those of the file, or what patches make of them.
fn configuration(call: &Call<'_>, io: &Io<'_>) -> anyhow::Result<Vec<u8>> {
    let path = call.get(&FILE);
    if path.is_empty() {
        bail!("no filename supplied for configuration");
    }
    let text = files::read(&io.environment, path)
        .with_context(|| format!("failed to read configuration from {}", go::quote(path)))?;
    if text.is_empty() {
        bail!("no configuration data read");
    }
    let patches = diagnose::load_patches(&call.get(&CONFIG_PATCH), &io.environment)?;
    if patches.is_empty() {
        return Ok(text);
    }
    Ok(diagnose::apply(path, Input::Text(text), &patches)?.into_text())
}

/// Fingerprints of the command line. One of another length matches no certificate.
fn fingerprints(texts: Vec<&str>) -> anyhow::Result<Vec<Fingerprint>> {
    let parse = |text: &str| {
        let fingerprint = talos_pki::Fingerprint::parse(text)
            .with_context(|| format!("error parsing certificate fingerprint {}", go::quote(text)))?;
        Fingerprint::try_from(fingerprint.as_bytes()).map_err(|_| {
            anyhow!("error parsing certificate fingerprint {}: it does not have 32 bytes", go::quote(text))
        })
    };
    texts.into_iter().map(parse).collect()
}
