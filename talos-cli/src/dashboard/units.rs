//! Numbers in few characters.

use std::time::Duration;

use crate::go;
use crate::size;

const DAY: u64 = 24 * 3_600;

/// A share from 0 to 1: `12.5%`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// A number: `0`, `7.5`, `12k`, `1.2M`.
pub(super) fn count(number: f64) -> String {
    const UNITS: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
    let mut value = number.max(0.0);
    let mut unit = 0;
    // What would be shown as 1000 is one of the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = usize::from(value > 0.0 && value < 9.95);
    format!("{value:.digits$}{}", UNITS[unit])
}

/// Bytes in a second: `1.2 MB/s`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded and cut on purpose")]
pub(super) fn rate(bytes: f64) -> String {
    format!("{}/s", size::decimal(bytes.max(0.0) as u64))
}

/// A load average in six characters, with as many decimals as fit.
pub(super) fn load(load: f64) -> String {
    let decimals = match load {
        ..999.5 => 2,
        _ => 0,
    };
    format!("{load:.decimals$}")
}

/// A frequency in MHz: `800MHz`, `2.4GHz`.
pub(super) fn frequency(megahertz: f64) -> String {
    let rounded = megahertz.round();
    if rounded < 1_000.0 {
        return format!("{rounded}MHz");
    }
    format!("{}GHz", (rounded / 10.0).round() / 100.0)
}

/// A span of time: `42s`, `1h2m3s`, `3d4h5m`.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    if seconds < DAY {
        return go::Duration::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).to_string();
    }
    format!("{}d{}h{}m", seconds / DAY, seconds % DAY / 3_600, seconds % 3_600 / 60)
}

/// Processor time in seconds.
pub(super) fn time(seconds: f64) -> String {
    span(Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_characters() {
        for (number, want) in [
            (0.0, "0"),
            (0.04, "0.0"),
            (7.5, "7.5"),
            (42.4, "42"),
            (999.4, "999"),
            (999.9, "1.0k"),
            (12_345.0, "12k"),
            (1_234_567.0, "1.2M"),
        ] {
            assert_eq!(count(number), want);
        }
        assert_eq!([0.125, 1.0].map(percent), ["12.5%", "100.0%"]);
        assert_eq!([799.6, 2_400.0, 3_601.2].map(frequency), ["800MHz", "2.4GHz", "3.6GHz"]);
        assert_eq!([0.5, 12.0, 1_234.5].map(load), ["0.50", "12.00", "1234"]);
        assert_eq!([0.0, 59.9, 3_723.0, 90_061.0, f64::NAN].map(time), ["0s", "59s", "1h2m3s", "1d1h1m", "0s"]);
        assert_eq!(rate(1_234_567.0), "1.2 MB/s");
    }
}
