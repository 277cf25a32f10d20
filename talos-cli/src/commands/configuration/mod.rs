//! What the commands have in common that change the configuration of machines.

mod masked;

use talos_api::client::{Client, NodeReply};
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_api::proto::machine::{ApplyConfiguration, ApplyConfigurationRequest};
use talos_api::resources::{Dynamic, Resource};
use talos_config_yaml::value::Value;

use crate::call::Call;
use crate::connect::{Failure, Session};
use crate::flag::FlagOf;
use crate::go::Duration;
use crate::io::Io;
use crate::output::yaml;

pub(super) static DRY_RUN: FlagOf<bool> = FlagOf::switch("dry-run", "Only tell how the machine would take the change");
pub(super) static MODE: FlagOf<str> = FlagOf::choice(
    "mode",
    "How the machine takes the change",
    &["auto", "no-reboot", "reboot", "staged", "try"],
    "auto",
)
.short('m');
pub(super) static TIMEOUT: FlagOf<Duration> =
    FlagOf::duration("timeout", "With --mode=try, time after which the machine goes back to its old configuration")
        .default(Duration::from_minutes(1));

/// The type of the resource that holds a machine's configuration.
pub(super) const MACHINE_CONFIGURATION: &str = "MachineConfigs.config.talos.dev";

/// How a machine shall take a configuration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    mode: Mode,
    dry_run: bool,
    timeout: Duration,
}

impl Manner {
    /// What the flags say, with the mode by its name.
    pub(super) fn of(call: &Call<'_>, mode: &str) -> Self {
        let mode = match mode {
            "no-reboot" => Mode::NoReboot,
            "reboot" => Mode::Reboot,
            "staged" => Mode::Staged,
            "try" => Mode::Try,
            _ => Mode::Auto,
        };
        Self { mode, dry_run: call.get(&DRY_RUN), timeout: call.get(&TIMEOUT) }
    }
}

/// Sends a configuration; any failure of any machine is one of the call.
pub(super) async fn send(
    session: &Session,
    client: &Client,
    data: Vec<u8>,
    manner: Manner,
) -> Result<Vec<NodeReply<ApplyConfiguration>>, Failure> {
    const SECOND: i64 = 1_000_000_000;
    let timeout = prost_types::Duration {
        seconds: manner.timeout.0 / SECOND,
        nanos: i32::try_from(manner.timeout.0 % SECOND).expect("less than a second"),
    };
    let request = ApplyConfigurationRequest {
        data,
        mode: manner.mode.into(),
        dry_run: manner.dry_run,
        try_mode_timeout: Some(timeout),
    };
    session.all(client.apply_configuration(request)).await
}

/// Shows warnings of the machines, and what each did.
pub(super) fn show(replies: Vec<NodeReply<ApplyConfiguration>>, io: &mut Io<'_>) {
    for reply in replies {
        for warning in reply.value.warnings {
            io.warn(warning);
        }
        if !reply.value.mode_details.is_empty() {
            io.note(masked::mask(&reply.value.mode_details));
        }
    }
}

/// The configuration that a resource holds. Newer machines wrap it in a text.
pub(super) fn document(resource: &Resource<Dynamic>) -> String {
    let text = &resource.spec.yaml_spec;
    match yaml::parse(&resource.metadata.id, text) {
        Ok(Value::String(inner)) => inner,
        _ => text.clone(),
    }
}

/// A text without the lines of comments that an editing session begins with.
pub(super) fn without_leading_comments(mut text: &str) -> &str {
    while text.starts_with("# ") {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_leading_comments_go() {
        assert_eq!(without_leading_comments("# a\n# \nb\n# c\n"), "b\n# c\n");
        assert_eq!(without_leading_comments("#a\n# b\n"), "#a\n# b\n");
        assert_eq!(without_leading_comments("# a"), "");
    }
}
