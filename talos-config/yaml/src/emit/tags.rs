//! Tags: which have to be written, and how.

use super::node::{Kind, Style};
use super::written::Written;
use crate::resolve::{self, Dialect, Scalar};

/// Long form of the prefix `!!`.
const CORE_TAGS: &str = "tag:yaml.org,2002:";

/// Bytes a tag counts for in a key.
pub(super) fn tag_length(tag: &str) -> usize {
    tag.strip_prefix(CORE_TAGS).map_or(tag.len(), |name| name.len() + 2)
}

/// The tag that has to be written for a collection.
pub(super) fn collection_tag<'n>(node: impl Written<'n>) -> &'n str {
    let usual = if node.kind() == Kind::Mapping { "map" } else { "seq" };
    if !node.tagged() && core_tag(node.tag()) == Some(usual) { "" } else { node.tag() }
}

/// The tag that has to be written for a scalar, and whether its text has to be quoted to be a string.
pub(super) fn scalar_tag<'n>(node: impl Written<'n>) -> (&'n str, bool) {
    let tag = node.tag();
    if tag.is_empty() || node.tagged() {
        return (tag, false);
    }
    let string = core_tag(tag) == Some("str");
    if string && node.style() != Style::Plain {
        return ("", false);
    }
    let own = match resolve::plain(Dialect::V3, node.value()) {
        // Only the tag `!!merge` makes a key of this text one that merges.
        Scalar::Merge => "!!str",
        other => other.tag(),
    };
    if core_tag(tag) == core_tag(own) {
        ("", false)
    } else if string {
        ("", true)
    } else {
        (tag, false)
    }
}

/// The name behind `!!`.
fn core_tag(tag: &str) -> Option<&str> {
    tag.strip_prefix("!!").or(tag.strip_prefix(CORE_TAGS))
}

fn text(out: &mut String, text: &str) {
    for &byte in text.as_bytes() {
        match byte {
            b'0'..=b'9'
            | b'A'..=b'Z'
            | b'a'..=b'z'
            | b'_'
            | b'-'
            | b';'
            | b'/'
            | b'?'
            | b':'
            | b'@'
            | b'&'
            | b'='
            | b'+'
            | b'$'
            | b','
            | b'.'
            | b'~'
            | b'*'
            | b'\''
            | b'('
            | b')'
            | b'['
            | b']' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
            }
        }
    }
}

/// Writes a tag, given in its short or long form, in its short form if it has one.
pub(super) fn write(out: &mut String, tag: &str) {
    let (mark, name, end) = match (core_tag(tag), tag.strip_prefix('!')) {
        (Some(name), _) => ("!!", name, ""),
        (None, Some(name)) => ("!", name, ""),
        (None, None) => ("!<", tag, ">"),
    };
    out.push_str(mark);
    text(out, name);
    out.push_str(end);
}
