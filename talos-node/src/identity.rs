//! Who a machine is: an identity that lasts, and what follows from it.

use sha2::{Digest, Sha256};

/// 26 capitals, 26 small letters, 10 digits.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Writes bytes as text, five or six bits for each symbol.
///
/// Symbols are taken from the low end of the bytes, read as one number. Six bits do not fit into 62 symbols: whenever the
/// lowest bits would give a symbol beyond the end, only five of them are taken.
///
/// Source: `jxskiss/base62`, which the reference names its nodes with.
pub fn base62(bytes: &[u8]) -> String {
    let bit = |place: usize| {
        let byte = bytes[bytes.len() - 1 - place / 8];
        byte >> (place % 8) & 1
    };
    let (total, mut place) = (bytes.len() * 8, 0);
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    while place < total {
        let take = (total - place).min(6);
        let mut symbol = (0..take).fold(0, |symbol, offset| symbol | bit(place + offset) << offset);
        place += take;
        if take == 6 && symbol & 0b1_1110 == 0b1_1110 {
            symbol &= 0b1_1111;
            place -= 1;
        }
        text.push(char::from(ALPHABET[usize::from(symbol)]));
    }
    text
}

/// The bytes behind a text made by [`base62`]; `None` for other texts.
pub fn from_base62(text: &str) -> Option<Vec<u8>> {
    let mut bits: Vec<u8> = Vec::with_capacity(text.len() * 6);
    let last = text.len().checked_sub(1)?;
    for (position, letter) in text.bytes().enumerate() {
        let symbol = u8::try_from(ALPHABET.iter().position(|known| *known == letter)?).ok()?;
        let count = match symbol {
            // The number ends with its highest bit; what is missing to whole bytes is filled up below.
            _ if position == last => 8 - symbol.leading_zeros() as usize,
            30 | 31 => 5,
            _ => 6,
        };
        bits.extend((0..count).map(|offset| symbol >> offset & 1));
    }
    let mut bytes: Vec<u8> =
        bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit)).collect();
    bytes.reverse();
    Some(bytes)
}

/// The identity that programs on the machine know it by: 32 digits.
///
/// `None` when the node id is none.
pub fn machine_id(node_id: &str) -> Option<String> {
    let bytes = from_base62(node_id)?;
    // Leading zeros are lost in the text; a node id stands for 32 bytes.
    let mut whole = vec![0; 32_usize.checked_sub(bytes.len())?];
    whole.extend(bytes);
    Some(whole[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A name that lasts as long as the identity: `talos-hwz-sw5`.
pub fn stable_hostname(node_id: &str) -> String {
    let digest = Sha256::digest(node_id.as_bytes());
    let mut number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize]);
        number /= 36;
    }
    // Fewer than seven digits happen once in 2⁶⁴ ÷ 36⁶, and leave the name short.
    let digit = |place: usize| digits.len().checked_sub(place + 1).map(|at| char::from(digits[at]));
    let part = |places: std::ops::Range<usize>| places.filter_map(digit).collect::<String>();
    format!("talos-{}-{}", part(1..4), part(4..7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_those_of_the_reference() {
        for (node_id, expected) in [
            ("sou7yy34ykX3n373Zw1DXKb8zD7UnyKT6HT3QDsGH6L", "be871ac0d0dd31fa4caca753b0f3f1b2"),
            ("gvqfS27LxD58lPlASmpaueeRVzuof16iXoieRgEvBWaE", "8d2c0de2408fa2a178bad7f45d9aa8fb"),
        ] {
            assert_eq!(machine_id(node_id).as_deref(), Some(expected));
            assert_eq!(base62(&from_base62(node_id).unwrap()), node_id);
        }
        assert_eq!(machine_id("not a node id"), None);
        assert_eq!(machine_id(""), None);
    }

    #[test]
    fn hostnames_are_those_of_the_reference() {
        assert_eq!(stable_hostname("fGdOI05hVrx3YMagLo0Bwxa2Nm9BAswWm8XLeEj0aS4"), "talos-hwz-sw5");
    }

    #[test]
    fn texts_read_back() {
        let mut state = 1_u64;
        for round in 0..1000 {
            let mut bytes: Vec<u8> = Vec::new();
            for _ in 0..32 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                bytes.push((state >> 56) as u8 | if round % 3 == 0 { 0b1_1110 } else { 0 });
            }
            // A leading zero is lost; a node id has none that matters.
            bytes[0] |= 1;
            let text = base62(&bytes);
            assert!((43..=52).contains(&text.len()), "{text}");
            assert_eq!(from_base62(&text), Some(bytes));
        }
    }
}
