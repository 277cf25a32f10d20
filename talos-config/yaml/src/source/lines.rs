//! Where lines begin, found on the first question.

use super::Position;

pub(super) struct Lines {
    /// Offsets of the first byte of each line.
    starts: Vec<u32>,
}

impl Lines {
    pub(super) fn new(text: &str, start: usize, ascii: bool) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![start as u32];
        if ascii && memchr::memchr(b'\r', bytes).is_none() {
            starts.extend(memchr::memchr_iter(b'\n', bytes).map(|at| at as u32 + 1));
            return Self { starts };
        }
        let mut at = start;
        while at < bytes.len() {
            at += match line_end(bytes, at) {
                0 => {
                    at += 1;
                    continue;
                }
                width => width,
            };
            starts.push(at as u32);
        }
        Self { starts }
    }

    pub(super) fn position(&self, text: &str, ascii: bool, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.line_of(offset);
        let start = (self.starts[line as usize - 1] as usize).min(offset);
        let before = &text.as_bytes()[start..offset];
        let column = if ascii { before.len() } else { count_characters(before) };
        Position { line, column: column as u32 + 1 }
    }

    pub(super) fn line_of(&self, offset: usize) -> u32 {
        self.starts.partition_point(|&start| start as usize <= offset).max(1) as u32
    }

    pub(super) fn text<'t>(&self, text: &'t str, line: u32) -> Option<&'t str> {
        let line = line.checked_sub(1)? as usize;
        let start = *self.starts.get(line)? as usize;
        let end = self.starts.get(line + 1).map_or(text.len(), |&next| next as usize);
        Some(text[start..end].trim_end_matches(['\r', '\n', '\u{85}', '\u{2028}', '\u{2029}']))
    }
}

/// The bytes of the line end at an offset, none if there is no line end.
pub(crate) fn line_end(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\n' => 1,
        b'\r' if bytes.get(at + 1) == Some(&b'\n') => 2,
        b'\r' => 1,
        0xC2 if bytes.get(at + 1) == Some(&0x85) => 2,
        0xE2 if bytes.get(at + 1) == Some(&0x80) && matches!(bytes.get(at + 2), Some(0xA8 | 0xA9)) => 3,
        _ => 0,
    }
}

/// How many characters begin in these bytes.
pub(crate) fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count()
}
