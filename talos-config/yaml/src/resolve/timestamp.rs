//! Dates and times.

use std::fmt;

/// A point in time as a text named it. `Display` writes RFC 3339 with as many digits of the second as there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
    /// Nanosecond; digits beyond the ninth are dropped.
    pub nanosecond: u32,
    /// Distance from UTC in minutes, east is positive.
    pub offset_minutes: i16,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second, nanosecond, offset_minutes } = *self;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if nanosecond > 0 {
            write!(f, ".{}", format!("{nanosecond:09}").trim_end_matches('0'))?;
        }
        match offset_minutes {
            0 => f.write_str("Z"),
            offset => {
                let sign = if offset < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
            }
        }
    }
}

/// A date; or a date, `T` or `t`, a time and an offset; or a date, blanks and a time without offset.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    // Nearly every text fails here.
    let [a, b, c, d, b'-', rest @ ..] = text.as_bytes() else { return None };
    let mut year = 0;
    for digit in [a, b, c, d] {
        if !digit.is_ascii_digit() {
            return None;
        }
        year = year * 10 + u16::from(digit - b'0');
    }
    let mut rest = Rest(rest);
    let month = rest.one_or_two_digits(1, 12)?;
    rest.skip(b"-")?;
    let day = rest.one_or_two_digits(1, days_in(month, year))?;
    let mut time = Timestamp { year, month, day, hour: 0, minute: 0, second: 0, nanosecond: 0, offset_minutes: 0 };
    match rest.0 {
        [] => return Some(time),
        [b'T' | b't', after @ ..] => {
            rest.0 = after;
            rest.clock(&mut time)?;
            time.offset_minutes = rest.offset()?;
        }
        [b' ', ..] => {
            while let [b' ', after @ ..] = rest.0 {
                rest.0 = after;
            }
            rest.clock(&mut time)?;
        }
        _ => return None,
    }
    rest.0.is_empty().then_some(time)
}

struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    fn skip(&mut self, text: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn one_or_two_digits(&mut self, min: u8, max: u8) -> Option<u8> {
        let mut number = 0;
        let mut count = 0;
        while let [digit @ b'0'..=b'9', after @ ..] = self.0
            && count < 2
        {
            number = number * 10 + (digit - b'0');
            count += 1;
            self.0 = after;
        }
        (count > 0 && (min..=max).contains(&number)).then_some(number)
    }

    fn clock(&mut self, time: &mut Timestamp) -> Option<()> {
        time.hour = self.one_or_two_digits(0, 23)?;
        self.skip(b":")?;
        time.minute = self.one_or_two_digits(0, 59)?;
        self.skip(b":")?;
        time.second = self.one_or_two_digits(0, 59)?;
        if let [b'.' | b',', digits @ ..] = self.0
            && digits.first().is_some_and(u8::is_ascii_digit)
        {
            let mut unit = 100_000_000;
            let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
            for digit in &digits[..count] {
                time.nanosecond += u32::from(digit - b'0') * unit;
                unit /= 10;
            }
            self.0 = &digits[count..];
        }
        Some(())
    }

    /// `Z`, or a sign with exactly two digits each for hours and minutes. The reference is generous about their range.
    fn offset(&mut self) -> Option<i16> {
        if self.skip(b"Z").is_some() {
            return Some(0);
        }
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, after @ ..] = self.0 else { return None };
        let pair = |tens: &u8, ones: &u8, max: i16| {
            let value = i16::from(tens.checked_sub(b'0')?) * 10 + i16::from(ones.checked_sub(b'0')?);
            (tens.is_ascii_digit() && ones.is_ascii_digit() && value <= max).then_some(value)
        };
        let minutes = pair(h1, h2, 24)? * 60 + pair(m1, m2, 60)?;
        self.0 = after;
        Some(if *sign == b'-' { -minutes } else { minutes })
    }
}

fn days_in(month: u8, year: u16) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_what_the_reference_reads() {
        for (text, time) in [
            ("2001-01-01", "2001-01-01T00:00:00Z"),
            ("2001-1-1", "2001-01-01T00:00:00Z"),
            ("2001-12-14t21:59:43.10-05:00", "2001-12-14T21:59:43.1-05:00"),
            ("2001-12-14T1:2:3,5Z", "2001-12-14T01:02:03.5Z"),
            ("2001-12-14   21:59:43.123456789012", "2001-12-14T21:59:43.123456789Z"),
            ("2000-02-29", "2000-02-29T00:00:00Z"),
        ] {
            assert_eq!(parse(text).map(|time| time.to_string()).as_deref(), Some(time), "{text}");
        }
        for text in [
            "2001-01-01 01:02:03 Z",
            "2001-01-01T01:02:03",
            "2001-13-01",
            "2001-02-29",
            "1900-02-29",
            "2001-01-32",
            "2001-01-001",
            "201-01-01",
            "2001-01-01T24:00:00Z",
            "2001-01-01T01:02:03+0100",
            "2001-01-01 ",
            "2001-01-01T01:02:03.Z",
            "2001/01/01",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
