//! Base64 as `!!binary` has it: the standard alphabet with padding, line ends ignored.

/// The bytes, or nothing if the text is not base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = 0_u32;
    let mut digits = 0;
    let mut padding = 0;
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        let value = match byte {
            b'=' if digits >= 2 && digits + padding < 4 => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        group = group << 6 | u32::from(value);
        digits += 1;
        if digits == 4 {
            bytes.extend_from_slice(&group.to_be_bytes()[1..]);
            group = 0;
            digits = 0;
        }
    }
    match (digits, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((group >> 4) as u8),
        (3, 1) => bytes.extend_from_slice(&((group >> 2) as u16).to_be_bytes()),
        _ => return None,
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_what_is_whole() {
        assert_eq!(decode(""), Some(vec![]));
        assert_eq!(decode("aGk="), Some(b"hi".to_vec()));
        assert_eq!(decode("aG\nkh\r\n"), Some(b"hi!".to_vec()));
        assert_eq!(decode("aA=="), Some(b"h".to_vec()));
        for bad in ["a", "aG", "aGk", "aGk==", "aGk=a", "=", "aG k", "aGk=====", "====", "a==="] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
