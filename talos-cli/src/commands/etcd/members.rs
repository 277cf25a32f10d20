//! `talosctl etcd members`.

use anyhow::Context as _;
use talos_api::proto::machine::EtcdMemberListRequest;

use crate::call::Call;
use crate::command::Command;
use crate::connect::{self, Access};
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};

pub(crate) static COMMAND: Command = Command {
    flags: &[OUTPUT.row()],
    run: Some(run),
    ..Command::new("members", "List the members of etcd as each machine sees them")
};

const COLUMNS: [Column; 6] = [
    column("NODE", "node"),
    column("ID", "id"),
    column("HOSTNAME", "hostname"),
    column("PEER URLS", "peerUrls"),
    column("CLIENT URLS", "clientUrls"),
    column("LEARNER", "isLearner"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let request = EtcdMemberListRequest { query_local: true };
        let replies = session.some(session.client().etcd_member_list(request), io);
        let replies = replies.await.context("error getting members")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        listing.hide_first(replies.iter().all(|reply| !reply.is_named));
        for reply in replies {
            for member in reply.value.members {
                listing.row([
                    Cell::from(&reply.node),
                    super::id(member.id).into(),
                    member.hostname.into(),
                    Cell::list(member.peer_urls, ","),
                    Cell::list(member.client_urls, ","),
                    member.is_learner.into(),
                ]);
            }
        }
        if listing.is_empty() {
            listing.header(false);
        }
        Ok(listing.print(io)?)
    })
}
