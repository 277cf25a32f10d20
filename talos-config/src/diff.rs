//! What differs between two configurations, field by field.

use std::fmt;

use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::fields::{Entries, Fields, Node, Place, Secret, Section, View};

use crate::container::Container;
use crate::document::{Document, Identity};
use crate::path::{FieldPath, Segment};

/// What stands where a secret would be shown.
pub const MASK: &str = "******";

/// One value that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The document.
    pub document: Identity,
    /// The place in it; the root when the whole document is new or gone.
    pub path: FieldPath,
    /// The value before, absent if there was none.
    pub before: Option<Text>,
    /// The value after, absent if there is none.
    pub after: Option<Text>,
    /// A running machine takes this change only with a reboot.
    pub reboot: bool,
}

impl Change {
    /// Absent on one side and empty on the other: no machine does anything else for it, but the check whether a change needs
    /// a reboot tells the two apart.
    pub fn is_formal(&self) -> bool {
        let nothing =
            |text: &Option<Text>| text.as_ref().is_none_or(|text| matches!(text.yaml.as_str(), "[]" | "{}" | "\"\""));
        nothing(&self.before) && nothing(&self.after)
    }
}

/// A value as YAML. `Display` and `Debug` hide secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    yaml: String,
    masked: String,
}

impl Text {
    /// The value with its secrets.
    pub fn reveal(&self) -> &str {
        &self.yaml
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.masked)
    }
}

/// The place of each change as the heading of a hunk, then the lines that go and those that come, secrets hidden.
#[derive(Clone, Copy, Debug)]
pub struct Hunks<'a>(pub &'a [Change]);

impl fmt::Display for Hunks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, change) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}@@ {} @@", change.path)?;
            for (sign, value) in [('-', &change.before), ('+', &change.after)] {
                let Some(value) = value else { continue };
                for line in value.to_string().lines() {
                    write!(f, "\n{sign}{line}")?;
                }
            }
        }
        Ok(())
    }
}

/// Compares two configurations. Documents are matched by their identity, list entries by their position.
pub fn diff(before: &Container, after: &Container) -> Vec<Change> {
    let mut walk = Walk { changes: Vec::new(), identity: None, path: FieldPath::root() };
    for document in before.documents() {
        let identity = Identity::of(document);
        match after.find(&identity) {
            Some(other) => {
                walk.identity = Some(identity);
                walk.section(document.as_fields(), other.as_fields(), false);
            }
            None => walk.whole(document, Side::Before),
        }
    }
    for document in after.documents() {
        if before.find(&Identity::of(document)).is_none() {
            walk.whole(document, Side::After);
        }
    }
    walk.changes
}

enum Side {
    Before,
    After,
}

struct Walk {
    changes: Vec<Change>,
    identity: Option<Identity>,
    path: FieldPath,
}

/// What is known of a value from the fields it stands in.
#[derive(Clone, Copy)]
struct About {
    secret: Secret,
    reboot: bool,
}

impl Walk {
    fn whole(&mut self, document: &dyn Document, side: Side) {
        self.identity = Some(Identity::of(document));
        let about = About { secret: Secret::Open, reboot: false };
        let text = text(document.as_node(), about.secret);
        match side {
            Side::Before => self.change(Some(text), None, about),
            Side::After => self.change(None, Some(text), about),
        }
    }

    fn change(&mut self, before: Option<Text>, after: Option<Text>, about: About) {
        let Some(document) = self.identity.clone() else { return };
        self.changes.push(Change { document, path: self.path.clone(), before, after, reboot: about.reboot });
    }

    fn section(&mut self, before: &dyn Fields, after: &dyn Fields, reboot: bool) {
        for (row, field) in before.section().fields.iter().enumerate() {
            let about = About { secret: field.secret, reboot: reboot || field.reboot };
            self.step(Segment::Key(field.key.to_owned()), |walk| {
                walk.value(Some(before.field(row)), Some(after.field(row)), about);
            });
        }
    }

    fn step(&mut self, segment: Segment, inner: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        inner(self);
        self.path.pop();
    }

    fn value(&mut self, before: Option<&dyn Node>, after: Option<&dyn Node>, about: About) {
        let (Some(left), Some(right)) = (before, after) else {
            let shown = |node: Option<&dyn Node>| node.map(|node| text(node, about.secret));
            self.change(shown(before), shown(after), about);
            return;
        };
        if left.equals(right) {
            return;
        }
        match (left.view(), right.view()) {
            (View::Section(left), View::Section(right)) => self.section(left, right, about.reboot),
            (View::List(left), View::List(right)) => self.list(left, right, about),
            (View::Map(left), View::Map(right)) => self.map(left, right, about),
            _ => {
                // A section that comes or goes takes along the fields that wait for a reboot.
                let waits = [&left, &right].into_iter().any(|node| match node.view() {
                    View::Section(section) => has_reboot_field(section.section()),
                    _ => false,
                });
                let about = About { reboot: about.reboot || waits, ..about };
                // Absent and empty differ, but look the same: say which is which.
                let shown = |node: &dyn Node| (!node.unset()).then(|| text(node, about.secret));
                self.change(shown(left), shown(right), about);
            }
        }
    }

    fn list(&mut self, before: &dyn Entries, after: &dyn Entries, about: About) {
        for position in 0..before.len().max(after.len()) {
            let place = Place::Index(position);
            self.step(Segment::Index(position), |walk| walk.value(before.get(place), after.get(place), about));
        }
    }

    fn map(&mut self, before: &dyn Entries, after: &dyn Entries, about: About) {
        let mut keys: Vec<&str> = Vec::new();
        for entries in [before, after] {
            entries.each(&mut |place, _| {
                if let Place::Key(key) = place {
                    keys.push(key);
                }
            });
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let place = Place::Key(key);
            self.step(Segment::Key(key.to_owned()), |walk| walk.value(before.get(place), after.get(place), about));
        }
    }
}

fn has_reboot_field(section: &Section) -> bool {
    section.fields.iter().any(|field| field.reboot || field.shape.inner_section().is_some_and(has_reboot_field))
}

/// A value as YAML, with and without its secrets.
pub(crate) fn text(node: &dyn Node, secret: Secret) -> Text {
    let write = |node: &dyn Node| {
        let mut out = Emitter::new(Layout::TALOS);
        node.encode(&mut out);
        out.finish().trim_end().to_owned()
    };
    let yaml = write(node);
    let masked = match (secret, node.view()) {
        (Secret::Open, View::Scalar | View::Null) => yaml.clone(),
        (_, View::Scalar) if !node.empty() => MASK.to_owned(),
        _ => masked_text(node, secret),
    };
    Text { yaml, masked }
}

/// A structured value with its secrets hidden.
fn masked_text(node: &dyn Node, secret: Secret) -> String {
    let mut out = Emitter::new(Layout::TALOS);
    write_masked(node, secret, &mut out);
    out.finish().trim_end().to_owned()
}

fn write_masked(node: &dyn Node, secret: Secret, out: &mut Emitter) {
    match node.view() {
        View::Section(section) => {
            out.mapping_start();
            for (row, field) in section.section().fields.iter().enumerate() {
                let value = section.field(row);
                if !value.empty() {
                    out.field(field.key);
                    write_masked(value, field.secret, out);
                }
            }
            out.mapping_end();
        }
        View::List(entries) => {
            out.sequence_start();
            entries.each(&mut |_, item| write_masked(item, secret, out));
            out.sequence_end();
        }
        View::Map(entries) => {
            out.mapping_start();
            entries.each(&mut |place, value| {
                if let Place::Key(key) = place {
                    out.key(key);
                    write_masked(value, secret, out);
                }
            });
            out.mapping_end();
        }
        View::Scalar if secret != Secret::Open && !node.empty() => out.string(MASK),
        View::Scalar | View::Null => node.encode(out),
    }
}
