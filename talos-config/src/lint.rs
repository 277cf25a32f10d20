//! What loads and validates, and yet is probably not meant.

use talos_config_yaml::emit::is_lost_as_block;
use talos_config_yaml::fields::{Entries, Field, Fields, Node, Place, Shape, View};
use talos_config_yaml::free_form::FreeForm;

use crate::Value;
use crate::container::Container;
use crate::machine_type::MachineType;
use crate::path::{FieldPath, Segment};
use crate::v1alpha1::Config;
use crate::validate::{Finding, Located};
use crate::version_contract::VersionContract;

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// An entry stands twice in a list: patches append to lists that have no key.
    DuplicateEntry,
    /// Two entries of a list have the key by which patches find them.
    DuplicateKey,
    /// A field is deprecated.
    Deprecated,
    /// A field came after the release that the configuration is for.
    UnknownToContract,
    /// A worker has a field that only control plane machines read, or a key that it should not have.
    ControlPlaneOnly,
    /// A control plane machine lacks a secret that it cannot work without.
    MissingSecret,
    /// A text that the plain writer cannot write so that it reads back the same.
    Unreadable,
    /// The machine will not keep the configuration.
    NotPersistent,
}

impl Rule {
    /// Name of the rule, as `talosctl machineconfig lint` shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateEntry => "duplicate-entry",
            Self::DuplicateKey => "duplicate-key",
            Self::Deprecated => "deprecated",
            Self::UnknownToContract => "unknown-to-contract",
            Self::ControlPlaneOnly => "control-plane-only",
            Self::MissingSecret => "missing-secret",
            Self::Unreadable => "unreadable",
            Self::NotPersistent => "not-persistent",
        }
    }
}

/// A finding with the rule behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The rule.
    pub rule: Rule,
    /// Where, and what to think of.
    pub located: Located,
}

/// Looks through every document. With a contract, fields that are younger than it are found.
pub fn lint(container: &Container, contract: Option<VersionContract>) -> Vec<Lint> {
    let mut found = Vec::new();
    for (document, value) in container.documents().enumerate() {
        let config = value.as_document_any().downcast_ref::<Config>();
        let machine_type = config.and_then(|config| config.machine.as_ref()).map(|machine| machine.r#type.parse());
        let worker = matches!(machine_type, Some(Ok(MachineType::Worker)));
        let mut walk = Walk { document, contract, worker, path: FieldPath::root(), in_list: false, found: &mut found };
        walk.section(value.as_fields());
        if let Some(config) = config {
            walk.main_document(config);
        }
    }
    found
}

struct Walk<'f> {
    document: usize,
    contract: Option<VersionContract>,
    worker: bool,
    path: FieldPath,
    in_list: bool,
    found: &'f mut Vec<Lint>,
}

impl Walk<'_> {
    fn report(&mut self, rule: Rule, path: FieldPath, message: String) {
        let finding = Finding { path, message };
        self.found.push(Lint { rule, located: Located { document: self.document, finding } });
    }

    fn section(&mut self, section: &dyn Fields) {
        for (row, field) in section.section().fields.iter().enumerate() {
            let value = section.field(row);
            if value.empty() {
                continue;
            }
            self.path.push(Segment::Key(field.key.to_owned()));
            self.field(field);
            self.inside(value, field.shape);
            self.path.pop();
        }
    }

    fn field(&mut self, field: &Field) {
        let path = self.path.clone();
        // Every generated configuration has `persist`, and 1.5 needs it.
        let needed = field.key == "persist" && path.segments().len() == 1;
        if let Some(release) = field.deprecated.filter(|_| !needed) {
            self.report(Rule::Deprecated, path.clone(), format!("`{}` is deprecated since Talos {release}", field.key));
        }
        if let Some(contract) = self.contract {
            let since = format!("v{}", field.since).parse::<VersionContract>();
            // All fields older than 0.9 count as 0.8, the oldest contract there is.
            if since.is_ok_and(|since| since > contract && field.since != "0.8") {
                let message =
                    format!("`{}` is known since Talos {}, the contract is {contract}", field.key, field.since);
                self.report(Rule::UnknownToContract, path.clone(), message);
            }
        }
        if self.worker && field.control_plane {
            let message = format!("only control plane machines read `{}`, and this is a worker", field.key);
            self.report(Rule::ControlPlaneOnly, path, message);
        }
    }

    /// A value of a mapping: texts stand in the columns of the mapping, everything else in columns of its own.
    fn inside(&mut self, value: &dyn Node, shape: &Shape) {
        let texts = matches!(value.view(), View::Scalar) && !matches!(shape.present(), Shape::FreeForm);
        let in_list = self.in_list && texts;
        let outer = std::mem::replace(&mut self.in_list, in_list);
        self.value(value, shape);
        self.in_list = outer;
    }

    fn value(&mut self, value: &dyn Node, shape: &Shape) {
        match value.view() {
            View::Section(section) => self.section(section),
            View::List(entries) => {
                self.duplicates(entries);
                self.entries(entries, shape);
            }
            View::Map(entries) => self.entries(entries, shape),
            View::Scalar => {
                if let Some(text) = present::<String>(value) {
                    self.text(text);
                } else if let Some(mapping) = present::<FreeForm>(value) {
                    self.free_entries(mapping.entries());
                }
            }
            View::Null => {}
        }
    }

    fn free_entries(&mut self, entries: &[(Value, Value)]) {
        for (key, value) in entries {
            let name = key.as_str().unwrap_or_default();
            self.path.push(Segment::Key(name.to_owned()));
            self.key(name);
            let in_list = self.in_list && matches!(value, Value::String(_));
            let outer = std::mem::replace(&mut self.in_list, in_list);
            self.free_value(value);
            self.in_list = outer;
            self.path.pop();
        }
    }

    fn free_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Mapping(entries) => self.free_entries(entries),
            Value::Sequence(items) => {
                let outer = std::mem::replace(&mut self.in_list, true);
                for (position, item) in items.iter().enumerate() {
                    self.path.push(Segment::Index(position));
                    self.free_value(item);
                    self.path.pop();
                }
                self.in_list = outer;
            }
            _ => {}
        }
    }

    fn entries(&mut self, entries: &dyn Entries, shape: &Shape) {
        let inner = match shape.present() {
            Shape::List(inner) | Shape::SectionList(inner) | Shape::Map(inner) => inner,
            _ => shape,
        };
        entries.each(&mut |place, value| {
            match place {
                Place::Index(index) => {
                    let outer = std::mem::replace(&mut self.in_list, true);
                    self.path.push(Segment::Index(index));
                    self.value(value, inner);
                    self.in_list = outer;
                }
                Place::Key(key) => {
                    self.path.push(Segment::Key(key.to_owned()));
                    self.key(key);
                    self.inside(value, inner);
                }
            }
            self.path.pop();
        });
    }

    fn duplicates(&mut self, entries: &dyn Entries) {
        let mut seen: Vec<(usize, &dyn Node)> = Vec::with_capacity(entries.len());
        let mut repeated = Vec::new();
        entries.each(&mut |place, value| {
            let Place::Index(index) = place else { return };
            match seen.iter().find(|(_, known)| known.equals(value)) {
                Some((first, _)) => repeated.push((index, *first, true)),
                None => {
                    if let Some(first) = seen.iter().find(|(_, known)| same_key(*known, value)) {
                        repeated.push((index, first.0, false));
                    }
                    seen.push((index, value));
                }
            }
        });
        for (index, first, equal) in repeated {
            let path = self.path.index(index);
            if equal {
                let message = format!("the entry stands at position {first} already; patches append to this list");
                self.report(Rule::DuplicateEntry, path, message);
            } else {
                let message = format!("the entry at position {first} has the same name");
                self.report(Rule::DuplicateKey, path, message);
            }
        }
    }

    /// Some blocks are not read back as they were.
    fn text(&mut self, text: &str) {
        if is_lost_as_block(text, self.in_list) {
            let message = "the plain writer makes a block of this text that does not read back";
            self.report(Rule::Unreadable, self.path.clone(), message.to_owned());
        }
    }

    fn key(&mut self, key: &str) {
        if key == "<<" {
            let message = "the plain writer makes a merge key of this key";
            self.report(Rule::Unreadable, self.path.clone(), message.to_owned());
        }
        self.text(key);
    }

    fn main_document(&mut self, config: &Config) {
        if config.persist != Some(true) && config.machine.is_some() && config.cluster.is_some() {
            let message = "without `persist: true` the machine forgets this configuration when it restarts";
            self.report(Rule::NotPersistent, "persist".into(), message.to_owned());
        }
        let (Some(machine), Some(cluster)) = (&config.machine, &config.cluster) else { return };
        let pairs = [
            ("machine.ca", machine.ca.as_deref(), true),
            ("cluster.ca", cluster.ca.as_deref(), true),
            ("cluster.aggregatorCA", cluster.aggregator_ca.as_deref(), false),
            ("cluster.etcd.ca", cluster.etcd.as_ref().and_then(|etcd| etcd.ca.as_deref()), false),
        ];
        for (path, pair, on_workers) in pairs {
            let has_key = pair.is_some_and(|pair| !pair.key.is_empty());
            if self.worker && has_key && on_workers {
                let message = "a worker needs the certificate alone: keep the key off this machine";
                self.report(Rule::ControlPlaneOnly, FieldPath::from(path).key("key"), message.to_owned());
            }
            if !self.worker && !has_key {
                let message = format!("a control plane machine needs certificate and key of `{path}`");
                self.report(Rule::MissingSecret, path.into(), message);
            }
        }
    }
}

/// The value as its own type, also where it may be absent.
fn present<T: 'static>(value: &dyn Node) -> Option<&T> {
    let value = value.as_any();
    value.downcast_ref().or_else(|| value.downcast_ref::<Option<T>>()?.as_ref())
}

/// Whether two sections have the same value in the field that names them.
fn same_key(left: &dyn Node, right: &dyn Node) -> bool {
    const KEYS: &[&str] =
        &["interface", "vlanId", "name", "mountPath", "path", "ip", "destination", "publicKey", "slot"];
    let (View::Section(left), View::Section(right)) = (left.view(), right.view()) else { return false };
    let fields = left.section().fields;
    let Some(row) = fields.iter().position(|field| KEYS.contains(&field.key)) else { return false };
    !left.field(row).empty() && left.field(row).equals(right.field(row))
}
