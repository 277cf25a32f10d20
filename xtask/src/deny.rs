//! What may come into the dependency graph: licences, sources, and crates that must not.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, bail};

/// Licences that the project can live with.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Zlib",
];

/// Crates that must not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("native-tls", "rustls is the TLS library"),
    ("openssl-sys", "aws-lc-rs is the cryptography library"),
    ("ring", "aws-lc-rs is the cryptography library"),
    ("rsa", "its timing gives keys away"),
    ("rustls-pemfile", "rustls-pki-types took its place"),
    ("serde_yml", "it is unsound"),
];

/// No options.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    if !arguments.is_empty() {
        bail!("there are no options");
    }
    let output = Command::new("cargo")
        .args(["tree", "--workspace", "--all-features", "--target", "all", "--edges", "normal,build,dev"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"])
        .current_dir(crate::workspace())
        .output()
        .context("cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("cargo tree")?;
    let crates: BTreeSet<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let workspace = crate::workspace().display().to_string();
    let faults: Vec<_> = crates.iter().flat_map(|line| faults(line, &workspace)).collect();
    if !faults.is_empty() {
        bail!("{}", faults.join("\n"));
    }
    println!("    {} crates", crates.len());
    Ok(())
}

/// What is wrong with a line `name version (source)|licence`.
fn faults(line: &str, workspace: &str) -> Vec<String> {
    let (package, licence) = line.split_once('|').unwrap_or((line, ""));
    let name = package.split(' ').next().unwrap_or_default();
    let mut faults = Vec::new();
    if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
        faults.push(format!("{package}: is banned: {why}"));
    }
    // Only what is not from crates.io has a source in the list.
    for note in package.split(" (").skip(1).map(|note| note.trim_end_matches(')')) {
        if note != "proc-macro" && !note.starts_with(workspace) {
            faults.push(format!("{package}: comes from {note}"));
        }
    }
    match allowed(licence) {
        Some(true) => {}
        Some(false) => faults.push(format!("{package}: the licence {licence} is not allowed")),
        None => faults.push(format!("{package}: the licence {licence:?} cannot be read")),
    }
    faults
}

/// Whether a licence expression can be met with [`LICENCES`]; `None` if it is no expression.
fn allowed(expression: &str) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let outcome = any(&mut rest)?;
    rest.is_empty().then_some(outcome)
}

fn any(words: &mut &[&str]) -> Option<bool> {
    let mut outcome = all(words)?;
    while take(words, "OR") {
        outcome |= all(words)?;
    }
    Some(outcome)
}

fn all(words: &mut &[&str]) -> Option<bool> {
    let mut outcome = one(words)?;
    while take(words, "AND") {
        outcome &= one(words)?;
    }
    Some(outcome)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let outcome = any(words)?;
        return take(words, ")").then_some(outcome);
    }
    let (name, rest) = words.split_first()?;
    if matches!(*name, "AND" | "OR" | "WITH" | ")") {
        return None;
    }
    *words = rest;
    if take(words, "WITH") {
        let (exception, rest) = words.split_first()?;
        *words = rest;
        return Some(LICENCES.contains(&format!("{name} WITH {exception}").as_str()));
    }
    Some(LICENCES.contains(name))
}

fn take(words: &mut &[&str], wanted: &str) -> bool {
    let Some((word, rest)) = words.split_first() else { return false };
    if *word == wanted {
        *words = rest;
    }
    *word == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        for met in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR GPL-3.0",
            "(MIT OR GPL-3.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
            "ISC AND (Apache-2.0 OR ISC) AND Apache-2.0",
        ] {
            assert_eq!(allowed(met), Some(true), "{met}");
        }
        for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(GPL-2.0 OR GPL-3.0) AND MIT", "MIT WITH some-exception"] {
            assert_eq!(allowed(unmet), Some(false), "{unmet}");
        }
        for broken in ["", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT MIT"] {
            assert_eq!(allowed(broken), None, "{broken}");
        }
    }

    #[test]
    fn banned_crates_and_other_sources_are_found() {
        let of = |line| faults(line, "/source");
        assert_eq!(of("anyhow v1.0.0|MIT OR Apache-2.0"), Vec::<String>::new());
        assert_eq!(of("talos-pki v0.1.0 (/source/talos-pki)|MIT"), Vec::<String>::new());
        assert_eq!(of("serde_derive v1.0.0 (proc-macro)|MIT"), Vec::<String>::new());
        assert_eq!(of("ours v0.1.0 (proc-macro) (/source/ours)|MIT"), Vec::<String>::new());
        assert_eq!(of("ring v0.17.0|MIT"), ["ring v0.17.0: is banned: aws-lc-rs is the cryptography library"]);
        assert_eq!(
            of("a v1.0.0 (https://example.org/a#1234)|MIT"),
            ["a v1.0.0 (https://example.org/a#1234): comes from https://example.org/a#1234"]
        );
        assert_eq!(of("a v1.0.0|GPL-3.0"), ["a v1.0.0: the licence GPL-3.0 is not allowed"]);
    }
}
