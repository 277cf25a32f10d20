//! Amounts of resources: `500m`, `1Gi`, `2e3`, in the one form each value has.

use talos_config::Value;

/// Smallest part that is kept: a billionth. Finer parts round away from zero.
const NANO: i128 = 1_000_000_000;

/// Largest amount; what is above becomes it.
const MOST: i128 = i64::MAX as i128 * NANO;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `n u m k M G T P E`
    Decimal,
    /// `e3`
    Exponent,
    /// `Ki Mi Gi Ti Pi Ei`
    Binary,
}

/// The canonical text of an amount, if the value is one: a number, or a text of digits with a suffix.
pub(super) fn canonical(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return Some("0".into()),
        Value::String(text) => text.trim().to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Float(number) if number.is_finite() => number.to_string(),
        _ => return None,
    };
    let (amount, style) = read(&text)?;
    Some(write(amount, style))
}

fn read(text: &str) -> Option<(i128, Style)> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let (style, base, power) = unit(suffix)?;

    // The number is digits × 10^scale, times base^power, in billionths.
    let digits: String = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Some((0, style));
    }
    let mut scale = 9 - i64::try_from(fraction.len()).ok()?;
    let mut factor: i128 = 1;
    match base {
        2 => factor <<= power,
        _ => scale += power,
    }
    let kept = &digits[..digits.len().min(36)];
    scale += i64::try_from(digits.len() - kept.len()).ok()?;
    let mut rest_is_zero = digits[kept.len()..].bytes().all(|digit| digit == b'0');
    let mut amount: i128 = kept.parse().ok()?;
    amount = match amount.checked_mul(factor) {
        Some(amount) => amount,
        None => return Some((if negative { -MOST } else { MOST }, style)),
    };
    while scale > 0 && amount <= MOST {
        amount = amount.saturating_mul(10);
        scale -= 1;
    }
    while scale < 0 && amount > 0 {
        rest_is_zero &= amount % 10 == 0;
        amount /= 10;
        scale += 1;
    }
    amount += i128::from(!rest_is_zero);
    amount = amount.min(MOST);
    Some((if negative { -amount } else { amount }, style))
}

fn unit(suffix: &str) -> Option<(Style, i64, i64)> {
    const DECIMAL: [(&str, i64); 10] =
        [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
    const BINARY: [(&str, i64); 6] = [("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];
    if let Some((_, power)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Style::Decimal, 10, *power));
    }
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Some((Style::Binary, 2, *power));
    }
    let power = suffix.strip_prefix(['e', 'E'])?;
    let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Some((Style::Exponent, 10, power.parse::<i64>().ok().filter(|power| power.abs() <= 1_000)?))
}

fn write(amount: i128, style: Style) -> String {
    if amount == 0 {
        return "0".into();
    }
    if style == Style::Binary && amount % NANO == 0 && (amount / NANO).abs() >= 1_024 {
        let mut number = amount / NANO;
        let mut suffix = 0;
        while number % 1_024 == 0 && suffix < 6 {
            number /= 1_024;
            suffix += 1;
        }
        return format!("{number}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][suffix]);
    }
    let (mut number, mut exponent) = (amount, -9);
    while number % 1_000 == 0 && exponent < 18 {
        number /= 1_000;
        exponent += 3;
    }
    if style == Style::Exponent {
        return if exponent == 0 { number.to_string() } else { format!("{number}e{exponent}") };
    }
    let suffix = match exponent {
        -9 => "n",
        -6 => "u",
        -3 => "m",
        3 => "k",
        6 => "M",
        9 => "G",
        12 => "T",
        15 => "P",
        18 => "E",
        _ => "",
    };
    format!("{number}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_has_one_form() {
        for (text, want) in [
            ("0", "0"),
            ("0Mi", "0"),
            ("1", "1"),
            ("+5", "5"),
            ("-1.50", "-1500m"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1.", "1"),
            ("1000m", "1"),
            ("100000", "100k"),
            ("1500k", "1500k"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1000Ki", "1000Ki"),
            ("512", "512"),
            ("1Ki", "1Ki"),
            ("0.5Ki", "512"),
            ("0.1Mi", "104857600m"),
            ("1e3", "1e3"),
            ("12E6", "12e6"),
            ("15e2", "1500"),
            ("1E", "1E"),
            ("1e-3", "1e-3"),
            ("0.0000000001", "1n"),
            ("1.0000000001", "1000000001n"),
            ("100E", "9223372036854775807"),
            ("123456789012345678901234567890123456789012345", "9223372036854775807"),
        ] {
            assert_eq!(canonical(&Value::String(text.into())).as_deref(), Some(want), "{text}");
        }
        for text in ["", "x", "1 Gi", "1ki", "1.2.3", ".", "1e", "e3", "--1", "1Zi"] {
            assert_eq!(canonical(&Value::String(text.into())), None, "{text}");
        }
        assert_eq!(canonical(&Value::Float(0.25)).as_deref(), Some("250m"));
        assert_eq!(canonical(&Value::Int(2000)).as_deref(), Some("2k"));
        assert_eq!(canonical(&Value::Bool(true)), None);
    }
}
