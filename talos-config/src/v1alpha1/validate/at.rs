//! The place that is being checked.

use crate::path::{FieldPath, Segment};

/// A place in the document, kept on the stack: a [`FieldPath`] is made of it only when there is something to report.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    above: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    /// Keys joined by dots.
    Keys(&'static str),
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// A place named by keys that are joined by dots.
    pub(super) fn root(keys: &'static str) -> Self {
        Self { above: None, step: Step::Keys(keys) }
    }

    /// The place of a key below; keys joined by dots go down several steps.
    pub(super) fn key(&'a self, keys: &'static str) -> Self {
        Self { above: Some(self), step: Step::Keys(keys) }
    }

    /// The place of an entry of a map with free keys.
    pub(super) fn entry(&'a self, key: &'a str) -> Self {
        Self { above: Some(self), step: Step::Key(key) }
    }

    /// The place of an entry of a list.
    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { above: Some(self), step: Step::Index(index) }
    }

    /// The place as a value of its own.
    pub(super) fn path(&self) -> FieldPath {
        let mut path = self.above.map(At::path).unwrap_or_default();
        match self.step {
            Step::Keys(keys) => {
                for key in keys.split('.').filter(|key| !key.is_empty()) {
                    path.push(Segment::Key(key.to_owned()));
                }
            }
            Step::Key(key) => path.push(Segment::Key(key.to_owned())),
            Step::Index(index) => path.push(Segment::Index(index)),
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_become_a_path() {
        let machine = At::root("machine");
        let labels = machine.key("nodeLabels");
        assert_eq!(labels.entry("a.b/c").path().to_string(), "machine.nodeLabels[\"a.b/c\"]");
        let interfaces = At::root("machine.network.interfaces");
        assert_eq!(interfaces.index(2).key("vip.ip").path().to_string(), "machine.network.interfaces[2].vip.ip");
        assert!(At::root("").path().is_root());
    }
}
