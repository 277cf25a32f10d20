//! What can be wrong with a document whose text is fine.

use std::borrow::Cow;
use std::fmt::Write;

use super::go_syntax;
use crate::resolve::ResolveError;
use crate::tree::{Kind, NodeId, Tree};

/// A problem that others may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The node that is wrong.
    pub at: NodeId,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The node is not of the type of its place.
    Type {
        /// The reference's name of the type.
        go_type: Cow<'static, str>,
    },
    /// The key has been there already.
    Duplicate {
        /// The earlier key.
        first: NodeId,
    },
}

/// What stops the reading of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fatal {
    /// Aliases multiply the document.
    Aliasing,
    /// The node of this anchor contains itself.
    SelfReference(String),
    /// A tag that does not fit its text.
    Tag(ResolveError),
    /// `<<` with something else than a mapping, an alias of one, or a list of these.
    Merge,
    /// A list or mapping as the key of free-form data, in Go's notation.
    MapKey(String),
    /// Free-form data deeper than allowed.
    TooDeep {
        /// The depth that is allowed.
        limit: usize,
    },
    /// A field's own parser has refused its text.
    Field(String),
}

impl Fatal {
    /// The reference's text. A field's own parser is quoted as it is, without a prefix.
    pub fn go_text(&self) -> String {
        match self {
            Self::Aliasing => "yaml: document contains excessive aliasing".to_owned(),
            Self::SelfReference(name) => format!("yaml: anchor '{name}' value contains itself"),
            Self::Tag(error) => format!("yaml: {error}"),
            Self::Merge => "yaml: map merge requires map or sequence of maps as the value".to_owned(),
            Self::MapKey(key) => format!("yaml: invalid map key: {key}"),
            Self::TooDeep { limit } => format!("yaml: exceeded max depth of {limit}"),
            Self::Field(reason) => reason.clone(),
        }
    }
}

/// All problems of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Problems in the order in which they were met.
    pub problems: Vec<Problem>,
    /// Keys that sections do not have.
    pub unknown: Vec<NodeId>,
    /// Whether a key of a section, map or mapping of free form is an alias or `<<`.
    pub unusual_keys: bool,
    /// What stopped the reading, and where. It outranks all problems.
    pub fatal: Option<(NodeId, Fatal)>,
}

impl Outcome {
    /// The reference's text for what stopped the reading, else for the problems; nothing if there are none. Unknown keys
    /// are not part of it.
    pub fn go_text(&self, tree: &Tree<'_>) -> Option<String> {
        if let Some((_, fatal)) = &self.fatal {
            return Some(fatal.go_text());
        }
        if self.problems.is_empty() {
            return None;
        }
        let mut text = "yaml: unmarshal errors:".to_owned();
        for problem in &self.problems {
            text.push_str("\n  ");
            problem.write_go(tree, &mut text);
        }
        Some(text)
    }
}

impl Problem {
    /// The reference's text for this problem: `line 3: cannot unmarshal …`.
    pub fn go_text(&self, tree: &Tree<'_>) -> String {
        let mut text = String::new();
        self.write_go(tree, &mut text);
        text
    }

    fn write_go(&self, tree: &Tree<'_>, out: &mut String) {
        let line = tree.line(self.at);
        let written = match &self.kind {
            ProblemKind::Type { go_type } => write!(out, "line {line}: cannot unmarshal {}", tree.tag(self.at))
                .and_then(|()| {
                    if !matches!(tree.tag(self.at), "!!map" | "!!seq") {
                        write_excerpt(tree, self.at, out);
                    }
                    write!(out, " into {go_type}")
                }),
            ProblemKind::Duplicate { first } => {
                let key = match tree.kind(self.at) {
                    Kind::Scalar | Kind::Alias => go_syntax::quote(tree.text(self.at)),
                    _ => "\"\"".to_owned(),
                };
                write!(out, "line {line}: mapping key {key} already defined at line {}", tree.line(*first))
            }
        };
        written.expect("a string takes all that is written to it");
    }
}

/// The text in back-ticks; of more than ten bytes the first seven.
fn write_excerpt(tree: &Tree<'_>, at: NodeId, out: &mut String) {
    let text = tree.text(at);
    out.push_str(" `");
    if text.len() > 10 {
        out.push_str(&String::from_utf8_lossy(&text.as_bytes()[..7]));
        out.push_str("...");
    } else {
        out.push_str(text);
    }
    out.push('`');
}
