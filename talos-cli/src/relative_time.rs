//! Times as people say them: `3 days ago`, `1 year from now`.

use std::time::{Duration, SystemTime};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
const MONTH: u64 = 30 * DAY;
const YEAR: u64 = 12 * MONTH;

/// For distances below the number of seconds: the words, and the unit that is counted if there is one.
const STEPS: &[(u64, &str, u64)] = &[
    (1, "now", 0),
    (2, "1 second", 0),
    (MINUTE, "seconds", 1),
    (2 * MINUTE, "1 minute", 0),
    (HOUR, "minutes", MINUTE),
    (2 * HOUR, "1 hour", 0),
    (DAY, "hours", HOUR),
    (2 * DAY, "1 day", 0),
    (WEEK, "days", DAY),
    (2 * WEEK, "1 week", 0),
    (MONTH, "weeks", WEEK),
    (2 * MONTH, "1 month", 0),
    (YEAR, "months", MONTH),
    (18 * MONTH, "1 year", 0),
    (2 * YEAR, "2 years", 0),
    (37 * YEAR, "years", YEAR),
    (u64::MAX, "a long while", 0),
];

/// How far `moment` is from `now`, with `ago` or `from now`. Years have 360 days here.
pub fn relative(moment: SystemTime, now: SystemTime) -> String {
    let (distance, label) = match moment.duration_since(now) {
        Ok(ahead) if ahead > Duration::ZERO => (ahead, "from now"),
        Ok(_) => (Duration::ZERO, "ago"),
        Err(behind) => (behind.duration(), "ago"),
    };
    let seconds = distance.as_secs();
    let step = STEPS.iter().find(|(limit, _, _)| seconds < *limit).or(STEPS.last());
    match *step.expect("the list is not empty") {
        (_, "now", _) => "now".into(),
        (_, words, 0) => format!("{words} {label}"),
        (_, unit, size) => format!("{} {unit} {label}", seconds / size),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        for (seconds, want) in [
            (0, "now"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (120, "2 minutes"),
            (HOUR, "1 hour"),
            (23 * HOUR, "23 hours"),
            (DAY, "1 day"),
            (6 * DAY, "6 days"),
            (WEEK, "1 week"),
            (29 * DAY, "4 weeks"),
            (MONTH, "1 month"),
            (359 * DAY, "11 months"),
            (8760 * HOUR, "1 year"),
            (540 * DAY, "2 years"),
            (87600 * HOUR, "10 years"),
            (37 * YEAR, "a long while"),
        ] {
            let distance = Duration::from_secs(seconds);
            let (past, future) = (relative(now - distance, now), relative(now + distance, now));
            if want == "now" {
                assert_eq!((past.as_str(), future.as_str()), (want, want));
            } else {
                assert_eq!((past, future), (format!("{want} ago"), format!("{want} from now")));
            }
        }
    }
}
