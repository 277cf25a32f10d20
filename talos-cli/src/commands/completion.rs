//! `talosctl completion SHELL`: the script that teaches a shell to complete `talosctl`.

use std::io::Write;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::scripts;
use crate::io::Io;

pub(crate) static COMMAND: Command = Command {
    long:
        "Print the script that teaches a shell to complete talosctl. The script asks talosctl itself, so it stays right
when talosctl changes.

  bash        source <(talosctl completion bash)
              needs the package bash-completion only for words with colons
  fish        talosctl completion fish | source
  powershell  talosctl completion powershell | Out-String | Invoke-Expression
  zsh         source <(talosctl completion zsh)

Put the line in the start file of the shell to have it in every session.",
    arguments: Arguments::OneOf(&["bash", "fish", "powershell", "zsh"]),
    run: Some(run),
    ..Command::new("completion SHELL", "Print the completion script of a shell")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let script = match call.arguments[0].as_str() {
        "bash" => scripts::BASH,
        "fish" => scripts::FISH,
        "powershell" => scripts::POWERSHELL,
        "zsh" => scripts::ZSH,
        other => unreachable!("{other} is not in the list of arguments"),
    };
    io.stdout.write_all(script.as_bytes())?;
    Ok(())
}
