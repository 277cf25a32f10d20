//! Plain and quoted texts, with and without folding.

use super::style;

/// Column from which on a blank becomes a line break in the old layout.
pub(super) const WIDTH: usize = 80;

/// Writes blanks.
#[inline]
pub(super) fn blanks(out: &mut String, count: usize) {
    const BLANKS: &str = "                                                                ";
    let mut left = count;
    while left > BLANKS.len() {
        out.push_str(BLANKS);
        left -= BLANKS.len();
    }
    out.push_str(&BLANKS[..left]);
}

/// Characters of the last line; LS and PS end lines too.
pub(super) fn column(out: &str) -> usize {
    let start = memchr::memrchr(b'\n', out.as_bytes()).map_or(0, |at| at + 1);
    let line = &out[start..];
    let line = match memchr::memrchr(0xE2, line.as_bytes()) {
        Some(_) => line.rsplit(['\u{2028}', '\u{2029}']).next().unwrap_or_default(),
        None => line,
    };
    line.chars().count()
}

/// Single quotes on one line.
pub(super) fn single(out: &mut String, text: &str) {
    out.push('\'');
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\'', rest.as_bytes()) {
        out.push_str(&rest[..=at]);
        out.push('\'');
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('\'');
}

/// Double quotes on one line.
pub(super) fn double(out: &mut String, text: &str) {
    out.push('"');
    if text.starts_with('\u{feff}') {
        // A mark in front makes the original write every character as an escape.
        text.chars().for_each(|character| escape(out, character));
    } else {
        let mut clean = 0;
        for (at, character) in text.char_indices().filter(|&(_, character)| !printable(character)) {
            out.push_str(&text[clean..at]);
            escape(out, character);
            clean = at + character.len_utf8();
        }
        out.push_str(&text[clean..]);
    }
    out.push('"');
}

/// Plain text, folded at blanks beyond the width.
pub(super) fn plain_folded(out: &mut String, text: &str, indent: usize) {
    let mut folder = Folder { column: column(out), indent, width: WIDTH, spaces: false };
    for (at, character) in text.char_indices() {
        folder.put(out, character, character == ' ' && single_blank(text, at));
    }
}

/// Single quotes around lines that are indented, where a line feed takes two; folded at blanks beyond `width`.
pub(super) fn single_lines(out: &mut String, text: &str, indent: usize, width: usize) {
    out.push('\'');
    let mut folder = Folder { column: column(out), indent, width, spaces: false };
    let mut breaks = false;
    for (at, character) in text.char_indices() {
        if matches!(character, '\n' | '\u{2028}' | '\u{2029}') {
            if character == '\n' && !breaks {
                out.push('\n');
            }
            out.push(character);
            folder.column = 0;
            breaks = true;
            continue;
        }
        if breaks && character != ' ' {
            blanks(out, indent.saturating_sub(folder.column));
            folder.column = folder.column.max(indent);
            breaks = false;
        }
        folder.put(out, character, character == ' ' && inner(text, at) && single_blank(text, at));
        if character == '\'' {
            folder.put(out, character, false);
        }
    }
    out.push('\'');
}

/// Double quotes, folded; a blank that would be lost at the start of a line is escaped.
pub(super) fn double_folded(out: &mut String, text: &str, indent: usize) {
    out.push('"');
    let all = text.starts_with('\u{feff}');
    let mut folder = Folder { column: column(out), indent, width: WIDTH, spaces: false };
    for (at, character) in text.char_indices() {
        if all || !printable(character) {
            let before = out.len();
            escape(out, character);
            folder.column += out.len() - before;
            folder.spaces = false;
        } else if folder.put(out, character, character == ' ' && inner(text, at)) && !single_blank(text, at) {
            out.push('\\');
            folder.column += 1;
        }
    }
    out.push('"');
}

struct Folder {
    column: usize,
    indent: usize,
    width: usize,
    /// The last character was a blank, or the line break in its place.
    spaces: bool,
}

impl Folder {
    /// Writes one character, or a line break if it is a blank that may be folded; tells which.
    fn put(&mut self, out: &mut String, character: char, foldable: bool) -> bool {
        let fold = foldable && !self.spaces && self.column > self.width;
        if fold {
            out.push('\n');
            blanks(out, self.indent);
            self.column = self.indent;
        } else {
            out.push(character);
            self.column += 1;
        }
        self.spaces = character == ' ';
        fold
    }
}

/// Whether no other blank follows the one at this place.
fn single_blank(text: &str, at: usize) -> bool {
    text.as_bytes().get(at + 1) != Some(&b' ')
}

fn inner(text: &str, at: usize) -> bool {
    at > 0 && at + 1 < text.len()
}

/// Whether a character stands in double quotes as it is.
fn printable(character: char) -> bool {
    match character {
        '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        ' '..='~' | '\u{a0}'..='\u{ffff}' => true,
        _ => false,
    }
}

fn escape(out: &mut String, character: char) {
    out.push('\\');
    let letter = match character {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => return hexadecimal(out, character.into()),
    };
    out.push(letter);
}

fn hexadecimal(out: &mut String, code: u32) {
    let (letter, digits) = match code {
        0..=0xFF => ('x', 2),
        0x100..=0xFFFF => ('u', 4),
        _ => ('U', 8),
    };
    out.push(letter);
    for digit in (0..digits).rev() {
        let value = (code >> (4 * digit) & 0xF) as usize;
        out.push(char::from(b"0123456789ABCDEF"[value]));
    }
}

/// Literal block behind its `|`: digit, chomping mark and lines.
///
/// `digit` is the indentation digit for texts whose first character would hide the indentation. Without `header_line` the
/// first line feed of a text that starts with one also ends the header, as the newer layout has it.
pub(super) fn block(out: &mut String, text: &str, indent: usize, digit: usize, header_line: bool) {
    block_header(out, text, digit);
    if header_line || !starts_with_break(text) {
        out.push('\n');
    }
    block_lines(out, text, indent);
}

/// Digit and chomping mark.
pub(super) fn block_header(out: &mut String, text: &str, digit: usize) {
    if text.starts_with(' ') || starts_with_break(text) {
        out.push(char::from(b'0' + digit as u8));
    }
    match without_break(text) {
        None => out.push('-'),
        Some("") => out.push('+'),
        Some(before) if without_break(before).is_some() => out.push('+'),
        Some(_) => {}
    }
}

/// The lines of a literal block; what is there before ends its line.
pub(super) fn block_lines(out: &mut String, text: &str, indent: usize) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at);
        block_line(out, &text[start..end], indent);
        if end < bytes.len() {
            out.push('\n');
        }
        start = end + 1;
    }
}

/// The lines of a folded block; what is there before ends its line.
///
/// A line feed takes two, except behind a line with a leading blank and in texts that start with one.
pub(super) fn folded_lines(out: &mut String, text: &str, indent: usize) {
    let doubled = !text.trim_start_matches(['\n', '\u{2028}', '\u{2029}']).starts_with([' ', '\t', '\0']);
    let mut leading = true;
    let mut breaks = true;
    for character in text.chars() {
        if matches!(character, '\n' | '\u{2028}' | '\u{2029}') {
            if character == '\n' && !breaks && !leading && doubled {
                out.push('\n');
            }
            out.push(character);
            breaks = true;
            continue;
        }
        if breaks {
            blanks(out, indent);
            leading = matches!(character, ' ' | '\t');
            breaks = false;
        }
        out.push(character);
    }
}

fn block_line(out: &mut String, line: &str, indent: usize) {
    if !line.contains(['\u{2028}', '\u{2029}']) {
        if !line.is_empty() {
            blanks(out, indent);
            out.push_str(line);
        }
        return;
    }
    for piece in line.split_inclusive(['\u{2028}', '\u{2029}']) {
        if !style::is_separator(piece.as_bytes()) {
            blanks(out, indent);
        }
        out.push_str(piece);
    }
}

pub(super) fn starts_with_break(text: &str) -> bool {
    text.starts_with(['\n', '\u{2028}', '\u{2029}'])
}

fn without_break(text: &str) -> Option<&str> {
    text.strip_suffix(['\n', '\u{2028}', '\u{2029}'])
}
