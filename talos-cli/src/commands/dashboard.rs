//! `talosctl dashboard`: a screen full of what nodes are and do.

use anyhow::bail;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::dashboard;
use crate::flag::FlagOf;
use crate::go::Duration;
use crate::io::Io;

static UPDATE_INTERVAL: FlagOf<Duration> = FlagOf::duration("update-interval", "Ask machines for numbers this often")
    .short('d')
    .default(Duration::from_seconds(3));

pub(crate) static COMMAND: Command = Command {
    long: "Show machines on the whole terminal: what they are, their kernel log, and how busy they are.\n\n\
           F1, 1            what the machine is, and its kernel log\n\
           F2, 2            processors, memory, network, disks and processes\n\
           h, left          the machine before\n\
           l, right         the machine after\n\
           j, down          one line on in the log or among processes\n\
           k, up            one line back\n\
           Ctrl-D, Ctrl-U   half a page on or back\n\
           Ctrl-F, Ctrl-B   a page on or back, as Page Down and Page Up\n\
           Home, End        the beginning, and the end, from where the log is followed\n\
           s                sort processes by CPU, memory, time, or number\n\
           q, Ctrl-C        leave",
    arguments: Arguments::None,
    flags: &[UPDATE_INTERVAL.row()],
    run: Some(run),
    ..Command::new("dashboard", "Watch machines on the whole terminal")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    if !io.stdout.is_terminal() {
        bail!("the dashboard needs a terminal as standard input and output");
    }
    let interval = call.get(&UPDATE_INTERVAL).to_std();
    connect::run(call, Access::Nodes, io, async |session, io| dashboard::run(session, interval, &io.environment).await)
}
