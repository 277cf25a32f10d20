//! Parts that screens are made of.

pub(super) mod fields;
pub(super) mod graph;
pub(super) mod numbers;
pub(super) mod text;
pub(super) mod theme;
