//! Points in time as texts.

use prost_types::Timestamp;

use crate::calendar;

const DAY: i64 = 24 * 60 * 60;

/// A time of the API that is missing, or outside of the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// No time at all.
    #[error("proto: invalid nil Timestamp")]
    Missing,
    /// Outside of the calendar.
    #[error("proto: timestamp (seconds:{seconds} nanos:{nanos}) out of range")]
    OutOfRange {
        /// Seconds since 1970.
        seconds: i64,
        /// Fraction.
        nanos: i32,
    },
}

/// First and last second that the API can tell.
const RANGE: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Makes sure that a time of the API is one.
///
/// # Errors
/// [`Invalid`].
pub fn valid(time: Option<&Timestamp>) -> Result<Timestamp, Invalid> {
    let time = *time.ok_or(Invalid::Missing)?;
    if RANGE.contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos) {
        Ok(time)
    } else {
        Err(Invalid::OutOfRange { seconds: time.seconds, nanos: time.nanos })
    }
}

/// Date and time of day: `2024-01-02`, `03:04:05`.
fn parts(seconds: i64) -> (String, String) {
    let time = seconds.rem_euclid(DAY);
    let clock = format!("{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60);
    (calendar::date(seconds.div_euclid(DAY)), clock)
}

/// The long form in UTC: `2024-01-02 03:04:05.678 +0000 UTC`.
pub fn long(seconds: i64, nanos: i32) -> String {
    let (date, clock) = parts(seconds);
    let fraction = format!(".{nanos:09}");
    format!("{date} {clock}{} +0000 UTC", fraction.trim_end_matches('0').trim_end_matches('.'))
}

/// The form of RFC 3339 in UTC, without fractions.
pub fn rfc3339(seconds: i64) -> String {
    let (date, clock) = parts(seconds);
    format!("{date}T{clock}Z")
}

/// A short form for lists of files, `Jan  2 15:04:05`, or with `year` `Jan  2 2006 15:04`. `seconds` are those of the
/// clock that is meant.
pub fn listed(seconds: i64, year: bool) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (date, clock) = parts(seconds);
    let mut fields = date.rsplitn(3, '-');
    let mut field = || fields.next().unwrap_or_default();
    let (day, month, written_year) = (field(), field(), field());
    let month = month.parse().ok().and_then(|month: usize| MONTHS.get(month.checked_sub(1)?)).copied().unwrap_or("?");
    let day = day.strip_prefix('0').map_or_else(|| day.to_owned(), |day| format!(" {day}"));
    if year { format!("{month} {day} {written_year} {}", &clock[..5]) } else { format!("{month} {day} {clock}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(long(1_700_632_028, 123_456_789), "2023-11-22 05:47:08.123456789 +0000 UTC");
        assert_eq!(long(0, 500_000_000), "1970-01-01 00:00:00.5 +0000 UTC");
        assert_eq!(long(-1, 0), "1969-12-31 23:59:59 +0000 UTC");
        assert_eq!(rfc3339(1_000_000_000), "2001-09-09T01:46:40Z");
        assert_eq!(listed(1_000_000_000, true), "Sep  9 2001 01:46");
        assert_eq!(listed(1_700_632_028, false), "Nov 22 05:47:08");
    }

    #[test]
    fn times_that_are_none() {
        assert_eq!(valid(None).unwrap_err().to_string(), "proto: invalid nil Timestamp");
        let late = Timestamp { seconds: i64::MAX, nanos: 0 };
        assert!(matches!(valid(Some(&late)), Err(Invalid::OutOfRange { .. })));
    }
}
