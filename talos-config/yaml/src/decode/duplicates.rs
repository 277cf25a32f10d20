//! Keys that stand twice in a mapping.

use std::collections::HashMap;

use crate::tree::{Kind, NodeId, Tree};

/// Mappings of up to so many keys are compared key by key.
const SMALL: usize = 8;

/// More pairs of equal keys than this in one mapping are not reported: their number grows with the square of the keys.
const MAX_REPORTED: usize = 1000;

/// Calls back for each pair of equal keys, ordered by the first of the pair. Keys are equal when they are nodes of one
/// kind with the same text, so `1` and `"1"` are, `1` and `0x1` are not, and so are any two lists.
pub(super) fn find(tree: &Tree<'_>, mapping: NodeId, mut report: impl FnMut(NodeId, NodeId)) {
    let count = tree.count(mapping) / 2;
    if count < 2 {
        return;
    }
    if count <= SMALL {
        let mut keys = [mapping; SMALL];
        for (slot, (key, _)) in keys.iter_mut().zip(tree.pairs(mapping)) {
            *slot = key;
        }
        for (at, &first) in keys[..count].iter().enumerate() {
            for &second in &keys[at + 1..count] {
                if identity(tree, first) == identity(tree, second) {
                    report(first, second);
                }
            }
        }
        return;
    }
    let mut places: HashMap<(Kind, &str), NodeId> = HashMap::with_capacity(count);
    let mut repeated: HashMap<(Kind, &str), Vec<NodeId>> = HashMap::new();
    for (key, _) in tree.pairs(mapping) {
        if let Some(&first) = places.get(&identity(tree, key)) {
            repeated.entry(identity(tree, key)).or_insert_with(|| vec![first]).push(key);
        } else {
            places.insert(identity(tree, key), key);
        }
    }
    if !repeated.is_empty() {
        report_pairs(tree, mapping, &repeated, report);
    }
}

fn report_pairs(
    tree: &Tree<'_>,
    mapping: NodeId,
    repeated: &HashMap<(Kind, &str), Vec<NodeId>>,
    mut report: impl FnMut(NodeId, NodeId),
) {
    let mut left = MAX_REPORTED;
    for (first, _) in tree.pairs(mapping) {
        let Some(group) = repeated.get(&identity(tree, first)) else { continue };
        let after = group.partition_point(|key| *key <= first);
        for &second in &group[after..] {
            if left == 0 {
                return;
            }
            left -= 1;
            report(first, second);
        }
    }
}

fn identity<'t>(tree: &'t Tree<'_>, key: NodeId) -> (Kind, &'t str) {
    (tree.kind(key), tree.text(key))
}
