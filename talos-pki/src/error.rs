//! Errors with their causes as one text.

use std::error::Error;

/// The text of an error and of all its causes, joined by `: `, as the reference prints them.
///
/// Errors of this crate say only their own level and keep the cause apart.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
