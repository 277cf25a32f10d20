//! Numbers of bytes as people say them: `1.0 kB`, `6.0 GiB`.

/// With units of 1000 bytes: `999 B`, `1.0 kB`, `83 MB`.
pub fn decimal(bytes: u64) -> String {
    shown(bytes, 1000, ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// With units of 1024 bytes: `1.5 KiB`, `6.0 GiB`.
pub fn binary(bytes: u64) -> String {
    shown(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

/// One decimal below ten of a unit, else none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded anyway"
)]
fn shown(bytes: u64, base: u64, units: [&str; 7]) -> String {
    if bytes < 10 {
        return format!("{bytes} B");
    }
    let power = ((bytes as f64).ln() / (base as f64).ln()).floor();
    let value = (bytes as f64 / (base as f64).powf(power) * 10.0 + 0.5).floor() / 10.0;
    let unit = units[(power as usize).min(units.len() - 1)];
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_units() {
        for (bytes, want) in [
            (0, "0 B"),
            (9, "9 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1023, "1.0 kB"),
            (9999, "10 kB"),
            (999_999, "1000 kB"),
            (2_147_483_648, "2.1 GB"),
            (6_442_450_944, "6.4 GB"),
            (82_854_982, "83 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(decimal(bytes), want, "{bytes}");
        }
    }

    #[test]
    fn binary_units() {
        for (bytes, want) in [(1500, "1.5 KiB"), (6_442_450_944, "6.0 GiB"), (1023, "1023 B"), (u64::MAX, "16 EiB")] {
            assert_eq!(binary(bytes), want, "{bytes}");
        }
    }
}
