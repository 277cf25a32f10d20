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
    Object(Members<'s>),
    /// An object that still is as its patch writes it, with keys that are written in an unusual way.
    Written(Box<Written<'s>>),
}

pub(super) type Members<'s> = Vec<(Cow<'s, str>, Id)>;

#[derive(Clone, PartialEq)]
pub(super) struct Written<'s> {
    pub(super) members: Members<'s>,
    /// Keys with their literals.
    pub(super) keys: Vec<(String, Vec<u8>)>,
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

    /// Forgets how an object was written, since it is about to be looked into.
    pub(super) fn open(&mut self, id: Id) {
        if let Json::Written(written) = self.get_mut(id) {
            let members = std::mem::take(&mut written.members);
            *self.get_mut(id) = Json::Object(members);
        }
    }

    /// Takes in another document; gives its root.
    pub(super) fn graft(&mut self, other: &'s Document<'_>) -> Id {
        let offset = u32::try_from(self.nodes.len()).expect("the number of nodes is limited");
        let moved = |id: &Id| Id(id.0 + offset);
        let moved_members = |members: &'s Members<'_>| -> Members<'s> {
            members.iter().map(|(key, id)| (Cow::Borrowed(&**key), moved(id))).collect()
        };
        self.nodes.extend(other.nodes.iter().map(|node| match node {
            Json::Null(null) => Json::Null(*null),
            Json::Bool(value) => Json::Bool(*value),
            Json::Integer(value) => Json::Integer(*value),
            Json::Number(number) => Json::Number(Cow::Borrowed(number)),
            Json::Text(text) => Json::Text(Cow::Borrowed(text)),
            Json::Literal(literal) => Json::Literal(literal.clone()),
            Json::List(items) => Json::List(items.iter().map(moved).collect()),
            Json::Object(members) => Json::Object(moved_members(members)),
            Json::Written(written) => Json::Written(Box::new(Written {
                members: moved_members(&written.members),
                keys: written.keys.clone(),
            })),
        }));
        moved(&other.root)
    }

    /// Takes in another document, whole; gives its root.
    pub(super) fn adopt(&mut self, other: Document<'s>) -> Id {
        let offset = u32::try_from(self.nodes.len()).expect("the number of nodes is limited");
        self.nodes.extend(other.nodes.into_iter().map(|mut node| {
            node.each_child(|id| id.0 += offset);
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
            node.each_child(|child| {
                *child = self.push_copy(*child);
                if matches!(self.get(*child), Json::List(_) | Json::Object(_) | Json::Written(_)) {
                    open.push(*child);
                }
            });
            *self.get_mut(id) = node;
        }
        top
    }

    fn push_copy(&mut self, id: Id) -> Id {
        let copy = match self.get(id) {
            Json::Null(Null::Nil) => Json::Null(Null::Word),
            Json::Literal(literal) => text::escape_for_html(literal),
            Json::Written(written) => Json::Written(Box::new(Written {
                members: written.members.clone(),
                keys: written.keys.iter().map(|(key, literal)| (key.clone(), text::html_escaped(literal))).collect(),
            })),
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
            node.each_child(|child| {
                let value = std::mem::replace(self.get_mut(*child), Json::Null(Null::Absent));
                *child = own.push(value);
            });
            own.nodes[next] = node;
            next += 1;
        }
        own
    }
}

impl<'s> Json<'s> {
    fn each_child(&mut self, mut visit: impl FnMut(&mut Id)) {
        match self {
            Json::List(items) => items.iter_mut().for_each(visit),
            Json::Object(members) => members.iter_mut().for_each(|(_, id)| visit(id)),
            Json::Written(written) => written.members.iter_mut().for_each(|(_, id)| visit(id)),
            _ => {}
        }
    }

    /// The members of an object.
    pub(super) fn members(&self) -> Option<&Members<'s>> {
        match self {
            Json::Object(members) => Some(members),
            Json::Written(written) => Some(&written.members),
            _ => None,
        }
    }
}

/// An object of these members; of equal keys the last counts.
pub(super) fn object(mut members: Members<'_>) -> Json<'_> {
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
pub(super) fn find(members: &Members<'_>, key: &str) -> Result<usize, usize> {
    members.binary_search_by(|(known, _)| (**known).cmp(key))
}
