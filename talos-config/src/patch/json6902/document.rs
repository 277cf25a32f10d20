//! JSON as the operations work on it: an arena, so that depth costs no stack.

use std::borrow::Cow;

use super::text;

/// A node of a [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(u32);

/// One JSON value and all within it.
#[derive(Clone, PartialEq)]
pub(super) struct Document<'s> {
    nodes: Vec<Json<'s>>,
    pub(super) root: Id,
}

/// One value; those within it are elsewhere in the document.
#[derive(Clone, PartialEq)]
pub(super) enum Json<'s> {
    Null(Null),
    Bool(bool),
    Integer(i64),
    /// A number as JSON text.
    Number(Cow<'s, str>),
    Text(Cow<'s, str>),
    /// A text that its patch does not write as it would be written anew. `test` compares what is written.
    Literal(Box<Literal>),
    List(Vec<Id>),
    /// Members by key, in the order of bytes.
    Object(Vec<(Cow<'s, str>, Id)>),
}

/// The nulls that `test` tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// A null that was read, or a missing value.
    Absent,
    /// `"value": null` in JSON.
    Nil,
    /// Null as the value of an operation in YAML, or copied from such a place.
    Word,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) text: String,
    /// In quotes, with escapes; the bytes of a patch may be anything.
    pub(super) written: Vec<u8>,
}

impl<'s> Document<'s> {
    pub(super) fn with_capacity(nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(nodes), root: Id(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn push(&mut self, value: Json<'s>) -> Id {
        let id = Id(u32::try_from(self.nodes.len()).expect("the number of nodes is limited"));
        self.nodes.push(value);
        id
    }

    pub(super) fn get(&self, id: Id) -> &Json<'s> {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn get_mut(&mut self, id: Id) -> &mut Json<'s> {
        &mut self.nodes[id.0 as usize]
    }

    /// Takes in another document; gives its root.
    pub(super) fn graft(&mut self, other: &'s Document<'_>) -> Id {
        let offset = u32::try_from(self.nodes.len()).expect("the number of nodes is limited");
        let moved = |id: &Id| Id(id.0 + offset);
        self.nodes.extend(other.nodes.iter().map(|node| match node {
            Json::Null(null) => Json::Null(*null),
            Json::Bool(value) => Json::Bool(*value),
            Json::Integer(value) => Json::Integer(*value),
            Json::Number(number) => Json::Number(Cow::Borrowed(number)),
            Json::Text(text) => Json::Text(Cow::Borrowed(text)),
            Json::Literal(literal) => Json::Literal(literal.clone()),
            Json::List(items) => Json::List(items.iter().map(moved).collect()),
            Json::Object(members) => {
                Json::Object(members.iter().map(|(key, id)| (Cow::Borrowed(&**key), moved(id))).collect())
            }
        }));
        moved(&other.root)
    }

    /// Takes in another document, whole; gives its root.
    pub(super) fn adopt(&mut self, other: Document<'s>) -> Id {
        let offset = u32::try_from(self.nodes.len()).expect("the number of nodes is limited");
        let moved = |id: &mut Id| id.0 += offset;
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            match &mut node {
                Json::List(items) => items.iter_mut().for_each(moved),
                Json::Object(members) => members.iter_mut().for_each(|(_, id)| moved(id)),
                _ => {}
            }
            node
        }));
        Id(other.root.0 + offset)
    }

    /// A copy that shares nothing with the original; what JSON escapes for HTML is escaped in it.
    pub(super) fn copy(&mut self, original: Id) -> Id {
        let top = self.push_copy(original);
        let mut open = vec![top];
        while let Some(id) = open.pop() {
            let mut node = std::mem::replace(self.get_mut(id), Json::Null(Null::Absent));
            let children: &mut dyn Iterator<Item = &mut Id> = match &mut node {
                Json::List(items) => &mut items.iter_mut(),
                Json::Object(members) => &mut members.iter_mut().map(|(_, id)| id),
                _ => &mut std::iter::empty(),
            };
            for child in children {
                *child = self.push_copy(*child);
                if matches!(self.get(*child), Json::List(_) | Json::Object(_)) {
                    open.push(*child);
                }
            }
            *self.get_mut(id) = node;
        }
        top
    }

    fn push_copy(&mut self, id: Id) -> Id {
        let copy = match self.get(id) {
            Json::Null(Null::Nil) => Json::Null(Null::Word),
            Json::Literal(literal) => text::escape_for_html(literal),
            other => other.clone(),
        };
        self.push(copy)
    }

    /// A value with all within it, as a document of its own.
    pub(super) fn extract(&mut self, id: Id) -> Document<'s> {
        let mut own = Document::with_capacity(1);
        let value = std::mem::replace(self.get_mut(id), Json::Null(Null::Absent));
        own.root = own.push(value);
        let mut next = 0;
        while next < own.nodes.len() {
            let mut node = std::mem::replace(&mut own.nodes[next], Json::Null(Null::Absent));
            let children: &mut dyn Iterator<Item = &mut Id> = match &mut node {
                Json::List(items) => &mut items.iter_mut(),
                Json::Object(members) => &mut members.iter_mut().map(|(_, id)| id),
                _ => &mut std::iter::empty(),
            };
            for child in children {
                let value = std::mem::replace(self.get_mut(*child), Json::Null(Null::Absent));
                *child = own.push(value);
            }
            own.nodes[next] = node;
            next += 1;
        }
        own
    }
}

/// An object of these members; of equal keys the last counts.
pub(super) fn object<'s>(mut members: Vec<(Cow<'s, str>, Id)>) -> Json<'s> {
    if !members.is_sorted_by(|(left, _), (right, _)| left < right) {
        members.sort_by(|(left, _), (right, _)| left.cmp(right));
        // Of two neighbours the one behind is dropped, so the last has to come first.
        members.reverse();
        members.dedup_by(|(left, _), (right, _)| left == right);
        members.reverse();
    }
    Json::Object(members)
}

/// The place of a key, or where it would be.
pub(super) fn find(members: &[(Cow<'_, str>, Id)], key: &str) -> Result<usize, usize> {
    members.binary_search_by(|(known, _)| (**known).cmp(key))
}
