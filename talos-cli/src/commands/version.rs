//! `talosctl version`: versions of this program and of machines.

use std::fmt::Write as _;
use std::io::Write;

use talos_config::constants;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::flag::FlagOf;
use crate::io::Io;

static CLIENT: FlagOf<bool> = FlagOf::switch("client", "Print the version of this program only");
static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates").short('i');
static JSON: FlagOf<bool> = FlagOf::switch("json", "Print the answers of the machines as JSON").hidden();
static SHORT: FlagOf<bool> = FlagOf::switch("short", "Print the version of this program in one line");

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[CLIENT.row(), INSECURE.row(), JSON.row(), SHORT.row()],
    run: Some(run),
    ..Command::new("version", "Print the versions of this program and of machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    if !call.get(&JSON) {
        let mut out = String::from("Client:\n");
        if call.get(&SHORT) {
            let _ = writeln!(out, "Talos {}", constants::TALOS_VERSION);
        } else {
            out.push_str(&client_block());
        }
        if !call.get(&CLIENT) {
            out.push_str("Server:\n");
        }
        io.stdout.write_all(out.as_bytes())?;
        if call.get(&CLIENT) {
            return Ok(());
        }
    }
    servers(call, io)
}

/// Shows the versions of machines.
#[cfg(feature = "online")]
fn servers(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    use anyhow::Context as _;

    use crate::connect::{self, Access};

    connect::run(call, Access::insecure(call.get(&INSECURE)), io, async |session, io| {
        let replies = session.some(session.client().version(), io).await.context("error getting version")?;
        for reply in replies {
            let text = if call.get(&JSON) { server_json(&reply) } else { server_block(&reply) };
            io.stdout.write_all(text.as_bytes())?;
        }
        Ok(())
    })
}

#[cfg(not(feature = "online"))]
fn servers(_: &Call<'_>, _: &mut Io<'_>) -> anyhow::Result<()> {
    anyhow::bail!("this build of talosctl does not talk to machines")
}

#[cfg(feature = "online")]
pub(crate) type Reply = talos_api::client::NodeReply<talos_api::proto::machine::Version>;

/// The versions of this program and of one machine, without the name of the machine.
#[cfg(feature = "online")]
pub(crate) fn summary(replies: &[Reply]) -> String {
    let servers: String = replies.iter().map(|reply| block(release(reply))).collect();
    format!("Client:\n{}Server:\n{servers}", client_block())
}

/// What a machine says about itself, each line indented by a tab.
#[cfg(feature = "online")]
fn server_block(reply: &Reply) -> String {
    let rbac = reply.value.features.as_ref().is_some_and(|features| features.rbac);
    let enabled = if rbac { "RBAC" } else { "" };
    block([("NODE", reply.node.clone())]) + &block(release(reply)) + &block([("Enabled", enabled.to_owned())])
}

/// What the machine runs.
#[cfg(feature = "online")]
fn release(reply: &Reply) -> [(&'static str, String); 5] {
    let version = reply.value.version.clone().unwrap_or_default();
    [
        ("Tag", version.tag),
        ("SHA", version.sha),
        ("Built", version.built),
        ("Go version", version.go_version),
        ("OS/Arch", format!("{}/{}", version.os, version.arch)),
    ]
}

/// The answer of a machine in the JSON form of its message, on one line.
#[cfg(feature = "online")]
fn server_json(reply: &Reply) -> String {
    use talos_config_yaml::value::Value;

    use crate::output::json::{self, Keys, Layout};

    let text = |key: &str, text: &str| (!text.is_empty()).then(|| (key.to_owned(), Value::String(text.to_owned())));
    let mapping = |entries: Vec<Option<(String, Value)>>| {
        Value::Mapping(entries.into_iter().flatten().map(|(key, value)| (Value::String(key), value)).collect())
    };
    let message = &reply.value;
    let metadata = reply.is_named.then(|| ("metadata".to_owned(), mapping(vec![text("hostname", &reply.node)])));
    let version = message.version.as_ref().map(|version| {
        let fields = [
            text("tag", &version.tag),
            text("sha", &version.sha),
            text("built", &version.built),
            text("goVersion", &version.go_version),
            text("os", &version.os),
            text("arch", &version.arch),
        ];
        ("version".to_owned(), mapping(fields.into()))
    });
    let platform = message.platform.as_ref().map(|platform| {
        ("platform".to_owned(), mapping(vec![text("name", &platform.name), text("mode", &platform.mode)]))
    });
    let features = message.features.as_ref().map(|features| {
        let rbac = features.rbac.then(|| ("rbac".to_owned(), Value::Bool(true)));
        ("features".to_owned(), mapping(vec![rbac]))
    });
    json::text(&mapping(vec![metadata, version, platform, features]), Layout::Compact, Keys::Kept) + "\n"
}

/// What is known about this program, each line indented by a tab.
fn client_block() -> String {
    block([
        ("Tag", constants::TALOS_VERSION.to_owned()),
        ("SHA", option_env!("TALOSCTL_SHA").unwrap_or_default().to_owned()),
        ("Built", option_env!("TALOSCTL_BUILT").unwrap_or_default().to_owned()),
        ("Go version", format!("none (talos-rs {})", env!("CARGO_PKG_VERSION"))),
        ("OS/Arch", format!("{}/{}", operating_system(), architecture())),
    ])
}

fn block<const N: usize>(lines: [(&str, String); N]) -> String {
    let mut block = String::new();
    for (label, value) in lines {
        let _ = writeln!(block, "\t{:<12} {value}", format!("{label}:"));
    }
    block
}

/// The operating system under the name release files use.
fn operating_system() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        name => name,
    }
}

/// The processor under the name release files use.
pub(crate) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        name => name,
    }
}
