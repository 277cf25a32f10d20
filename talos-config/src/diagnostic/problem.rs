//! Errors of loading as diagnostics.

use talos_config_yaml::decode::{Fatal, Outcome, ProblemKind};
use talos_config_yaml::fields::{Secret, Section};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Span, Tree};

use super::{Diagnostic, Place, Severity, hint};
use crate::diff::MASK;
use crate::kinds;
use crate::load::{self, Reason};
use crate::path::{FieldPath, Segment};

/// A problem without a place.
pub(super) fn plain(message: String) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message, path: String::new(), place: None, hints: Vec::new() }
}

pub(super) fn of_load(error: &load::Error) -> Vec<Diagnostic> {
    let source = error.source_text();
    let (tree, _) = Tree::parse(source, Options::default());
    let context = Context { source, tree: &tree };
    match error.reason() {
        Reason::Syntax(syntax) => {
            let end = syntax.offset() + 1;
            let mut diagnostic = context.at(Span { start: syntax.offset(), end }, syntax.problem().to_string());
            if let Some(start) = syntax.context() {
                let line = source.position(start).line;
                if diagnostic.place.as_ref().is_some_and(|place| place.position.line != line) {
                    diagnostic.hints.push(format!("it began in line {line}"));
                }
            }
            diagnostic.hints.extend(syntax_hint(source, syntax.offset()));
            vec![diagnostic]
        }
        Reason::MissingKind { at } => {
            let mut diagnostic = context.node(*at, "missing kind".to_owned());
            diagnostic.hints.push(
                "the main document has one of the keys `machine`, `cluster`, `debug`, `persist`; all others have `apiVersion` \
                 and `kind`"
                    .to_owned(),
            );
            vec![diagnostic]
        }
        Reason::NotRegistered { kind, at, .. } => {
            let key = context.entry(*at, "kind").unwrap_or(*at);
            let mut diagnostic = context.node(key, format!("there is no document of kind `{kind}`"));
            diagnostic.hints = hint::for_kind(kind);
            vec![diagnostic]
        }
        Reason::UnsupportedVersion { kind, api_version, supported, at } => {
            let found = context.entry(*at, "apiVersion");
            let message = match api_version.as_str() {
                "" => format!("`{kind}` needs an `apiVersion`"),
                version => format!("`{kind}` has no version `{version}`"),
            };
            let mut diagnostic = context.node(found.unwrap_or(*at), message);
            diagnostic.hints.push(format!("write `apiVersion: {supported}`"));
            vec![diagnostic]
        }
        Reason::Header { outcome, .. } | Reason::Decode { outcome, .. } => context.outcome(outcome),
        Reason::UnknownKeys(unknown) => {
            let diagnostics = unknown.keys().iter().map(|key| {
                let root = context.document_table(key.at);
                let section = hint::section_at(root, &key.parent);
                let mut diagnostic = context.node(key.at, format!("unknown key `{}`", key.key));
                diagnostic.hints = hint::for_key(&key.key, &key.parent, section, root);
                diagnostic
            });
            diagnostics.collect()
        }
        Reason::Misfit(misfit) => vec![context.node(misfit.at(), misfit.to_string())],
        Reason::HeaderWithoutValue { at, .. } => vec![context.node(*at, "no value follows this word".to_owned())],
        reason => vec![plain(reason.to_string())],
    }
}

/// Frequent causes of syntax errors.
fn syntax_hint(source: &Source, offset: u32) -> Option<String> {
    let line = source.line(source.position(offset).line)?;
    let trimmed = line.trim_start_matches(' ');
    if trimmed.starts_with('\t') {
        return Some("indent with blanks, not with tabs".to_owned());
    }
    let value = trimmed.split_once(": ").map(|(_, value)| value)?;
    if value.starts_with("{{") || value.starts_with('@') || value.starts_with('%') || value.starts_with('`') {
        return Some("put the value in quotes".to_owned());
    }
    value.contains(": ").then(|| "a text with `: ` inside has to stand in quotes".to_owned())
}

struct Context<'t, 's> {
    source: &'t Source,
    tree: &'t Tree<'s>,
}

impl Context<'_, '_> {
    fn at(&self, span: Span, message: String) -> Diagnostic {
        Diagnostic { place: Some(Place::new(self.source, span)), ..plain(message) }
    }

    /// A problem of a node, with its path; a secret is not shown.
    fn node(&self, at: NodeId, message: String) -> Diagnostic {
        let path = self.path(at);
        let span = match self.tree.kind(at) {
            Kind::Mapping => self.tree.pairs(at).next().map_or(self.tree.span(at), |(key, _)| self.tree.span(key)),
            _ => self.tree.span(at),
        };
        let place = masked(Place::new(self.source, span), &path);
        Diagnostic { place: Some(place), path: path.to_string(), ..plain(message) }
    }

    fn outcome(&self, outcome: &Outcome) -> Vec<Diagnostic> {
        if let Some((at, fatal)) = &outcome.fatal {
            let text = fatal.go_text();
            let mut diagnostic = self.node(*at, text.strip_prefix("yaml: ").unwrap_or(&text).to_owned());
            if self.tree.text(*at).starts_with("ENC[") {
                diagnostic.hints.push("the value is encrypted with SOPS: decrypt the file first".to_owned());
            } else if let Fatal::Field(reason) = fatal {
                diagnostic.hints.extend(field_hint(reason));
            }
            return vec![diagnostic];
        }
        let diagnostics = outcome.problems.iter().map(|problem| match &problem.kind {
            ProblemKind::Duplicate { first } => {
                let message = format!("the key `{}` stands twice in this mapping", self.tree.text(problem.at));
                let mut diagnostic = self.node(problem.at, message);
                let line = self.tree.position(*first).line;
                diagnostic.hints.push(format!("it stands in line {line} already: keep one of the two"));
                diagnostic
            }
            ProblemKind::Type { go_type } => {
                let (expected, hints) = hint::for_type(go_type, self.tree.tag(problem.at));
                let mut diagnostic = self.node(problem.at, format!("expected {expected}"));
                diagnostic.hints = hints;
                if self.tree.text(problem.at).starts_with("ENC[") {
                    diagnostic.hints = vec!["the value is encrypted with SOPS: decrypt the file first".to_owned()];
                }
                diagnostic
            }
            _ => self.node(problem.at, problem.go_text(self.tree)),
        });
        diagnostics.collect()
    }

    fn entry(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.tree.pairs(mapping).find(|(known, _)| self.tree.text(*known) == key).map(|(_, value)| value)
    }

    /// The table of the document that a node stands in.
    fn document_table(&self, at: NodeId) -> &'static Section {
        let document = self.tree.documents().iter().rev().find(|document| **document <= at);
        let root = document.and_then(|document| self.tree.root(*document));
        let kind = root.and_then(|root| self.entry(root, "kind")).and_then(|kind| kinds::find(self.tree.text(kind)));
        (kind.unwrap_or(&kinds::LEGACY).section)()
    }

    /// The path of a node in its document.
    fn path(&self, at: NodeId) -> FieldPath {
        let document = self.tree.documents().iter().rev().find(|document| **document <= at);
        let mut path = FieldPath::root();
        let mut current = document.and_then(|document| self.tree.root(*document));
        // Nodes stand in the order of the text: the way to a node goes through the last child that begins before it.
        while let Some(node) = current.filter(|node| *node < at) {
            current = match self.tree.kind(node) {
                Kind::Mapping => {
                    let (key, value) = match self.tree.pairs(node).take_while(|(key, _)| *key <= at).last() {
                        Some(pair) => pair,
                        None => break,
                    };
                    path.push(Segment::Key(self.tree.text(key).to_owned()));
                    (key != at).then_some(value)
                }
                Kind::Sequence => {
                    let Some((index, item)) =
                        self.tree.children(node).enumerate().take_while(|(_, item)| *item <= at).last()
                    else {
                        break;
                    };
                    path.push(Segment::Index(index));
                    Some(item)
                }
                _ => None,
            };
        }
        path
    }
}

fn field_hint(reason: &str) -> Option<String> {
    if reason.starts_with("illegal base64 data") {
        return Some("the value is base64 of a PEM block, as `gen config` writes it".to_owned());
    }
    if reason.contains("first path segment in URL cannot contain colon") {
        return Some("put the scheme in front: `https://…` or `tcp://…`".to_owned());
    }
    reason.starts_with("unhandled size name").then(|| "sizes look like `100MB`, `20GiB` or `1TB`".to_owned())
}

/// The place with the line hidden from its value on, if the field is a secret.
pub(super) fn masked(mut place: Place, path: &FieldPath) -> Place {
    if is_secret(path) {
        let kept = place.line.find(": ").map_or(0, |colon| colon + 2);
        place.line.truncate(kept);
        place.line.push_str(MASK);
    }
    place
}

/// Whether a field of the main document, or one of the fields it stands in, is a secret.
fn is_secret(path: &FieldPath) -> bool {
    let mut section = (kinds::LEGACY.section)();
    for segment in path.segments() {
        let Segment::Key(key) = segment else { continue };
        let Some(field) = section.fields.iter().find(|field| field.key == key) else { continue };
        if field.secret != Secret::Open {
            return true;
        }
        match field.shape.inner_section() {
            Some(inner) => section = inner,
            None => return false,
        }
    }
    false
}
