//! `talosctl images`: the former name of `talosctl image default`.

use crate::command::Command;
use crate::flag::Visibility;

use super::image;

pub(crate) static COMMAND: Command = Command {
    visibility: Visibility::Hidden,
    run: Some(image::print),
    ..Command::new("images", "List the default images")
};
