//! `talosctl config expiry`: when the certificates of the contexts end.

use std::io::Write;

use anyhow::bail;
use talos_pki::Clock;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::commands::global;
use crate::exit::AlreadyReported;
use crate::expiry;
use crate::flag::FlagOf;
use crate::go::{self, Duration};
use crate::io::Io;
use crate::relative_time::relative;
use crate::table::Table;

static CHECK: FlagOf<bool> =
    FlagOf::switch("check", "Fail if a certificate ends within the time of --within").addition();
static WITHIN: FlagOf<Duration> = FlagOf::duration("within", "How long before its end a certificate is warned about")
    .default(Duration::from_seconds(expiry::SOON.as_secs().cast_signed()))
    .addition();

pub(crate) static COMMAND: Command = Command {
    long: "List the contexts with the end of their client certificates, or the one of --context alone. Certificates near their
end are warned about.",
    examples: "  talosctl config expiry --check --within 168h || talosctl config renew --with-secrets secrets.yaml",
    addition: true,
    arguments: Arguments::None,
    flags: &[CHECK.row(), WITHIN.row()],
    run: Some(run),
    ..Command::new("expiry", "Show when client certificates end")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let file = super::open(call, &io.environment)?;
    let only = call.get(&global::CONTEXT);
    if !only.is_empty() && !file.config.contexts.contains_key(only) {
        bail!("context {} is not defined", go::quote(only));
    }
    let (now, span) = (io.environment.now(), call.get(&WITHIN).to_std());
    let mut table = Table::new();
    table.row(["CURRENT", "NAME", "EXPIRES", "IN"]);
    let mut warnings = Vec::new();
    for (name, context) in &file.config.contexts {
        if !only.is_empty() && name != only {
            continue;
        }
        let current = if *name == file.config.context { "*" } else { "" };
        let (date, distance) = match super::info::certificate(context) {
            Ok(None) => ("-".into(), "no certificate".into()),
            Ok(Some(certificate)) => {
                let end = certificate.not_after();
                if expiry::is_near(end, now, span) {
                    warnings.push(expiry::warning(
                        &format!("the client certificate of context {}", go::quote(name)),
                        end,
                        now,
                    ));
                }
                (expiry::date(end), relative(end, now))
            }
            Err(error) => {
                warnings
                    .push(format!("the client certificate of context {} cannot be read: {error:#}", go::quote(name)));
                ("?".into(), "unreadable certificate".to_owned())
            }
        };
        table.row([current, name, &date, &distance]);
    }
    io.stdout.write_all(table.render().as_bytes())?;
    for warning in &warnings {
        io.warn(warning);
    }
    if call.get(&CHECK) && !warnings.is_empty() {
        return Err(AlreadyReported.into());
    }
    Ok(())
}
