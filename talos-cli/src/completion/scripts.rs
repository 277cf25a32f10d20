//! The scripts that ask `talosctl __complete`, one per shell.

pub(crate) const BASH: &str = include_str!("scripts/talosctl.bash");
pub(crate) const FISH: &str = include_str!("scripts/talosctl.fish");
pub(crate) const POWERSHELL: &str = include_str!("scripts/talosctl.ps1");
pub(crate) const ZSH: &str = include_str!("scripts/talosctl.zsh");
