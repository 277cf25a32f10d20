//! Which command a line calls. Flags may stand before command words, so their values have to be stepped over.

use crate::call::path_text;
use crate::command::Command;
use crate::flag::Scope;
use crate::go;
use crate::suggest;

/// The command a line calls, and what is left of the line.
#[derive(Debug)]
pub(crate) struct Found {
    /// The root command, then each command down to the one called.
    pub(crate) path: Vec<&'static Command>,
    /// The word that called it.
    pub(crate) called_as: String,
    /// The line without the command words.
    pub(crate) words: Vec<String>,
}

/// Follows the command words of a line from `root`.
pub(crate) fn find(root: &'static Command, words: &[String]) -> Found {
    let mut found = Found { path: vec![root], called_as: root.name().to_owned(), words: words.to_vec() };
    while let Some(at) = first_word(&found.path, &found.words) {
        let command = found.path.last().expect("the root is there");
        let Some(child) = command.child(&found.words[at]) else { break };
        found.called_as = found.words.remove(at);
        found.path.push(child);
    }
    found
}

impl Found {
    /// The command called.
    pub(crate) fn command(&self) -> &'static Command {
        self.path.last().expect("the root is there")
    }

    /// Checks that the root command is not called with a word it does not know.
    ///
    /// # Errors
    /// The text to show, with suggestions.
    pub(crate) fn check_known(&self) -> Result<(), String> {
        if self.path.len() > 1 {
            return Ok(());
        }
        let Some(at) = first_word(&self.path, &self.words) else { return Ok(()) };
        let word = &self.words[at];
        let known = suggest::message(self.command(), word);
        Err(format!("unknown command {} for {}{known}", go::quote(word), go::quote(&path_text(&self.path))))
    }
}

/// Index of the first word that is neither a flag nor the value of one. A flag the command does not know counts as one
/// with a value; so does `--help`, which commands learn only when they run.
fn first_word(path: &[&'static Command], words: &[String]) -> Option<usize> {
    let scope = Scope::new(path);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let takes_next = match word.strip_prefix("--") {
            Some("") => return None,
            Some(name) => !word.contains('=') && !stands_alone(scope, |scope| scope.long(name)),
            None => match word.strip_prefix('-') {
                Some(letters) if !word.contains('=') && letters.len() == 1 => {
                    !stands_alone(scope, |scope| scope.short(char::from(letters.as_bytes()[0])))
                }
                Some(_) => false,
                None if word.is_empty() => false,
                None => return Some(at),
            },
        };
        at += 1;
        if takes_next {
            // A last word is not looked at behind a flag that may want it.
            if words.len() - at <= 1 {
                return None;
            }
            at += 1;
        }
    }
    None
}

fn stands_alone(scope: Scope<'_>, lookup: impl Fn(Scope<'_>) -> Option<&'static crate::flag::Flag>) -> bool {
    lookup(scope).is_some_and(|flag| flag.name != "help" && flag.kind.value_without_text().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flag::FlagOf;

    static FILE: FlagOf<str> = FlagOf::text("file", "File").short('f');
    static QUICK: FlagOf<bool> = FlagOf::switch("quick", "Quick").short('q');
    static LEAF: Command = Command { aliases: &["l"], ..Command::new("leaf <word>", "Leaf") };
    static BRANCH: Command = Command { children: &[&LEAF], ..Command::new("branch", "Branch") };
    static ROOT: Command =
        Command { persistent: &[FILE.row(), QUICK.row()], children: &[&BRANCH], ..Command::new("root", "Root") };

    fn found(words: &[&str]) -> (String, String, Vec<String>) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let found = find(&ROOT, &words);
        (path_text(&found.path), found.called_as, found.words)
    }

    #[test]
    fn flags_may_stand_anywhere() {
        for (words, path, rest) in [
            (&["branch", "leaf", "x"][..], "root branch leaf", &["x"][..]),
            (&["--file", "branch", "branch", "x"], "root branch", &["--file", "branch", "x"]),
            (&["-f", "branch", "branch", "l"], "root branch leaf", &["-f", "branch"]),
            (
                &["--file=branch", "-q", "branch", "--quick", "leaf"],
                "root branch leaf",
                &["--file=branch", "-q", "--quick"],
            ),
            (&["-fbranch", "branch"], "root branch", &["-fbranch"]),
            (&["--", "branch"], "root", &["--", "branch"]),
            (&["", "branch"], "root branch", &[""]),
            (&["--file", "branch"], "root", &["--file", "branch"]),
            (&["--unknown", "branch", "branch", "leaf"], "root branch leaf", &["--unknown", "branch"]),
            (&["--help", "branch"], "root", &["--help", "branch"]),
            (&["branch", "branch"], "root branch", &["branch"]),
        ] {
            let (found_path, _, found_rest) = found(words);
            assert_eq!(
                (found_path.as_str(), found_rest),
                (path, rest.iter().map(|w| (*w).to_owned()).collect()),
                "{words:?}"
            );
        }
        assert_eq!(found(&["branch", "l"]).1, "l");
    }

    #[test]
    fn only_the_root_refuses_unknown_words() {
        let check = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            find(&ROOT, &words).check_known()
        };
        assert_eq!(check(&["nope"]), Err("unknown command \"nope\" for \"root\"".into()));
        assert_eq!(check(&["branch", "nope"]), Ok(()));
        assert_eq!(check(&["--file", "nope"]), Ok(()));
        assert_eq!(check(&[]), Ok(()));
    }
}
