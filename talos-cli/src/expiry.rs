//! When a client certificate ends, and when to say so unasked.

use std::time::{Duration, SystemTime};

use crate::relative_time::relative;

/// Certificates that end sooner are worth a warning: 30 days.
pub(crate) const SOON: Duration = Duration::from_secs(30 * 24 * 3600);

/// The end as distance and date: `1 year from now (2027-11-24)`.
pub(crate) fn describe(end: SystemTime, now: SystemTime) -> String {
    format!("{} ({})", relative(end, now), date(end))
}

/// True if the certificate ends within `span` from now or has ended.
pub(crate) fn is_near(end: SystemTime, now: SystemTime, span: Duration) -> bool {
    end.duration_since(now).map_or(true, |left| left < span)
}

/// What to say about a certificate called `what` that is near its end.
pub(crate) fn warning(what: &str, end: SystemTime, now: SystemTime) -> String {
    let verb = if end <= now { "expired" } else { "expires" };
    format!("{what} {verb} {}, get a new one with `talosctl config new` or `talosctl config renew`", describe(end, now))
}

/// The day in UTC, `YYYY-MM-DD`.
pub(crate) fn date(moment: SystemTime) -> String {
    let days = match moment.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs() / 86_400).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs().div_ceil(86_400)).unwrap_or(i64::MAX),
    };
    // Years begin in March here, so that the leap day is the last day of a year; eras have 400 years.
    let day = days + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + carry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, want) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (253_402_300_799, "9999-12-31"),
        ] {
            assert_eq!(date(at(seconds)), want);
        }
        assert_eq!(date(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), "1969-12-31");
    }

    #[test]
    fn warnings_come_in_time() {
        let now = at(1_800_000_000);
        assert!(!is_near(now + SOON, now, SOON));
        assert!(is_near(now + SOON - Duration::from_secs(1), now, SOON));
        assert!(is_near(now - SOON, now, SOON));
        assert!(
            warning("it", now + Duration::from_secs(86_400 * 3), now)
                .starts_with("it expires 3 days from now (2027-01-18),")
        );
        assert!(
            warning("it", now - Duration::from_secs(86_400 * 3), now)
                .starts_with("it expired 3 days ago (2027-01-12),")
        );
    }
}
