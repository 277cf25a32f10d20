//! From bytes to text: byte order marks, UTF-16, and the first character that may not be there.

use super::{Cut, wipe};
use crate::error::Problem;

/// The reader looks at the input in blocks of so many bytes.
const BLOCK: usize = 512;

/// Offsets are 32 bits wide, and some stand just behind the end.
const MAX_BYTES: usize = u32::MAX as usize - 16;

pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) start: usize,
    pub(super) ascii: bool,
    pub(super) cut: Option<Cut>,
}

pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    if bytes.len() > MAX_BYTES {
        wipe(bytes);
        return too_large();
    }
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => utf16(bytes, u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, ..] => utf8(bytes, 3),
        _ => utf8(bytes, 0),
    }
}

fn too_large() -> Decoded {
    let cut = Cut { problem: Problem::TooLarge, offset: 0, visible: 0 };
    Decoded { text: String::new(), start: 0, ascii: true, cut: Some(cut) }
}

fn utf8(bytes: Vec<u8>, start: usize) -> Decoded {
    let (text, mut cut) = match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            let cut = cut_utf8(&bytes, valid);
            bytes[valid..].fill(0);
            bytes.truncate(valid);
            (String::from_utf8(bytes).expect("cut at the end of what is valid"), Some(cut))
        }
    };
    let ascii = text.is_ascii();
    if let Some(offset) = forbidden(&text.as_bytes()[start..], ascii) {
        cut = Some(cut_utf8(text.as_bytes(), start + offset));
    }
    Decoded { text, start, ascii, cut }
}

/// Describes the bad character at an offset of UTF-8; all before it is valid.
fn cut_utf8(bytes: &[u8], offset: usize) -> Cut {
    let rest = &bytes[offset..];
    let width = width(rest[0]);
    let problem = match width {
        0 => Problem::LeadingByte,
        _ if rest.len() < width => Problem::IncompleteCharacter,
        _ if rest[1..width].iter().any(|byte| byte & 0xC0 != 0x80) => Problem::TrailingByte,
        _ => match (width, rest[0], rest.get(1)) {
            (2, 0xC0 | 0xC1, _) | (3, 0xE0, Some(0x80..=0x9F)) | (4, 0xF0, Some(0x80..=0x8F)) => {
                Problem::CharacterLength
            }
            (3, 0xED, Some(0xA0..)) | (4, 0xF4, Some(0x90..)) | (4, 0xF5.., _) => Problem::InvalidCharacter,
            _ => Problem::ControlCharacter,
        },
    };
    let mut block = 0;
    while block + BLOCK <= offset {
        block += BLOCK;
        while block > 0 && bytes[block] & 0xC0 == 0x80 && block < offset {
            block -= 1;
        }
    }
    // A character that reaches beyond its block is looked at with the next one.
    let whole = offset + width <= bytes.len().min(block + BLOCK);
    Cut { problem, offset, visible: if whole { block } else { offset } }
}

/// How many bytes a character has that begins with this one; none if none does.
fn width(byte: u8) -> usize {
    match byte {
        0x00..=0x7F => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 0,
    }
}

/// The first character that may not be in a text: controls but tab, CR, LF and NEL; DEL; U+FFFE and U+FFFF.
fn forbidden(bytes: &[u8], ascii: bool) -> Option<usize> {
    let control = |byte: u8| (byte < 0x20) & (byte != b'\n') & (byte != b'\t') & (byte != b'\r') | (byte == 0x7F);
    let mut first = None;
    for (block, chunk) in bytes.chunks(64).enumerate() {
        if chunk.iter().fold(false, |any, &byte| any | control(byte)) {
            first = chunk.iter().position(|&byte| control(byte)).map(|at| block * 64 + at);
            break;
        }
    }
    if ascii {
        return first;
    }
    let end = first.unwrap_or(bytes.len());
    let wide = memchr::memchr2_iter(0xC2, 0xEF, &bytes[..end]).find(|&at| match bytes[at] {
        0xC2 => matches!(bytes[at + 1], 0x80..=0x84 | 0x86..=0x9F),
        _ => bytes[at + 1] == 0xBF && matches!(bytes[at + 2], 0xBE | 0xBF),
    });
    wide.or(first)
}

fn utf16(bytes: Vec<u8>, unit: fn([u8; 2]) -> u16) -> Decoded {
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut cut = None;
    let mut at = 2;
    let mut block = (BLOCK, 0);
    while at < bytes.len() {
        let (character, width) = next_utf16(&bytes[at..], unit);
        if at + width > block.0 {
            block = (at + BLOCK, text.len());
        }
        match character {
            Ok(character) => text.push(character),
            Err(problem) => {
                let visible = if at + width > bytes.len() { text.len() } else { block.1 };
                cut = Some(Cut { problem, offset: text.len(), visible });
                break;
            }
        }
        at += width;
    }
    wipe(bytes);
    if text.len() > MAX_BYTES {
        wipe(text.into_bytes());
        return too_large();
    }
    let ascii = text.is_ascii();
    Decoded { text, start: 0, ascii, cut }
}

/// The next character and its bytes. Never called on nothing.
fn next_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Result<char, Problem>, usize) {
    let get = |at: usize| Some(unit([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let Some(first) = get(0) else { return (Err(Problem::IncompleteUnit), 2) };
    match first {
        0xDC00..=0xDFFF => (Err(Problem::UnexpectedLowSurrogate), 2),
        0xD800..=0xDBFF => match get(2) {
            None => (Err(Problem::IncompletePair), 4),
            Some(second @ 0xDC00..=0xDFFF) => {
                let code = 0x10000 + ((u32::from(first) & 0x3FF) << 10) + (u32::from(second) & 0x3FF);
                (char::from_u32(code).ok_or(Problem::InvalidCharacter), 4)
            }
            Some(_) => (Err(Problem::ExpectedLowSurrogate), 4),
        },
        0..=0x08 | 0x0B | 0x0C | 0x0E..=0x1F | 0x7F..=0x84 | 0x86..=0x9F | 0xFFFE | 0xFFFF => {
            (Err(Problem::ControlCharacter), 2)
        }
        code => (char::from_u32(u32::from(code)).ok_or(Problem::InvalidCharacter), 2),
    }
}
