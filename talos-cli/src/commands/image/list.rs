//! `talosctl image list`.

use anyhow::Context as _;
use talos_api::proto::machine::ImageListRequest;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access};
use crate::go::moment;
use crate::io::Io;
use crate::output::{Cell, Column, Format, Listing, OUTPUT, column};
use crate::size;

pub(crate) static COMMAND: Command = Command {
    aliases: &["l", "ls"],
    arguments: Arguments::None,
    flags: &[OUTPUT.row()],
    run: Some(run),
    ..Command::new("list", "List container images")
};

const COLUMNS: [Column; 5] = [
    column("NODE", "node"),
    column("IMAGE", "image"),
    column("DIGEST", "digest"),
    column("SIZE", "size"),
    column("CREATED", "created"),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    connect::run(call, Access::Nodes, io, async |session, io| {
        let request = ImageListRequest { namespace: super::namespace(call)?.into() };
        let stream = session.ask(session.client().image_list(request)).await.context("error listing images")?;
        let mut listing = Listing::new(&COLUMNS, Format::of(call));
        session
            .each(stream, io, |reply, _, _| {
                let image = reply.value;
                let shown = u64::try_from(image.size).map_or_else(|_| image.size.to_string(), size::decimal);
                listing.row([
                    Cell::from(reply.node),
                    image.name.into(),
                    image.digest.into(),
                    Cell::shown(shown, image.size),
                    moment::rfc3339(image.created_at.unwrap_or_default().seconds).into(),
                ]);
                Ok(())
            })
            .await?;
        Ok(listing.print(io)?)
    })
}
