//! Any text as the command line of a kernel: its words are all there, and written one by one they mean the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_node::command_line::CommandLine;

fuzz_target!(|text: &str| {
    let line = CommandLine::parse(text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let keys = words.iter().map(|word| word.split_once('=').map_or(*word, |(key, _)| key));
    let mut count = 0;
    for key in keys.clone().collect::<std::collections::BTreeSet<_>>() {
        let values: Vec<&str> = line.all(key).collect();
        assert_eq!(line.first(key), values.first().copied());
        assert!(values.iter().all(|value| !value.contains(char::is_whitespace)));
        count += values.len();
    }
    assert_eq!(count, words.len());
    let again = words.join(" ");
    assert_eq!(CommandLine::parse(&again), line);
    if !keys.clone().any(|key| key == "no.such") {
        assert_eq!(line.first("no.such"), None);
    }
});
