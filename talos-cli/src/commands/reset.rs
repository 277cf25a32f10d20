//! `talosctl reset`.

use anyhow::{Context as _, bail};
use talos_api::proto::machine::reset_request::WipeMode;
use talos_api::proto::machine::{ResetPartitionSpec, ResetRequest};

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::io::Io;
use crate::track::{self, Action, Afterwards, DEBUG, TIMEOUT, Tracked, Until, WAIT};

static GRACEFUL: FlagOf<bool> = FlagOf::switch("graceful", "Cordon and drain the node and leave etcd before").on();
static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates; needs --wait=false");
static REBOOT: FlagOf<bool> = FlagOf::switch("reboot", "Reboot in the end instead of powering off");
static SYSTEM_LABELS: FlagOf<[String]> =
    FlagOf::list("system-labels-to-wipe", "Wipe only the system partitions with these labels");
static USER_DISKS: FlagOf<[String]> = FlagOf::list("user-disks-to-wipe", "Wipe these user disks");
static WIPE_MODE: FlagOf<str> =
    FlagOf::choice("wipe-mode", "Which disks are wiped", &["all", "system-disk", "user-disks"], "all");

pub(crate) static COMMAND: Command = Command {
    long: "Wipe machines and power them off. What is on the disks is lost.",
    arguments: Arguments::None,
    flags: &[
        DEBUG.row(),
        GRACEFUL.row(),
        INSECURE.row(),
        REBOOT.row(),
        SYSTEM_LABELS.row(),
        TIMEOUT.row(),
        USER_DISKS.row(),
        WAIT.row(),
        WIPE_MODE.row(),
    ],
    run: Some(run),
    ..Command::new("reset", "Wipe machines")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let insecure = call.get(&INSECURE);
    if insecure && track::wanted(call) {
        bail!("cannot use --wait and --insecure together");
    }
    let reboot = call.get(&REBOOT);
    let mode = match call.get(&WIPE_MODE) {
        "system-disk" => WipeMode::SystemDisk,
        "user-disks" => WipeMode::UserDisks,
        _ => WipeMode::All,
    };
    let partition = |label: &str| ResetPartitionSpec { label: label.to_owned(), wipe: true };
    let action = Action::Reset(ResetRequest {
        graceful: call.get(&GRACEFUL),
        reboot,
        system_partitions_to_wipe: call.get(&SYSTEM_LABELS).into_iter().map(partition).collect(),
        user_disks_to_wipe: call.get(&USER_DISKS).into_iter().map(str::to_owned).collect(),
        mode: mode.into(),
    });
    connect::run(call, Access::insecure(insecure), io, async |session, io| {
        if !track::wanted(call) {
            return track::send(session, &action, io).await?.context("error executing reset");
        }
        let afterwards =
            if reboot { Afterwards::MaintenanceOrBooted(session.nodes().to_vec()) } else { Afterwards::Nothing };
        track::run(session, call, Tracked { action, until: Until::Stopped, afterwards }, io).await
    })
}
