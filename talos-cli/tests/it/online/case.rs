use std::collections::BTreeMap;
use std::path::Path;

use regex::bytes::Regex;
use serde_json::Value;

/// One recorded run.
pub(super) struct Case {
    pub(super) args: Vec<String>,
    pub(super) scenario: String,
    pub(super) env: BTreeMap<String, String>,
    pub(super) stdin: String,
    pub(super) fill: Vec<String>,
    pub(super) interrupt: Option<Interrupt>,
    pub(super) exit: i64,
    /// By `stdout`, `stderr`, `requests`.
    pub(super) compare: BTreeMap<String, String>,
    pub(super) metadata: Vec<String>,
    pub(super) files: BTreeMap<String, String>,
    pub(super) masks: Vec<(Regex, String)>,
    pub(super) why: String,
}

/// Ctrl-C at a certain moment.
pub(super) struct Interrupt {
    /// After this many calls are open …
    pub(super) held: usize,
    /// … and this time has passed, in milliseconds.
    pub(super) after: u64,
}

const KEYS: [&str; 12] =
    ["args", "compare", "env", "exit", "files", "fill", "interrupt", "mask", "metadata", "scenario", "stdin", "why"];

impl Case {
    pub(super) fn load(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("case.json")).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for key in json.as_object().unwrap().keys() {
            assert!(KEYS.contains(&key.as_str()), "{}: unknown key {key}", folder.display());
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |value: &Value| value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let map = |value: &Value| {
            let entries = value.as_object().into_iter().flatten();
            entries.map(|(key, value)| (key.clone(), text(value))).collect()
        };
        let interrupt = json.get("interrupt").map(|value| Interrupt {
            held: value["held"].as_u64().unwrap_or(1).try_into().unwrap(),
            after: value["after_ms"].as_u64().unwrap_or(500),
        });
        let metadata = if json["metadata"].is_null() {
            ["node", "nodes", "context"].map(str::to_owned).to_vec()
        } else {
            list(&json["metadata"])
        };
        Self {
            args: list(&json["args"]),
            scenario: text(&json["scenario"]),
            env: map(&json["env"]),
            stdin: json["stdin"].as_str().unwrap_or_default().to_owned(),
            fill: list(&json["fill"]),
            interrupt,
            exit: json["exit"].as_i64().unwrap(),
            compare: map(&json["compare"]),
            metadata,
            files: map(&json["files"]),
            masks: json["mask"].as_array().into_iter().flatten().map(mask).collect(),
            why: json["why"].as_str().unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn comparison(&self, what: &str) -> &str {
        self.compare.get(what).map_or("exact", String::as_str)
    }
}

/// A pattern and its replacement. Groups are written `\1` in the records.
fn mask(pair: &Value) -> (Regex, String) {
    let [pattern, replacement] = [0, 1].map(|at| pair[at].as_str().unwrap());
    let group = regex::Regex::new(r"\\(\d)").unwrap();
    let replacement = replacement.replace('$', "$$");
    (Regex::new(pattern).unwrap(), group.replace_all(&replacement, "$${$1}").into_owned())
}
