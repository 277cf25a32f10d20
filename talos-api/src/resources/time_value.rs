//! Times and durations.

use std::fmt::{self, Display};
use std::time::Duration as StdDuration;

use talos_config_yaml::emit::Emitter;

use super::spec::{DecodeProblem, Form, Value};
use super::value::{bytes, single, whole};
use super::wire::{self, Payload};

const NANOS: i64 = 1_000_000_000;

/// Seconds from Go's zero time (year 1) to 1970.
const ZERO: i64 = -62_135_596_800;

/// A length of time, also negative, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub i64);

impl From<StdDuration> for Duration {
    fn from(duration: StdDuration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl Display for Duration {
    /// As the reference writes it: `1m30s`, `0s`, `1.5ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let nanos = self.0.unsigned_abs();
        let fraction = |f: &mut fmt::Formatter<'_>, unit: u64, name: &str| {
            write!(f, "{}", nanos / unit)?;
            let rest = nanos % unit;
            if rest > 0 {
                let digits = unit.ilog10() as usize;
                write!(f, ".{}", format!("{rest:0digits$}").trim_end_matches('0'))?;
            }
            f.write_str(name)
        };
        match nanos {
            0 => f.write_str("0s"),
            1..1_000 => write!(f, "{nanos}ns"),
            1_000..1_000_000 => fraction(f, 1_000, "µs"),
            1_000_000..1_000_000_000 => fraction(f, 1_000_000, "ms"),
            _ => {
                let seconds = nanos / NANOS as u64;
                if seconds >= 3600 {
                    write!(f, "{}h", seconds / 3600)?;
                }
                if seconds >= 60 {
                    write!(f, "{}m", seconds / 60 % 60)?;
                }
                write!(f, "{}", seconds % 60)?;
                let rest = nanos % NANOS as u64;
                if rest > 0 {
                    write!(f, ".{}", format!("{rest:09}").trim_end_matches('0'))?;
                }
                f.write_str("s")
            }
        }
    }
}

/// A point in time. The default is Go's zero time, the first day of year 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanos: i32,
}

impl Default for Timestamp {
    fn default() -> Self {
        Self { seconds: ZERO, nanos: 0 }
    }
}

impl Display for Timestamp {
    /// RFC 3339 in UTC, with as many digits of the second as are needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = prost_types::Timestamp { seconds: self.seconds, nanos: 0 }.to_string();
        // The library writes no fraction for whole seconds.
        f.write_str(time.trim_end_matches('Z'))?;
        if self.nanos > 0 {
            write!(f, ".{}", format!("{:09}", self.nanos).trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// Both well-known types have seconds in field 1 and nanoseconds in field 2.
fn put(number: u32, seconds: i64, nanos: i32, out: &mut Vec<u8>) {
    wire::put_message(number, out, |out| {
        if seconds != 0 {
            wire::put_varint(1, seconds as u64, out);
        }
        if nanos != 0 {
            wire::put_varint(2, nanos as u64, out);
        }
    });
}

fn take(payload: Payload<'_>) -> Result<(i64, i32), DecodeProblem> {
    let mut rest = bytes(payload)?;
    let (mut seconds, mut nanos) = (0, 0);
    while let Some((number, payload)) = wire::next(&mut rest)? {
        match number {
            1 => seconds = whole(payload)? as i64,
            2 => nanos = whole(payload)? as i32,
            _ => {}
        }
    }
    Ok((seconds, nanos))
}

impl Value for Duration {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        put(number, self.0 / NANOS, (self.0 % NANOS) as i32, out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let (seconds, nanos) = take(payload)?;
        self.0 = seconds.saturating_mul(NANOS).saturating_add(nanos.into());
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.string(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        self.0 == 0
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("google.protobuf.Duration", "Go duration string")
    }
}

impl Value for Timestamp {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        put(number, self.seconds, self.nanos, out);
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let (seconds, nanos) = take(payload)?;
        *self = Self { seconds, nanos };
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.plain(&self.to_string());
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }

    fn form(&self) -> Form {
        single("google.protobuf.Timestamp", "RFC 3339 timestamp with nanoseconds")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_the_reference_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"),
            (-25_000_000_000, "-25s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(Duration(nanos).to_string(), text);
        }
    }

    #[test]
    fn times_read_as_the_reference_writes_them() {
        assert_eq!(Timestamp::default().to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp { seconds: 1_700_000_000, nanos: 120_000_000 }.to_string(), "2023-11-14T22:13:20.12Z");
    }

    #[test]
    fn both_survive_the_wire() {
        for nanos in [0, -1_500_000_001, 90_000_000_000, i64::MIN] {
            let mut out = Vec::new();
            Duration(nanos).encode(1, &mut out);
            let mut back = Duration(7);
            back.decode(wire::next(&mut out.as_slice()).unwrap().unwrap().1, 0).unwrap();
            assert_eq!(back, Duration(nanos));
        }
    }
}
