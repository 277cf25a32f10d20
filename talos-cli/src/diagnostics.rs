//! Errors and warnings about a text somebody wrote: where it is, what was expected, what may have been meant.
//!
//! The message of an error is always the one users know. On a terminal an excerpt of the text follows it; with
//! `--diagnostics=json` each record is one JSON object on a line of standard error instead.

use std::fmt::{self, Write};

use crate::io::Io;

/// How diagnostics are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The command failed.
    Error,
    /// The command went on.
    Warning,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, without the place.
    pub message: String,
    /// Where, if it is about a text.
    pub place: Option<Place>,
    /// What may help, one sentence each.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, message: message.into(), place: None, hints: Vec::new() }
    }
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path of the file as the user gave it, `-` for standard input.
    pub file: String,
    /// Path of the field (`machine.network.interfaces[0].mtu`), empty if there is none.
    pub field: String,
    /// Line, from 1.
    pub line: usize,
    /// Character in the line, from 1.
    pub column: usize,
    /// Number of characters the problem covers, at least 1.
    pub length: usize,
    /// The line, for the excerpt; empty when it must not be shown.
    pub text: String,
}

/// An error with records that tell more than its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Diagnosed {
    /// What is always shown.
    pub text: String,
    /// The problems it is about.
    pub records: Vec<Diagnostic>,
}

/// Writes the records of `error` as JSON lines; an error without records is one itself.
pub(crate) fn write_json(error: &anyhow::Error, text: &str, io: &mut Io<'_>) {
    let records = records(error);
    if records.is_empty() {
        io.note(json(&Diagnostic::error(text)));
    }
    for record in records {
        io.note(json(record));
    }
}

/// Writes excerpts for the records of `error`, if a person is looking.
pub(crate) fn write_excerpts(error: &anyhow::Error, io: &mut Io<'_>) {
    if io.stderr.is_terminal() {
        for record in records(error) {
            io.note(format_args!("\n{}", Excerpt(record)));
        }
    }
}

fn records(error: &anyhow::Error) -> &[Diagnostic] {
    let diagnosed = error.chain().find_map(|cause| cause.downcast_ref::<Diagnosed>());
    diagnosed.map_or(&[], |diagnosed| &diagnosed.records)
}

/// One diagnostic as a JSON object without line breaks.
pub fn json(diagnostic: &Diagnostic) -> String {
    let mut out = format!("{{\"severity\":\"{}\",\"message\":", diagnostic.severity.word());
    push_json_text(&mut out, &diagnostic.message);
    if let Some(place) = &diagnostic.place {
        out.push_str(",\"file\":");
        push_json_text(&mut out, &place.file);
        let _ = write!(out, ",\"line\":{},\"column\":{},\"length\":{}", place.line, place.column, place.length);
        if !place.field.is_empty() {
            out.push_str(",\"field\":");
            push_json_text(&mut out, &place.field);
        }
    }
    if !diagnostic.hints.is_empty() {
        out.push_str(",\"hints\":[");
        for (index, hint) in diagnostic.hints.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            push_json_text(&mut out, hint);
        }
        out.push(']');
    }
    out.push('}');
    out
}

fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0'..' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// A diagnostic for a terminal: place, line with a marker below, hints.
struct Excerpt<'a>(&'a Diagnostic);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic { severity, message, place, hints } = self.0;
        write!(f, "{}: {message}", severity.word())?;
        let mut margin = 1;
        if let Some(place) = place {
            margin = place.line.to_string().len();
            write!(f, "\n{:margin$}--> {}:{}:{}", "", place.file, place.line, place.column)?;
            if !place.field.is_empty() {
                write!(f, " ({})", place.field)?;
            }
            if !place.text.is_empty() {
                // Tabs become blanks in both lines, so that the marker stays below what it marks.
                let line: String = place.text.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
                let (indent, length) = (place.column.saturating_sub(1), place.length.max(1));
                write!(f, "\n{:margin$} |\n{:margin$} | {line}", "", place.line)?;
                write!(f, "\n{:margin$} | {:indent$}{}", "", "", "^".repeat(length))?;
            }
        }
        for hint in hints {
            write!(f, "\n{:margin$} = {hint}", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: "unknown key \"featuers\"".into(),
            place: Some(Place {
                file: "a\tb.yaml".into(),
                field: "machine".into(),
                line: 12,
                column: 5,
                length: 8,
                text: "    featuers: {}".into(),
            }),
            hints: vec!["did you mean `features`?".into()],
        }
    }

    #[test]
    fn excerpts_point_at_the_place() {
        assert_eq!(
            Excerpt(&record()).to_string(),
            "error: unknown key \"featuers\"\n  --> a\tb.yaml:12:5 (machine)\n   |\n12 |     featuers: {}\n   |     ^^^^^^^^\n   = did you mean `features`?"
        );
        assert_eq!(Excerpt(&Diagnostic::error("no")).to_string(), "error: no");
    }

    #[test]
    fn json_is_one_escaped_line() {
        assert_eq!(
            json(&record()),
            r#"{"severity":"error","message":"unknown key \"featuers\"","file":"a\tb.yaml","line":12,"column":5,"length":8,"field":"machine","hints":["did you mean `features`?"]}"#
        );
        assert_eq!(json(&Diagnostic::error("a\\b\n\u{1}é")), r#"{"severity":"error","message":"a\\b\n\u0001é"}"#);
    }
}
