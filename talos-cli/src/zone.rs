//! The time zone of the machine this program runs on.

use std::path::Path;

use crate::calendar;
use crate::global::Environment;

/// Offsets from UTC and since when they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    /// Offset in seconds before the first change.
    first: i64,
    /// Moments in seconds since 1970, sorted, and the offset from then on.
    changes: Vec<(i64, i64)>,
    /// What holds after all changes.
    rule: Option<Rule>,
}

const ZONES: &str = "/usr/share/zoneinfo";
const LOCAL: &str = "/etc/localtime";
const MAGIC: &[u8] = b"TZif";
const HEADER: usize = 44;

impl Zone {
    /// The zone named by the variable `TZ`, else the one the system is set to. UTC if it cannot be read.
    pub(crate) fn local(environment: &Environment) -> Self {
        let path = match environment.variable("TZ").map(|name| name.to_string_lossy().into_owned()) {
            None => Path::new(LOCAL).to_owned(),
            Some(name) if name.is_empty() || name == "UTC" => return Self::default(),
            // An absolute name stands for itself.
            Some(name) => Path::new(ZONES).join(name.trim_start_matches(':')),
        };
        std::fs::read(path).ok().and_then(|bytes| Self::parse(&bytes)).unwrap_or_default()
    }

    /// Reads a compiled zone: the second block of a file of version 2 or later, whose numbers have 64 bits.
    fn parse(file: &[u8]) -> Option<Self> {
        let first = Block::read(file)?;
        if file.get(4)? < &b'2' {
            return first.zone(file.get(HEADER..)?, 4);
        }
        let file = file.get(HEADER + first.length(4)..)?;
        let block = Block::read(file)?;
        let mut zone = block.zone(file.get(HEADER..)?, 8)?;
        let footer = file.get(HEADER + block.length(8)..).unwrap_or_default();
        let footer = std::str::from_utf8(footer).unwrap_or_default();
        zone.rule = Rule::parse(footer.trim_matches('\n'));
        Some(zone)
    }

    /// Seconds to add to a moment in UTC.
    pub(crate) fn offset(&self, moment: i64) -> i64 {
        let after = self.changes.partition_point(|(since, _)| *since <= moment);
        if let (true, Some(rule)) = (after == self.changes.len(), &self.rule) {
            return rule.offset(moment);
        }
        after.checked_sub(1).map_or(self.first, |at| self.changes[at].1)
    }
}

/// What holds year after year, as in `CET-1CEST,M3.5.0,M10.5.0/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    standard: i64,
    /// Offset in summer, its beginning in standard time and its end in summer time.
    summer: Option<(i64, Change, Change)>,
}

/// A weekday of a month: the last one, if `week` is 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Change {
    month: i64,
    week: i64,
    weekday: i64,
    /// Seconds of the day.
    time: i64,
}

const DAY: i64 = 24 * 60 * 60;

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let names = without_name(parts.next()?)?;
        let end = names.find(|letter: char| letter.is_ascii_alphabetic() || letter == '<').unwrap_or(names.len());
        let (standard, summer) = names.split_at(end);
        // These texts count hours behind UTC.
        let standard = -seconds(standard)?;
        if summer.is_empty() {
            return Some(Self { standard, summer: None });
        }
        let offset = match without_name(summer)? {
            "" => standard + 3600,
            offset => -seconds(offset)?,
        };
        let summer = Some((offset, Change::parse(parts.next()?)?, Change::parse(parts.next()?)?));
        Some(Self { standard, summer })
    }

    fn offset(&self, moment: i64) -> i64 {
        let Some((offset, begin, end)) = self.summer else { return self.standard };
        let date = calendar::date((moment + self.standard).div_euclid(DAY));
        let year = date.rsplit('-').nth(2).and_then(|year| year.parse().ok()).unwrap_or_default();
        let begin = begin.in_year(year) - self.standard;
        let end = end.in_year(year) - offset;
        // South of the equator summer goes over the end of the year.
        let is_summer = if begin < end { (begin..end).contains(&moment) } else { !(end..begin).contains(&moment) };
        if is_summer { offset } else { self.standard }
    }
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('/').unwrap_or((text, "2"));
        let mut numbers = day.strip_prefix('M')?.split('.').map(str::parse);
        let mut number = || numbers.next()?.ok();
        let (month, week, weekday) = (number()?, number()?, number()?);
        let valid = (1..=12).contains(&month) && (1..=5).contains(&week) && (0..=6).contains(&weekday);
        valid.then_some(Self { month, week, weekday, time: seconds(time)? })
    }

    /// Seconds since 1970 on the clock of the zone.
    fn in_year(self, year: i64) -> i64 {
        let first = calendar::days_since_1970(year, self.month, 1);
        let (next_year, next_month) = if self.month == 12 { (year + 1, 1) } else { (year, self.month + 1) };
        let next = calendar::days_since_1970(next_year, next_month, 1);
        // The first of January 1970 was a Thursday.
        let weekday = (first + 4).rem_euclid(7);
        let mut day = first + (self.weekday - weekday).rem_euclid(7) + 7 * (self.week - 1);
        while day >= next {
            day -= 7;
        }
        day * DAY + self.time
    }
}

/// What follows the name of a zone: letters, or anything in angle brackets.
fn without_name(text: &str) -> Option<&str> {
    match text.strip_prefix('<') {
        Some(rest) => rest.split_once('>').map(|(_, rest)| rest),
        None => Some(text.trim_start_matches(|letter: char| letter.is_ascii_alphabetic())),
    }
}

/// Reads `1`, `-1`, `+5:30`, `24:00:00`.
fn seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0;
    for (part, unit) in digits.splitn(3, ':').zip([3600, 60, 1]) {
        let number: i64 = part.parse().ok().filter(|number| (0..=167).contains(number))?;
        total += number * unit;
    }
    Some(sign * total)
}

/// Counts of the parts of a block.
struct Block {
    utc_flags: usize,
    standard_flags: usize,
    leaps: usize,
    changes: usize,
    types: usize,
    letters: usize,
}

/// Octets of one type of local time.
const TYPE: usize = 6;

impl Block {
    fn read(file: &[u8]) -> Option<Self> {
        if !file.starts_with(MAGIC) {
            return None;
        }
        let count = |at: usize| {
            let octets = file.get(20 + 4 * at..24 + 4 * at)?;
            Some(u32::from_be_bytes(octets.try_into().ok()?) as usize)
        };
        Some(Self {
            utc_flags: count(0)?,
            standard_flags: count(1)?,
            leaps: count(2)?,
            changes: count(3)?,
            types: count(4)?,
            letters: count(5)?,
        })
    }

    fn length(&self, width: usize) -> usize {
        let leaps = self.leaps.saturating_mul(width + 4);
        let changes = self.changes.saturating_mul(width + 1);
        let types = self.types.saturating_mul(TYPE);
        [changes, types, self.letters, leaps, self.standard_flags, self.utc_flags]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    fn zone(&self, body: &[u8], width: usize) -> Option<Zone> {
        let moments = body.get(..self.changes.checked_mul(width)?)?;
        let indices = body.get(moments.len()..moments.len() + self.changes)?;
        let types = body.get(moments.len() + indices.len()..)?.get(..self.types.checked_mul(TYPE)?)?;
        let offset = |index: usize| {
            let octets = types.get(index * TYPE..index * TYPE + 4)?;
            Some(i64::from(i32::from_be_bytes(octets.try_into().ok()?)))
        };
        let moment = |octets: &[u8]| match width {
            4 => Some(i64::from(i32::from_be_bytes(octets.try_into().ok()?))),
            _ => Some(i64::from_be_bytes(octets.try_into().ok()?)),
        };
        let changes = moments.chunks_exact(width).zip(indices);
        let changes: Option<Vec<_>> =
            changes.map(|(octets, index)| Some((moment(octets)?, offset(usize::from(*index))?))).collect();
        Some(Zone { first: offset(0)?, changes: changes?, rule: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A zone with one change in both blocks, one hour before it and two hours after it.
    fn file() -> Vec<u8> {
        let block = |moment: &[u8]| {
            let mut block = b"TZif2".to_vec();
            block.resize(20, 0);
            for count in [0u32, 0, 0, 1, 2, 4] {
                block.extend(count.to_be_bytes());
            }
            block.extend(moment);
            block.push(1);
            for offset in [3600i32, 7200] {
                block.extend(offset.to_be_bytes());
                block.extend([0, 0]);
            }
            block.extend(b"ABC\0");
            block
        };
        let mut file = block(&7i32.to_be_bytes());
        file.extend(block(&1000i64.to_be_bytes()));
        file.extend(b"\nABC-3\n");
        file
    }

    #[test]
    fn offsets_change() {
        let zone = Zone::parse(&file()).unwrap();
        assert_eq!([-5, 999, 1000, 5000].map(|moment| zone.offset(moment)), [3600, 3600, 10800, 10800]);
    }

    #[test]
    fn rules_hold_for_all_years() {
        let hours = |text: &str, moment| Rule::parse(text).unwrap().offset(moment) / 1800;
        // The last Sundays of March and October 2023, at one o'clock UTC.
        let (begin, end) = (1_679_792_400, 1_698_541_200);
        let rule = "CET-1CEST,M3.5.0,M10.5.0/3";
        assert_eq!([begin - 1, begin, end - 1, end].map(|moment| hours(rule, moment)), [2, 4, 4, 2]);
        // The first Sundays of October and April, at two o'clock of the standard time.
        let rule = "AEST-10AEDT,M10.1.0,M4.1.0/3";
        let (begin, end) = (1_696_089_600, 1_680_364_800);
        assert_eq!([begin - 1, begin, end - 1, end].map(|moment| hours(rule, moment)), [20, 22, 22, 20]);
        assert_eq!(hours("<+0530>-5:30", 0), 11);
        assert!(["", "X", "CET-1CEST", "CET-1CEST,J60,J300"].iter().all(|text| Rule::parse(text).is_none()));
    }

    #[test]
    fn damage_is_no_zone() {
        let file = file();
        // The names of the zone (4 octets) and the rule behind them (7) may be missing: offsets do not need them.
        for length in 0..file.len() - 11 {
            assert!(Zone::parse(&file[..length]).is_none(), "{length}");
        }
        let utc = Environment::new([("TZ".to_owned(), "UTC".into())], "/".into());
        assert_eq!(Zone::local(&utc), Zone::default());
    }
}
