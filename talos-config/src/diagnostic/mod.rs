//! Problems with their places: the line, what was expected there, what may have been meant.
//!
//! The errors of this crate print the texts of the reference. Here the same errors tell more, for people and for editors.

mod hint;
mod locate;
mod problem;

use talos_config_yaml::source::{Position, Source};
use talos_config_yaml::tree::Span;

use crate::container::Container;
use crate::document::Identity;
use crate::load;
use crate::merge;
use crate::path::FieldPath;
use crate::validate::Located;

pub use locate::locate;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// The configuration can be used, but should be mended.
    Warning,
}

/// One problem of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, without the place.
    pub message: String,
    /// The place in its document, such as `machine.network.interfaces[0].mtu`; empty for the document itself.
    pub path: String,
    /// The place in the text, if the problem is about one.
    pub place: Option<Place>,
    /// What may help, a sentence each.
    pub hints: Vec<String>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the text, such as a file's.
    pub source: String,
    /// Line and column of its beginning, from 1.
    pub position: Position,
    /// Bytes of the text that it takes.
    pub span: Span,
    /// The line it begins in. Values of secret fields are masked.
    pub line: String,
    /// Number of characters that it takes in this line, at least 1.
    pub length: usize,
}

impl Place {
    pub(crate) fn new(source: &Source, span: Span) -> Self {
        let position = source.position(span.start);
        let line = source.line(position.line).unwrap_or_default().to_owned();
        let text = source.text().get(span.start as usize..span.end as usize).unwrap_or_default();
        let length = text.lines().next().unwrap_or_default().chars().count().max(1);
        Self { source: source.name().to_owned(), position, span, line, length }
    }
}

/// The problems that kept a text from being loaded.
pub fn load_error(error: &load::Error) -> Vec<Diagnostic> {
    problem::of_load(error)
}

/// The problems that validation found, with their places if the configuration was loaded from text and not changed.
pub fn findings(container: &Container, findings: &[Located], severity: Severity) -> Vec<Diagnostic> {
    let identities: Vec<_> = container.documents().map(Identity::of).collect();
    let diagnostic = |located: &Located| {
        let path = &located.finding.path;
        let place = container.source().zip(identities.get(located.document)).and_then(|(source, identity)| {
            let span = locate(source, identity, path)?;
            Some(problem::masked(Place::new(source, span), path))
        });
        Diagnostic {
            severity,
            message: located.finding.message.clone(),
            path: path.to_string(),
            place,
            hints: Vec::new(),
        }
    };
    findings.iter().map(diagnostic).collect()
}

/// Why a strategic patch could not be merged: the place in the patch.
pub fn merge_error(error: &merge::Error, patch: &Container) -> Vec<Diagnostic> {
    let merge::Error::Value { document, error: value } = error else {
        return vec![problem::plain(error.to_string())];
    };
    let path: FieldPath = value.path().as_str().into();
    let place = patch.source().and_then(|source| {
        let span = locate(source, document, &path)?;
        Some(problem::masked(Place::new(source, span), &path))
    });
    let (message, hints) = hint::for_merge(&value.reason);
    vec![Diagnostic { severity: Severity::Error, message, path: path.to_string(), place, hints }]
}
