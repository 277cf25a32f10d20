//! The time zone of the machine this program runs on.

use std::path::Path;

use crate::global::Environment;

/// Offsets from UTC and since when they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    /// Offset in seconds before the first change.
    first: i64,
    /// Moments in seconds since 1970, sorted, and the offset from then on.
    changes: Vec<(i64, i64)>,
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
        Block::read(file)?.zone(file.get(HEADER..)?, 8)
    }

    /// Seconds to add to a moment in UTC.
    pub(crate) fn offset(&self, moment: i64) -> i64 {
        let after = self.changes.partition_point(|(since, _)| *since <= moment);
        after.checked_sub(1).map_or(self.first, |at| self.changes[at].1)
    }
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
        Some(Zone { first: offset(0)?, changes: changes? })
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
        file.extend(b"\nABC-1\n");
        file
    }

    #[test]
    fn offsets_change() {
        let zone = Zone::parse(&file()).unwrap();
        assert_eq!([-5, 999, 1000, 5000].map(|moment| zone.offset(moment)), [3600, 3600, 7200, 7200]);
    }

    #[test]
    fn damage_is_no_zone() {
        let file = file();
        for length in 0..file.len() - 10 {
            assert!(Zone::parse(&file[..length]).is_none(), "{length}");
        }
        let utc = Environment::new([("TZ".to_owned(), "UTC".into())], "/".into());
        assert_eq!(Zone::local(&utc), Zone::default());
    }
}
