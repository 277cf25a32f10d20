//! WireGuard keys: 32 bytes in standard base64.

use talos_pki::base64;

use talos_config_yaml::decode::go_quote;

/// Length of a key in bytes.
const LENGTH: usize = 32;

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// The text is not base64.
    #[error(transparent)]
    Base64(#[from] base64::Error),
    /// There are too few bytes, or too many.
    #[error("wrong key {} length: {length}", go_quote(.text))]
    Length {
        /// The text.
        text: String,
        /// Number of bytes.
        length: usize,
    },
}

/// Reads a key and forgets it.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    match base64::decode(text)?.len() {
        LENGTH => Ok(()),
        length => Err(Error::Length { text: text.to_owned(), length }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_32_bytes() {
        assert_eq!(check("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="), Ok(()));
        for (text, expected) in [
            ("", "wrong key \"\" length: 0"),
            ("YWJj", "wrong key \"YWJj\" length: 3"),
            ("@@", "illegal base64 data at input byte 0"),
            ("YWJ", "illegal base64 data at input byte 0"),
        ] {
            assert_eq!(check(text).unwrap_err().to_string(), expected, "{text}");
        }
    }
}
