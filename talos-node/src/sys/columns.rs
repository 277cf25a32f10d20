//! Lines of columns, as most files of the kernel are made.

use std::str::FromStr;

use super::error::Malformed;

/// Lines without their ends; what follows the last end is a line only if there is something.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.strip_suffix(b"\n").unwrap_or(bytes).split(|byte| *byte == b'\n')
}

/// What stands between blanks.
pub(crate) fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty())
}

/// A number as text.
pub(crate) fn number<T: FromStr>(field: &[u8]) -> Option<T> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// The next column as a number. `index` counts lines from 0.
pub(crate) fn next_number<'a, T: FromStr>(
    index: usize,
    line: &[u8],
    fields: &mut impl Iterator<Item = &'a [u8]>,
) -> Result<T, Malformed> {
    let field = fields.next().unwrap_or(line);
    number(field).ok_or_else(|| Malformed::new(index, field, "number"))
}

/// Text that is hardly ever anything but UTF-8.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
