//! Names that resemble a mistyped one.

use crate::command::Command;

/// Distance up to which names resemble each other.
const NEAR: usize = 2;

/// The end of an error text that offers commands below `command` in place of `word`; empty if none comes near.
pub(crate) fn message(command: &Command, word: &str) -> String {
    let mut text = String::new();
    for name in commands(command, word) {
        if text.is_empty() {
            text.push_str("\n\nDid you mean this?\n");
        }
        text.push('\t');
        text.push_str(name);
        text.push('\n');
    }
    text
}

fn commands<'a>(command: &'a Command, word: &'a str) -> impl Iterator<Item = &'static str> + 'a {
    let names = command.children.iter().filter(|child| child.listed()).map(|child| child.name());
    // The usage below the error tells more than `help` would.
    let names = names.filter(|name| *name != "help");
    names.filter(move |name| distance(word, name) <= NEAR || starts_with_ignoring_case(name, word))
}

/// The one of `names` that comes nearest to `word`, if it is near enough to be a slip of the hand.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.len() / 3).clamp(1, 3);
    let ranked = names.into_iter().map(|name| (distance(word, name), name));
    ranked.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name)
}

fn starts_with_ignoring_case(name: &str, word: &str) -> bool {
    name.len() >= word.len() && name.as_bytes()[..word.len()].eq_ignore_ascii_case(word.as_bytes())
}

/// Number of letters to insert, drop or replace to turn one word into the other, letter case aside.
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, wanted) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *wanted);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, want) in
            [("", "abc", 3), ("confg", "config", 1), ("CONFIG", "config", 0), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(one, other), want);
            assert_eq!(distance(other, one), want);
        }
    }

    #[test]
    fn nearest_is_careful_with_short_words() {
        assert_eq!(nearest("featuers", ["features", "kubelet"]), Some("features"));
        assert_eq!(nearest("inteface", ["interfaces", "interface"]), Some("interface"));
        assert_eq!(nearest("ab", ["xy", "cd"]), None);
    }

    #[test]
    fn suggestions_are_near_or_longer_forms() {
        let text = message(&crate::commands::ROOT, "confg");
        assert!(text.contains("\n\nDid you mean this?\n\tconfig\n"), "{text:?}");
        assert_eq!(message(&crate::commands::ROOT, "frobnicate"), "");
        assert_eq!(message(&crate::commands::ROOT, "hel"), "\n\nDid you mean this?\n\tgen\n\tget\n");
        assert!(message(&crate::commands::ROOT, "VERS").contains("\tversion\n"));
    }
}
