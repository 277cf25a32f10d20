use std::fmt::Write;

/// Writes `text` between double quotes with Go's escapes (`%q` of a string).
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        push_escaped(&mut out, character, '"');
    }
    out.push('"');
    out
}

/// Writes one byte of a command line between single quotes (`%q` of a byte).
pub fn quote_byte(byte: u8) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, char::from(byte), '\'');
    out.push('\'');
    out
}

/// Writes a list as `["a" "b c"]` (`%q` of a string list).
pub fn quote_list<T: AsRef<str>>(list: &[T]) -> String {
    let mut out = String::from("[");
    for (index, text) in list.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(&quote(text.as_ref()));
    }
    out.push(']');
    out
}

fn push_escaped(out: &mut String, character: char, mark: char) {
    let short = match character {
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\x0c' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\x0b' => "\\v",
        '\\' => "\\\\",
        _ if character == mark => {
            out.push('\\');
            out.push(mark);
            return;
        }
        _ if printable(character) => {
            out.push(character);
            return;
        }
        _ => "",
    };
    out.push_str(short);
    if short.is_empty() {
        let code = u32::from(character);
        let written = match code {
            0..0x80 => write!(out, "\\x{code:02x}"),
            0x80..0x1_0000 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
        written.expect("a string takes every text");
    }
}

/// True for letters, marks, numbers, punctuation, symbols and the ASCII blank.
fn printable(character: char) -> bool {
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    // The standard library escapes exactly the characters outside those classes, and marks only at the start of a text.
    let mut buffer = [0; 5];
    buffer[0] = b'a';
    let length = character.encode_utf8(&mut buffer[1..]).len();
    let text = str::from_utf8(&buffer[..=length]).expect("an encoded character is UTF-8");
    text.escape_debug().nth(1) == Some(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_does() {
        for (text, want) in [
            ("", r#""""#),
            ("a b", r#""a b""#),
            ("say \"hi\" \\", r#""say \"hi\" \\""#),
            ("\0\x07\x08\x0c\n\r\t\x0b\x7f", r#""\x00\a\b\f\n\r\t\v\x7f""#),
            ("é 日本 \u{301}", "\"é 日本 \u{301}\""),
            ("\u{a0}\u{2028}\u{feff}", r#""\u00a0\u2028\ufeff""#),
            ("\u{e0001}'", r#""\U000e0001'""#),
        ] {
            assert_eq!(quote(text), want);
        }
    }

    #[test]
    fn bytes_and_lists_are_quoted() {
        assert_eq!(quote_byte(b'x'), "'x'");
        assert_eq!(quote_byte(b'\''), r"'\''");
        assert_eq!(quote_byte(0xc3), "'Ã'");
        assert_eq!(quote_byte(0x80), r"'\u0080'");
        assert_eq!(quote_list(&["a", "b c"]), r#"["a" "b c"]"#);
        assert_eq!(quote_list::<&str>(&[]), "[]");
    }
}
