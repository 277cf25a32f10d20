//! Changes a text in place, so that comments, order and style of everything that did not change stay.
//!
//! The values before and after are compared as the plain writer gives them; each difference becomes a splice in the text.
//! Where a mapping or list stands in flow style, or behind an alias, the nearest block around it is written anew.

use std::ops::Range;

use talos_config_yaml::emit::{Emitter, Layout, write_in_order};
use talos_config_yaml::source::Source;
use talos_config_yaml::to_value::to_value;
use talos_config_yaml::tree::{Kind, NodeId, Options, Style, Tree};

use crate::Value;
use crate::container::Container;
use crate::document::Identity;
use crate::{encode, load};

/// The text could not be changed in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration before was not loaded from text, or was changed since.
    #[error("there is no text to keep the comments of")]
    NoText,
    /// The changed text would not have read as the configuration after.
    #[error("the comments of this file cannot be kept: write it without --preserve-comments")]
    NotKept,
}

/// Writes the difference between two configurations into the text that the first was loaded from.
///
/// The result loads as `after`, compared as the plain writer gives both; that has been tried.
///
/// # Errors
/// When there is no text, or the result would not be right.
pub fn preserve_comments(before: &Container, after: &Container) -> Result<String, Error> {
    let source = before.source().ok_or(Error::NoText)?;
    let (tree, _) = Tree::parse(source, Options::default());
    let mut edits = Edits { tree: &tree, source, splices: Vec::new() };
    let mut added = String::new();
    for document in after.documents() {
        let root = root_of(&tree, &Identity::of(document));
        match (before.find(&Identity::of(document)), root) {
            (Some(old), Some(root)) => {
                edits.value(root, &to_value(old.as_node()), &to_value(document.as_node()), 0).ok_or(Error::NotKept)?;
            }
            _ => {
                added.push_str("---\n");
                added.push_str(&encode::document_to_yaml(document, readable()));
            }
        }
    }
    let mut text = edits.apply();
    if !added.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(&added);
    let plain = |container: &Container| encode::to_yaml(container, readable());
    match load::load(text.clone()) {
        Ok(result) if plain(&result) == plain(after) => Ok(text),
        _ => Err(Error::NotKept),
    }
}

fn readable() -> encode::Options {
    encode::Options { readable: true, ..encode::Options::plain() }
}

/// The root of a document in the text.
fn root_of(tree: &Tree<'_>, identity: &Identity) -> Option<NodeId> {
    let mut roots = tree.documents().iter().filter_map(|document| tree.root(*document));
    roots.find(|root| {
        let text =
            |key: &str| tree.pairs(*root).find(|(known, _)| tree.text(*known) == key).map(|(_, at)| tree.text(at));
        match text("kind") {
            None => identity.kind == "v1alpha1",
            Some(kind) => {
                kind == identity.kind && identity.name.as_deref().is_none_or(|name| text("name") == Some(name))
            }
        }
    })
}

struct Edits<'t, 's> {
    tree: &'t Tree<'s>,
    source: &'t Source,
    splices: Vec<(Range<usize>, String)>,
}

impl Edits<'_, '_> {
    fn apply(mut self) -> String {
        self.splices.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::with_capacity(self.source.text().len() + 256);
        let mut at = 0;
        for (range, replacement) in self.splices {
            if range.start < at {
                continue;
            }
            text.push_str(&self.source.text()[at..range.start]);
            text.push_str(&replacement);
            at = range.end;
        }
        text.push_str(&self.source.text()[at..]);
        text
    }

    /// Turns the value of a node into another. `indent` is the column of the entry that the value belongs to.
    fn value(&mut self, at: NodeId, old: &Value, new: &Value, indent: usize) -> Option<()> {
        if old == new {
            return Some(());
        }
        let is_block = self.tree.style(at) != Style::Flow && self.tree.anchor(at).is_none();
        match (self.tree.kind(at), old, new) {
            (Kind::Mapping, Value::Mapping(old), Value::Mapping(new)) if is_block && !new.is_empty() => {
                self.mapping(at, old, new)
            }
            (Kind::Sequence, Value::Sequence(old), Value::Sequence(new))
                if is_block && !new.is_empty() && old.len() == self.tree.count(at) =>
            {
                self.sequence(at, old, new)
            }
            _ => self.replace(at, new, indent),
        }
    }

    fn mapping(&mut self, at: NodeId, old: &[(Value, Value)], new: &[(Value, Value)]) -> Option<()> {
        let column = self.column(self.tree.pairs(at).next()?.0);
        let mut last = None;
        for (key, value) in self.tree.pairs(at) {
            last = Some((key, value));
            let name = Value::String(self.tree.text(key).to_owned());
            let find =
                |entries: &[(Value, Value)]| entries.iter().find(|(known, _)| *known == name).map(|(_, v)| v.clone());
            match (find(old), find(new)) {
                (Some(old), Some(new)) => self.value(value, &old, &new, column)?,
                // The plain writer left the old value out: the text may say what it likes.
                (None, Some(new)) => self.replace(value, &new, column)?,
                (Some(_), None) => {
                    if self.tree.count(at) == 2 {
                        return None;
                    }
                    self.remove(key, value);
                }
                (None, None) => {}
            }
        }
        let known = |key: &Value| self.tree.pairs(at).any(|(known, _)| Some(self.tree.text(known)) == key.as_str());
        let mut added = String::new();
        for (key, value) in new.iter().filter(|(key, _)| !known(key)) {
            // What is always written, and stands in no text, needs no entry.
            if old.iter().any(|(old, old_value)| old == key && old_value == value) {
                continue;
            }
            added.push_str(&indented(&written(&Value::Mapping(vec![(key.clone(), value.clone())])), column));
        }
        if !added.is_empty() {
            let (key, value) = last?;
            self.insert_after(key, value, added);
        }
        Some(())
    }

    fn sequence(&mut self, at: NodeId, old: &[Value], new: &[Value]) -> Option<()> {
        let items: Vec<NodeId> = self.tree.children(at).collect();
        let first = *items.first()?;
        let dash = self.dash(first)?;
        for (position, item) in items.iter().enumerate() {
            match new.get(position) {
                Some(value) => self.value(*item, &old[position], value, dash + 2)?,
                None => return self.replace(at, &Value::Sequence(new.to_vec()), dash),
            }
        }
        let mut added = String::new();
        for value in new.iter().skip(items.len()) {
            added.push_str(&indented(&written(&Value::Sequence(vec![value.clone()])), dash));
        }
        if !added.is_empty() {
            let item = *items.last()?;
            self.insert_after(item, item, added);
        }
        Some(())
    }

    /// Writes a node anew.
    fn replace(&mut self, at: NodeId, new: &Value, indent: usize) -> Option<()> {
        let text = written(new);
        let is_scalar = !matches!(new, Value::Mapping(entries) if !entries.is_empty())
            && !matches!(new, Value::Sequence(items) if !items.is_empty());
        let span = self.tree.span(at);
        let mut range = span.start as usize..self.end_of(at);
        let replacement = if is_scalar && !text.trim_end().contains('\n') {
            text.trim_end().to_owned()
        } else if is_scalar {
            // A block text: its header stays on the line of the key.
            let (header, body) = text.split_once('\n')?;
            let step = body.lines().next().map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
            let body: String = body
                .lines()
                .map(|line| match line.get(step..) {
                    Some(rest) if !rest.is_empty() => format!("{:1$}{rest}\n", "", indent + 4),
                    _ => "\n".to_owned(),
                })
                .collect();
            format!("{header}\n{}", body.trim_end_matches('\n'))
        } else {
            let body = indented(&text, indent + 4);
            format!("\n{}", body.trim_end_matches('\n'))
        };
        let before = &self.source.text()[..range.start];
        let blank = if before.ends_with(':') { " " } else { "" };
        if replacement.starts_with('\n') {
            // The blank after the colon goes with the old value.
            range.start = before.trim_end_matches(' ').len();
            self.splices.push((range, replacement));
        } else {
            self.splices.push((range, format!("{blank}{replacement}")));
        }
        Some(())
    }

    /// Removes the lines of an entry.
    fn remove(&mut self, key: NodeId, value: NodeId) {
        let text = self.source.text();
        let start = self.tree.span(key).start as usize;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.line_end(self.end_of(value).max(self.tree.span(key).end as usize));
        if text[line..start].trim().is_empty() {
            self.splices.push((line..end, String::new()));
            return;
        }
        // The first entry of a list item: the dash stays, the next entry moves up to it.
        let rest = &text[end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\n']).len();
        self.splices.push((start..end + blank, String::new()));
    }

    fn insert_after(&mut self, key: NodeId, value: NodeId, added: String) {
        let end = self.line_end(self.end_of(value).max(self.tree.span(key).end as usize));
        let lead = if self.source.text()[..end].ends_with('\n') { "" } else { "\n" };
        self.splices.push((end..end, format!("{lead}{added}")));
    }

    /// Where the last line of a node ends, the line feed included.
    fn line_end(&self, at: usize) -> usize {
        let text = self.source.text();
        // A block text ends behind its last line feed already.
        if at > 0 && text.as_bytes()[at - 1] == b'\n' {
            return at;
        }
        text[at..].find('\n').map_or(text.len(), |length| at + length + 1)
    }

    /// Where the text of a node ends, without the comments and blank lines behind it.
    fn end_of(&self, at: NodeId) -> usize {
        match self.tree.kind(at) {
            Kind::Mapping | Kind::Sequence if self.tree.style(at) != Style::Flow => {
                self.tree.children(at).last().map_or(self.tree.span(at).end as usize, |last| self.end_of(last))
            }
            Kind::Scalar if matches!(self.tree.style(at), Style::Literal | Style::Folded) => {
                let span = self.tree.span(at);
                let text = &self.source.text()[span.start as usize..span.end as usize];
                span.start as usize + text.trim_end_matches(['\n', ' ']).len()
            }
            _ => self.tree.span(at).end as usize,
        }
    }

    fn column(&self, at: NodeId) -> usize {
        self.tree.position(at).column as usize - 1
    }

    /// The column of the dash before a list item.
    fn dash(&self, item: NodeId) -> Option<usize> {
        let text = self.source.text();
        let start = self.tree.span(item).start as usize;
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let dash = text[line..start].rfind('-')?;
        Some(text[line..line + dash].chars().count())
    }
}

/// A value in the plain layout.
fn written(value: &Value) -> String {
    let mut out = Emitter::new(Layout::TALOS).readable(true);
    write_in_order(value, &mut out);
    out.finish()
}

/// The lines of a text, each set in by so many blanks.
fn indented(text: &str, indent: usize) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.lines() {
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}
