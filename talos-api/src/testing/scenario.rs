//! What a node answers: rules from folders or from code.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Map, Value};
use tonic::Status;

use super::json::is_subset;
use super::state::{ResourceEntry, WatchScript};
use crate::grpc::status;

/// Folders may extend each other this deep.
const DEEPEST: usize = 8;

/// Answers of a node.
///
/// Loaded from a folder, made in code, or both: rules added in code come first.
///
/// ```
/// use serde_json::json;
/// use talos_api::testing::{Answer, Scenario};
///
/// let scenario = Scenario::new()
///     .answer("machine.MachineService/Hostname", Answer::message(json!({"messages": [{"hostname": "cp-1"}]})))
///     .answer("machine.MachineService/Reboot", Answer::error("PermissionDenied", "not authorized"));
/// ```
#[derive(Debug, Default)]
pub struct Scenario {
    /// Rules by `package.Service/Method`.
    methods: BTreeMap<String, Vec<Rule>>,
    /// Where files named in messages are looked up, in order.
    folders: Vec<PathBuf>,
    pub(super) resources: Option<Vec<ResourceEntry>>,
    pub(super) watches: Option<Vec<WatchScript>>,
    /// Calls so far, by method, listener and nodes.
    calls: Mutex<HashMap<String, u64>>,
}

/// Why a scenario cannot be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// None of the folders holds a scenario of that name.
    #[error("scenario {name:?} not found")]
    NotFound {
        /// The name.
        name: String,
    },
    /// Scenarios extend each other in a circle, or nearly so.
    #[error("scenario {name:?}: extends too deep")]
    TooDeep {
        /// The name.
        name: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is not JSON of the expected form.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// One scripted answer; the first rule that holds is used.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    when: Condition,
    pub(super) per_node: Option<BTreeMap<String, Answer>>,
    pub(super) answer: Answer,
}

/// Restricts a rule; what is absent always holds.
#[derive(Clone, Debug, Default)]
struct Condition {
    listener: Option<String>,
    nodes: Option<Vec<String>>,
    node: Option<String>,
    calls: Option<Vec<u64>>,
    request: Option<Value>,
}

/// Messages, and how the call ends.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(super) messages: Vec<Value>,
    pub(super) error: Option<Status>,
    pub(super) hold: bool,
    pub(super) delay: Duration,
    /// How often the messages come, less one.
    pub(super) repeats: u64,
}

impl Answer {
    /// One message, in the JSON form of protobuf.
    pub fn message(json: Value) -> Self {
        Self { messages: vec![json], ..Self::default() }
    }

    /// Several messages, for streams.
    pub fn messages(json: impl IntoIterator<Item = Value>) -> Self {
        Self { messages: json.into_iter().collect(), ..Self::default() }
    }

    /// A status; codes go by name, an unknown one is `Internal`.
    pub fn error(code: &str, message: &str) -> Self {
        let code = status::code_from_name(code).unwrap_or(tonic::Code::Internal);
        Self { error: Some(Status::new(code, message)), ..Self::default() }
    }

    /// The same, but the call stays open after the messages until the client ends it.
    #[must_use]
    pub fn and_hold(self) -> Self {
        Self { hold: true, ..self }
    }

    /// The same, but the messages come this many times. For load: they are made once and sent in large pieces.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { repeats: count.saturating_sub(1), ..self }
    }

    /// The same after a wait.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

/// The parts of a call that rules look at.
pub(super) struct Asked<'c> {
    pub(super) method: &'c str,
    pub(super) listener: &'c str,
    pub(super) nodes: &'c [String],
    pub(super) node: &'c str,
    pub(super) request: &'c Value,
}

impl Scenario {
    /// A node that knows no answers but `Unimplemented` and has no resources.
    pub fn new() -> Self {
        Self::default()
    }

    /// A small healthy control plane node, for tests that care for one answer and want the others to be there.
    pub fn typical() -> Self {
        let mut scenario = Self::default();
        let answers: Value = serde_json::from_str(include_str!("typical.json")).expect("the file is JSON");
        for (method, messages) in answers.as_object().expect("methods by name") {
            let messages = messages.as_array().expect("lists of messages").clone();
            scenario = scenario.answer_per_node(method, [("*", Answer::messages(messages))]);
        }
        scenario
    }

    /// Reads the scenario `name` from the first of the folders that has it, and what it extends.
    ///
    /// The format: `replies/package.Service/Method.json` hold rules, `resources.json` and `watches.json` the resource
    /// state, `files/` what messages refer to, `scenario.json` which scenarios to extend.
    ///
    /// # Errors
    /// [`ScenarioError`] names the file and what is wrong with it.
    pub fn load(folders: &[impl AsRef<Path>], name: &str) -> Result<Self, ScenarioError> {
        let mut scenario = Self::default();
        scenario.merge(folders, name, 0)?;
        Ok(scenario)
    }

    /// Answers a method (`package.Service/Method`) for every node alike, before other rules.
    #[must_use]
    pub fn answer(self, method: &str, answer: Answer) -> Self {
        self.rule(method, Rule { answer, ..Rule::default() })
    }

    /// Answers a method for some nodes; `*` stands for the others, the empty text for calls that name none.
    ///
    /// Calls for several nodes get a merged reply, as a node that passes calls on gives it.
    #[must_use]
    pub fn answer_per_node<N: Into<String>>(
        self,
        method: &str,
        answers: impl IntoIterator<Item = (N, Answer)>,
    ) -> Self {
        let per_node = answers.into_iter().map(|(node, answer)| (node.into(), answer)).collect();
        self.rule(method, Rule { per_node: Some(per_node), ..Rule::default() })
    }

    /// Adds a resource: the YAML text of its spec and, for clients that decode, the JSON form of its message with `@type`.
    #[must_use]
    pub fn resource(mut self, namespace: &str, type_name: &str, id: &str, yaml: &str, proto: Option<Value>) -> Self {
        let entry = ResourceEntry::new(namespace, type_name, id, yaml, proto);
        self.resources.get_or_insert_default().push(entry);
        self
    }

    /// Adds what follows the first events of a watch, in the form of an entry of `watches.json`.
    ///
    /// # Panics
    /// If it has another form.
    #[must_use]
    pub fn watch(mut self, script: Value) -> Self {
        let script = WatchScript::read(script).expect("a script has the fields of watches.json");
        self.watches.get_or_insert_default().push(script);
        self
    }

    fn rule(mut self, method: &str, rule: Rule) -> Self {
        self.methods.entry(method.to_owned()).or_default().insert(0, rule);
        self
    }

    /// Adds a folder, then what it extends; what is already there wins.
    fn merge(&mut self, roots: &[impl AsRef<Path>], name: &str, depth: usize) -> Result<(), ScenarioError> {
        if depth > DEEPEST {
            return Err(ScenarioError::TooDeep { name: name.into() });
        }
        let folder = roots
            .iter()
            .map(|root| root.as_ref().join(name))
            .find(|folder| folder.is_dir())
            .ok_or_else(|| ScenarioError::NotFound { name: name.into() })?;
        for service in entries(&folder.join("replies"))? {
            for file in entries(&service)? {
                let method = format!("{}/{}", last_part(&service), last_part(&file).trim_end_matches(".json"));
                if let Entry::Vacant(place) = self.methods.entry(method) {
                    place.insert(read_list(&file, Rule::read)?.unwrap_or_default());
                }
            }
        }
        if self.resources.is_none() {
            self.resources = read_list(&folder.join("resources.json"), ResourceEntry::read)?;
        }
        if self.watches.is_none() {
            self.watches = read_list(&folder.join("watches.json"), WatchScript::read)?;
        }
        let head = folder.join("scenario.json");
        self.folders.push(folder);
        let Some(json) = read_json(&head)? else { return Ok(()) };
        let format = |reason| ScenarioError::Format { path: head.clone(), reason };
        let mut fields = Fields::new(json).map_err(format)?;
        let parents = fields.strings("extends").map_err(format)?.unwrap_or_default();
        fields.text("why").map_err(format)?;
        fields.end().map_err(format)?;
        parents.iter().try_for_each(|parent| self.merge(roots, parent, depth + 1))
    }

    /// The rule for a call. Each call is counted once.
    pub(super) fn pick(&self, asked: &Asked<'_>) -> Option<Rule> {
        let key = format!("{}|{}|{}|{}", asked.method, asked.listener, asked.node, asked.nodes.join(","));
        let count = {
            let mut calls = self.calls.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let count = calls.entry(key).or_default();
            *count += 1;
            *count
        };
        self.methods.get(asked.method)?.iter().find(|rule| rule.when.holds(asked, count)).cloned()
    }

    /// The bytes of a file of the scenario, or of a part of it: `name`, `name#from:to`.
    pub(super) fn file(&self, reference: &str) -> Result<Vec<u8>, String> {
        let (name, part) = reference.split_once('#').map_or((reference, None), |(name, part)| (name, Some(part)));
        let path = self
            .folders
            .iter()
            .map(|folder| folder.join("files").join(name))
            .find(|path| path.is_file())
            .ok_or_else(|| format!("scenario file {name:?} not found"))?;
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let Some((from, to)) = part.map(|part| part.split_once(':').unwrap_or((part, ""))) else { return Ok(bytes) };
        let position = |text: &str| text.parse::<usize>().map_err(|_| format!("{reference:?} is no part of a file"));
        let end = if to.is_empty() { bytes.len() } else { position(to)?.min(bytes.len()) };
        Ok(bytes[position(from)?.min(end)..end].to_vec())
    }
}

impl Condition {
    fn holds(&self, asked: &Asked<'_>, count: u64) -> bool {
        self.listener.as_ref().is_none_or(|listener| listener == asked.listener)
            && self.nodes.as_ref().is_none_or(|nodes| nodes == asked.nodes)
            && self.node.as_ref().is_none_or(|node| node == asked.node)
            && self.calls.as_ref().is_none_or(|calls| calls.contains(&count))
            && self.request.as_ref().is_none_or(|wanted| is_subset(wanted, asked.request))
    }

    fn read(json: Value) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        let condition = Self {
            listener: fields.text("listener")?,
            nodes: fields.strings("nodes")?,
            node: fields.text("node")?,
            calls: fields.list("calls", |value| value.as_u64().ok_or_else(|| "not a number".into()))?,
            request: fields.take("request"),
        };
        fields.end()?;
        Ok(condition)
    }
}

impl Rule {
    fn read(json: Value) -> Result<Self, String> {
        let mut fields = Fields::new(json)?;
        let when = fields.take("when").map(Condition::read).transpose()?.unwrap_or_default();
        let per_node = match fields.take("per_node") {
            None => None,
            Some(Value::Object(nodes)) => {
                let read = |(node, json)| {
                    let mut fields = Fields::new(json)?;
                    let answer = Answer::read(&mut fields)?;
                    fields.end()?;
                    Ok::<_, String>((node, answer))
                };
                Some(nodes.into_iter().map(read).collect::<Result<_, _>>()?)
            }
            Some(_) => return Err("per_node is no object".into()),
        };
        let answer = Answer::read(&mut fields)?;
        fields.end()?;
        Ok(Self { when, per_node, answer })
    }
}

impl Answer {
    fn read(fields: &mut Fields) -> Result<Self, String> {
        Ok(Self {
            messages: fields.list("messages", Ok)?.unwrap_or_default(),
            error: fields.take("error").map(read_status).transpose()?,
            hold: fields.take("hold").is_some_and(|hold| hold == Value::Bool(true)),
            delay: Duration::from_millis(fields.number("delay_ms")?.unwrap_or_default()),
            repeats: 0,
        })
    }
}

pub(super) fn read_status(json: Value) -> Result<Status, String> {
    let mut fields = Fields::new(json)?;
    let name = fields.text("code")?.ok_or("error has no code")?;
    let code = status::code_from_name(&name).ok_or_else(|| format!("unknown code {name:?}"))?;
    let message = fields.text("message")?.unwrap_or_default();
    fields.end()?;
    Ok(Status::new(code, message))
}

/// A JSON object that is taken apart key by key; what is left over is an error.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn new(json: Value) -> Result<Self, String> {
        match json {
            Value::Object(map) => Ok(Self(map)),
            other => Err(format!("expected an object, found {other}")),
        }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.take(key)
            .map(|value| match value {
                Value::String(text) => Ok(text),
                _ => Err(format!("{key} is no text")),
            })
            .transpose()
    }

    pub(super) fn number(&mut self, key: &str) -> Result<Option<u64>, String> {
        self.take(key).map(|value| value.as_u64().ok_or_else(|| format!("{key} is no number"))).transpose()
    }

    pub(super) fn list<T>(
        &mut self,
        key: &str,
        read: impl FnMut(Value) -> Result<T, String>,
    ) -> Result<Option<Vec<T>>, String> {
        match self.take(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => items.into_iter().map(read).collect::<Result<_, _>>().map(Some),
            Some(_) => Err(format!("{key} is no list")),
        }
    }

    pub(super) fn strings(&mut self, key: &str) -> Result<Option<Vec<String>>, String> {
        self.list(key, |value| match value {
            Value::String(text) => Ok(text),
            _ => Err(format!("{key} holds something that is no text")),
        })
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<BTreeMap<String, String>, String> {
        let Some(value) = self.take(key) else { return Ok(BTreeMap::new()) };
        let Value::Object(map) = value else { return Err(format!("{key} is no object")) };
        map.into_iter()
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name, text)),
                _ => Err(format!("{key}.{name} is no text")),
            })
            .collect()
    }

    pub(super) fn end(self) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("unknown key {key:?}")),
        }
    }
}

fn read_json(path: &Path) -> Result<Option<Value>, ScenarioError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ScenarioError::Read { path: path.into(), source }),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| ScenarioError::Format { path: path.into(), reason: error.to_string() })
}

fn read_list<T>(path: &Path, read: impl Fn(Value) -> Result<T, String>) -> Result<Option<Vec<T>>, ScenarioError> {
    let format = |reason| ScenarioError::Format { path: path.into(), reason };
    match read_json(path)? {
        None => Ok(None),
        Some(Value::Array(items)) => items.into_iter().map(read).collect::<Result<_, _>>().map(Some).map_err(format),
        Some(_) => Err(format("expected a list".into())),
    }
}

/// What is in a folder, sorted; nothing when there is no such folder.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    let failed = |source| ScenarioError::Read { path: folder.into(), source };
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut paths = Vec::new();
    for entry in listing {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn last_part(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked<'c>(method: &'c str, nodes: &'c [String], request: &'c Value) -> Asked<'c> {
        Asked { method, listener: "node", nodes, node: "", request }
    }

    #[test]
    fn the_first_rule_that_holds_answers() {
        let rules = json!([
            {"when": {"calls": [2]}, "error": {"code": "NotFound", "message": "second"}},
            {"when": {"nodes": ["a"]}, "messages": [{}], "delay_ms": 5},
            {"when": {"request": {"id": "x"}}, "hold": true},
        ]);
        let mut scenario = Scenario::new();
        let rules = rules.as_array().unwrap().iter().cloned().map(|rule| Rule::read(rule).unwrap()).collect();
        scenario.methods.insert("s/M".into(), rules);
        let (nodes, none) = (["a".to_owned()], json!({}));
        assert_eq!(scenario.pick(&asked("s/M", &nodes, &none)).unwrap().answer.messages.len(), 1);
        assert!(scenario.pick(&asked("s/M", &nodes, &none)).unwrap().answer.error.is_some());
        assert!(scenario.pick(&asked("s/M", &[], &none)).is_none());
        let request = json!({"id": "x", "more": 1});
        assert!(scenario.pick(&asked("s/M", &["b".into()], &request)).unwrap().answer.hold);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (json, reason) in [
            (json!({"mesages": []}), "unknown key \"mesages\""),
            (json!({"error": {"code": "Nope"}}), "unknown code \"Nope\""),
            (json!({"when": {"calls": ["x"]}}), "not a number"),
            (json!([]), "expected an object, found []"),
        ] {
            assert_eq!(Rule::read(json).unwrap_err(), reason);
        }
    }

    #[test]
    fn the_typical_node_answers_in_valid_messages() {
        let scenario = Scenario::typical();
        assert!(scenario.methods.len() >= 20, "{} methods", scenario.methods.len());
        for (name, rules) in &scenario.methods {
            let method = super::super::json::method(name).unwrap_or_else(|| panic!("{name} is a method"));
            for message in &rules[0].per_node.as_ref().unwrap()["*"].messages {
                let expanded = super::super::expand::expand(&scenario, message).unwrap();
                if let Err(error) = super::super::json::to_message(&expanded, method.output()) {
                    panic!("{name}: {error}");
                }
            }
        }
    }
}
