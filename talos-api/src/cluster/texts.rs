//! Forms of texts that users of the original know.

use std::fmt;

use crate::grpc::status::quoted;

/// `["a" "b"]`.
pub(crate) fn quoted_list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(" "))
}

/// `[a b]`.
pub(crate) fn list(items: impl IntoIterator<Item = impl fmt::Display>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(" "))
}

/// Bytes in binary units with two digits, `6.0 GiB`, `12 MiB`.
pub(crate) fn bytes(size: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if size < 10 {
        return format!("{size} B");
    }
    let power = size.ilog2() as usize / 10;
    let amount = (size as f64 / 1024_f64.powi(power as i32) * 10.0 + 0.5).floor() / 10.0;
    if amount < 10.0 { format!("{amount:.1} {}", UNITS[power]) } else { format!("{amount:.0} {}", UNITS[power]) }
}

/// An error and its causes, joined by colons.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some errors say what their cause says.
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// Several failures, never none.
#[derive(Debug, thiserror::Error)]
pub struct Several<E>(Vec<E>);

impl<E> Several<E> {
    /// Succeeds if there are none.
    ///
    /// # Errors
    /// All of them.
    pub fn unless_empty(failures: Vec<E>) -> Result<(), Self> {
        if failures.is_empty() { Ok(()) } else { Err(Self(failures)) }
    }

    /// The failures.
    pub fn iter(&self) -> impl Iterator<Item = &E> {
        self.0.iter()
    }
}

impl<E: fmt::Display> fmt::Display for Several<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 { "error" } else { "errors" };
        writeln!(f, "{} {noun} occurred:", self.0.len())?;
        self.0.iter().try_for_each(|failure| writeln!(f, "\t* {failure}"))?;
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_digits() {
        for (size, text) in [
            (0, "0 B"),
            (9, "9 B"),
            (10, "10 B"),
            (1024, "1.0 KiB"),
            (1023 << 10, "1023 KiB"),
            (6 << 30, "6.0 GiB"),
            ((4 << 30) + (900 << 20), "4.9 GiB"),
            (12 << 30, "12 GiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn lists_have_two_forms() {
        assert_eq!(quoted_list(["a", "b\""]), "[\"a\" \"b\\\"\"]");
        assert_eq!(list([1, 2]), "[1 2]");
        assert_eq!(Several(vec!["a"]).to_string(), "1 error occurred:\n\t* a\n\n");
    }
}
