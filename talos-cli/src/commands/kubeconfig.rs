//! `talosctl kubeconfig`: the way into the Kubernetes API.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context as _, bail};
use talos_api::client;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::connect::{self, Access, Failure, Session};
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::go;
use crate::io::Io;
use crate::kubeconfig::{Decision, Kubeconfig, Part};
use crate::output::yaml;

static FORCE: FlagOf<bool> = FlagOf::switch("force", "Overwrite a file or entries that exist").short('f');
static FORCE_CONTEXT_NAME: FlagOf<str> = FlagOf::text("force-context-name", "Name of the context in the file");
static MERGE: FlagOf<bool> = FlagOf::switch("merge", "Merge with the file if there is one").short('m').on();

pub(crate) static COMMAND: Command = Command {
    long: "Fetch the admin kubeconfig of the cluster and merge it into a file: the given one, else the one that the variable \
           KUBECONFIG\nnames, else ~/.kube/config. With --merge=false a file of its own is written, `kubeconfig` in the \
           working folder unless a path\nis given.",
    arguments: Arguments::AtMost(1),
    flags: &[FORCE.row(), FORCE_CONTEXT_NAME.row(), MERGE.row()],
    run: Some(run),
    ..Command::new("kubeconfig [local-path]", "Fetch the admin kubeconfig of the cluster")
};

const NAME: &str = "kubeconfig";

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let force = call.get(&FORCE);
    let context = Some(call.get(&FORCE_CONTEXT_NAME)).filter(|name| !name.is_empty());
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node(NAME)?;
        let (path, merge) = target(call, io)?;
        let fetched = fetch(session).await?;
        if !merge {
            return Ok(files::write(&io.environment, &path, &fetched, PRIVATE)?);
        }
        let text = merged(&path, &fetched, force, context, io)?;
        Ok(files::write(&io.environment, &path, text.as_bytes(), PRIVATE)?)
    })
}

/// Which file is meant, and whether it is merged with.
fn target(call: &Call<'_>, io: &Io<'_>) -> anyhow::Result<(String, bool)> {
    let merge = call.get(&MERGE);
    let mut path = match call.arguments.first() {
        Some(path) => path.clone(),
        None if merge => usual(io)?,
        None => NAME.to_owned(),
    };
    let environment = &io.environment;
    if environment.path(&path).is_dir() {
        path = go::path::join(&path, NAME);
    }
    if files::exists(environment, &path) {
        if !merge && !call.get(&FORCE) {
            bail!("kubeconfig file already exists, use --force to overwrite: {}", go::quote(&path));
        }
        return Ok((path, merge));
    }
    files::make_folders(environment, &files::folder_of(&path), 0o755)?;
    Ok((path, false))
}

/// The file that other tools use.
fn usual(io: &Io<'_>) -> anyhow::Result<String> {
    if let Some(list) = io.environment.variable("KUBECONFIG").filter(|list| !list.is_empty()) {
        let mut paths: Vec<_> = std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect();
        if let Some(path) = paths.pop() {
            if !paths.is_empty() {
                bail!("multiple kubeconfig files defined");
            }
            return Ok(path.to_string_lossy().into_owned());
        }
    }
    let home = io.environment.home().context("the home folder is not known, name a path")?;
    Ok(home.join(Path::new(".kube/config")).to_string_lossy().into_owned())
}

async fn fetch(session: &Session) -> anyhow::Result<Vec<u8>> {
    // What went wrong with the archive is told apart from what went wrong with the call.
    let fetched = session.ask(async { Ok::<_, Failure>(session.client().kubeconfig().await) }).await?;
    match fetched {
        Ok(file) if file.is_empty() => bail!("couldn't find file kubeconfig in the archive"),
        Ok(file) => Ok(file),
        Err(client::Error::Nodes(failures)) => {
            let first = failures.iter().next().map(|failure| failure.text().to_owned());
            Err(anyhow::Error::msg(first.unwrap_or_default()).context("error initializing gzip"))
        }
        Err(client::Error::Archive { reason, .. }) => {
            Err(anyhow::Error::msg(reason).context("error initializing gzip"))
        }
        Err(error) => Err(Failure::from(error)).context("error initializing gzip"),
    }
}

/// The content of a file with what was fetched in it.
fn merged(path: &str, fetched: &[u8], force: bool, context: Option<&str>, io: &mut Io<'_>) -> anyhow::Result<String> {
    let existing = files::read(&io.environment, path)?;
    let parse = |name: &str, bytes: &[u8]| -> anyhow::Result<Kubeconfig> {
        let text = std::str::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?;
        Ok(Kubeconfig::from_value(yaml::parse(name, text)?)?)
    };
    let mut config = parse(path, &existing).context("error loading existing kubeconfig")?;
    let new = parse(NAME, fetched).context("error loading the kubeconfig of the cluster")?;
    let renamed = config.merge(
        new,
        context,
        |part, name| {
            if force { Ok(Decision::Overwrite) } else { decide(part, name, io) }
        },
    )?;
    for entry in renamed {
        let (from, to) = (go::quote(&entry.from), go::quote(&entry.to));
        writeln!(io.stdout, "renamed {} {from} -> {to}", entry.part.words())?;
    }
    Ok(config.to_text())
}

/// Asks the user about a conflict, if there is one to ask.
fn decide(part: Part, name: &str, io: &mut Io<'_>) -> anyhow::Result<Decision> {
    if !io.stdout.is_terminal() {
        return Ok(Decision::Rename);
    }
    loop {
        write!(io.stdout, "{} {} already exists [(r)ename/(o)verwrite]: ", part.component(), go::quote(name))?;
        io.stdout.flush()?;
        let mut answer = String::new();
        if io.stdin.read_line(&mut answer)? == 0 {
            bail!("no answer about {} {}", part.component(), go::quote(name));
        }
        match answer.trim().to_lowercase().as_str() {
            "r" | "rename" => return Ok(Decision::Rename),
            "o" | "overwrite" => return Ok(Decision::Overwrite),
            _ => {}
        }
    }
}
