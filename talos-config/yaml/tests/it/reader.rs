//! The reader against the record of the reference.

use std::collections::{BTreeMap, BTreeSet};

use crate::oracle::{Case, Difference, cases, compare, older_values};

const FILES: [&str; 16] = [
    "suite.jsonl",
    "scalars.jsonl",
    "tags.jsonl",
    "quotes.jsonl",
    "blocks.jsonl",
    "whitespace.jsonl",
    "encoding.jsonl",
    "anchors.jsonl",
    "keys.jsonl",
    "documents.jsonl",
    "flow.jsonl",
    "limits.jsonl",
    "comments.jsonl",
    "comment-grid.jsonl",
    "random.jsonl",
    "talos.jsonl",
];

/// Cases in which comments belong elsewhere than the reference says.
const OTHER_COMMENTS: usize = 3626;

#[test]
fn reads_what_the_reference_reads() {
    // Deep cases need a deep stack, in the test only.
    let counts = std::thread::Builder::new().stack_size(1 << 30).spawn(count_differences).unwrap().join().unwrap();
    assert_eq!(counts, BTreeMap::from([(Difference::Comment, OTHER_COMMENTS)]));
}

/// The older reader cuts some texts into other tokens, or has other tags; such texts are not configurations.
const OTHER_TOKENS: [&str; 5] =
    ["keys/complex empty", "random/149", "random/496", "M2N8/01", "tags/value !<!!int> \"3\""];

#[test]
fn reads_values_of_the_older_dialect() {
    let wrong: Vec<_> = older_values()
        .filter(|(case, found)| case.expected != *found && !OTHER_TOKENS.contains(&case.id.as_str()))
        .map(|(case, found)| {
            format!("{} {:?}: {found}; wanted {}", case.id, String::from_utf8_lossy(&case.text), case.expected)
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

/// How many cases differ, by kind of difference. The environment variable `ORACLE_CASE` restricts this to one case.
fn count_differences() -> BTreeMap<Difference, usize> {
    let only = std::env::var("ORACLE_CASE").ok();
    let mut counts = BTreeMap::new();
    for case in FILES.iter().flat_map(|file| cases(file)) {
        if only.as_ref().is_none_or(|only| case.id == *only) {
            count(&case, &mut counts);
        }
    }
    counts
}

fn count(case: &Case, counts: &mut BTreeMap<Difference, usize>) {
    let mut seen = BTreeSet::new();
    compare(case, |difference, detail| {
        if seen.insert(difference) {
            let count = counts.entry(difference).or_default();
            *count += 1;
            if difference != Difference::Comment && *count <= 20 {
                let text = String::from_utf8_lossy(&case.text[..case.text.len().min(200)]);
                eprintln!("{difference:?} {} {text:?}: {detail}", case.id);
            }
        }
    });
}
