//! Where objects are.

use std::fmt;

/// Names a collection of the API, or an object in it.
///
/// ```
/// use talos_api::kubernetes::Path;
///
/// let nodes = Path::new("v1", "nodes");
/// assert_eq!(nodes.to_string(), "/api/v1/nodes");
/// assert_eq!(nodes.named("cp-1").to_string(), "/api/v1/nodes/cp-1");
/// let sets = Path::new("apps/v1", "daemonsets").within("kube-system");
/// assert_eq!(sets.to_string(), "/apis/apps/v1/namespaces/kube-system/daemonsets");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// `v1`, or group and version.
    api_version: String,
    resource: String,
    namespace: Option<String>,
    name: String,
    subresource: Option<String>,
}

impl Path {
    /// A collection: all objects of a type. `api_version` is `v1` or `apps/v1`, `resource` the plural in lower case.
    pub fn new(api_version: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            api_version: api_version.into(),
            resource: resource.into(),
            namespace: None,
            name: String::new(),
            subresource: None,
        }
    }

    /// The part of it that is in a namespace.
    #[must_use]
    pub fn within(self, namespace: impl Into<String>) -> Self {
        Self { namespace: Some(namespace.into()), ..self }
    }

    /// One object.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// A part of an object that has a path of its own, `status`, `log`.
    #[must_use]
    pub fn part(self, subresource: impl Into<String>) -> Self {
        Self { subresource: Some(subresource.into()), ..self }
    }

    /// The name of the object, empty for collections.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `daemonsets.apps`, as messages name a type.
    pub(super) fn group_resource(&self) -> String {
        match self.api_version.split_once('/') {
            Some((group, _)) => format!("{}.{group}", self.resource),
            None => self.resource.clone(),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = if self.api_version.contains('/') { "/apis" } else { "/api" };
        f.write_str(root)?;
        let namespace = self.namespace.as_deref().filter(|namespace| !namespace.is_empty());
        let name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        let segments = self
            .api_version
            .split('/')
            .chain(namespace.map(|_| "namespaces"))
            .chain(namespace)
            .chain([self.resource.as_str()])
            .chain(name)
            .chain(self.subresource.as_deref());
        segments.into_iter().try_for_each(|segment| write!(f, "/{}", escaped(segment)))
    }
}

/// Escapes what cannot stand in a segment of a path, so that a name never reaches beyond it.
fn escaped(segment: &str) -> String {
    // Segments of dots would be taken for steps.
    if matches!(segment, "." | "..") {
        return segment.replace('.', "%2E");
    }
    percent(segment, |byte| byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,;=".contains(&byte))
}

/// Writes bytes that are not `plain` as `%XX`.
pub(super) fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_segment() {
        let path = Path::new("v1", "pods").within("a/b").named("..").part("log");
        assert_eq!(path.to_string(), "/api/v1/namespaces/a%2Fb/pods/%2E%2E/log");
        let path = Path::new("v1", "pods").within("").named("a?b#c%d é");
        assert_eq!(path.to_string(), "/api/v1/pods/a%3Fb%23c%25d%20%C3%A9");
    }

    #[test]
    fn types_are_named_with_their_group() {
        assert_eq!(Path::new("v1", "pods").group_resource(), "pods");
        assert_eq!(Path::new("apps/v1", "daemonsets").group_resource(), "daemonsets.apps");
    }
}
