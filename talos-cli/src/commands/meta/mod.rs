//! `talosctl meta`: values of the META partition.

mod delete;
mod write;

use crate::command::Command;
use crate::go;

pub(crate) static COMMAND: Command = Command {
    children: &[&delete::COMMAND, &write::COMMAND],
    ..Command::new("meta", "Write and delete values of the META partition")
};

/// Reads a key: a number up to 255, decimal, or with a prefix such as `0x`.
fn key(text: &str) -> anyhow::Result<u32> {
    let key = go::number::parse_uint(text, 8).map_err(anyhow::Error::msg)?;
    Ok(u32::try_from(key).expect("eight bits"))
}
