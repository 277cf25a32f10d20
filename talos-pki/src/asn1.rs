//! A small DER reader that says what is wrong in the words of the reference.
//!
//! It reads private keys and looks at certificates and requests before the parser does. Everything else goes through the
//! DER crates.

/// Tags of universal types, as they stand in the first byte.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const T61_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, the attributes of a request.
    pub(crate) const ATTRIBUTES: u8 = 0xa0;
}

/// Reads one value after the other.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'d> {
    bytes: &'d [u8],
    position: usize,
}

/// A value of any type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'d> {
    pub(crate) tag: u8,
    /// The bytes after tag and length.
    pub(crate) content: &'d [u8],
    /// Tag, length and content.
    pub(crate) whole: &'d [u8],
}

impl<'d> Reader<'d> {
    pub(crate) fn new(bytes: &'d [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The first byte of the next value.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// What was not read yet.
    pub(crate) fn rest(&self) -> &'d [u8] {
        &self.bytes[self.position..]
    }

    /// Reads any value.
    pub(crate) fn any(&mut self) -> Result<Value<'d>, String> {
        let start = self.position;
        let header = self.header()?;
        self.finish(start, header)
    }

    /// Reads a value of one type; `go_type` is the name the reference gives the target in its message.
    pub(crate) fn expect(&mut self, tag: u8, go_type: &str) -> Result<&'d [u8], String> {
        let start = self.position;
        let header = self.header()?;
        if header.first != tag {
            return Err(header.mismatch(tag, go_type, self.position));
        }
        Ok(self.finish(start, header)?.content)
    }

    /// Reads an integer that fits 64 bits.
    pub(crate) fn small_integer(&mut self) -> Result<i64, String> {
        let bytes = self.integer("int")?;
        if bytes.len() > 8 {
            return Err("asn1: structure error: integer too large".to_owned());
        }
        let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
        Ok(bytes.iter().fold(sign, |value, &byte| value << 8 | i64::from(byte)))
    }

    /// Reads an integer of any size, as it is encoded.
    pub(crate) fn integer(&mut self, go_type: &str) -> Result<&'d [u8], String> {
        let bytes = self.expect(tag::INTEGER, go_type)?;
        match bytes {
            [] => Err("asn1: structure error: empty integer".to_owned()),
            [0, next, ..] if next & 0x80 == 0 => Err(NOT_MINIMAL.to_owned()),
            [0xff, next, ..] if next & 0x80 != 0 => Err(NOT_MINIMAL.to_owned()),
            _ => Ok(bytes),
        }
    }

    /// Reads an optional value that is wrapped in a context tag: `None` if the next value is not so wrapped or another
    /// one is inside. The outer length is not looked at.
    pub(crate) fn optional_explicit(&mut self, outer: u8, inner: u8) -> Result<Option<&'d [u8]>, String> {
        if self.is_at_end() {
            return Ok(None);
        }
        let before = self.position;
        let wrapper = self.header()?;
        if self.is_at_end() {
            return Err("asn1: structure error: explicit tag has no child".to_owned());
        }
        if wrapper.first != outer {
            self.position = before;
            return Ok(None);
        }
        if wrapper.length == 0 {
            return Err("asn1: structure error: zero length explicit tag was not an asn1.Flag".to_owned());
        }
        let start = self.position;
        let header = self.header()?;
        if header.first != inner {
            self.position = before;
            return Ok(None);
        }
        Ok(Some(self.finish(start, header)?.content))
    }

    fn header(&mut self) -> Result<Header, String> {
        let Some(first) = self.next_byte() else {
            return Err("asn1: syntax error: sequence truncated".to_owned());
        };
        let mut number = u32::from(first & 0x1f);
        if number == 0x1f {
            number = self.long_tag()?;
        }
        let truncated = || "asn1: syntax error: truncated tag or length".to_owned();
        let length = match self.next_byte().ok_or_else(truncated)? {
            short @ 0..=0x7f => usize::from(short),
            0x80 => return Err("asn1: syntax error: indefinite length found (not DER)".to_owned()),
            long => {
                let mut length = 0usize;
                for _ in 0..long & 0x7f {
                    let byte = self.next_byte().ok_or_else(truncated)?;
                    if length >= 1 << 23 {
                        return Err("asn1: structure error: length too large".to_owned());
                    }
                    length = length << 8 | usize::from(byte);
                    if length == 0 {
                        return Err("asn1: structure error: superfluous leading zeros in length".to_owned());
                    }
                }
                if length < 0x80 {
                    return Err("asn1: structure error: non-minimal length".to_owned());
                }
                length
            }
        };
        Ok(Header { first, number, length })
    }

    fn long_tag(&mut self) -> Result<u32, String> {
        let mut number = 0u64;
        for count in 0..5 {
            let Some(byte) = self.next_byte() else {
                return Err("asn1: syntax error: truncated base 128 integer".to_owned());
            };
            if count == 0 && byte == 0x80 {
                return Err("asn1: syntax error: integer is not minimally encoded".to_owned());
            }
            number = number << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return match u32::try_from(number) {
                    Ok(0..0x1f) => Err("asn1: syntax error: non-minimal tag".to_owned()),
                    Ok(number) if i32::try_from(number).is_ok() => Ok(number),
                    _ => Err("asn1: structure error: base 128 integer too large".to_owned()),
                };
            }
        }
        let text = match self.peek() {
            Some(_) => "asn1: structure error: base 128 integer too large",
            None => "asn1: syntax error: truncated base 128 integer",
        };
        Err(text.to_owned())
    }

    fn finish(&mut self, start: usize, header: Header) -> Result<Value<'d>, String> {
        let end = self.position.checked_add(header.length).filter(|&end| end <= self.bytes.len());
        let Some(end) = end else { return Err("asn1: syntax error: data truncated".to_owned()) };
        let value =
            Value { tag: header.first, content: &self.bytes[self.position..end], whole: &self.bytes[start..end] };
        self.position = end;
        Ok(value)
    }

    fn next_byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.position += 1;
        Some(byte)
    }
}

const NOT_MINIMAL: &str = "asn1: structure error: integer not minimally-encoded";

struct Header {
    first: u8,
    number: u32,
    length: usize,
}

impl Header {
    fn mismatch(&self, expected: u8, go_type: &str, position: usize) -> String {
        format!(
            "asn1: structure error: tags don't match ({} vs {{class:{} tag:{} length:{} isCompound:{}}}) \
             {{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 \
             timeType:0 set:false omitEmpty:false}} {go_type} @{position}",
            expected & 0x1f,
            self.first >> 6,
            self.number,
            self.length,
            self.first & 0x20 != 0,
        )
    }
}

/// Whether bytes are an object identifier.
pub(crate) fn is_object_identifier(content: &[u8]) -> bool {
    dotted(content).is_ok()
}

/// Reads an object identifier into its dotted form.
pub(crate) fn dotted(content: &[u8]) -> Result<String, String> {
    use std::fmt::Write as _;
    if content.is_empty() {
        return Err("asn1: syntax error: zero length OBJECT IDENTIFIER".to_owned());
    }
    let mut text = String::new();
    let mut rest = content;
    while !rest.is_empty() {
        let mut arc = 0u64;
        let mut length = 0;
        loop {
            let Some(&byte) = rest.get(length) else {
                return Err("asn1: syntax error: truncated base 128 integer".to_owned());
            };
            if length == 5 {
                return Err("asn1: structure error: base 128 integer too large".to_owned());
            }
            if length == 0 && byte == 0x80 {
                return Err("asn1: syntax error: integer is not minimally encoded".to_owned());
            }
            arc = arc << 7 | u64::from(byte & 0x7f);
            length += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        if arc > i32::MAX as u64 {
            return Err("asn1: structure error: base 128 integer too large".to_owned());
        }
        rest = &rest[length..];
        let written = match (text.is_empty(), arc) {
            (true, 0..80) => write!(text, "{}.{}", arc / 40, arc % 40),
            (true, _) => write!(text, "2.{}", arc - 80),
            (false, _) => write!(text, ".{arc}"),
        };
        written.expect("a text takes any character");
    }
    Ok(text)
}
