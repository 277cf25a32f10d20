//! Rewrites what `docs/parity.toml` says of commands and flags from the command table of `talosctl`.
//!
//! Reasons that stand there are kept, and so is `partial`. All the rest of the ledger is written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, bail};
use talos_cli::flag::HELP;

use crate::ledger::{Entry, State, entries};

const LEDGER: &str = "docs/parity.toml";
/// The generated part of the ledger begins here.
const MARK: &str = "\n[commands]\n";

/// `[--check]`
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("the only option is --check"),
    };
    let path = crate::workspace().join(LEDGER);
    let known = fs::read_to_string(&path).context(LEDGER)?;
    let Some(mark) = known.find(MARK) else { bail!("{LEDGER} has no line {}", MARK.trim()) };
    let text = format!("{}{}", &known[..=mark], generated(&known)?);
    if !check {
        fs::write(&path, text).context(LEDGER)
    } else if text == known {
        Ok(())
    } else {
        bail!("{LEDGER} is not what the command table gives: run `cargo xtask parity`")
    }
}

fn generated(known: &str) -> anyhow::Result<String> {
    let known = |part| -> anyhow::Result<BTreeMap<String, Entry>> {
        let entries = entries(known, part).map_err(anyhow::Error::msg)?;
        Ok(entries.into_iter().map(|entry| (entry.name.clone(), entry)).collect())
    };
    let here: BTreeSet<String> = talos_cli::table().walk().map(|(path, _)| short(&path).to_owned()).collect();
    let flags: BTreeSet<String> = talos_cli::table()
        .walk()
        .flat_map(|(path, command)| {
            let own = command.flags.iter().chain(command.persistent).copied().chain([HELP.row()]);
            own.map(|flag| format!("{} --{}", short(&path), flag.name)).collect::<Vec<_>>()
        })
        .collect();

    let mut commands = Vec::new();
    let mut before = known("commands")?;
    for row in table("cli-commands.tsv")? {
        let [path, _, _, visibility, ..] = &row[..] else { bail!("a short row: {row:?}") };
        let name = short(path).to_owned();
        // A later release brought another command of the name.
        if commands.iter().any(|entry: &Entry| entry.name == name) {
            continue;
        }
        let (there, since) = (here.contains(&name), visibility.clone());
        commands.push(entry(before.remove(&name), name, there, &since, "not written yet"));
    }
    let mut out = "[commands]\n".to_owned();
    write(&mut out, &commands.iter().collect::<Vec<_>>());

    let mut before = known("flags")?;
    let mut groups: Vec<(String, Vec<Entry>)> = Vec::new();
    for row in table("cli-flags.tsv")? {
        let [path, flag, _, _, _, _, _, _, state, ..] = &row[..] else { bail!("a short row: {row:?}") };
        let (path, name) = (short(path), format!("{} {flag}", short(path)));
        let why = if here.contains(path) { "not written yet" } else { "with its command" };
        let mut entry = entry(before.remove(&name), name.clone(), flags.contains(&name), state, why);
        entry.name.clone_from(flag);
        match groups.iter_mut().find(|group| group.0 == path) {
            Some(group) => group.1.push(entry),
            None => groups.push((path.to_owned(), vec![entry])),
        }
    }
    for (path, entries) in groups {
        let bare = path.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        out += &if bare { format!("\n[flags.{path}]\n") } else { format!("\n[flags.{path:?}]\n") };
        write(&mut out, &entries.iter().collect::<Vec<_>>());
    }
    Ok(out)
}

/// The entry for a row, given what was known of it.
fn entry(before: Option<Entry>, name: String, here: bool, since: &str, why: &str) -> Entry {
    let kept = before.filter(|before| here == matches!(before.state, State::Done | State::Partial));
    kept.filter(|before| before.reason != "with its command" || before.reason == why).unwrap_or_else(|| {
        let (state, reason) = match (here, since.starts_with("since ")) {
            (true, _) => (State::Done, ""),
            (false, true) => (State::Later, since),
            (false, false) => (State::Later, why),
        };
        Entry { name, state, reason: reason.to_owned() }
    })
}

/// Writes entries below a header: by state, then by reason, each in the order of the table.
fn write(out: &mut String, entries: &[&Entry]) {
    for state in [State::Done, State::Partial, State::Later, State::Refused] {
        let of_state = || entries.iter().filter(|entry| entry.state == state);
        let reasons: BTreeSet<&str> = of_state().map(|entry| entry.reason.as_str()).collect();
        for reason in reasons {
            let key = match state {
                State::Done => "done".to_owned(),
                state => format!("{}.{reason:?}", state.name()),
            };
            let names: Vec<_> = of_state().filter(|entry| entry.reason == reason).map(|entry| &entry.name).collect();
            let names: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
            out.push_str(&array(&key, &names));
        }
    }
}

/// An array in lines of at most 120 columns.
fn array(key: &str, names: &[String]) -> String {
    let line = format!("{key} = [{}]\n", names.join(", "));
    if line.len() <= 121 {
        return line;
    }
    let mut out = format!("{key} = [\n");
    let mut width = 0;
    for name in names {
        if width + name.len() + 3 > 118 {
            out.push('\n');
            width = 0;
        }
        out.push_str(if width == 0 { "  " } else { " " });
        out.push_str(name);
        out.push(',');
        width += name.len() + 2;
    }
    out + "\n]\n"
}

/// The path of a command without the name of the program, which stands for the root alone.
fn short(path: &str) -> &str {
    path.strip_prefix("talosctl ").unwrap_or(path)
}

fn table(name: &str) -> anyhow::Result<Vec<Vec<String>>> {
    let path = crate::workspace().join("talos-cli/testdata/reference").join(name);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

#[cfg(test)]
mod tests {
    use crate::ledger::{Entry, State, entries, faults};

    #[test]
    fn the_ledger_is_what_the_command_table_gives() {
        super::run(&["--check".to_owned()]).unwrap();
    }

    const LEDGER: &str = r#"
[commands]
done = ["add"]
later."no machine yet" = ["remove"]
[flags.add]
done.machine = ["--force", "--x"]
refused."" = ["--old"]
[rules]
done = ["1-3"]
"#;

    fn names(part: &str) -> Vec<String> {
        entries(LEDGER, part).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn names_have_their_groups() {
        assert_eq!(names("commands"), ["add", "remove"]);
        assert_eq!(names("flags"), ["add machine.--force", "add machine.--x", "add --old"]);
        assert_eq!(names("rules"), ["1", "2", "3"]);
        assert!(entries(LEDGER, "fields").is_err());
        assert!(entries("[a]\ndone = 1\n", "a").is_err());
        assert!(entries("[a]\nlater = [\"b\"]\n", "a").is_err());
    }

    #[test]
    fn every_kind_of_fault_is_found() {
        let rows: Vec<String> = ["here", "gone", "later", "missing"].map(String::from).into();
        let entry = |name: &str, state, reason: &str| Entry { name: name.into(), state, reason: reason.into() };
        let entries = [
            entry("here", State::Later, "a reason"),
            entry("gone", State::Done, ""),
            entry("later", State::Later, ""),
            entry("later", State::Refused, "a reason"),
            entry("unknown", State::Later, "a reason"),
        ];
        assert_eq!(
            faults(&rows, &entries, &|name| name == "here"),
            [
                "here: is here already",
                "gone: is not here",
                "later: later needs a reason",
                "later: has two entries",
                "unknown: the reference has no such row",
                "missing: has no entry",
            ]
        );
    }
}
