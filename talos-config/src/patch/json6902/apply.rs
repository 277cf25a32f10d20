//! The operations.

use std::borrow::Cow;

use talos_config_yaml::resolve::Dialect;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

use super::document::{Document, Id, Json, Null, find};
use super::error::{Access, Error, Failure, OperationError};
use super::{Member, Operation, Patch, name, read, write};

/// Nodes that `copy` may add to any document; it can double it again and again.
const MAX_GROWTH: usize = 1 << 20;

pub(super) fn apply(patch: &Patch, text: &[u8]) -> Result<String, Error> {
    let source = Source::new("", text);
    let (tree, error) = Tree::parse(&source, Options { dialect: Dialect::V2, comments: false });
    if let Some(error) = error {
        return Err(Error::Decode(error));
    }
    let &[document] = tree.documents() else { return Err(Error::Documents { count: tree.documents().len() }) };
    let mut json = read::document(&tree, document).map_err(Error::ToJson)?;
    match json.get(json.root) {
        Json::Null(_) | Json::List(_) | Json::Object(_) | Json::Written(_) => {}
        other => return Err(Error::Scalar { found: name(other) }),
    }
    let values: usize = patch.0.iter().filter_map(|operation| operation.value.as_ref()).map(Document::len).sum();
    let limit = 4 * json.len() + values + MAX_GROWTH;
    for (index, operation) in patch.0.iter().enumerate() {
        let done =
            if json.len() > limit { Err(Failure::TooLarge) } else { Step { document: &mut json, operation }.run() };
        done.map_err(|failure| Error::Operation(OperationError { index, failure }))?;
    }
    write::to_yaml(&json, text.len())
}

/// One operation on a document.
struct Step<'d, 's> {
    document: &'d mut Document<'s>,
    operation: &'s Operation,
}

impl<'s> Step<'_, 's> {
    fn run(&mut self) -> Result<(), Failure> {
        match self.operation.op() {
            Some("add") => self.add(),
            Some("remove") => self.remove(),
            Some("replace") => self.replace(),
            Some("move") => self.move_value(),
            Some("copy") => self.copy(),
            Some("test") => self.test(),
            Some(other) => Err(Failure::Kind(other.to_owned())),
            None => Err(Failure::Kind("unknown".to_owned())),
        }
    }

    fn add(&mut self) -> Result<(), Failure> {
        let path = self.path("add")?;
        let place = self.locate(path).ok_or_else(|| parent("add", "path", path))?;
        let value = self.value();
        self.insert(&place, value).map_err(|access| at("add", path, access))
    }

    fn remove(&mut self) -> Result<(), Failure> {
        let path = self.path("remove")?;
        let place = self.locate_or_null(path).ok_or_else(|| parent("remove", "path", path))?;
        self.take(&place).map(drop).map_err(|access| at("remove", path, access))
    }

    fn replace(&mut self) -> Result<(), Failure> {
        let path = self.path("replace")?;
        let place = self.locate(path).ok_or_else(|| parent("replace", "path", path))?;
        self.find(&place).map_err(|_| Failure::Item { path: path.to_owned() })?;
        let value = self.value();
        match self.document.get_mut(place.parent) {
            Json::List(items) => {
                let index =
                    index(&place.key, items.len(), false).map_err(|_| Failure::Item { path: path.to_owned() })?;
                items[index] = value;
                Ok(())
            }
            _ => self.insert(&place, value).map_err(|access| at("replace", path, access)),
        }
    }

    fn move_value(&mut self) -> Result<(), Failure> {
        let from = self.from("move")?;
        let place = self.locate_or_null(from).ok_or_else(|| parent("move", "from", from))?;
        let value = self.take(&place).map_err(|access| at("move", &place.key, access))?;
        let path = self.path("move")?;
        let place = self.locate(path).ok_or_else(|| parent("move", "path", path))?;
        self.insert(&place, value).map_err(|access| at("move", path, access))
    }

    fn copy(&mut self) -> Result<(), Failure> {
        let from = self.from("copy")?;
        let place = self.locate_or_null(from).ok_or_else(|| parent("copy", "from", from))?;
        let value = self.find(&place).map_err(|access| Failure::Access {
            op: "copy",
            context: format!("error in copy for from: '{from}'"),
            access,
        })?;
        let path = self.path("copy")?;
        let place = self.locate(path).ok_or_else(|| parent("copy", "path", path))?;
        let value = match value {
            Some(value) => self.document.copy(value),
            None => self.document.push(Json::Null(Null::Absent)),
        };
        self.insert(&place, value).map_err(|access| Failure::Access {
            op: "copy",
            context: "error while adding value during copy".to_owned(),
            access,
        })
    }

    fn test(&mut self) -> Result<(), Failure> {
        let path = self.path("test")?;
        let place = self.locate_or_null(path).ok_or_else(|| parent("test", "path", path))?;
        let found = self.find(&place).map_err(|access| at("test", path, access))?;
        let wanted = self.operation.value.as_ref().map(|value| (value, value.root));
        let found = found.filter(|&id| *self.document.get(id) != Json::Null(Null::Absent));
        let equal = match (found, wanted) {
            (None, Some((value, root))) => *value.get(root) == Json::Null(Null::Nil),
            (Some(found), Some((value, root))) => equal(self.document, found, value, root),
            (_, None) => false,
        };
        if equal { Ok(()) } else { Err(Failure::Test { path: path.to_owned() }) }
    }

    fn path(&self, op: &'static str) -> Result<&'s str, Failure> {
        required(op, "path", &self.operation.path)
    }

    fn from(&self, op: &'static str) -> Result<&'s str, Failure> {
        required(op, "from", &self.operation.from)
    }

    /// The value of the operation as a part of the document.
    fn value(&mut self) -> Id {
        match &self.operation.value {
            Some(value) => self.document.graft(value),
            None => self.document.push(Json::Null(Null::Absent)),
        }
    }

    /// Finds the list or object that the last segment of a path is about. The first segment is dropped.
    fn locate(&mut self, path: &'s str) -> Option<Place<'s>> {
        let place = self.locate_or_null(path)?;
        match self.document.get(place.parent) {
            Json::Null(_) => None,
            _ => Some(place),
        }
    }

    /// The same, but a document that is null counts as an object without members.
    fn locate_or_null(&mut self, path: &'s str) -> Option<Place<'s>> {
        let (_, path) = path.split_once('/')?;
        let (parents, key) = match path.rsplit_once('/') {
            Some((parents, key)) => (Some(parents), key),
            None => (None, path),
        };
        let mut parent = self.document.root;
        for segment in parents.into_iter().flat_map(|parents| parents.split('/')) {
            parent = self.find(&Place { parent, key: unescape(segment) }).ok()??;
            self.document.open(parent);
            if !matches!(self.document.get(parent), Json::List(_) | Json::Object(_) | Json::Null(Null::Word)) {
                return None;
            }
        }
        Some(Place { parent, key: unescape(key) })
    }

    /// What is at a place; a missing member is nothing, a missing item an error.
    fn find(&self, place: &Place<'_>) -> Result<Option<Id>, Access> {
        Ok(match self.document.get(place.parent) {
            Json::List(items) => Some(items[index(&place.key, items.len(), false)?]),
            Json::Object(members) => find(members, &place.key).ok().map(|at| members[at].1),
            _ => None,
        })
    }

    /// Puts a member, or a new item before the one at an index.
    fn insert(&mut self, place: &Place<'s>, value: Id) -> Result<(), Access> {
        match self.document.get_mut(place.parent) {
            Json::List(items) if place.key == "-" => items.push(value),
            Json::List(items) => {
                let index = index(&place.key, items.len() + 1, true)?;
                items.insert(index, value);
            }
            Json::Object(members) => match find(members, &place.key) {
                Ok(at) => members[at].1 = value,
                Err(at) => members.insert(at, (place.key.clone(), value)),
            },
            _ => return Err(Access::Key(place.key.clone().into_owned())),
        }
        Ok(())
    }

    /// Removes what is at a place.
    fn take(&mut self, place: &Place<'_>) -> Result<Id, Access> {
        match self.document.get_mut(place.parent) {
            Json::List(items) => {
                let index = index(&place.key, items.len(), false)?;
                Ok(items.remove(index))
            }
            Json::Object(members) => match find(members, &place.key) {
                Ok(at) => Ok(members.remove(at).1),
                Err(_) => Err(Access::Key(place.key.clone().into_owned())),
            },
            _ => Err(Access::Key(place.key.clone().into_owned())),
        }
    }
}

/// A key or index in a list or object.
struct Place<'s> {
    parent: Id,
    key: Cow<'s, str>,
}

fn required<'o>(op: &'static str, name: &'static str, member: &'o Member) -> Result<&'o str, Failure> {
    member.text().ok_or_else(|| Failure::member(op, name, member))
}

fn parent(op: &'static str, member: &'static str, path: &str) -> Failure {
    Failure::Parent { op, member, path: path.to_owned() }
}

fn at(op: &'static str, path: &str, access: Access) -> Failure {
    Failure::Access { op, context: format!("error in {op} for path: '{path}'"), access }
}

/// `~1` is a slash, `~0` a tilde.
fn unescape(segment: &str) -> Cow<'_, str> {
    if !segment.contains('~') {
        return Cow::Borrowed(segment);
    }
    let mut out = String::with_capacity(segment.len());
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('~') {
        out.push_str(before);
        let (character, after) = match after.as_bytes().first() {
            Some(b'0') => ('~', &after[1..]),
            Some(b'1') => ('/', &after[1..]),
            _ => ('~', after),
        };
        out.push(character);
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Reads an index into a list of so many places; a negative one counts from the end.
fn index(key: &str, places: usize, add: bool) -> Result<usize, Access> {
    let digits = key.strip_prefix(['+', '-']).unwrap_or(key);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Access::NotAnIndex { key: key.to_owned(), range: false, add });
    }
    let Ok(index) = key.parse::<i64>() else {
        return Err(Access::NotAnIndex { key: key.to_owned(), range: true, add });
    };
    let places = places as i64;
    let from_start = if index < 0 { index + places } else { index };
    if (0..places).contains(&from_start) { Ok(from_start as usize) } else { Err(Access::Index(index)) }
}

/// Whether two values are equal: objects and lists by what is in them, all else by how it is written.
fn equal(left: &Document<'_>, left_top: Id, right: &Document<'_>, right_top: Id) -> bool {
    let mut open = vec![(left_top, right_top)];
    while let Some((one, other)) = open.pop() {
        let same = match (left.get(one), right.get(other)) {
            (Json::Null(Null::Absent), other) => *other == Json::Null(Null::Absent),
            (Json::Null(Null::Word), object @ (Json::Object(_) | Json::Written(_)))
            | (object @ (Json::Object(_) | Json::Written(_)), Json::Null(Null::Word)) => {
                object.members().is_some_and(Vec::is_empty)
            }
            (Json::List(items), Json::Null(Null::Word)) => items.is_empty(),
            (Json::Null(one), Json::Null(other)) => one == other,
            (Json::Bool(one), Json::Bool(other)) => one == other,
            (Json::Integer(one), Json::Integer(other)) => one == other,
            (Json::Integer(one), Json::Number(other)) => one.to_string() == **other,
            (Json::Number(one), Json::Integer(other)) => **one == other.to_string(),
            (Json::Number(one), Json::Number(other)) => one == other,
            (Json::Text(one), Json::Text(other)) => one == other,
            (Json::Literal(one), Json::Literal(other)) => one.written == other.written,
            // A literal is only kept where it is not the usual one.
            (Json::List(ones), Json::List(others)) => {
                open.extend(ones.iter().copied().zip(others.iter().copied()));
                ones.len() == others.len()
            }
            (one, other) => match (one.members(), other.members()) {
                (Some(ones), Some(others)) => {
                    open.extend(ones.iter().zip(others).map(|((_, one), (_, other))| (*one, *other)));
                    ones.len() == others.len() && ones.iter().zip(others).all(|((one, _), (other, _))| one == other)
                }
                _ => false,
            },
        };
        if !same {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_from_left_to_right() {
        assert_eq!(unescape("a~1b~0c"), "a/b~c");
        assert_eq!(unescape("~01"), "~1");
        assert_eq!(unescape("~2~"), "~2~");
    }

    #[test]
    fn indices_count_from_both_ends() {
        assert_eq!(index("0", 2, false), Ok(0));
        assert_eq!(index("+1", 2, false), Ok(1));
        assert_eq!(index("-1", 2, false), Ok(1));
        assert_eq!(index("2", 2, false), Err(Access::Index(2)));
        assert_eq!(index("-3", 2, false), Err(Access::Index(-3)));
        assert_eq!(index("", 2, false), Err(Access::NotAnIndex { key: String::new(), range: false, add: false }));
        let huge = "99999999999999999999";
        assert_eq!(index(huge, 2, true), Err(Access::NotAnIndex { key: huge.into(), range: true, add: true }));
    }
}
