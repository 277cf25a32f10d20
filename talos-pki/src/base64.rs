//! Base64 with the reading rules of the reference.
//!
//! Padding is required, line ends inside the text are skipped, surplus bits of the last character are not looked at.
//! Positions in errors count every input byte, line ends included.

/// Text that is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("illegal base64 data at input byte {position}")]
pub struct Error {
    /// Offset of the first byte that cannot stand there, from 0.
    pub position: usize,
}

/// Writes bytes in the standard alphabet, with padding, on one line.
///
/// ```
/// assert_eq!(talos_pki::base64::encode(b"talos"), "dGFsb3M=");
/// ```
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::new();
    encode_to(bytes, &mut text);
    text
}

/// Writes bytes in the alphabet for URLs (`-` and `_` for `+` and `/`), with padding.
pub fn encode_url(bytes: &[u8]) -> String {
    let mut text = String::new();
    append(bytes, URL_ALPHABET, &mut text);
    text
}

/// Appends bytes in the standard alphabet, with padding, to a text.
pub fn encode_to(bytes: &[u8], text: &mut String) {
    append(bytes, STANDARD_ALPHABET, text);
}

/// Reads the standard alphabet.
///
/// ```
/// use talos_pki::base64;
///
/// assert_eq!(base64::decode("dGFs\nb3M=").unwrap(), b"talos");
/// assert_eq!(base64::decode("dGFs*").unwrap_err().to_string(), "illegal base64 data at input byte 4");
/// ```
///
/// # Errors
/// [`Error`] with the position of the first byte that cannot stand there, or the end of the text if padding is missing.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
    read(text.as_ref(), &STANDARD_VALUES)
}

/// Reads the alphabet for URLs.
///
/// # Errors
/// As [`decode`].
pub fn decode_url(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Error> {
    read(text.as_ref(), &URL_VALUES)
}

fn append(bytes: &[u8], alphabet: &[u8; 64], text: &mut String) {
    text.reserve(bytes.len().div_ceil(3) * 4);
    let character = |bits: u32, shift: u32| char::from(alphabet[(bits >> shift & 63) as usize]);
    // Blocks of whole groups go through a small buffer, so that the text grows by slices and not by characters.
    let mut block = [0u8; 256];
    let mut groups = bytes.chunks_exact(3);
    loop {
        let mut used = 0;
        for (out, group) in block.chunks_exact_mut(4).zip(&mut groups) {
            let bits = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
            out[0] = alphabet[(bits >> 18) as usize];
            out[1] = alphabet[(bits >> 12 & 63) as usize];
            out[2] = alphabet[(bits >> 6 & 63) as usize];
            out[3] = alphabet[(bits & 63) as usize];
            used += 4;
        }
        text.push_str(std::str::from_utf8(&block[..used]).expect("the alphabet is ASCII"));
        if used < block.len() {
            break;
        }
    }
    match *groups.remainder() {
        [a] => {
            let bits = u32::from(a) << 16;
            text.extend([character(bits, 18), character(bits, 12), '=', '=']);
        }
        [a, b] => {
            let bits = u32::from(a) << 16 | u32::from(b) << 8;
            text.extend([character(bits, 18), character(bits, 12), character(bits, 6), '=']);
        }
        _ => {}
    }
    zeroize::Zeroize::zeroize(&mut block);
}

fn read(text: &[u8], values: &[u8; 256]) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let mut position = 0;
    // Undisturbed groups first; the one that holds padding, a line end or a mistake is looked at character by character.
    loop {
        for group in text[position..].chunks_exact(4) {
            let [a, b, c, d] = [group[0], group[1], group[2], group[3]].map(|byte| values[usize::from(byte)]);
            if (a | b | c | d) & NOT_IN_ALPHABET != 0 {
                break;
            }
            bytes.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            position += 4;
        }
        if position == text.len() {
            return Ok(bytes);
        }
        position = read_group(text, position, values, &mut bytes)?;
    }
}

/// Reads one group that may hold line ends and padding, and gives the position after it.
fn read_group(text: &[u8], start: usize, values: &[u8; 256], bytes: &mut Vec<u8>) -> Result<usize, Error> {
    let mut group = [0u8; 4];
    let mut filled = 0;
    let mut position = start;
    while filled < 4 {
        let Some(&byte) = text.get(position) else {
            return if filled == 0 { Ok(position) } else { Err(Error { position: position - filled }) };
        };
        position += 1;
        match (values[usize::from(byte)], byte) {
            (value @ 0..64, _) => {
                group[filled] = value;
                filled += 1;
            }
            (_, b'\n' | b'\r') => {}
            (_, b'=') if filled >= 2 => {
                if filled == 2 {
                    position = skip_line_ends(text, position);
                    match text.get(position) {
                        None => return Err(Error { position: text.len() }),
                        Some(b'=') => position += 1,
                        Some(_) => return Err(Error { position: position - 1 }),
                    }
                }
                position = skip_line_ends(text, position);
                if position < text.len() {
                    return Err(Error { position });
                }
                break;
            }
            _ => return Err(Error { position: position - 1 }),
        }
    }
    let [a, b, c, d] = group;
    let whole = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    bytes.extend_from_slice(&whole[..filled - 1]);
    Ok(position)
}

fn skip_line_ends(text: &[u8], position: usize) -> usize {
    position + text[position..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count()
}

const STANDARD_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const NOT_IN_ALPHABET: u8 = 0x80;
static STANDARD_VALUES: [u8; 256] = values_of(STANDARD_ALPHABET);
static URL_VALUES: [u8; 256] = values_of(URL_ALPHABET);

const fn values_of(alphabet: &[u8; 64]) -> [u8; 256] {
    let mut values = [NOT_IN_ALPHABET; 256];
    let mut value = 0;
    while value < 64 {
        values[alphabet[value as usize] as usize] = value;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_in_both_directions() {
        // RFC 4648 §10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn the_alphabets_differ_in_two_characters() {
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        assert_eq!(encode_url(&[0xfb, 0xff]), "-_8=");
        assert_eq!(decode_url("-_8=").unwrap(), [0xfb, 0xff]);
        assert_eq!(decode("-_8="), Err(Error { position: 0 }));
    }

    #[test]
    fn long_texts_survive() {
        for length in [63, 64, 191, 192, 193, 194, 384, 1000] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 7) as u8).collect();
            assert_eq!(decode(encode(&bytes)).unwrap(), bytes, "{length}");
        }
    }

    #[test]
    fn line_ends_are_skipped_anywhere() {
        assert_eq!(decode("\r\nZ\ng\r=\n=\n\n").unwrap(), b"f");
        assert_eq!(decode("\n\r").unwrap(), b"");
    }

    #[test]
    fn surplus_bits_are_ignored() {
        assert_eq!(decode("Zh==").unwrap(), b"f");
    }

    #[test]
    fn positions_of_mistakes() {
        for (text, position) in [
            ("*", 0),
            ("Zm9vZ", 4),
            ("Zm9vZg", 4),
            ("Zm9vZg=", 7),
            ("Zm9vZg=\nx", 7),
            ("Zg==Zg==", 4),
            ("Zm8=\nx", 5),
            ("=Zm8", 0),
            ("Z===", 1),
            ("Zm 9", 2),
            ("Z\nm", 1),
        ] {
            assert_eq!(decode(text), Err(Error { position }), "{text:?}");
        }
    }
}
