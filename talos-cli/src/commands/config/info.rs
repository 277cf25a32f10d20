//! `talosctl config info`: the current context and its certificate.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Context as _;
use talos_config::talosconfig::Context;
use talos_pki::{Certificate, Clock, pem};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnostics::Format;
use crate::expiry;
use crate::io::Io;

pub(crate) static COMMAND: Command =
    Command { arguments: Arguments::None, run: Some(run), ..Command::new("info", "Show the current context") };

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut file = super::open(call, &io.environment)?;
    let context = file.chosen(call)?;
    let (endpoints, nodes) = (shown(&context.endpoints), shown(&context.nodes));
    let certificate = certificate(context)?;

    let now = io.environment.now();
    let mut out = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(out, "{label:<20} {value}");
    };
    line("Current context:", &file.config.context);
    line("Nodes:", &nodes);
    line("Endpoints:", &endpoints);
    if let Some(certificate) = &certificate {
        let roles = certificate.roles().to_strings();
        if !roles.is_empty() {
            line("Roles:", &roles.join(", "));
        }
        line("Certificate expires:", &expiry::describe(certificate.not_after(), now));
    }
    io.stdout.write_all(out.as_bytes())?;
    // Programs that read the output of the original know no warning here.
    let asked = io.stderr.is_terminal() || io.diagnostics == Format::Json;
    if let Some(end) = certificate.map(|certificate| certificate.not_after())
        && asked
        && expiry::is_near(end, now, expiry::SOON)
    {
        io.warn(expiry::warning("the client certificate", end, now));
    }
    Ok(())
}

fn shown(list: &[String]) -> String {
    if list.is_empty() { "not defined".into() } else { list.join(", ") }
}

/// The client certificate of a context, if it has one.
pub(super) fn certificate(context: &Context) -> anyhow::Result<Option<Certificate>> {
    if context.crt.is_empty() {
        return Ok(None);
    }
    let text = talos_pki::base64::decode(&context.crt)?;
    let block = pem::decode(&text).context("error decoding PEM")?;
    Ok(Some(Certificate::from_der(block.contents.to_vec())?))
}
