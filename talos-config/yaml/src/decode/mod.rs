//! The core that every typed reading stands on.
//!
//! A [`Decoder`] goes through the nodes that its caller asks for, follows aliases, and collects problems instead of
//! stopping at the first. What the reference stops at, it stops at too ([`Decoder::stopped`]).

use std::borrow::Cow;
use std::collections::HashSet;

use crate::fields::Described;
use crate::resolve::{Dialect, Scalar, resolve};
use crate::tree::{Kind, NodeId, Style, Tree};

mod duplicates;
mod free_form;
mod go_syntax;
mod problem;

pub use go_syntax::quote as go_quote;
pub use problem::{Fatal, Outcome, Problem, ProblemKind};

/// Free-form data deeper than this, counted from the document, is refused, so that those who walk over it need no care.
pub const MAX_DEPTH: usize = 500;

/// Reads nodes of one document into typed values.
#[derive(Debug)]
pub struct Decoder<'t, 's> {
    tree: &'t Tree<'s>,
    problems: Vec<Problem>,
    unknown: Vec<NodeId>,
    unusual_keys: bool,
    fatal: Option<(NodeId, Fatal)>,
    /// Nodes visited, and how many of them behind an alias.
    visited: u64,
    aliased: u64,
    open_aliases: HashSet<NodeId>,
    depth: usize,
    max_depth: usize,
    name: Option<(usize, &'static str)>,
}

impl<'t, 's> Decoder<'t, 's> {
    /// A decoder for one document: budgets begin anew with each.
    pub fn new(tree: &'t Tree<'s>) -> Self {
        Self {
            tree,
            problems: Vec::new(),
            unknown: Vec::new(),
            unusual_keys: false,
            fatal: None,
            visited: 0,
            aliased: 0,
            open_aliases: HashSet::new(),
            depth: 0,
            max_depth: MAX_DEPTH,
            name: None,
        }
    }

    /// Allows free-form data of another depth than [`MAX_DEPTH`]. Depth costs stack here and wherever the value is used.
    pub fn with_max_depth(mut self, depth: usize) -> Self {
        self.max_depth = depth;
        self
    }

    /// The tree that is read.
    pub fn tree(&self) -> &'t Tree<'s> {
        self.tree
    }

    /// True after a problem that stops everything.
    pub fn stopped(&self) -> bool {
        self.fatal.is_some()
    }

    /// Goes to a node, or to what it stands for if it is an alias. Every node that is decoded is visited, except those read
    /// by a leaf function ([`text`](Self::text), [`boolean`](Self::boolean), …), which visits by itself.
    ///
    /// Nothing is called and nothing returned once the decoder has stopped.
    pub fn visit<R>(&mut self, at: NodeId, read: impl FnOnce(&mut Self, NodeId) -> R) -> Option<R> {
        if !self.count(at) {
            return None;
        }
        self.depth += 1;
        let result = if self.tree.kind(at) == Kind::Alias { self.follow(at, read) } else { Some(read(self, at)) };
        self.depth -= 1;
        result
    }

    fn follow<R>(&mut self, at: NodeId, read: impl FnOnce(&mut Self, NodeId) -> R) -> Option<R> {
        if !self.open_aliases.insert(at) {
            self.stop(at, Fatal::SelfReference(self.tree.text(at).to_owned()));
            return None;
        }
        let target = self.tree.target(at);
        let result = self.count(target).then(|| read(self, target));
        self.open_aliases.remove(&at);
        result
    }

    /// Counts a visit against the budget for aliases.
    fn count(&mut self, at: NodeId) -> bool {
        if self.fatal.is_some() {
            return false;
        }
        self.visited += 1;
        if !self.open_aliases.is_empty() {
            self.aliased += 1;
            if self.aliased > 100 && self.visited > 1000 && self.aliased as f64 / self.visited as f64 > self.allowance()
            {
                self.stop(at, Fatal::Aliasing);
                return false;
            }
        }
        true
    }

    /// The share of nodes that may stand behind aliases: nearly all in small documents, a tenth in huge ones.
    fn allowance(&self) -> f64 {
        const SMALL: u64 = 400_000;
        const HUGE: u64 = 4_000_000;
        match self.visited {
            ..=SMALL => 0.99,
            HUGE.. => 0.10,
            visited => 0.99 - 0.89 * ((visited - SMALL) as f64 / (HUGE - SMALL) as f64),
        }
    }

    /// Records that the node is not of the type that the place has. `go_type` is the reference's name of the type.
    pub fn type_error(&mut self, at: NodeId, go_type: impl Into<Cow<'static, str>>) {
        let at = self.tree.target(at);
        // What is wrong with the node by itself is found before its type is looked at.
        let found = match self.tree.kind(at) {
            Kind::Scalar => self.tree.explicit_tag(at).is_some() && self.scalar(at).is_none(),
            Kind::Mapping => self.duplicate_keys(at),
            _ => false,
        };
        if found {
            return;
        }
        self.problems.push(Problem { at, kind: ProblemKind::Type { go_type: go_type.into() } });
    }

    /// Records keys that stand more than once in a mapping; true if there are any. Then the mapping is not to be entered.
    /// The older dialect allows them.
    pub fn duplicate_keys(&mut self, mapping: NodeId) -> bool {
        if self.tree.dialect == Dialect::V2 {
            return false;
        }
        let known = self.problems.len();
        duplicates::find(self.tree, mapping, |first, second| {
            self.problems.push(Problem { at: second, kind: ProblemKind::Duplicate { first } });
        });
        self.problems.len() > known
    }

    /// Stops everything: a field's own parser has refused the node.
    pub fn fatal(&mut self, at: NodeId, reason: impl Into<String>) {
        self.stop(at, Fatal::Field(reason.into()));
    }

    fn stop(&mut self, at: NodeId, fatal: Fatal) {
        self.fatal.get_or_insert((at, fatal));
    }

    /// Records a key that the section does not have. What stands behind an alias is not looked at, as in the reference.
    pub fn unknown_key(&mut self, key: NodeId) {
        if self.open_aliases.is_empty() {
            self.unknown.push(key);
        }
    }

    /// Notes that a key is an alias or `<<`: reading takes it, a check of the bare nodes may not.
    pub(crate) fn unusual_key(&mut self) {
        self.unusual_keys = true;
    }

    /// The name of the type at the place that is being visited: the one that [`named`](Self::named) gave, or that of `T`.
    pub fn type_name<T: Described>(&self) -> Cow<'static, str> {
        match self.given_name() {
            Some(name) => name.into(),
            None => T::SHAPE.go_type().into(),
        }
    }

    /// True for null, or an alias of null. Does not count as a visit.
    pub fn is_null(&self, at: NodeId) -> bool {
        self.tree.is_null(at)
    }

    /// Visits the node; true if it, or what it stands for, is null, so that the place stays unset. A null tag on a text
    /// stops everything.
    pub fn is_null_target(&mut self, at: NodeId) -> bool {
        self.tree.is_null(at)
            && self.visit(at, |decoder, at| decoder.tree.kind(at) != Kind::Scalar || decoder.scalar(at).is_some())
                == Some(true)
    }

    /// Gives the place that is visited next, not those within it, a type name of its own.
    pub fn named<R>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.name.replace((self.depth, name));
        let result = read(self);
        self.name = outer;
        result
    }

    /// The name that [`named`](Self::named) gave to the place that is being visited.
    pub fn given_name(&self) -> Option<&'static str> {
        self.name.filter(|(depth, _)| *depth + 1 == self.depth).map(|(_, name)| name)
    }

    /// A text: any scalar as it was written, `!!binary` decoded. Null gives nothing, without an error.
    pub fn text(&mut self, at: NodeId) -> Option<Cow<'t, str>> {
        self.visit(at, |decoder, at| {
            let tree = decoder.tree;
            if tree.kind(at) != Kind::Scalar {
                decoder.type_error(at, "string");
                return None;
            }
            match tree.explicit_tag(at) {
                None if tree.is_null(at) => None,
                None => Some(Cow::Borrowed(tree.text(at))),
                Some(_) => match decoder.scalar(at)? {
                    Scalar::Null => None,
                    // Bytes that are no text cannot be held; those that are not UTF-8 are replaced.
                    Scalar::Binary(bytes) => Some(match String::from_utf8(bytes) {
                        Ok(text) => Cow::Owned(text),
                        Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
                    }),
                    _ => Some(Cow::Borrowed(tree.text(at))),
                },
            }
        })
        .flatten()
    }

    /// The key of a section or map, read as a text.
    pub fn key(&mut self, at: NodeId) -> Option<Cow<'t, str>> {
        self.text(at)
    }

    /// A flag: a boolean, or one of the words `y yes on n no off` in any quotes.
    pub fn boolean(&mut self, at: NodeId, go_type: &'static str) -> Option<bool> {
        self.leaf(at, go_type, |scalar, text| match scalar {
            Scalar::Bool(flag) => Some(flag),
            Scalar::Str => match text {
                "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
                "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    /// A whole number between two bounds; a fraction loses its digits.
    pub fn integer(&mut self, at: NodeId, min: i64, max: i64, go_type: &'static str) -> Option<i64> {
        self.leaf(at, go_type, |scalar, _| {
            let number = match scalar {
                Scalar::Int(number) => number,
                // The conversion of the reference: what is too small becomes the smallest number.
                Scalar::Float(number) if number <= i64::MAX as f64 => {
                    if number >= i64::MAX as f64 {
                        i64::MIN
                    } else {
                        number as i64
                    }
                }
                _ => return None,
            };
            (min..=max).contains(&number).then_some(number)
        })
    }

    /// A whole number from zero to a bound; a fraction loses its digits.
    pub fn unsigned(&mut self, at: NodeId, max: u64, go_type: &'static str) -> Option<u64> {
        self.leaf(at, go_type, |scalar, _| {
            let number = match scalar {
                Scalar::Int(number) => u64::try_from(number).ok()?,
                Scalar::Uint(number) => number,
                Scalar::Float(number) if number < 0.0 => number as i64 as u64,
                Scalar::Float(number) if number <= u64::MAX as f64 => number as u64,
                _ => return None,
            };
            (number <= max).then_some(number)
        })
    }

    /// A number with a fraction; whole numbers too.
    pub fn float(&mut self, at: NodeId, go_type: &'static str) -> Option<f64> {
        self.leaf(at, go_type, |scalar, _| match scalar {
            Scalar::Float(number) => Some(number),
            Scalar::Int(number) => Some(number as f64),
            Scalar::Uint(number) => Some(number as f64),
            _ => None,
        })
    }

    fn leaf<R>(
        &mut self,
        at: NodeId,
        go_type: &'static str,
        read: impl FnOnce(Scalar, &'t str) -> Option<R>,
    ) -> Option<R> {
        self.visit(at, |decoder, at| {
            let read = match decoder.tree.kind(at) {
                Kind::Scalar => match decoder.scalar(at)? {
                    Scalar::Null => return None,
                    scalar => read(scalar, decoder.tree.text(at)),
                },
                _ => None,
            };
            if read.is_none() {
                decoder.type_error(at, decoder.given_name().unwrap_or(go_type));
            }
            read
        })
        .flatten()
    }

    /// What a scalar stands for; a tag that does not fit stops everything.
    pub fn scalar(&mut self, at: NodeId) -> Option<Scalar> {
        let tree = self.tree;
        match resolve(tree.dialect, tree.explicit_tag(at), tree.style(at), tree.text(at)) {
            Ok(scalar) => Some(scalar),
            Err(error) => {
                self.stop(at, Fatal::Tag(error));
                None
            }
        }
    }

    /// Ends the reading: all problems in the order in which they were met.
    pub fn finish(self) -> Outcome {
        let Self { problems, unknown, unusual_keys, fatal, .. } = self;
        Outcome { problems, unknown, unusual_keys, fatal }
    }
}

/// True for a plain `<<`, or one with the tag `!!merge`.
pub(crate) fn is_merge(tree: &Tree<'_>, key: NodeId) -> bool {
    tree.kind(key) == Kind::Scalar
        && tree.text(key) == "<<"
        && match tree.explicit_tag(key) {
            None => tree.style(key) == Style::Plain,
            Some(tag) => tag == "!!merge",
        }
}
