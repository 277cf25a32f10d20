//! What calls ask for beside a path.

use std::time::Duration;

use serde_json::Value;

use super::path::percent;

/// Which objects of a collection are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// Condition on labels, `k8s-app=kube-proxy` or `k8s-app in (a,b)`; empty takes all.
    pub label_selector: String,
    /// Condition on fields, `spec.nodeName=worker-1`; empty takes all.
    pub field_selector: String,
}

impl ListOptions {
    /// Objects whose labels fulfil a condition.
    pub fn labels(selector: impl Into<String>) -> Self {
        Self { label_selector: selector.into(), ..Self::default() }
    }

    pub(super) fn query(&self, next: &str) -> Query {
        Query::default()
            .with("continue", next)
            .with("fieldSelector", &self.field_selector)
            .with("labelSelector", &self.label_selector)
    }
}

/// How an object is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Let the server do everything but keep the result.
    pub dry_run: bool,
    /// Name under which fields are owned; empty takes the server's.
    pub field_manager: String,
}

impl WriteOptions {
    pub(super) fn query(&self) -> Query {
        let dry_run = if self.dry_run { "All" } else { "" };
        Query::default().with("dryRun", dry_run).with("fieldManager", &self.field_manager)
    }
}

/// A change of parts of an object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Patch<'v> {
    /// RFC 7396: mappings are merged, all else is replaced, null removes.
    Merge(&'v Value),
    /// As `Merge`, but lists are merged by the keys that the type has for them. Only for types built into the server.
    Strategic(&'v Value),
    /// RFC 6902: a list of operations.
    Operations(&'v Value),
    /// Server-side apply: the fields that the manager wants; the object is created when there is none.
    Apply {
        /// The wanted fields, with `apiVersion`, `kind` and name.
        object: &'v Value,
        /// Who wants them.
        field_manager: &'v str,
        /// Take fields over from other managers.
        force: bool,
    },
}

impl<'v> Patch<'v> {
    pub(super) fn content(&self) -> (&'static str, &'v Value) {
        match self {
            Self::Merge(body) => ("application/merge-patch+json", body),
            Self::Strategic(body) => ("application/strategic-merge-patch+json", body),
            Self::Operations(body) => ("application/json-patch+json", body),
            // JSON is YAML, and the only form that every server takes here is YAML.
            Self::Apply { object, .. } => ("application/apply-patch+yaml", object),
        }
    }

    pub(super) fn query(&self) -> Query {
        match self {
            Self::Apply { field_manager, force, .. } => {
                Query::default().with("fieldManager", field_manager).with("force", if *force { "true" } else { "" })
            }
            _ => Query::default(),
        }
    }
}

/// Parameters of a URL, sorted by key.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Adds a parameter unless it is empty.
    fn with(mut self, key: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push((key, value.to_owned()));
        }
        self
    }

    /// `?a=b&timeout=1m0s`: the server shall not work longer than this side waits.
    pub(super) fn text(self, timeout: Duration) -> String {
        let query = self.with("timeout", &seconds(timeout));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let encoded = |text: &str| text.split(' ').map(|word| percent(word, plain)).collect::<Vec<_>>().join("+");
        let pairs: Vec<_> = query.0.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }
}

/// Whole seconds in the form that servers read, `1m0s`.
fn seconds(duration: Duration) -> String {
    let total = duration.as_secs();
    let (hours, minutes, seconds) = (total / 3600, total / 60 % 60, total % 60);
    match (hours, minutes) {
        (0, 0) if total == 0 => String::new(),
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_in_order() {
        let options = ListOptions::labels("k8s-app in (a,b)");
        assert_eq!(
            options.query("x=").text(Duration::from_secs(60)),
            "?continue=x%3D&labelSelector=k8s-app+in+%28a%2Cb%29&timeout=1m0s"
        );
        assert_eq!(WriteOptions::default().query().text(Duration::ZERO), "");
        let dry = WriteOptions { dry_run: true, field_manager: "talos".into() };
        assert_eq!(dry.query().text(Duration::from_secs(3723)), "?dryRun=All&fieldManager=talos&timeout=1h2m3s");
    }
}
