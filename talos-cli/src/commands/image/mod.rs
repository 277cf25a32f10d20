//! `talosctl image`: container images of machines.

mod default;
#[cfg(feature = "online")]
mod list;
#[cfg(feature = "online")]
mod pull;

use crate::command::Command;
use crate::flag::FlagOf;

pub(crate) use default::print;

pub(crate) static NAMESPACE: FlagOf<str> =
    FlagOf::text("namespace", "Namespace of the images: cri or system").word("system").default("cri");

pub(crate) static COMMAND: Command = Command {
    persistent: &[NAMESPACE.row()],
    children: &[
        &default::COMMAND,
        #[cfg(feature = "online")]
        &list::COMMAND,
        #[cfg(feature = "online")]
        &pull::COMMAND,
    ],
    ..Command::new("image", "Look at and fetch container images")
};

/// The namespace that the command line means.
#[cfg(feature = "online")]
fn namespace(call: &crate::call::Call<'_>) -> anyhow::Result<talos_api::proto::common::ContainerdNamespace> {
    use talos_api::proto::common::ContainerdNamespace;

    match call.get(&NAMESPACE) {
        "cri" => Ok(ContainerdNamespace::NsCri),
        "system" => Ok(ContainerdNamespace::NsSystem),
        other => anyhow::bail!("unsupported namespace {}", crate::go::quote(other)),
    }
}
