//! `talosctl etcd alarm`: conditions under which etcd refuses to work.

mod disarm;
mod list;

use talos_api::client::NodeReply;
use talos_api::proto::machine::etcd_member_alarm::AlarmType;
use talos_api::proto::machine::{EtcdAlarm, EtcdAlarmDisarm, EtcdMemberAlarm};

use crate::command::Command;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, column};

pub(crate) static COMMAND: Command = Command {
    children: &[&disarm::COMMAND, &list::COMMAND],
    ..Command::new("alarm", "Look at alarms of etcd, and clear them")
};

const COLUMNS: [Column; 3] = [column("NODE", "node"), column("MEMBER", "memberId"), column("ALARM", "alarm")];

/// Both replies hold the same.
trait Alarms {
    fn alarms(self) -> Vec<EtcdMemberAlarm>;
}

impl Alarms for EtcdAlarm {
    fn alarms(self) -> Vec<EtcdMemberAlarm> {
        self.member_alarms
    }
}

impl Alarms for EtcdAlarmDisarm {
    fn alarms(self) -> Vec<EtcdMemberAlarm> {
        self.member_alarms
    }
}

/// A table of alarms; nothing at all if there are none.
fn print<T: Alarms>(replies: Vec<NodeReply<T>>, format: Format, io: &mut Io<'_>) -> anyhow::Result<()> {
    let mut listing = Listing::new(&COLUMNS, format);
    listing.hide_first(replies.iter().all(|reply| !reply.is_named));
    for reply in replies {
        let node = reply.node;
        for alarm in reply.value.alarms() {
            let kind = AlarmType::try_from(alarm.alarm).map_or("UNKNOWN", |kind| kind.as_str_name());
            listing.row([Cell::from(&node), super::id(alarm.member_id).into(), kind.into()]);
        }
    }
    if listing.is_empty() {
        listing.header(false);
    }
    Ok(listing.print(io)?)
}
