//! Which texts another reader would take for null, a boolean, a number or a time when they stand without quotes.

use crate::resolve::{self, Dialect, Scalar};

/// Whether plain `text` would read as something other than a string, under the rules of YAML 1.1 or 1.2.
///
/// Beyond what the resolver knows these are booleans such as `y`, `no` and `off` in the three usual spellings, and base-60
/// numbers such as `1:30`.
#[inline]
pub(crate) fn reads_as_other(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.first() {
        None => true,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            bytes.len() <= LONGEST_WORD && (is_old_boolean(bytes) || resolves(text))
        }
        Some(b'0'..=b'9' | b'+' | b'-') => resolves(text) || is_base_60(bytes),
        Some(b'.') => resolves(text),
        Some(_) => false,
    }
}

/// Length of `false`.
const LONGEST_WORD: usize = 5;

fn resolves(text: &str) -> bool {
    !matches!(resolve::plain(Dialect::V3, text), Scalar::Str | Scalar::Merge)
}

fn is_old_boolean(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        b"y" | b"Y"
            | b"yes"
            | b"Yes"
            | b"YES"
            | b"on"
            | b"On"
            | b"ON"
            | b"n"
            | b"N"
            | b"no"
            | b"No"
            | b"NO"
            | b"off"
            | b"Off"
            | b"OFF"
    )
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base_60(bytes: &[u8]) -> bool {
    let unsigned = match bytes {
        [b'-' | b'+', rest @ ..] => rest,
        _ => bytes,
    };
    if !unsigned.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let whole = unsigned.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
    let mut rest = &unsigned[whole..];
    let mut parts = 0;
    while let [b':', after @ ..] = rest {
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match (digits, after) {
            (1, _) | (2, [b'0'..=b'5', ..]) => {}
            _ => return false,
        }
        rest = &after[digits..];
        parts += 1;
    }
    let fraction = match rest {
        [b'.', rest @ ..] => rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'_'),
        _ => rest.is_empty(),
    };
    parts > 0 && fraction
}

#[cfg(test)]
mod tests {
    use super::reads_as_other;

    #[test]
    fn words_numbers_and_times_are_recognized() {
        for text in [
            "",
            "~",
            "null",
            "true",
            "False",
            "y",
            "No",
            "OFF",
            "0",
            "-1",
            "0x1F",
            "010",
            "1_000",
            "+_1",
            "1.5",
            ".5",
            "1e3",
            "-.inf",
            ".nan",
            "2001-01-01",
            "1:30",
            "12:30:45",
            "190:20:30.15",
            "-1_0:5",
        ] {
            assert!(reads_as_other(text), "{text:?}");
        }
    }

    #[test]
    fn near_misses_are_strings() {
        for text in
            ["nan", "tRuE", "yEs", "0o8", "1,000", "1e400", "._1", "1:60", "1:", "1:2:", "<<", "=", "_1:3", "none"]
        {
            assert!(!reads_as_other(text), "{text:?}");
        }
    }
}
