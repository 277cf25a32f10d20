//! Names and values of Kubernetes labels.

use talos_config_yaml::decode::go_quote;

/// Longest prefix of a label's name, in bytes.
const LONGEST_PREFIX: usize = 253;
/// Longest name after the prefix, and longest value, in bytes.
const LONGEST_NAME: usize = 63;

/// Why a text is not the name or the value of a label.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// A name has more than one slash.
    #[error("invalid format: too many slashes: {}", go_quote(.0))]
    Slashes(String),
    /// Nothing stands before the slash.
    #[error("prefix cannot be empty: {}", go_quote(.0))]
    EmptyPrefix(String),
    /// The part before the slash is longer than a domain name may be.
    #[error("prefix {quoted} is invalid: domain name length exceeds limit of 253: {quoted}", quoted = go_quote(.0))]
    LongPrefix(String),
    /// The part before the slash is not a domain name.
    #[error("prefix {quoted} is invalid: domain doesn't match required format: {quoted}", quoted = go_quote(.0))]
    Prefix(String),
    /// Nothing stands after the slash, or there is nothing at all.
    #[error("name cannot be empty: {}", go_quote(.0))]
    EmptyName(String),
    /// The part after the slash is too long.
    #[error("name is too long: {} (limit is 63)", go_quote(.0))]
    LongName(String),
    /// The part after the slash has a letter that it may not have.
    #[error("name {} is invalid", go_quote(.0))]
    Name(String),
    /// A value is too long.
    #[error("label value length exceeds limit of 63: {}", go_quote(.0))]
    LongValue(String),
    /// A value has a letter that it may not have.
    #[error("label value {} is invalid", go_quote(.0))]
    Value(String),
}

/// A name, such as `example.org/zone`: an optional prefix that is a domain, a slash, and up to 63 bytes.
pub(crate) fn check_name(text: &str) -> Result<(), Error> {
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => return Err(Error::Slashes(text.to_owned())),
        Some(("", _)) => return Err(Error::EmptyPrefix(text.to_owned())),
        Some((prefix, _)) if prefix.len() > LONGEST_PREFIX => return Err(Error::LongPrefix(prefix.to_owned())),
        Some((prefix, _)) if !is_subdomain(prefix) => return Err(Error::Prefix(prefix.to_owned())),
        Some((_, name)) => name,
    };
    match name {
        "" => Err(Error::EmptyName(text.to_owned())),
        _ if name.len() > LONGEST_NAME => Err(Error::LongName(text.to_owned())),
        _ if !is_qualified(name) => Err(Error::Name(name.to_owned())),
        _ => Ok(()),
    }
}

/// A value: up to 63 bytes, also none.
pub(crate) fn check_value(text: &str) -> Result<(), Error> {
    match text {
        "" => Ok(()),
        _ if text.len() > LONGEST_NAME => Err(Error::LongValue(text.to_owned())),
        _ if !is_qualified(text) => Err(Error::Value(text.to_owned())),
        _ => Ok(()),
    }
}

/// Lower-case letters, digits and hyphens in parts joined by dots; no part begins or ends with a hyphen.
fn is_subdomain(text: &str) -> bool {
    text.split('.').all(|part| {
        is_framed(part, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

/// Letters, digits, hyphens, dots and underscores, with a letter or digit at both ends.
fn is_qualified(text: &str) -> bool {
    is_framed(text, |byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

fn is_framed(text: &str, edge: fn(u8) -> bool) -> bool {
    matches!(text.as_bytes(), [first, .., last] if edge(*first) && edge(*last))
        || matches!(text.as_bytes(), [only] if edge(*only))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_a_domain_before_them() {
        for good in ["a", "a.b_c-d", "example.org/zone", "a-b.c/X", &"x".repeat(63)] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn each_fault_of_a_name_has_its_text() {
        let long = "x".repeat(64);
        let prefix = "x".repeat(254);
        for (text, expected) in [
            ("a/b/c", "invalid format: too many slashes: \"a/b/c\"".to_owned()),
            ("/a", "prefix cannot be empty: \"/a\"".to_owned()),
            ("A/b", "prefix \"A\" is invalid: domain doesn't match required format: \"A\"".to_owned()),
            ("a-/b", "prefix \"a-\" is invalid: domain doesn't match required format: \"a-\"".to_owned()),
            ("a..b/c", "prefix \"a..b\" is invalid: domain doesn't match required format: \"a..b\"".to_owned()),
            ("a/", "name cannot be empty: \"a/\"".to_owned()),
            ("", "name cannot be empty: \"\"".to_owned()),
            ("a/-", "name \"-\" is invalid".to_owned()),
            ("é", "name \"é\" is invalid".to_owned()),
            (&long, format!("name is too long: \"{long}\" (limit is 63)")),
            (
                &format!("{prefix}/a"),
                format!("prefix \"{prefix}\" is invalid: domain name length exceeds limit of 253: \"{prefix}\""),
            ),
        ] {
            assert_eq!(check_name(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn values_may_be_empty_and_end_with_letters_or_digits() {
        let long = "x".repeat(64);
        assert_eq!(check_value(""), Ok(()));
        assert_eq!(check_value("a_b"), Ok(()));
        assert_eq!(check_value("bad_").unwrap_err().to_string(), "label value \"bad_\" is invalid");
        assert_eq!(
            check_value(&long).unwrap_err().to_string(),
            format!("label value length exceeds limit of 63: \"{long}\"")
        );
    }
}
