//! Which scalar style a text gets: one pass over its bytes, then a few questions that only some texts raise.

use super::{Layout, ambiguous};

/// How a scalar is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Literal block (`|`).
    Block,
}

/// Has a blank.
pub(super) const BLANK: u8 = 1;
/// Has a line feed.
pub(super) const FEED: u8 = 1 << 1;
/// Has a tab.
const TAB: u8 = 1 << 2;
/// Has a character that only double quotes can carry.
const SPECIAL: u8 = 1 << 3;
/// Has the first byte of a character that has to be looked at: C1 controls, LS and PS, byte order mark.
const SUSPECT: u8 = 1 << 4;
/// Has a colon or a number sign, which end plain text beside a blank.
const COLON_OR_HASH: u8 = 1 << 5;
/// Has a character that ends plain text within flow collections.
const FLOW: u8 = 1 << 6;
/// Has a line break other than the line feed: LS or PS. Never in the table.
const SEPARATOR: u8 = 1 << 7;

static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\n' => FEED,
            b'\t' => TAB,
            b' ' => BLANK,
            b':' => COLON_OR_HASH | FLOW,
            b'#' => COLON_OR_HASH,
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => FLOW,
            0..=0x1F | 0x7F | 0xF0..=0xFF => SPECIAL,
            0xC2 | 0xE2 | 0xEF => SUSPECT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Where a scalar is to stand, as far as its style depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    pub(super) layout: Layout,
    /// Inside a flow collection.
    pub(super) flow: bool,
    /// A key on one line with its colon.
    pub(super) simple_key: bool,
}

/// What one pass over a text found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    bits: u8,
}

impl Look {
    #[inline]
    pub(super) fn at(text: &str) -> Look {
        let mut bits = 0;
        for &byte in text.as_bytes() {
            bits |= CLASS[byte as usize];
        }
        if bits & SUSPECT != 0 {
            bits = bits & !SUSPECT | suspects(text.as_bytes());
        }
        Look { bits }
    }

    #[inline]
    pub(super) fn has(self, bits: u8) -> bool {
        self.bits & bits != 0
    }

    /// Whether the text spans lines, be it by LF, CR, NEL, LS or PS.
    #[inline]
    pub(super) fn multiline(self, text: &str) -> bool {
        self.has(FEED | SEPARATOR) || self.has(SPECIAL) && text.contains(['\r', '\u{85}'])
    }

    /// Whether the text has LS or PS, which end lines in block scalars.
    pub(super) fn has_separator(self) -> bool {
        self.has(SEPARATOR)
    }

    /// Style for a text that has to read back as a string.
    #[inline]
    pub(super) fn string(self, text: &str, context: Context) -> Style {
        if self.has(FEED) {
            return if self.block(text, context) { Style::Block } else { Style::Double };
        }
        if self.has(TAB | SPECIAL) || ambiguous::reads_as_other(text) {
            return Style::Double;
        }
        self.plain(text, context)
    }

    /// Plain if its characters allow it, else the next best: for ready texts and for nodes marked plain.
    #[inline]
    pub(super) fn plain(self, text: &str, context: Context) -> Style {
        if !self.has(TAB | SPECIAL | FEED | SEPARATOR) && self.plain_allowed(text.as_bytes(), context.flow) {
            return if text.is_empty() && (context.flow || context.simple_key) { Style::Single } else { Style::Plain };
        }
        self.single(text)
    }

    /// Single quotes if its characters allow it, else double quotes.
    pub(super) fn single(self, text: &str) -> Style {
        let double =
            self.has(TAB | SPECIAL) || self.has(FEED | SEPARATOR) && self.has(BLANK) && blank_beside_break(text).any();
        if double { Style::Double } else { Style::Single }
    }

    /// Whether a literal or folded block can carry the text there.
    pub(super) fn block(self, text: &str, context: Context) -> bool {
        let bytes = text.as_bytes();
        let unfit = context.flow || context.simple_key || bytes.is_empty();
        let special = self.has(SPECIAL) || self.has(TAB) && context.layout == Layout::V2;
        let blank = self.has(BLANK) && (bytes.ends_with(b" ") || blank_beside_break(text).before);
        !(unfit || special || blank)
    }

    /// For a text without breaks, tabs and special characters.
    #[inline]
    fn plain_allowed(self, bytes: &[u8], flow: bool) -> bool {
        let [first, ..] = bytes else { return true };
        if flow && self.has(FLOW) {
            return false;
        }
        let followed = matches!(bytes.get(1), None | Some(b' '));
        let refused = match first {
            b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@'
            | b'`' | b' ' => true,
            b'-' => followed || bytes.starts_with(b"---"),
            b'?' => flow || followed,
            b'.' => bytes.starts_with(b"..."),
            _ => false,
        };
        if refused || self.has(BLANK) && bytes.ends_with(b" ") {
            return false;
        }
        !self.has(COLON_OR_HASH) || !indicator_beside_blank(bytes)
    }
}

/// Whether a colon stands before a blank or the end, or a number sign after a blank.
fn indicator_beside_blank(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b':', b'#', bytes).any(|at| match bytes[at] {
        b':' => matches!(bytes.get(at + 1), None | Some(b' ')),
        _ => at > 0 && bytes[at - 1] == b' ',
    })
}

#[derive(Clone, Copy)]
struct Beside {
    before: bool,
    after: bool,
}

impl Beside {
    fn any(self) -> bool {
        self.before || self.after
    }
}

/// Whether a blank stands right before or right after a line break.
fn blank_beside_break(text: &str) -> Beside {
    let bytes = text.as_bytes();
    let mut beside = Beside { before: false, after: false };
    let mut note = |at: usize, length: usize| {
        beside.before |= at > 0 && bytes[at - 1] == b' ';
        beside.after |= bytes.get(at + length) == Some(&b' ');
    };
    for at in memchr::memchr2_iter(b'\n', 0xE2, bytes) {
        if bytes[at] == b'\n' {
            note(at, 1);
        } else if is_separator(&bytes[at..]) {
            note(at, 3);
        }
    }
    beside
}

/// Bits for the characters that start with a suspect byte.
#[cold]
fn suspects(bytes: &[u8]) -> u8 {
    memchr::memchr3_iter(0xC2, 0xE2, 0xEF, bytes)
        .map(|at| match (bytes[at], bytes[at + 1], bytes.get(at + 2)) {
            (0xC2, ..0xA0, _) => SPECIAL,
            (0xE2, 0x80, Some(0xA8 | 0xA9)) => SEPARATOR,
            (0xEF, 0xBB, Some(0xBF)) | (0xEF, 0xBF, Some(0xBE | 0xBF)) => SPECIAL,
            _ => 0,
        })
        .fold(0, |all, bits| all | bits)
}

/// Whether the text starts with LS or PS.
#[inline]
pub(super) fn is_separator(bytes: &[u8]) -> bool {
    matches!(bytes, [0xE2, 0x80, 0xA8 | 0xA9, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Context = Context { layout: Layout::V3 { indent: 4 }, flow: false, simple_key: false };

    fn style(text: &str) -> Style {
        Look::at(text).string(text, BLOCK)
    }

    #[test]
    fn texts_get_the_simplest_style_that_carries_them() {
        for text in ["a", "a b", "a:b", "a#b", "?a", "-a", "--", "a,b", "=", "<<", "é", "日本", "\u{a0}", "::1", "—"]
        {
            assert_eq!(style(text), Style::Plain, "{text:?}");
        }
        for text in ["- a", "-", "---", "...", "?", ": a", "a: b", "a:", "a #b", "#a", "@", "'", " a", "a ", "\u{2028}"]
        {
            assert_eq!(style(text), Style::Single, "{text:?}");
        }
        for text in ["", "~", "1", "a\tb", "a\r", "a \nb", "a\u{2028} b", "\u{feff}", "\u{7f}", "\u{85}", "\u{1f600}"] {
            assert_eq!(style(text), Style::Double, "{text:?}");
        }
        for text in ["a\n", "a\n b", "\na", "a\tb\n", " a\n"] {
            assert_eq!(style(text), Style::Block, "{text:?}");
        }
    }

    #[test]
    fn flow_collections_and_version_two_are_narrower() {
        let flow = Context { flow: true, ..BLOCK };
        for text in ["a,b", "a:b", "?a", "a?", "a[b"] {
            assert_eq!(Look::at(text).string(text, flow), Style::Single, "{text:?}");
        }
        assert_eq!(Look::at("a\nb").string("a\nb", flow), Style::Double);
        let old = Context { layout: Layout::V2, ..BLOCK };
        assert_eq!(Look::at("a\tb\n").string("a\tb\n", old), Style::Double);
    }
}
