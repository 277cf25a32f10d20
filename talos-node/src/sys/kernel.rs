//! The kernel itself: names, arguments, age.

use std::time::Duration;

use super::columns::fields;
use super::error::Malformed;

/// How long the kernel runs: the first column of `/proc/uptime`.
///
/// # Errors
/// Unless it is a number of seconds.
pub fn parse_uptime(bytes: &[u8]) -> Result<Duration, Malformed> {
    let malformed = || Malformed::new(0, bytes, "number of seconds");
    let seconds = fields(bytes).next().and_then(|field| std::str::from_utf8(field).ok()?.parse::<f64>().ok());
    Duration::try_from_secs_f64(seconds.ok_or_else(malformed)?).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_counts() {
        assert_eq!(parse_uptime(b"2460.14 577.89\n"), Ok(Duration::from_millis(2_460_140)));
        assert!(parse_uptime(b"-1 0\n").is_err());
        assert!(parse_uptime(b"").is_err());
    }
}
