//! The walks over the tables of sections: reading, merging, writing, redaction, `Debug`.

use std::fmt;

use crate::decode::{Decoder, is_merge};
use crate::fields::{Emit, Field, Fields, Node, Place, Secret, Section, View};
use crate::merge::{Error, Step};
use crate::sink::Sink;
use crate::tree::{Kind, NodeId};

/// Makes a section a [`Node`](crate::fields::Node); the derive `Section` calls it.
#[macro_export]
macro_rules! section_node {
    ($name:ty) => {
        impl $crate::fields::Node for $name {
            fn decode(&mut self, decoder: &mut $crate::decode::Decoder<'_, '_>, at: $crate::tree::NodeId) {
                $crate::section::decode(self, decoder, at);
            }

            fn merge(
                &mut self,
                right: &dyn $crate::fields::Node,
                rule: $crate::fields::Merge,
            ) -> ::core::result::Result<(), $crate::merge::Error> {
                if let ::core::option::Option::Some(right) = right.as_any().downcast_ref::<Self>() {
                    if let $crate::fields::Merge::Replace = rule {
                        self.clone_from(right);
                        return ::core::result::Result::Ok(());
                    }
                    return $crate::section::merge(self, right);
                }
                ::core::result::Result::Ok(())
            }

            fn encode(&self, out: &mut dyn $crate::sink::Sink) {
                $crate::section::encode(self, out);
            }

            fn unset(&self) -> bool {
                $crate::section::unset(self)
            }

            fn empty(&self) -> bool {
                $crate::section::empty(self)
            }

            fn view(&self) -> $crate::fields::View<'_> {
                $crate::fields::View::Section(self)
            }

            fn each_mut(&mut self, visit: &mut dyn FnMut(&mut dyn $crate::fields::Node)) {
                for row in 0..$crate::fields::Fields::section(self).fields.len() {
                    visit($crate::fields::Fields::field_mut(self, row));
                }
            }

            fn redact(&mut self, mark: &str) {
                $crate::section::redact(self, mark);
            }

            fn equals(&self, other: &dyn $crate::fields::Node) -> bool {
                other.as_any().downcast_ref::<Self>().is_some_and(|other| self == other)
            }

            fn as_any(&self) -> &dyn ::core::any::Any {
                self
            }

            fn as_any_mut(&mut self) -> &mut dyn ::core::any::Any {
                self
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::section::debug(self, f)
            }
        }

        $crate::serde_node!($name);
        $crate::schemars_node!($name);
    };
}

/// Without the feature `schemars`, sections do not have its trait.
#[cfg(not(feature = "schemars"))]
#[macro_export]
macro_rules! schemars_node {
    ($name:ty) => {};
}

/// Without the feature `serde`, sections have none of its traits.
#[cfg(not(feature = "serde"))]
#[macro_export]
macro_rules! serde_node {
    ($name:ty) => {};
}

/// Reads a mapping into a section.
pub fn decode(target: &mut dyn Fields, decoder: &mut Decoder<'_, '_>, at: NodeId) {
    decoder.visit(at, |decoder, at| {
        if decoder.tree().kind(at) == Kind::Mapping {
            decode_mapping(target, decoder, at);
        } else if !decoder.is_null(at) {
            decoder.type_error(at, target.section().go_name);
        }
    });
}

fn decode_mapping(target: &mut dyn Fields, decoder: &mut Decoder<'_, '_>, at: NodeId) {
    let tree = decoder.tree();
    let section = target.section();
    // Most mappings have known keys, each once; only for others is the search for duplicates worth its cost.
    let mut seen = 0_u128;
    let mut next = 0;
    let mut suspicious = false;
    for (key, _) in tree.pairs(at) {
        match find(section, tree.text(key), &mut next) {
            Some(row) if seen & (1 << row) == 0 => seen |= 1 << row,
            _ => suspicious = true,
        }
    }
    if suspicious && decoder.duplicate_keys(at) {
        return;
    }
    decode_entries(target, decoder, at, &mut None);
}

/// `taken` are the rows that mappings further out have; it is there only behind a merge key.
fn decode_entries(target: &mut dyn Fields, decoder: &mut Decoder<'_, '_>, at: NodeId, taken: &mut Option<u128>) {
    let tree = decoder.tree();
    let section = target.section();
    let mut next = 0;
    let mut own = 0_u128;
    let mut merge = None;
    for (key, value) in tree.pairs(at) {
        if decoder.stopped() {
            return;
        }
        if tree.kind(key) == Kind::Alias {
            decoder.unusual_key();
        }
        let Some(name) = decoder.key(key) else {
            // Null is the name of no field.
            if taken.is_none() {
                decoder.unknown_key(key);
            }
            continue;
        };
        if let Some(row) = find(section, &name, &mut next) {
            own |= 1 << row;
            if let Some(taken) = taken {
                if *taken & (1 << row) != 0 {
                    continue;
                }
                *taken |= 1 << row;
            }
            decode_field(&section.fields[row], target.field_mut(row), decoder, value);
            continue;
        }
        if is_merge(tree, key) {
            merge = Some(value);
        }
        // A merge key is unknown to sections, all the same it is followed; what stands behind it is not told again.
        if taken.is_none() {
            decoder.unknown_key(key);
        }
    }
    let Some(merge) = merge else { return };
    let outermost = taken.is_none();
    taken.get_or_insert(own);
    for source in decoder.merge_sources(merge) {
        decoder.visit(source, |decoder, source| {
            if !decoder.duplicate_keys(source) {
                decode_entries(target, decoder, source, taken);
            }
        });
    }
    if outermost {
        *taken = None;
    }
}

fn decode_field(field: &Field, target: &mut dyn Node, decoder: &mut Decoder<'_, '_>, at: NodeId) {
    match field.type_name {
        Some(name) => decoder.named(name, |decoder| target.decode(decoder, at)),
        None => target.decode(decoder, at),
    }
}

/// Looks a key up, beginning after the last hit: keys in the order of the table cost one comparison each.
pub fn find(section: &Section, key: &str, next: &mut usize) -> Option<usize> {
    let fields = section.fields;
    let start = (*next).min(fields.len());
    let position = |range: std::ops::Range<usize>| range.into_iter().find(|row| fields[*row].key == key);
    let row = position(start..fields.len()).or_else(|| position(0..start))?;
    *next = row + 1;
    Some(row)
}

/// Merges field by field.
///
/// # Errors
/// When the values of a field cannot be combined.
pub fn merge(left: &mut dyn Fields, right: &dyn Fields) -> Result<(), Error> {
    let section = left.section();
    for (row, field) in section.fields.iter().enumerate() {
        left.field_mut(row).merge(right.field(row), field.merge).map_err(|error| {
            error.within(Step::Field { section: section.go_name, field: field.go_name, key: field.key })
        })?;
    }
    Ok(())
}

/// Writes the fields that have something to say.
pub fn encode(section: &dyn Fields, out: &mut dyn Sink) {
    out.mapping_start();
    for (row, field) in section.section().fields.iter().enumerate() {
        let value = section.field(row);
        if field.emit == Emit::Always || !value.empty() {
            out.field(field.key);
            value.encode(out);
        }
    }
    out.mapping_end();
}

/// True when no field of the section is set to anything; a list or map without entries is something.
pub fn unset(section: &dyn Fields) -> bool {
    (0..section.section().fields.len()).all(|row| section.field(row).unset())
}

/// True when no field of the section has something to say: lists and maps without entries do not.
pub fn empty(section: &dyn Fields) -> bool {
    (0..section.section().fields.len()).all(|row| section.field(row).empty())
}

/// Replaces every secret that redaction covers.
pub fn redact(section: &mut dyn Fields, mark: &str) {
    for (row, field) in section.section().fields.iter().enumerate() {
        redact_value(section.field_mut(row), field.secret, mark);
    }
}

fn redact_value(value: &mut dyn Node, secret: Secret, mark: &str) {
    if let View::Section(_) = value.view() {
        value.redact(mark);
        return;
    }
    if secret == Secret::Redacted {
        value.redact(mark);
    }
    value.each_mut(&mut |inner| redact_value(inner, secret, mark));
}

/// Shows a section without its secrets and without what is not set.
///
/// # Errors
/// When the formatter fails.
pub fn debug(section: &dyn Fields, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let table = section.section();
    let mut out = f.debug_struct(table.go_name.rsplit('.').next().unwrap_or(table.go_name));
    for (row, field) in table.fields.iter().enumerate() {
        let value = section.field(row);
        if !value.empty() {
            out.field(field.key, &Shown { value, secret: field.secret });
        }
    }
    out.finish()
}

struct Shown<'a> {
    value: &'a dyn Node,
    secret: Secret,
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value| Shown { value, secret: self.secret };
        match self.value.view() {
            View::Null => f.write_str("null"),
            View::Section(section) => debug(section, f),
            View::List(entries) => {
                let mut list = f.debug_list();
                entries.each(&mut |_, value| {
                    list.entry(&shown(value));
                });
                list.finish()
            }
            View::Map(entries) => {
                let mut map = f.debug_map();
                entries.each(&mut |place, value| {
                    if let Place::Key(key) = place {
                        map.entry(&key, &shown(value));
                    }
                });
                map.finish()
            }
            View::Scalar if self.secret != Secret::Open => f.write_str("******"),
            View::Scalar => {
                let mut text = crate::emit::Emitter::new(crate::emit::Layout::V3 { indent: 4 });
                self.value.encode(&mut text);
                f.write_str(text.finish().trim_end())
            }
        }
    }
}
