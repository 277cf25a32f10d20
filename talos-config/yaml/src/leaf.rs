//! Texts, flags and numbers as values of fields.

use std::any::Any;

use crate::decode::Decoder;
use crate::fields::{Described, Merge, Node, Shape};
use crate::merge::Error;
use crate::sink::Sink;
use crate::tree::NodeId;

/// The parts of [`Node`] that are alike for every scalar that compares with `==` and takes the patch's value if it is set.
#[macro_export]
macro_rules! scalar_node {
    () => {
        fn merge(
            &mut self,
            right: &dyn $crate::fields::Node,
            rule: $crate::fields::Merge,
        ) -> ::core::result::Result<(), $crate::merge::Error> {
            if let ::core::option::Option::Some(right) = right.as_any().downcast_ref::<Self>() {
                if !$crate::fields::Node::unset(right) || matches!(rule, $crate::fields::Merge::Replace) {
                    self.clone_from(right);
                }
            }
            ::core::result::Result::Ok(())
        }

        $crate::node_identity!();
    };
}

/// Equality and downcasts of a [`Node`].
#[macro_export]
macro_rules! node_identity {
    () => {
        fn equals(&self, other: &dyn $crate::fields::Node) -> bool {
            other.as_any().downcast_ref::<Self>().is_some_and(|other| self == other)
        }

        fn as_any(&self) -> &dyn ::core::any::Any {
            self
        }

        fn as_any_mut(&mut self) -> &mut dyn ::core::any::Any {
            self
        }
    };
}

impl Described for String {
    const SHAPE: Shape = Shape::Text;
}

impl Node for String {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            *self = text.into_owned();
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(self);
    }

    fn unset(&self) -> bool {
        self.is_empty()
    }

    fn redact(&mut self, mark: &str) {
        if !self.is_empty() {
            mark.clone_into(self);
        }
    }

    scalar_node!();
}

impl Described for bool {
    const SHAPE: Shape = Shape::Flag;
}

impl Node for bool {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(flag) = decoder.boolean(at, "bool") {
            *self = flag;
        }
    }

    /// A flag of the patch always wins, also `false`.
    fn merge(&mut self, right: &dyn Node, _rule: Merge) -> Result<(), Error> {
        if let Some(right) = right.as_any().downcast_ref::<Self>() {
            *self = *right;
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.plain(if *self { "true" } else { "false" });
    }

    fn unset(&self) -> bool {
        !self
    }

    node_identity!();
}

macro_rules! integer_node {
    ($($ty:ty, $go:literal, $read:ident($($bound:expr),*), $write:ident;)*) => {$(
        impl Described for $ty {
            const SHAPE: Shape = Shape::Integer { min: <$ty>::MIN as i64, max: <$ty>::MAX as u64, go: $go };
        }

        impl Node for $ty {
            fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
                if let Some(number) = decoder.$read(at, $($bound,)* $go) {
                    *self = number as $ty;
                }
            }

            fn encode(&self, out: &mut dyn Sink) {
                out.$write((*self).into());
            }

            fn unset(&self) -> bool {
                *self == 0
            }

            scalar_node!();
        }
    )*};
}

integer_node! {
    i64, "int", integer(i64::MIN, i64::MAX), integer;
    u8, "uint8", unsigned(u64::from(u8::MAX)), unsigned;
    u16, "uint16", unsigned(u64::from(u16::MAX)), unsigned;
    u32, "uint32", unsigned(u64::from(u32::MAX)), unsigned;
    u64, "uint64", unsigned(u64::MAX), unsigned;
}

/// The value as its own type, for walks that know it.
pub fn downcast<T: Any>(node: &dyn Node) -> Option<&T> {
    node.as_any().downcast_ref()
}
