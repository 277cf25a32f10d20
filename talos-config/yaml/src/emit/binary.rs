//! Base64 as the tag `!!binary` has it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Characters of one line where the text takes several.
const LINE: usize = 70;

/// Standard base64 with padding, in one piece.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|at| u32::from(group.get(at).copied().unwrap_or_default()));
        let joined = first << 16 | second << 8 | third;
        for place in 0..4 {
            let sextet = (joined >> (18 - 6 * place) & 63) as usize;
            out.push(if place <= group.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    out
}

/// Base64 that ends each line after 70 characters, unless there are fewer than 70.
pub(super) fn base64_lines(bytes: &[u8]) -> String {
    let whole = base64(bytes);
    if whole.len() < LINE {
        return whole;
    }
    let mut out = String::with_capacity(whole.len() + whole.len() / LINE + 1);
    let mut rest = whole.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LINE.min(rest.len()));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_are_padded_and_lines_end() {
        let cases: [(&[u8], &str); 5] =
            [(b"", ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v"), (b"\xff\xfe\xfd", "//79")];
        for (bytes, text) in cases {
            assert_eq!(super::base64(bytes), text);
        }
        assert_eq!(super::base64_lines(&[0; 51]).matches('\n').count(), 0);
        assert_eq!(super::base64_lines(&[0; 54]).lines().map(str::len).collect::<Vec<_>>(), [70, 2]);
    }
}
