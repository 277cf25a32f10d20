//! The editor of the user.

use std::io;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::global::Environment;
use crate::go;

/// Variables that name the editor, first choice first.
const VARIABLES: [&str; 2] = ["TALOS_EDITOR", "EDITOR"];
const FALLBACK: &str = if cfg!(windows) { "notepad" } else { "vi" };

/// Opens a file in the editor and waits until the user leaves it.
///
/// # Errors
/// When there is no such editor, or it fails.
pub(crate) fn edit(environment: &Environment, path: &Path) -> anyhow::Result<()> {
    let (editor, mut command) = command(environment, path);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("there was a problem with the editor {}", go::quote(&editor)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("unable to launch the editor {}", go::quote(&editor))
        }
        Err(error) => Err(error).with_context(|| format!("unable to launch the editor {}", go::quote(&editor))),
    }
}

/// The editor's name and how it is started: by itself, or through a shell if there is something to unquote.
#[expect(clippy::disallowed_methods, reason = "this is the place where children are started")]
fn command(environment: &Environment, path: &Path) -> (String, Command) {
    let variable = |name: &str| environment.variable(name)?.into_string().ok().filter(|value| !value.is_empty());
    let editor = VARIABLES.iter().find_map(|name| variable(name)).unwrap_or_else(|| FALLBACK.to_owned());
    let mut command;
    if editor.contains(['"', '\'', '\\']) {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/bash", "-c") };
        command = Command::new(variable("SHELL").unwrap_or_else(|| shell.to_owned()));
        command.arg(flag).arg(format!("{editor} \"{}\"", path.display()));
    } else {
        let mut words = editor.split(' ');
        command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(path);
    }
    command.current_dir(environment.directory());
    (editor, command)
}
