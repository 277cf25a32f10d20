//! Tokens, identifiers and secrets that are plain random texts.

use zeroize::Zeroizing;

use crate::base64;
use crate::random::{Error, Random};

/// Length of cluster id, cluster secret and encryption secrets before base64, in bytes.
pub const SECRET_BYTES: usize = 32;

/// Draws a token: 6 characters, `.`, 16 characters, each of `0-9a-z` with the same chance.
///
/// # Errors
/// [`Error`] if the random source failed.
pub fn generate_token(random: &mut dyn Random) -> Result<String, Error> {
    let mut token = String::with_capacity(23);
    // One draw is nearly always enough for both halves: 4 of 256 values are passed over.
    let mut drawn = Zeroizing::new([0; 32]);
    let mut left = drawn.len();
    while token.len() < 23 {
        if token.len() == 6 {
            token.push('.');
        }
        if left == drawn.len() {
            random.fill(&mut *drawn)?;
            left = 0;
        }
        let byte = drawn[left];
        left += 1;
        if byte < EVEN_VALUES {
            token.push(char::from(CHARACTERS[usize::from(byte) % CHARACTERS.len()]));
        }
    }
    Ok(token)
}

/// Draws a secret: 32 bytes in standard base64 (44 characters).
///
/// # Errors
/// [`Error`] if the random source failed.
pub fn generate_secret(random: &mut dyn Random) -> Result<String, Error> {
    draw(random).map(|bytes| base64::encode(&*bytes))
}

/// Draws a cluster id: 32 bytes in base64 for URLs (44 characters).
///
/// # Errors
/// [`Error`] if the random source failed.
pub fn generate_cluster_id(random: &mut dyn Random) -> Result<String, Error> {
    draw(random).map(|bytes| base64::encode_url(&*bytes))
}

fn draw(random: &mut dyn Random) -> Result<Zeroizing<[u8; SECRET_BYTES]>, Error> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    random.fill(&mut *bytes)?;
    Ok(bytes)
}

const CHARACTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// The largest multiple of 36 a byte can hold: higher values would make some characters likelier than others.
const EVEN_VALUES: u8 = 252;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte value in turn.
    struct Counter(u8);

    impl Random for Counter {
        fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
            for byte in buffer {
                *byte = self.0;
                self.0 = self.0.wrapping_add(1);
            }
            Ok(())
        }
    }

    #[test]
    fn tokens_have_their_form() {
        assert_eq!(generate_token(&mut Counter(0)).unwrap(), "012345.6789abcdefghijkl");
        // 250 and 251 are taken, 252 to 255 passed over.
        assert_eq!(generate_token(&mut Counter(250)).unwrap(), "yz0123.456789abcdefghij");
    }

    #[test]
    fn secrets_use_two_alphabets() {
        let mut high = Counter(0xfb);
        assert_eq!(&generate_secret(&mut high).unwrap()[..4], "+/z9");
        assert_eq!(&generate_cluster_id(&mut Counter(0xfb)).unwrap()[..4], "-_z9");
        assert_eq!(generate_secret(&mut Counter(0)).unwrap().len(), 44);
    }
}
