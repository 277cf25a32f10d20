//! Merging of kubeconfig files.

use talos_config_yaml::emit::{Emitter, Layout, write_value};
use talos_config_yaml::value::Value;

/// A kubeconfig as a tree. What this program does not know is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kubeconfig {
    clusters: Vec<Entry>,
    users: Vec<Entry>,
    contexts: Vec<Entry>,
    /// Everything else, the current context among it.
    rest: Vec<(Value, Value)>,
}

/// A named part.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    name: String,
    content: Value,
    /// What stands beside name and content.
    rest: Vec<(Value, Value)>,
}

/// What a kubeconfig is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Clusters.
    Cluster,
    /// Users.
    AuthInfo,
    /// Pairs of both.
    Context,
}

/// What to do about an entry that is there with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Put the new one in its place.
    Overwrite,
    /// Give the new one another name.
    Rename,
}

/// An entry got another name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// What it is.
    pub part: Part,
    /// Name in the file that was merged.
    pub from: String,
    /// Name in the result.
    pub to: String,
}

/// A text is no kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} of the kubeconfig is no {wanted}")]
pub struct NotAKubeconfig {
    /// Where.
    pub place: &'static str,
    /// What should be there.
    pub wanted: &'static str,
}

const CURRENT: &str = "current-context";

impl Part {
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Cluster => ("clusters", "cluster"),
            Self::AuthInfo => ("users", "user"),
            Self::Context => ("contexts", "context"),
        }
    }

    /// The word of messages about conflicts.
    pub fn component(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::AuthInfo => "auth",
            Self::Context => "context",
        }
    }

    /// The word of messages about new names.
    pub fn words(self) -> &'static str {
        match self {
            Self::AuthInfo => "auth info",
            other => other.component(),
        }
    }
}

impl Kubeconfig {
    /// Takes the tree of a file apart. Nothing at all is an empty kubeconfig.
    ///
    /// # Errors
    /// [`NotAKubeconfig`] if the tree has another shape.
    pub fn from_value(value: Value) -> Result<Self, NotAKubeconfig> {
        let mut config = Self::default();
        let entries = match value {
            Value::Null => return Ok(config),
            Value::Mapping(entries) => entries,
            _ => return Err(NotAKubeconfig { place: "the document", wanted: "mapping" }),
        };
        for (key, value) in entries {
            let part = [Part::Cluster, Part::AuthInfo, Part::Context]
                .into_iter()
                .find(|part| key.as_str() == Some(part.keys().0));
            match part {
                Some(part) => *config.part(part) = read_entries(part, value)?,
                None => config.rest.push((key, value)),
            }
        }
        Ok(config)
    }

    fn part(&mut self, part: Part) -> &mut Vec<Entry> {
        match part {
            Part::Cluster => &mut self.clusters,
            Part::AuthInfo => &mut self.users,
            Part::Context => &mut self.contexts,
        }
    }

    fn set(&mut self, key: &str, value: Value) {
        match self.rest.iter_mut().find(|(known, _)| known.as_str() == Some(key)) {
            Some((_, old)) => *old = value,
            None => self.rest.push((Value::String(key.to_owned()), value)),
        }
    }

    /// Puts the entries of another kubeconfig in. `decide` is asked about clusters and users that are there with other
    /// content; a context takes the place of one of its name. With a `context` name the contexts get this name. The last
    /// context becomes the current one.
    ///
    /// # Errors
    /// Those of `decide`.
    pub fn merge<E>(
        &mut self,
        other: Self,
        context: Option<&str>,
        mut decide: impl FnMut(Part, &str) -> Result<Decision, E>,
    ) -> Result<Vec<Renamed>, E> {
        let mut renamed = Vec::new();
        let mut clusters = Vec::new();
        for cluster in other.clusters {
            let wanted = cluster.name.clone();
            let name = self.add(Part::Cluster, cluster, &wanted, &mut decide)?;
            clusters.push((wanted, name));
        }
        let mut users = Vec::new();
        for user in other.users {
            let wanted = replaced(&user.name, &clusters);
            let old = user.name.clone();
            let name = self.add(Part::AuthInfo, user, &wanted, &mut decide)?;
            users.push((old, name));
        }
        let mut contexts = Vec::new();
        for mut entry in other.contexts {
            for (key, names) in [("cluster", &clusters), ("user", &users)] {
                refer(&mut entry.content, key, names);
            }
            let old = entry.name.clone();
            entry.name = context.map_or_else(|| replaced(&old, &users), str::to_owned);
            let name = entry.name.clone();
            self.contexts.retain(|known| known.name != name);
            self.contexts.push(entry);
            self.set(CURRENT, Value::String(name.clone()));
            contexts.push((old, name));
        }
        for (part, names) in [(Part::Cluster, clusters), (Part::AuthInfo, users), (Part::Context, contexts)] {
            let changed = names.into_iter().filter(|(from, to)| from != to);
            renamed.extend(changed.map(|(from, to)| Renamed { part, from, to }));
        }
        Ok(renamed)
    }

    /// Adds an entry and tells under which name.
    fn add<E>(
        &mut self,
        part: Part,
        mut entry: Entry,
        wanted: &str,
        decide: &mut impl FnMut(Part, &str) -> Result<Decision, E>,
    ) -> Result<String, E> {
        wanted.clone_into(&mut entry.name);
        let known = self.part(part);
        if let Some(old) = known.iter().find(|old| old.name == wanted) {
            let same = sorted(old.content.clone()) == sorted(entry.content.clone());
            if !same && decide(part, wanted)? == Decision::Rename {
                let free = |name: &String| known.iter().all(|old| old.name != *name);
                let name = (1u64..).map(|number| format!("{wanted}-{number}")).find(free);
                entry.name = name.expect("there are more numbers than entries");
            }
        }
        let name = entry.name.clone();
        known.retain(|old| old.name != name);
        known.push(entry);
        Ok(name)
    }

    /// The file, with sorted keys and entries.
    pub fn to_text(&self) -> String {
        let mut entries = self.rest.clone();
        let defaults = [
            ("apiVersion", Value::String("v1".to_owned())),
            (CURRENT, Value::String(String::new())),
            ("kind", Value::String("Config".to_owned())),
            ("preferences", Value::Mapping(Vec::new())),
        ];
        for (key, value) in defaults {
            if !entries.iter().any(|(known, _)| known.as_str() == Some(key)) {
                entries.push((Value::String(key.to_owned()), value));
            }
        }
        for (part, list) in
            [(Part::Cluster, &self.clusters), (Part::AuthInfo, &self.users), (Part::Context, &self.contexts)]
        {
            entries.push((Value::String(part.keys().0.to_owned()), write_entries(part, list)));
        }
        let mut out = Emitter::new(Layout::V2);
        write_value(&sorted(Value::Mapping(entries)), &mut out);
        out.finish()
    }
}

fn read_entries(part: Part, value: Value) -> Result<Vec<Entry>, NotAKubeconfig> {
    let (list_key, content_key) = part.keys();
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Sequence(items) => items,
        _ => return Err(NotAKubeconfig { place: list_key, wanted: "list" }),
    };
    let read = |item: Value| {
        let Value::Mapping(fields) = item else {
            return Err(NotAKubeconfig { place: list_key, wanted: "list of mappings" });
        };
        let mut entry = Entry { name: String::new(), content: Value::Mapping(Vec::new()), rest: Vec::new() };
        for (key, value) in fields {
            match key.as_str() {
                Some("name") => value.as_str().unwrap_or_default().clone_into(&mut entry.name),
                Some(key) if key == content_key => entry.content = value,
                _ => entry.rest.push((key, value)),
            }
        }
        Ok(entry)
    };
    items.into_iter().map(read).collect()
}

fn write_entries(part: Part, entries: &[Entry]) -> Value {
    if entries.is_empty() {
        return Value::Null;
    }
    let mut entries = entries.to_vec();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let write = |entry: Entry| {
        let mut fields = entry.rest;
        fields.push((Value::String(part.keys().1.to_owned()), entry.content));
        fields.push((Value::String("name".to_owned()), Value::String(entry.name)));
        Value::Mapping(fields)
    };
    Value::Sequence(entries.into_iter().map(write).collect())
}

/// Puts new names in the place of old ones, wherever they stand in a name. What was put in is not looked at again: new
/// names hold the old ones, and a name would double with each.
fn replaced(name: &str, names: &[(String, String)]) -> String {
    let changed: Vec<_> = names.iter().filter(|(from, to)| from != to && !from.is_empty()).collect();
    let (mut out, mut rest) = (String::new(), name);
    while let Some(next) = rest.chars().next() {
        match changed.iter().find_map(|(from, to)| Some((rest.strip_prefix(from.as_str())?, to))) {
            Some((tail, to)) => {
                out.push_str(to);
                rest = tail;
            }
            None => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

/// Makes a field of a context name an entry by its new name.
fn refer(content: &mut Value, key: &str, names: &[(String, String)]) {
    let Value::Mapping(fields) = content else { return };
    for (_, value) in fields.iter_mut().filter(|(known, _)| known.as_str() == Some(key)) {
        if let Some((_, to)) = names.iter().find(|(from, _)| value.as_str() == Some(from)) {
            *value = Value::String(to.clone());
        }
    }
}

/// The value with the keys of all mappings sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Mapping(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
            Value::Mapping(entries)
        }
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Mapping(entries.iter().map(|(key, value)| (text(key), value.clone())).collect())
    }

    fn sample(server: &str) -> Kubeconfig {
        let list = |key, name: &str, content| Value::Sequence(vec![map(&[("name", text(name)), (key, content)])]);
        let value = map(&[
            ("clusters", list("cluster", "lab", map(&[("server", text(server))]))),
            ("users", list("user", "admin@lab", map(&[("token", text("x"))]))),
            ("contexts", list("context", "admin@lab", map(&[("user", text("admin@lab")), ("cluster", text("lab"))]))),
            ("extra", text("kept")),
        ]);
        Kubeconfig::from_value(value).unwrap()
    }

    #[test]
    fn conflicts_are_renamed_everywhere() {
        let mut config = sample("a");
        let rename = |_: Part, _: &str| Ok::<_, Infallible>(Decision::Rename);
        let renamed = config.merge(sample("b"), None, rename).unwrap();
        let names: Vec<_> = renamed.iter().map(|new| (new.from.as_str(), new.to.as_str())).collect();
        assert_eq!(names, [("lab", "lab-1"), ("admin@lab", "admin@lab-1"), ("admin@lab", "admin@lab-1")]);
        let out = config.to_text();
        assert!(out.contains("cluster: lab-1\n") && out.contains("current-context: admin@lab-1\n"), "{out}");
        assert!(out.contains("extra: kept\n"), "{out}");
        config.merge(sample("c"), None, rename).unwrap();
        assert!(config.to_text().contains("name: lab-2\n"));
    }

    #[test]
    fn the_same_again_changes_nothing() {
        let mut config = sample("a");
        let never = |_: Part, _: &str| -> Result<Decision, Infallible> { panic!("nothing differs") };
        assert_eq!(config.merge(sample("a"), None, never).unwrap(), []);
        let before = sample("a").to_text().replace("current-context: \"\"", "current-context: admin@lab");
        assert_eq!(config.to_text(), before);
    }

    #[test]
    fn overwriting_keeps_one() {
        let mut config = sample("a");
        config.merge(sample("b"), Some("x"), |_, _| Ok::<_, Infallible>(Decision::Overwrite)).unwrap();
        let out = config.to_text();
        assert!(out.contains("server: b") && !out.contains("server: a"), "{out}");
        assert!(out.contains("name: x\n") && out.contains("name: admin@lab\n"), "{out}");
    }

    #[test]
    fn names_that_occur_again_and_again_do_not_grow() {
        let list = |count: i64, key, name: &str| {
            Value::Sequence((0..count).map(|n| map(&[("name", text(name)), (key, Value::Int(n))])).collect())
        };
        let of = |count| {
            let value = map(&[("clusters", list(count, "cluster", "-")), ("users", list(1, "user", "-a-"))]);
            Kubeconfig::from_value(value).unwrap()
        };
        let mut config = of(1);
        let renamed = config.merge(of(40), None, |_, _| Ok::<_, Infallible>(Decision::Rename)).unwrap();
        let user = renamed.iter().find(|new| new.part == Part::AuthInfo).unwrap();
        assert_eq!(user.to, "--1a--1");
    }

    #[test]
    fn other_shapes_are_refused() {
        for (value, wanted) in [
            (Value::Int(1), "the document of the kubeconfig is no mapping"),
            (map(&[("users", Value::Int(1))]), "users of the kubeconfig is no list"),
            (map(&[("users", Value::Sequence(vec![Value::Null]))]), "users of the kubeconfig is no list of mappings"),
        ] {
            assert_eq!(Kubeconfig::from_value(value).unwrap_err().to_string(), wanted);
        }
        assert!(Kubeconfig::from_value(Value::Null).unwrap().to_text().contains("clusters: null\n"));
    }
}
