//! `talosctl etcd remove-member`.

use talos_api::proto::machine::{EtcdRemoveMemberByIdRequest, EtcdRemoveMemberRequest};
use tonic::Code;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access};
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long: "Remove a member from etcd, by the id that `talosctl etcd members` shows or by its host name. Use it for machines that
are gone; one that runs should leave by itself. The machines asked must be other members.",
    arguments: Arguments::Exactly(1),
    run: Some(run),
    completer: Completer::Nothing,
    ..Command::new("remove-member <member ID>|<hostname>", "Remove a member from etcd")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let member = &call.arguments[0];
    // Host names made of hexadecimal digits are tried as ids, too.
    let id = u64::from_str_radix(member, 16).ok().filter(|_| !member.starts_with('+'));
    connect::run(call, Access::Nodes, io, async |session, _| {
        if let Some(member_id) = id {
            let request = EtcdRemoveMemberByIdRequest { member_id };
            match session.all(session.client().etcd_remove_member_by_id(request)).await {
                Ok(_) => return Ok(()),
                Err(failure) if failure.code() == Code::NotFound => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        let request = EtcdRemoveMemberRequest { member: member.clone() };
        session.all(session.client().etcd_remove_member(request)).await?;
        Ok(())
    })
}
