//! JSON text: read with the reference's errors, and written as it writes it.

use std::borrow::Cow;
use std::fmt;

use super::document::{Document, Id, Json, Literal, Members, Null, Written, object};

/// Where a text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Offset in bytes.
    pub offset: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    End,
    Unexpected { found: u8, place: &'static str },
    TooDeep,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::End => f.write_str("unexpected end of JSON input"),
            Kind::TooDeep => f.write_str("exceeded max depth"),
            Kind::Unexpected { found, place } => {
                f.write_str("invalid character ")?;
                match found {
                    b'\'' => f.write_str(r"'\''")?,
                    b'"' => f.write_str("'\"'")?,
                    _ => write!(f, "'{}'", super::go_escaped(&char::from(found).to_string()))?,
                }
                write!(f, " {place}")
            }
        }
    }
}

impl std::error::Error for SyntaxError {}

/// Lists and objects that may stand in each other.
const MAX_DEPTH: usize = 10_000;

/// Reads one JSON value.
pub(super) fn parse(bytes: &[u8]) -> Result<Document<'static>, SyntaxError> {
    let mut parser = Parser { bytes, at: 0, document: Document::with_capacity(bytes.len() / 16), open: Vec::new() };
    parser.run()?;
    Ok(parser.document)
}

struct Parser<'b> {
    bytes: &'b [u8],
    at: usize,
    document: Document<'static>,
    open: Vec<Open>,
}

enum Open {
    List(Vec<Id>),
    Object {
        members: Members<'static>,
        key: Cow<'static, str>,
        /// Keys that are written in an unusual way.
        written: Vec<(String, Vec<u8>)>,
    },
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), SyntaxError> {
        loop {
            let Some(mut value) = self.value()? else { continue };
            // A value is complete; close what it completes.
            loop {
                self.blanks();
                let next = self.peek();
                match self.open.last_mut() {
                    None => {
                        self.document.root = value;
                        return match next {
                            None => Ok(()),
                            Some(_) => self.unexpected("after top-level value"),
                        };
                    }
                    Some(Open::List(items)) => {
                        items.push(value);
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                break;
                            }
                            Some(b']') => self.at += 1,
                            _ => return self.unexpected("after array element"),
                        }
                    }
                    Some(Open::Object { members, key, .. }) => {
                        members.push((std::mem::take(key), value));
                        match next {
                            Some(b',') => {
                                self.at += 1;
                                self.blanks();
                                self.key()?;
                                break;
                            }
                            Some(b'}') => self.at += 1,
                            _ => return self.unexpected("after object key:value pair"),
                        }
                    }
                }
                value = self.close();
            }
        }
    }

    /// Reads a value, or opens one that has values within it.
    fn value(&mut self) -> Result<Option<Id>, SyntaxError> {
        self.blanks();
        let json = match self.peek() {
            Some(b'[') => {
                self.open(Open::List(Vec::new()))?;
                if self.peek() != Some(b']') {
                    return Ok(None);
                }
                self.at += 1;
                return Ok(Some(self.close()));
            }
            Some(b'{') => {
                self.open(Open::Object { members: Vec::new(), key: Cow::Borrowed(""), written: Vec::new() })?;
                if self.peek() != Some(b'}') {
                    self.key()?;
                    return Ok(None);
                }
                self.at += 1;
                return Ok(Some(self.close()));
            }
            Some(b'"') => self.text()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", WORD_TRUE, Json::Bool(true))?,
            Some(b'f') => self.word("false", WORD_FALSE, Json::Bool(false))?,
            Some(b'n') => self.word("null", WORD_NULL, Json::Null(Null::Absent))?,
            _ => return self.unexpected("looking for beginning of value"),
        };
        Ok(Some(self.document.push(json)))
    }

    fn open(&mut self, open: Open) -> Result<(), SyntaxError> {
        if self.open.len() == MAX_DEPTH {
            return Err(SyntaxError { offset: self.at, kind: Kind::TooDeep });
        }
        self.open.push(open);
        self.at += 1;
        self.blanks();
        Ok(())
    }

    fn close(&mut self) -> Id {
        let json = match self.open.pop() {
            Some(Open::List(items)) => Json::List(items),
            Some(Open::Object { members, written: keys, .. }) => match object(members) {
                Json::Object(members) if !keys.is_empty() => Json::Written(Box::new(Written { members, keys })),
                object => object,
            },
            None => Json::Null(Null::Absent),
        };
        self.document.push(json)
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<(), SyntaxError> {
        if self.peek() != Some(b'"') {
            return self.unexpected("looking for beginning of object key string");
        }
        let (text, literal): (Cow<'static, str>, _) = match self.text()? {
            Json::Literal(literal) => (literal.text.into(), Some(literal.written)),
            Json::Text(text) => (text, None),
            _ => unreachable!("a text is read"),
        };
        self.blanks();
        if self.peek() != Some(b':') {
            return self.unexpected("after object key");
        }
        self.at += 1;
        if let Some(Open::Object { key, written, .. }) = self.open.last_mut() {
            written.extend(literal.map(|literal| (text.clone().into_owned(), literal)));
            *key = text;
        }
        Ok(())
    }

    fn word(
        &mut self,
        word: &str,
        places: &[&'static str],
        value: Json<'static>,
    ) -> Result<Json<'static>, SyntaxError> {
        for (expected, place) in word.bytes().zip(places) {
            if self.peek() != Some(expected) {
                return self.unexpected_here(place);
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Json<'static>, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.unexpected_here("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.unexpected_here("after decimal point in numeric literal");
            }
            self.digits();
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.unexpected_here("in exponent of numeric literal");
            }
            self.digits();
        }
        let number = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        Ok(Json::Number(number.into()))
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn text(&mut self) -> Result<Json<'static>, SyntaxError> {
        let start = self.at;
        let mut text = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut text)?,
                Some(byte @ 0x20..) => {
                    text.push(byte);
                    self.at += 1;
                }
                Some(_) => return self.unexpected_here("in string literal"),
                None => return Err(SyntaxError { offset: self.at, kind: Kind::End }),
            }
        }
        self.at += 1;
        let text = lossy(text);
        let written = &self.bytes[start..self.at];
        let mut usual = String::with_capacity(written.len());
        quote(&mut usual, &text);
        Ok(if usual.as_bytes() == written {
            Json::Text(text.into())
        } else {
            Json::Literal(Box::new(Literal { text, written: written.to_owned() }))
        })
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), SyntaxError> {
        self.at += 1;
        let byte = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hexadecimal()?;
                let character = match first {
                    0xD800..0xDC00 => self.second_half(first),
                    _ => char::from_u32(first),
                };
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return self.unexpected_here("in string escape code"),
        };
        text.push(byte);
        self.at += 1;
        Ok(())
    }

    /// The rest of a pair of escapes, if there is one.
    fn second_half(&mut self, first: u32) -> Option<char> {
        let digits = self.bytes[self.at..].strip_prefix(b"\\u")?.get(..4)?;
        let second = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if !(0xDC00..0xE000).contains(&second) {
            return None;
        }
        self.at += 6;
        char::from_u32(0x1_0000 + ((first - 0xD800) << 10 | (second - 0xDC00)))
    }

    fn hexadecimal(&mut self) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek().and_then(|byte| char::from(byte).to_digit(16)) {
                Some(digit) => code = code << 4 | digit,
                None => return self.unexpected_here("in \\u hexadecimal character escape"),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Between values the end is named as such.
    fn unexpected<T>(&self, place: &'static str) -> Result<T, SyntaxError> {
        let kind = self.peek().map_or(Kind::End, |found| Kind::Unexpected { found, place });
        Err(SyntaxError { offset: self.at, kind })
    }

    /// Within a value the end counts as a blank.
    fn unexpected_here<T>(&self, place: &'static str) -> Result<T, SyntaxError> {
        let found = self.peek().unwrap_or(b' ');
        Err(SyntaxError { offset: self.at, kind: Kind::Unexpected { found, place } })
    }
}

const WORD_TRUE: &[&str] = &[
    "looking for beginning of value",
    "in literal true (expecting 'r')",
    "in literal true (expecting 'u')",
    "in literal true (expecting 'e')",
];
const WORD_FALSE: &[&str] = &[
    "looking for beginning of value",
    "in literal false (expecting 'a')",
    "in literal false (expecting 'l')",
    "in literal false (expecting 's')",
    "in literal false (expecting 'e')",
];
const WORD_NULL: &[&str] = &[
    "looking for beginning of value",
    "in literal null (expecting 'u')",
    "in literal null (expecting 'l')",
    "in literal null (expecting 'l')",
];

/// UTF-8 text; each byte that belongs to none becomes a replacement character.
pub(super) fn lossy(bytes: Vec<u8>) -> String {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return text,
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// Writes a text in quotes, with what HTML would misread escaped.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut clean = 0;
    for (at, character) in text.char_indices().filter(|&(_, character)| escaped(character)) {
        out.push_str(&text[clean..at]);
        clean = at + character.len_utf8();
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            _ => push_code(out, character),
        }
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

fn escaped(character: char) -> bool {
    matches!(character, '\0'..='\x1F' | '"' | '\\' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}')
}

fn push_code(out: &mut String, character: char) {
    out.push_str("\\u");
    let code = u32::from(character);
    for shift in [12, 8, 4, 0] {
        out.push(char::from(b"0123456789abcdef"[(code >> shift & 15) as usize]));
    }
}

/// A literal as it is after it was written once.
pub(super) fn escape_for_html(literal: &Literal) -> Json<'static> {
    let written = html_escaped(&literal.written);
    let mut usual = String::with_capacity(written.len());
    quote(&mut usual, &literal.text);
    if usual.as_bytes() == written {
        return Json::Text(literal.text.clone().into());
    }
    Json::Literal(Box::new(Literal { text: literal.text.clone(), written }))
}

/// The same for the bytes of a literal.
pub(super) fn html_escaped(written: &[u8]) -> Vec<u8> {
    let special = |character: char| matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}');
    match std::str::from_utf8(written) {
        Ok(text) if text.contains(special) => {
            let mut out = String::with_capacity(text.len() + 10);
            for character in text.chars() {
                if special(character) {
                    push_code(&mut out, character);
                } else {
                    out.push(character);
                }
            }
            out.into_bytes()
        }
        _ => written.to_owned(),
    }
}

/// Writes a value as compact JSON.
pub(super) fn write(document: &Document<'_>, top: Id) -> Vec<u8> {
    enum Step<'d> {
        Value(Id),
        /// A key of an object.
        Key(Id, &'d str),
        Mark(u8),
    }
    let mut out = Vec::new();
    let mut steps = vec![Step::Value(top)];
    while let Some(step) = steps.pop() {
        let id = match step {
            Step::Mark(mark) => {
                out.push(mark);
                continue;
            }
            Step::Key(object, key) => {
                write_key(&mut out, document.get(object), key);
                continue;
            }
            Step::Value(id) => id,
        };
        match document.get(id) {
            Json::Null(_) => out.extend_from_slice(b"null"),
            Json::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Json::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Json::Number(number) => out.extend_from_slice(number.as_bytes()),
            Json::Text(text) => write_text(&mut out, text),
            Json::Literal(literal) => out.extend_from_slice(&literal.written),
            Json::List(items) => {
                out.push(b'[');
                steps.push(Step::Mark(b']'));
                for (at, &item) in items.iter().enumerate().rev() {
                    steps.push(Step::Value(item));
                    if at > 0 {
                        steps.push(Step::Mark(b','));
                    }
                }
            }
            object @ (Json::Object(_) | Json::Written(_)) => {
                out.push(b'{');
                steps.push(Step::Mark(b'}'));
                for (at, (key, value)) in object.members().map_or(&[][..], Vec::as_slice).iter().enumerate().rev() {
                    steps.extend([Step::Value(*value), Step::Mark(b':'), Step::Key(id, key)]);
                    if at > 0 {
                        steps.push(Step::Mark(b','));
                    }
                }
            }
        }
    }
    out
}

fn write_key(out: &mut Vec<u8>, object: &Json<'_>, key: &str) {
    let literal = match object {
        Json::Written(written) => written.keys.iter().find(|(known, _)| known == key),
        _ => None,
    };
    match literal {
        Some((_, literal)) => out.extend_from_slice(literal),
        None => write_text(out, key),
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let mut quoted = String::with_capacity(text.len() + 8);
    quote(&mut quoted, text);
    out.extend_from_slice(quoted.as_bytes());
}

/// A float as JSON: decimal unless very small or large; nothing for what JSON cannot say.
pub(super) fn float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let size = value.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return Some(value.to_string());
    }
    let text = format!("{value:e}");
    Some(if size >= 1e21 { text.replace('e', "e+") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_were_read() {
        for json in [r#"{"a":[1,-0.5e3,"x\ny"],"b":{"c":null,"d":true}}"#, "[]", "{}", "[[],{}]", r#""\u003c""#, "null"]
        {
            let document = parse(json.as_bytes()).unwrap();
            assert_eq!(lossy(write(&document, document.root)), json);
        }
    }

    #[test]
    fn floats_are_decimal_unless_very_small_or_large() {
        let cases =
            [(1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"), (1e-7, "1e-7"), (-0.0, "-0")];
        for (value, text) in cases {
            assert_eq!(float(value).as_deref(), Some(text));
        }
        assert_eq!(float(f64::NAN), None);
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth| [b"[".repeat(depth), b"]".repeat(depth)].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(
            parse(&nested(MAX_DEPTH + 1)).err().map(|error| error.to_string()).as_deref(),
            Some("exceeded max depth")
        );
    }
}
