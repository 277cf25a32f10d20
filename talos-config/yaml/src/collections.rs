//! Values that hold values: optional ones, lists, maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decode::Decoder;
use crate::fields::{Described, Entries, Merge, Node, Place, Shape, View};
use crate::merge::{Error, Reason, Step};
use crate::sink::Sink;
use crate::tree::{Kind, NodeId};
use crate::{natural, node_identity};

/// A map with texts as keys.
pub type Map<V> = BTreeMap<String, V>;

impl<T: Described> Described for Option<T> {
    const SHAPE: Shape = Shape::Optional(&T::SHAPE);
}

impl<T: Node + Described + Clone + Default + PartialEq> Node for Option<T> {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if !decoder.is_null_target(at) {
            self.get_or_insert_default().decode(decoder, at);
        }
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        if matches!(rule, Merge::Overwrite) {
            self.clone_from(right);
            return Ok(());
        }
        let Some(right) = right else { return Ok(()) };
        match (self, rule) {
            (Some(left), rule) if !matches!(rule, Merge::Replace) => left.merge(right, rule),
            // Also among themselves the entries of a keyed list merge, and an empty list leaves an absent one absent.
            (None, Merge::Keyed(_)) if right.hollow() => Ok(()),
            (left @ None, Merge::Keyed(_)) => left.insert(T::default()).merge(right, rule),
            (left, _) => {
                *left = Some(right.clone());
                Ok(())
            }
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        match self {
            Some(value) => value.encode(out),
            None => encode_absent(&T::SHAPE, out),
        }
    }

    fn unset(&self) -> bool {
        self.is_none()
    }

    fn empty(&self) -> bool {
        self.as_ref().is_none_or(Node::hollow)
    }

    fn hollow(&self) -> bool {
        self.as_ref().is_some_and(Node::hollow)
    }

    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Null, Node::view)
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn Node)) {
        if let Some(value) = self {
            value.each_mut(visit);
        }
    }

    fn redact(&mut self, mark: &str) {
        if let Some(value) = self {
            value.redact(mark);
        }
    }

    node_identity!();
}

/// An absent list or mapping is written as an empty one, all else as null.
fn encode_absent(shape: &Shape, out: &mut dyn Sink) {
    match shape {
        Shape::List(_) | Shape::SectionList(_) => {
            out.sequence_start();
            out.sequence_end();
        }
        Shape::Map(_) | Shape::FreeForm => {
            out.mapping_start();
            out.mapping_end();
        }
        _ => out.plain("null"),
    }
}

impl<T: Described> Described for Box<T> {
    const SHAPE: Shape = T::SHAPE;
}

impl<T: Node + Clone + PartialEq> Node for Box<T> {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        (**self).decode(decoder, at);
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        match right.as_any().downcast_ref::<Self>() {
            Some(right) => (**self).merge(&**right, rule),
            None => Ok(()),
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        (**self).encode(out);
    }

    fn unset(&self) -> bool {
        (**self).unset()
    }

    fn empty(&self) -> bool {
        (**self).empty()
    }

    fn hollow(&self) -> bool {
        (**self).hollow()
    }

    fn view(&self) -> View<'_> {
        (**self).view()
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn Node)) {
        (**self).each_mut(visit);
    }

    fn redact(&mut self, mark: &str) {
        (**self).redact(mark);
    }

    node_identity!();
}

impl<T: Described> Described for Vec<T> {
    const SHAPE: Shape = Shape::List(&T::SHAPE);
}

impl<T: Node + Described + Clone + Default + PartialEq> Node for Vec<T> {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        decode_list::<Self>(decoder, at, |decoder, item| {
            // A null entry vanishes.
            if !decoder.is_null_target(item) {
                let mut value = T::default();
                value.decode(decoder, item);
                self.push(value);
            }
        });
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        if matches!(rule, Merge::Replace) {
            self.clone_from(right);
        } else {
            self.extend_from_slice(right);
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.sequence_start();
        for item in self {
            item.encode(out);
        }
        out.sequence_end();
    }

    fn unset(&self) -> bool {
        false
    }

    fn empty(&self) -> bool {
        self.is_empty()
    }

    fn hollow(&self) -> bool {
        self.is_empty()
    }

    fn view(&self) -> View<'_> {
        View::List(self)
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn Node)) {
        for item in self {
            visit(item);
        }
    }

    node_identity!();
}

impl<T: Node> Entries for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn each<'a>(&'a self, visit: &mut dyn FnMut(Place<'a>, &'a dyn Node)) {
        for (position, item) in self.iter().enumerate() {
            visit(Place::Index(position), item);
        }
    }

    fn get(&self, place: Place<'_>) -> Option<&dyn Node> {
        let Place::Index(position) = place else { return None };
        self.as_slice().get(position).map(|item| item as &dyn Node)
    }
}

/// A list of sections as YAML may give it: a null entry keeps its place, and is refused when it is merged or validated.
///
/// Clones share their entries until one of them is changed: most patches touch few of the lists of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(Arc<Vec<Option<T>>>);

impl<T> List<T> {
    /// The sections of the list; null entries are passed over.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter().flatten()
    }

    /// Every entry in its place.
    pub fn entries(&self) -> &[Option<T>] {
        &self.0
    }

    /// Number of entries, null ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Clone> List<T> {
    /// The sections of the list, to be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.entries_mut().iter_mut().flatten()
    }

    /// Every entry in its place, to be changed.
    pub fn entries_mut(&mut self) -> &mut Vec<Option<T>> {
        Arc::make_mut(&mut self.0)
    }

    /// Adds a section at the end.
    pub fn push(&mut self, section: T) {
        self.entries_mut().push(Some(section));
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(sections: Vec<T>) -> Self {
        sections.into_iter().collect()
    }
}

impl<T, const N: usize> From<[T; N]> for List<T> {
    fn from(sections: [T; N]) -> Self {
        sections.into_iter().collect()
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(sections: I) -> Self {
        Self(Arc::new(sections.into_iter().map(Some).collect()))
    }
}

impl<T: Described> Described for List<T> {
    const SHAPE: Shape = Shape::SectionList(&T::SHAPE);
}

impl<T: Node + Described + Clone + Default + PartialEq> Node for List<T> {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        let entries = self.entries_mut();
        decode_list::<Self>(decoder, at, |decoder, item| {
            let mut entry = None;
            Node::decode(&mut entry, decoder, item);
            entries.push(entry);
        });
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        let Merge::Keyed(same) = rule else {
            if matches!(rule, Merge::Replace) {
                self.clone_from(right);
            } else {
                self.entries_mut().extend_from_slice(&right.0);
            }
            return Ok(());
        };
        for entry in right.entries() {
            let Some(patch) = entry else { return Err(Error::new(Reason::Null)) };
            if self.0.iter().any(Option::is_none) {
                return Err(Error::new(Reason::Null));
            }
            let known = self.iter_mut().find(|known| same(&**known, patch));
            match known {
                Some(known) => known.merge(patch, Merge::Typed)?,
                None => self.push(patch.clone()),
            }
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.sequence_start();
        for entry in self.entries() {
            match entry {
                Some(section) => section.encode(out),
                None => out.plain("null"),
            }
        }
        out.sequence_end();
    }

    fn unset(&self) -> bool {
        false
    }

    fn empty(&self) -> bool {
        self.0.is_empty()
    }

    fn hollow(&self) -> bool {
        self.0.is_empty()
    }

    fn view(&self) -> View<'_> {
        View::List(&*self.0)
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn Node)) {
        for section in self.iter_mut() {
            visit(section);
        }
    }

    node_identity!();
}

/// Visits the items of a list; anything else but null is a type error.
fn decode_list<T: Described>(
    decoder: &mut Decoder<'_, '_>,
    at: NodeId,
    mut each: impl FnMut(&mut Decoder<'_, '_>, NodeId),
) {
    decoder.visit(at, |decoder, at| {
        if decoder.tree().kind(at) == Kind::Sequence {
            for item in decoder.tree().children(at) {
                if decoder.stopped() {
                    return;
                }
                each(decoder, item);
            }
        } else if !decoder.is_null(at) {
            decoder.type_error(at, decoder.type_name::<T>());
        }
    });
}

impl<V: Described> Described for Map<V> {
    const SHAPE: Shape = Shape::Map(&V::SHAPE);
}

impl<V: Node + Described + Clone + Default + PartialEq> Node for Map<V> {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        decoder.visit(at, |decoder, at| {
            if decoder.tree().kind(at) == Kind::Mapping {
                decoder.map_entries(at, |decoder, key, value| {
                    let mut entry = V::default();
                    entry.decode(decoder, value);
                    self.insert(key, entry);
                });
            } else if !decoder.is_null(at) {
                decoder.type_error(at, decoder.type_name::<Self>());
            }
        });
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        if matches!(rule, Merge::Replace) {
            self.clone_from(right);
            return Ok(());
        }
        for (key, value) in right {
            match self.get_mut(key) {
                Some(known) => known
                    .merge(value, Merge::Typed)
                    .map_err(|error| error.within(Step::Key { map: Some(Self::SHAPE.go_type()), key: key.clone() }))?,
                None => {
                    self.insert(key.clone(), value.clone());
                }
            }
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.mapping_start();
        if in_natural_order(self) {
            for (key, value) in self {
                out.key(key);
                value.encode(out);
            }
        } else {
            let mut entries: Vec<_> = self.iter().collect();
            entries.sort_by(|(left, _), (right, _)| natural::compare(left, right));
            for (key, value) in entries {
                out.key(key);
                value.encode(out);
            }
        }
        out.mapping_end();
    }

    fn unset(&self) -> bool {
        false
    }

    fn empty(&self) -> bool {
        self.is_empty()
    }

    fn hollow(&self) -> bool {
        self.is_empty()
    }

    fn view(&self) -> View<'_> {
        View::Map(self)
    }

    fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn Node)) {
        for value in self.values_mut() {
            visit(value);
        }
    }

    node_identity!();
}

/// The order of the map and the order of writing are mostly the same.
fn in_natural_order<V>(map: &Map<V>) -> bool {
    map.keys().zip(map.keys().skip(1)).all(|(left, right)| natural::compare(left, right).is_lt())
}

impl<V: Node> Entries for Map<V> {
    fn len(&self) -> usize {
        self.len()
    }

    fn each<'a>(&'a self, visit: &mut dyn FnMut(Place<'a>, &'a dyn Node)) {
        for (key, value) in self {
            visit(Place::Key(key), value);
        }
    }

    fn get(&self, place: Place<'_>) -> Option<&dyn Node> {
        let Place::Key(key) = place else { return None };
        BTreeMap::get(self, key).map(|value| value as &dyn Node)
    }
}
