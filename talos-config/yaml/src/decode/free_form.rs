//! Reading without a schema, and the rules of mappings: key types, merge keys, equal keys.

use std::collections::{HashMap, HashSet};

use super::{Decoder, Fatal, go_syntax, is_merge};
use crate::resolve::{Dialect, Scalar, Timestamp};
use crate::tree::{Kind, NodeId, Tree};
use crate::value::Value;

impl Decoder<'_, '_> {
    /// Any value. Nothing if the decoder has stopped, or the node is a mapping with duplicate keys, which is recorded.
    pub fn value(&mut self, at: NodeId) -> Option<Value> {
        self.visit(at, |decoder, at| match decoder.tree.kind(at) {
            Kind::Scalar => decoder.scalar_value(at),
            Kind::Mapping => decoder.mapping_value(at),
            Kind::Document => decoder.tree.root(at).and_then(|root| decoder.value(root)),
            Kind::Sequence => {
                decoder.within_depth(at)?;
                let tree = decoder.tree;
                let mut values = Vec::with_capacity(tree.count(at));
                for item in tree.children(at) {
                    values.extend(decoder.value(item));
                    if decoder.stopped() {
                        return None;
                    }
                }
                Some(Value::Sequence(values))
            }
            Kind::Alias => None,
        })
        .flatten()
    }

    fn within_depth(&mut self, at: NodeId) -> Option<()> {
        if self.depth > self.max_depth {
            self.stop(at, Fatal::TooDeep { limit: self.max_depth });
            return None;
        }
        Some(())
    }

    fn scalar_value(&mut self, at: NodeId) -> Option<Value> {
        let tree = self.tree;
        let text = || tree.text(at).to_owned();
        Some(match self.scalar(at)? {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Int(number) => Value::Int(number),
            Scalar::Uint(number) => Value::Uint(number),
            Scalar::Float(number) => Value::Float(number),
            Scalar::Str | Scalar::Merge => Value::String(text()),
            Scalar::Time(_) if self.tree.dialect == Dialect::V2 => Value::String(text()),
            Scalar::Time(time) => Value::Time { text: text(), time },
            Scalar::Binary(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Value::String(text),
                Err(error) => Value::Bytes(error.into_bytes()),
            },
        })
    }

    fn mapping_value(&mut self, at: NodeId) -> Option<Value> {
        self.within_depth(at)?;
        if self.duplicate_keys(at) {
            return None;
        }
        let texts = self.tree.dialect == Dialect::V3 && has_text_keys(self.tree, at);
        let mut entries = Entries::new(self.tree, at, texts);
        self.fill(at, &mut entries, &mut None);
        (!self.stopped()).then_some(Value::Mapping(entries.list))
    }

    /// A mapping whose keys are texts at this level, as the place asks for. The caller has visited it. Duplicate keys are
    /// recorded and give nothing.
    pub fn string_keyed(&mut self, at: NodeId) -> Vec<(Value, Value)> {
        if self.duplicate_keys(at) || self.within_depth(at).is_none() {
            return Vec::new();
        }
        let mut entries = Entries::new(self.tree, at, true);
        self.fill(at, &mut entries, &mut None);
        entries.list
    }

    /// Puts the entries of a mapping into `entries`. `taken` are the keys that a mapping which is merged into another may
    /// not set any more.
    fn fill(&mut self, at: NodeId, entries: &mut Entries, taken: &mut Option<HashSet<Key>>) {
        let tree = self.tree;
        let mut merge = None;
        for (key_at, value_at) in tree.pairs(at) {
            if self.stopped() {
                return;
            }
            if tree.kind(key_at) == Kind::Alias {
                self.unusual_key();
            }
            if is_merge(tree, key_at) {
                if tree.dialect == Dialect::V2 {
                    self.merge_over(value_at, entries);
                } else {
                    merge = Some(value_at);
                }
                continue;
            }
            let Some(key) = self.map_key(key_at, entries.texts) else { continue };
            if let (Some(taken), Some(identity)) = (taken.as_mut(), Key::of(&key))
                && !taken.insert(identity)
            {
                continue;
            }
            if let Value::Sequence(_) | Value::Mapping(_) = key {
                self.stop(key_at, Fatal::MapKey(go_syntax::value(tree, key_at, &key)));
                return;
            }
            if let Some(value) = self.value(value_at) {
                entries.set(key, value);
            }
        }
        if let Some(merge) = merge {
            self.merge(at, merge, entries, taken);
        }
    }

    fn map_key(&mut self, at: NodeId, texts: bool) -> Option<Value> {
        if texts { Some(Value::String(self.text(at)?.into_owned())) } else { self.value(at) }
    }

    /// Takes in what stands behind `<<`: keys that are there already stay as they are.
    fn merge(&mut self, parent: NodeId, at: NodeId, entries: &mut Entries, taken: &mut Option<HashSet<Key>>) {
        let tree = self.tree;
        let outermost = taken.is_none();
        if outermost {
            let keys = tree.pairs(parent).filter_map(|(key, _)| Key::of(&self.value(key)?));
            *taken = Some(keys.collect());
        }
        for source in self.merge_sources(at) {
            self.visit(source, |decoder, source| {
                if decoder.within_depth(source).is_some() && !decoder.duplicate_keys(source) {
                    decoder.fill(source, entries, taken);
                }
            });
        }
        if outermost {
            *taken = None;
        }
    }

    /// The older rule: a merge takes place where it stands, over what came before; the first mapping of a list wins.
    fn merge_over(&mut self, at: NodeId, entries: &mut Entries) {
        for source in self.merge_sources(at).into_iter().rev() {
            self.visit(source, |decoder, source| {
                if decoder.within_depth(source).is_some() {
                    decoder.fill(source, entries, &mut None);
                }
            });
        }
    }

    /// The mappings behind `<<`; anything else stops everything. One that is fine before one that is not does no harm.
    pub(crate) fn merge_sources(&mut self, at: NodeId) -> Vec<NodeId> {
        let tree = self.tree;
        let sources: Vec<_> = match tree.kind(at) {
            Kind::Sequence => tree.children(at).collect(),
            _ => vec![at],
        };
        if sources.iter().any(|&source| tree.kind(tree.target(source)) != Kind::Mapping) {
            self.stop(at, Fatal::Merge);
            return Vec::new();
        }
        sources
    }
}

impl<'t> Decoder<'t, '_> {
    /// Calls back with each entry of a map whose keys are texts, merge keys included. The caller has visited the map.
    /// Duplicate keys are recorded; then there are no entries. A null key has none either.
    pub fn map_entries(&mut self, at: NodeId, mut entry: impl FnMut(&mut Self, String, NodeId)) {
        if self.duplicate_keys(at) {
            return;
        }
        self.each_entry(at, &mut None, &mut entry);
    }

    fn each_entry(
        &mut self,
        at: NodeId,
        taken: &mut Option<HashSet<String>>,
        entry: &mut dyn FnMut(&mut Self, String, NodeId),
    ) {
        let tree = self.tree;
        let mut merge = None;
        for (key_at, value_at) in tree.pairs(at) {
            if self.stopped() {
                return;
            }
            if tree.kind(key_at) == Kind::Alias || is_merge(tree, key_at) {
                self.unusual_key();
            }
            if is_merge(tree, key_at) {
                merge = Some(value_at);
                continue;
            }
            let Some(key) = self.text(key_at) else { continue };
            if let Some(taken) = taken
                && !taken.insert(key.clone().into_owned())
            {
                continue;
            }
            entry(self, key.into_owned(), value_at);
        }
        let Some(merge) = merge else { return };
        let outermost = taken.is_none();
        if outermost {
            let mut own = HashSet::new();
            for (key, _) in tree.pairs(at) {
                if let Some(Value::String(key)) = self.value(key) {
                    own.insert(key);
                }
            }
            *taken = Some(own);
        }
        for source in self.merge_sources(merge) {
            self.visit(source, |decoder, source| {
                if decoder.within_depth(source).is_some() && !decoder.duplicate_keys(source) {
                    decoder.each_entry(source, taken, entry);
                }
            });
        }
        if outermost {
            *taken = None;
        }
    }
}

/// True if every key is a text or `<<`.
pub(super) fn has_text_keys(tree: &Tree<'_>, at: NodeId) -> bool {
    tree.pairs(at).all(|(key, _)| matches!(tree.tag(key), "!!str" | "!!merge"))
}

/// The entries of a mapping that is being read.
struct Entries {
    list: Vec<(Value, Value)>,
    texts: bool,
    /// Where each key is; only for mappings in which equal keys can come up.
    places: Option<HashMap<Key, usize>>,
}

impl Entries {
    fn new(tree: &Tree<'_>, at: NodeId, texts: bool) -> Self {
        // Scalar keys that are read as texts and have been checked for duplicates are all different.
        let distinct = texts
            && tree.dialect == Dialect::V3
            && tree.pairs(at).all(|(key, _)| {
                tree.kind(key) == Kind::Scalar && tree.explicit_tag(key).is_none() && !is_merge(tree, key)
            });
        let list = Vec::with_capacity(tree.count(at) / 2);
        Self { list, texts, places: (!distinct).then(HashMap::new) }
    }

    fn set(&mut self, key: Value, value: Value) {
        if let (Some(places), Some(identity)) = (&mut self.places, Key::of(&key)) {
            let place = *places.entry(identity).or_insert(self.list.len());
            if let Some(known) = self.list.get_mut(place) {
                known.1 = value;
                return;
            }
        }
        self.list.push((key, value));
    }
}

/// What makes a key the same as another. NaN is never the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(u64),
    String(String),
    Bytes(Vec<u8>),
    Time(Timestamp),
}

impl Key {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(*number),
            Value::Uint(number) => Self::Uint(*number),
            Value::Float(number) if number.is_nan() => return None,
            Value::Float(number) => Self::Float((number + 0.0).to_bits()),
            Value::String(text) => Self::String(text.clone()),
            Value::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Value::Time { time, .. } => Self::Time(*time),
            Value::Sequence(_) | Value::Mapping(_) => return None,
        })
    }
}
