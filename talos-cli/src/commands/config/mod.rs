//! `talosctl config`: the client configuration.

mod add;
mod context;
mod contexts;
mod endpoint;
mod expiry;
mod info;
mod merge;
#[cfg(feature = "online")]
mod new;
mod node;
mod remove;
mod renew;

use anyhow::Context as _;

use crate::call::Call;
use crate::command::Command;
use crate::global::Environment;
use crate::talosconfig::File;

pub(crate) static COMMAND: Command = Command {
    long: "Look at and change the client configuration: the contexts that say where a cluster is, which machines commands are
about, and with which certificate to talk to them.",
    children: &[
        &add::COMMAND,
        &context::COMMAND,
        &contexts::COMMAND,
        &endpoint::COMMAND,
        &expiry::COMMAND,
        &info::COMMAND,
        &merge::COMMAND,
        #[cfg(feature = "online")]
        &new::COMMAND,
        &node::COMMAND,
        &remove::COMMAND,
        &renew::COMMAND,
    ],
    ..Command::new("config", "Look at and change the client configuration")
};

fn open(call: &Call<'_>, environment: &Environment) -> anyhow::Result<File> {
    File::open(call, environment).context("error reading config")
}

fn save(file: &File, environment: &Environment) -> anyhow::Result<()> {
    file.save(environment).context("error writing config")
}

/// Words of the command line as they are stored: without blanks around them.
fn trimmed(words: &[String]) -> Vec<String> {
    words.iter().map(|word| word.trim().to_owned()).collect()
}
