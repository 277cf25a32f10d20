//! What a byte can mean, in one look.

/// Space or tab.
pub(super) const BLANK: u8 = 1;
/// The first byte of a line end, or of a character that could be one.
pub(super) const BREAK: u8 = 2;
/// The end of the text.
pub(super) const END: u8 = 4;
/// `, ? [ ] { }`: ends a plain scalar within brackets.
pub(super) const FLOW: u8 = 8;
/// `:`, which ends a plain scalar before a blank.
pub(super) const COLON: u8 = 16;
/// Letters, digits, `-` and `_`: names of anchors, directives and tag handles.
pub(super) const WORD: u8 = 32;
/// Characters that a tag may have besides words.
pub(super) const TAG: u8 = 64;
/// Cannot begin a plain scalar (`-`, `?` and `:` may under conditions).
pub(super) const INDICATOR: u8 = 128;

/// The byte that stands for the end of the text; it cannot be within.
pub(super) const NUL: u8 = 0;

static CLASSES: [u8; 256] = classes();

#[inline(always)]
pub(super) fn class(byte: u8) -> u8 {
    CLASSES[byte as usize]
}

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut class = match byte as u8 {
            b' ' | b'\t' => BLANK,
            b'\n' | b'\r' | 0xC2 | 0xE2 => BREAK,
            NUL => END,
            b',' | b'?' | b'[' | b']' | b'{' | b'}' => FLOW,
            b':' => COLON,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' => WORD,
            _ => 0,
        };
        if let b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'.' | b'!' | b'~' | b'*' | b'\''
        | b'(' | b')' | b'[' | b']' | b'%' = byte as u8
        {
            class |= TAG;
        }
        if let b'-' | b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' = byte as u8
        {
            class |= INDICATOR;
        }
        table[byte] = class;
        byte += 1;
    }
    table
}
