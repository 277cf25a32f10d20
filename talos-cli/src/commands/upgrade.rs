//! `talosctl upgrade`.

use std::time::{Instant, SystemTime};

use anyhow::{Context as _, bail};
use talos_api::proto::machine::UpgradeRequest;
use talos_api::proto::machine::upgrade_request::RebootMode;
use talos_config::constants;
use talos_config::images;
use talos_pki::Clock as _;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::flag::FlagOf;
use crate::go::moment;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::track::{self, Action, Afterwards, DEBUG, TIMEOUT, Tracked, Until, WAIT};

static FORCE: FlagOf<bool> =
    FlagOf::switch("force", "Do not check the health and the members of etcd before").short('f');
static IMAGE: FlagOf<str> = FlagOf::text("image", "Installer to upgrade to")
    .short('i')
    .computed(|_| images::installer(constants::TALOS_VERSION));
static INSECURE: FlagOf<bool> =
    FlagOf::switch("insecure", "Ask the maintenance service, which takes no certificates; needs --wait=false");
static PRESERVE: FlagOf<bool> = FlagOf::switch("preserve", "Keep the data of the machine").short('p');
static REBOOT_MODE: FlagOf<str> =
    FlagOf::text("reboot-mode", "How to reboot: default, or powercycle to go through the firmware")
        .short('m')
        .default("default");
static STAGE: FlagOf<bool> =
    FlagOf::switch("stage", "Install at the next boot, before anything uses the disk").short('s');

pub(crate) static COMMAND: Command = Command {
    arguments: Arguments::None,
    flags: &[
        DEBUG.row(),
        FORCE.row(),
        IMAGE.row(),
        INSECURE.row(),
        OUTPUT.row(),
        PRESERVE.row(),
        REBOOT_MODE.row(),
        STAGE.row(),
        TIMEOUT.row(),
        WAIT.row(),
    ],
    run: Some(run),
    ..Command::new("upgrade", "Install another version of Talos on machines")
};

const COLUMNS: [Column; 3] = [column("NODE", "node"), column("ACK", "ack"), column("STARTED", "started")];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let begun = Instant::now();
    let insecure = call.get(&INSECURE);
    if insecure && track::wanted(call) {
        bail!("cannot use --wait and --insecure together");
    }
    let given = call.get(&REBOOT_MODE);
    let mode = match given.to_lowercase().as_str() {
        "default" => RebootMode::Default,
        "powercycle" => RebootMode::Powercycle,
        _ => bail!("invalid reboot mode: {given}"),
    };
    let request = UpgradeRequest {
        image: call.get(&IMAGE).to_owned(),
        preserve: call.get(&PRESERVE),
        stage: call.get(&STAGE),
        force: call.get(&FORCE),
        reboot_mode: mode.into(),
    };
    connect::run(call, Access::insecure(insecure), io, async |session, io| {
        if track::wanted(call) {
            let action = Action::Upgrade(request);
            let tracked = Tracked { action, until: Until::Running, afterwards: Afterwards::Booted };
            return track::run(session, call, tracked, io).await;
        }
        session.warn_about_older_nodes(io).await?;
        let replies = session.some(session.client().upgrade(request), io).await.context("error performing upgrade")?;
        let mut listing = Listing::new(&COLUMNS, Format::named(call.get(&OUTPUT)));
        for reply in replies {
            let now = io.environment.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let nanos = i32::try_from(now.subsec_nanos()).expect("less than a second");
            // The time since the start of the program belongs to the form that people know.
            let shown = format!("{} m=+{:.9}", moment::long(seconds, nanos), begun.elapsed().as_secs_f64());
            listing.row([Cell::from(reply.node), reply.value.ack.into(), Cell::shown(shown, moment::rfc3339(seconds))]);
        }
        Ok(listing.print(io)?)
    })
}
