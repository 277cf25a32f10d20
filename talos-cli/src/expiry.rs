//! When a client certificate ends, and when to say so unasked.

use std::time::{Duration, SystemTime};

use crate::calendar;
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
    calendar::date(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn days_are_those_of_utc() {
        assert_eq!(date(at(86_399)), "1970-01-01");
        assert_eq!(date(at(86_400)), "1970-01-02");
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
