//! The reader against the record of the reference.

use std::collections::BTreeMap;

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

/// Cases in which comments belong elsewhere than the reference says: below the first line of a text, behind `---` and
/// opening brackets, and on empty places with a tag. There the reference moves or loses them.
const OTHER_COMMENTS: usize = 125;

#[test]
fn reads_what_the_reference_reads() {
    // Deep cases need a deep stack, in the test only.
    let found = std::thread::Builder::new().stack_size(1 << 30).spawn(differences).unwrap().join().unwrap();
    let others: Vec<_> = found.iter().filter(|(difference, _)| *difference != Difference::Comment).collect();
    assert!(others.is_empty(), "{} differ: {:#?}", others.len(), &others[..others.len().min(20)]);
    assert_eq!(found.len(), OTHER_COMMENTS);
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

/// The first difference of each kind in each case.
fn differences() -> Vec<(Difference, String)> {
    FILES.iter().flat_map(|file| cases(file)).flat_map(|case| first_differences(&case)).collect()
}

fn first_differences(case: &Case) -> BTreeMap<Difference, String> {
    let mut first = BTreeMap::new();
    compare(case, |difference, detail| {
        first.entry(difference).or_insert_with(|| {
            let text = String::from_utf8_lossy(&case.text[..case.text.len().min(200)]);
            format!("{} {text:?}: {detail}", case.id)
        });
    });
    first
}
