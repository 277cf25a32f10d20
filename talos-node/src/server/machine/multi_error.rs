//! Several failures in one text.

use std::fmt::Display;

/// Failures below a heading that counts them; the text ends with an empty line. `None` if there are none.
pub(crate) fn text<E: Display>(failures: impl IntoIterator<Item = E>) -> Option<String> {
    let lines: Vec<String> = failures.into_iter().map(|failure| format!("\t* {failure}\n")).collect();
    match lines.len() {
        0 => None,
        1 => Some(format!("1 error occurred:\n{}\n", lines[0])),
        count => Some(format!("{count} errors occurred:\n{}\n", lines.concat())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted() {
        assert_eq!(text::<&str>([]), None);
        assert_eq!(text(["a"]).unwrap(), "1 error occurred:\n\t* a\n\n");
        assert_eq!(text(["a", "b"]).unwrap(), "2 errors occurred:\n\t* a\n\t* b\n\n");
    }
}
