//! Mappings without a schema: parts of other systems' configuration that are passed on as they are.

use crate::decode::Decoder;
use crate::emit::write_entries;
use crate::fields::{Described, Merge, Node, Shape};
use crate::merge::{self, Error, Step};
use crate::node_identity;
use crate::sink::Sink;
use crate::tree::{Kind, NodeId};
use crate::value::Value;

/// A mapping of any content. Keys of the first level are texts; numbers, flags, times and texts stay distinct.
///
/// Equality does not look at the order of keys, at any depth.
#[derive(Clone, Debug, Default)]
pub struct FreeForm {
    entries: Vec<(Value, Value)>,
}

impl FreeForm {
    /// A mapping of the given entries; of entries with one key the last counts.
    pub fn new<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let mut mapping = Self::default();
        for (key, value) in entries {
            mapping.insert(key, value);
        }
        mapping
    }

    /// The entries in the order in which they were read or added.
    pub fn entries(&self) -> &[(Value, Value)] {
        &self.entries
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// Sets the value of a key.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let key = Value::String(key.into());
        match self.entries.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = value,
            None => self.entries.push((key, value)),
        }
    }
}

impl PartialEq for FreeForm {
    fn eq(&self, other: &Self) -> bool {
        same_entries(&self.entries, &other.entries)
    }
}

/// Whether two mappings, in which each key stands once, have the same entries in any order.
fn same_entries(left: &[(Value, Value)], right: &[(Value, Value)]) -> bool {
    left.len() == right.len()
        && left.iter().enumerate().all(|(position, (key, value))| {
            // Mostly the order is the same, too.
            let neighbour = right.get(position).filter(|(other, _)| same(key, other));
            let other = neighbour.or_else(|| right.iter().find(|(other, _)| same(key, other)));
            other.is_some_and(|(_, other)| same(value, other))
        })
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Mapping(left), Value::Mapping(right)) => same_entries(left, right),
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        // A value that is no number has not changed when it still is none.
        (Value::Float(left), Value::Float(right)) => left == right || left.is_nan() && right.is_nan(),
        _ => left == right,
    }
}

impl Described for FreeForm {
    const SHAPE: Shape = Shape::FreeForm;
}

impl Node for FreeForm {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        decoder.visit(at, |decoder, at| {
            if decoder.tree().kind(at) == Kind::Mapping {
                self.entries = decoder.string_keyed(at);
            } else if !decoder.is_null(at) {
                decoder.type_error(at, "v1alpha1.Unstructured");
            }
        });
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        let Some(right) = right.as_any().downcast_ref::<Self>() else { return Ok(()) };
        if matches!(rule, Merge::Replace) {
            self.clone_from(right);
            return Ok(());
        }
        merge::free_form(&mut self.entries, &right.entries).map_err(|error| error.within(Step::Object))
    }

    fn encode(&self, out: &mut dyn Sink) {
        write_entries(&self.entries, out);
    }

    fn unset(&self) -> bool {
        self.entries.is_empty()
    }

    fn hollow(&self) -> bool {
        self.entries.is_empty()
    }

    node_identity!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_keys_is_no_difference() {
        let inner = |keys: [&str; 2]| Value::Mapping(keys.map(|key| (Value::String(key.into()), Value::Null)).to_vec());
        let left = FreeForm::new([("a", inner(["x", "y"])), ("b", Value::Float(f64::NAN))]);
        let right = FreeForm::new([("b", Value::Float(f64::NAN)), ("a", inner(["y", "x"]))]);
        assert_eq!(left, right);
        assert_ne!(left, FreeForm::new([("b", Value::Float(f64::NAN)), ("a", inner(["y", "z"]))]));
        let list = |items: [i64; 2]| FreeForm::new([("a", Value::Sequence(items.map(Value::Int).to_vec()))]);
        assert_ne!(list([1, 2]), list([2, 1]));
    }
}
