use std::collections::BTreeMap;
use std::path::Path;

use regex::Regex;
use serde_json::Value;

/// One recorded run.
pub(super) struct Case {
    pub(super) args: Vec<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) stdin: Option<String>,
    pub(super) exit: i64,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) files: BTreeMap<String, String>,
    pub(super) masks: Vec<(Regex, String)>,
    pub(super) why: String,
}

impl Case {
    pub(super) fn load(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("case.json")).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let known = ["args", "compare", "env", "exit", "files", "mask", "stdin", "why"];
        for key in json.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{}: unknown key {key}", folder.display());
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let map = |value: &Value| {
            let entries = value.as_object().into_iter().flatten();
            entries.map(|(key, value)| (key.clone(), text(value))).collect()
        };
        let comparison = |stream: &str| json["compare"][stream].as_str().unwrap_or("exact").to_owned();
        let mask = |pair: &Value| (Regex::new(pair[0].as_str().unwrap()).unwrap(), text(&pair[1]));
        Self {
            args: json["args"].as_array().unwrap().iter().map(text).collect(),
            env: map(&json["env"]),
            stdin: json["stdin"].as_str().map(str::to_owned),
            exit: json["exit"].as_i64().unwrap(),
            stdout: comparison("stdout"),
            stderr: comparison("stderr"),
            files: map(&json["files"]),
            masks: json["mask"].as_array().into_iter().flatten().map(mask).collect(),
            why: json["why"].as_str().unwrap_or_default().to_owned(),
        }
    }
}
