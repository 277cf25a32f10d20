//! Numbers, in the shortest text that reads back as the same number.

use std::fmt::Write;

/// Writes an integer.
pub(super) fn integer(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    unsigned(out, value.unsigned_abs());
}

/// Writes an integer without a sign.
pub(super) fn unsigned(out: &mut String, value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut left = value;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.push_str(std::str::from_utf8(&digits[at..]).expect("digits"));
}

/// Writes a float: decimal for exponents from -4 to 5, scientific with a sign and two digits beyond, `.inf` and `.nan`.
pub(super) fn float(out: &mut String, value: f64) {
    if value.is_nan() {
        return out.push_str(".nan");
    }
    if value.is_infinite() {
        return out.push_str(if value > 0.0 { ".inf" } else { "-.inf" });
    }
    let mut shortest = String::with_capacity(32);
    write!(shortest, "{value:e}").expect("a string takes everything");
    let (mantissa, exponent) = shortest.split_once('e').expect("scientific form");
    let exponent: i32 = exponent.parse().expect("a small exponent");
    if (-4..6).contains(&exponent) {
        write!(out, "{value}").expect("a string takes everything");
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{mantissa}e{sign}{:02}", exponent.abs()).expect("a string takes everything");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn floats_are_shortest() {
        let cases: [(f64, &str); 14] = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (1.5, "1.5"),
            (1000.0, "1000"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (1e-4, "0.0001"),
            (1.5e-5, "1.5e-05"),
            (1e22, "1e+22"),
            (1e-300, "1e-300"),
            (f64::NEG_INFINITY, "-.inf"),
            (f64::NAN, ".nan"),
        ];
        for (value, text) in cases {
            let mut out = String::new();
            super::float(&mut out, value);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn integers_reach_both_ends() {
        let mut out = String::new();
        super::integer(&mut out, i64::MIN);
        out.push(' ');
        super::unsigned(&mut out, u64::MAX);
        out.push(' ');
        super::integer(&mut out, 0);
        assert_eq!(out, "-9223372036854775808 18446744073709551615 0");
    }
}
