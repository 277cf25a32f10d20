use std::net::IpAddr;

use super::{Flag, FlagOf, Initial};
use crate::global::Environment;
use crate::go::Duration;

/// A value read from the command line or computed from the environment.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Of a switch.
    Switch(bool),
    /// Of a text or a choice.
    Text(String),
    /// Of an integer of either width.
    Int(i64),
    /// Of a floating point number.
    Float(f64),
    /// Of a duration.
    Duration(Duration),
    /// Of an address.
    Address(IpAddr),
    /// Of a list or a repeated text.
    List(Vec<String>),
    /// Of a list of integers.
    Ints(Vec<i64>),
    /// Of base64.
    Bytes(Vec<u8>),
}

/// Where the value of a flag comes from.
#[derive(Clone, Copy, Debug)]
pub enum Setting<'a> {
    /// Somebody gave it.
    Value(&'a Value),
    /// The table.
    Initial(Initial),
}

/// The flags given on a command line.
#[derive(Debug, Default)]
pub struct Values {
    entries: Vec<(&'static Flag, Value, bool)>,
}

impl Values {
    /// The value of `flag`: what was given, else its default.
    pub fn get<T: FlagType + ?Sized>(&self, flag: &'static FlagOf<T>) -> T::Value<'_> {
        T::of(self.setting(flag.row()))
    }

    /// True if the command line holds `flag`, whatever its value.
    pub fn given(&self, flag: &'static Flag) -> bool {
        self.entries.iter().any(|(row, _, given)| std::ptr::eq(*row, flag) && *given)
    }

    /// The flags of the command line, in the order of their first use.
    pub fn all_given(&self) -> impl Iterator<Item = &'static Flag> {
        self.entries.iter().filter(|(_, _, given)| *given).map(|(flag, _, _)| *flag)
    }

    fn setting(&self, flag: &'static Flag) -> Setting<'_> {
        let entry = self.entries.iter().find(|(row, _, _)| std::ptr::eq(*row, flag));
        entry.map_or(Setting::Initial(flag.initial), |(_, value, _)| Setting::Value(value))
    }

    /// Records one use of `flag`.
    pub(super) fn set(&mut self, flag: &'static Flag, text: &str) -> Result<(), String> {
        let entry = self.entries.iter_mut().find(|(row, _, _)| std::ptr::eq(*row, flag));
        let Some((_, value, _)) = entry else {
            let value = flag.kind.read(text, None)?;
            self.entries.push((flag, value, true));
            return Ok(());
        };
        let before = flag.kind.collects().then(|| value.clone());
        *value = flag.kind.read(text, before)?;
        Ok(())
    }

    /// Fills in the default that depends on the environment.
    pub(super) fn compute(&mut self, flag: &'static Flag, environment: &Environment) {
        if let Initial::Computed(compute) = flag.initial
            && !self.given(flag)
        {
            self.entries.push((flag, Value::Text(compute(environment)), false));
        }
    }
}

/// The types flags can have, and how commands see their values.
pub trait FlagType {
    /// What a command gets.
    type Value<'a>;

    /// Takes the value out of its setting.
    fn of(setting: Setting<'_>) -> Self::Value<'_>;
}

const MATCHES: &str = "a typed flag is made with the kind of its type";

impl FlagType for bool {
    type Value<'a> = bool;

    fn of(setting: Setting<'_>) -> bool {
        match setting {
            Setting::Value(Value::Switch(on)) => *on,
            Setting::Initial(Initial::Zero) => false,
            Setting::Initial(Initial::On) => true,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for str {
    type Value<'a> = &'a str;

    fn of(setting: Setting<'_>) -> &str {
        match setting {
            Setting::Value(Value::Text(text)) => text,
            Setting::Initial(Initial::Zero) => "",
            Setting::Initial(Initial::Text(text)) => text,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for i64 {
    type Value<'a> = i64;

    fn of(setting: Setting<'_>) -> i64 {
        match setting {
            Setting::Value(Value::Int(number)) => *number,
            Setting::Initial(Initial::Zero) => 0,
            Setting::Initial(Initial::Int(number)) => number,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for i32 {
    type Value<'a> = i32;

    fn of(setting: Setting<'_>) -> i32 {
        i64::of(setting).try_into().expect("the kind reads 32 bits")
    }
}

impl FlagType for f64 {
    type Value<'a> = f64;

    fn of(setting: Setting<'_>) -> f64 {
        match setting {
            Setting::Value(Value::Float(number)) => *number,
            Setting::Initial(Initial::Zero) => 0.0,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for Duration {
    type Value<'a> = Duration;

    fn of(setting: Setting<'_>) -> Duration {
        match setting {
            Setting::Value(Value::Duration(duration)) => *duration,
            Setting::Initial(Initial::Zero) => Duration(0),
            Setting::Initial(Initial::Duration(duration)) => duration,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for IpAddr {
    type Value<'a> = IpAddr;

    fn of(setting: Setting<'_>) -> IpAddr {
        match setting {
            Setting::Value(Value::Address(address)) => *address,
            Setting::Initial(Initial::Address(address)) => address,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for [String] {
    type Value<'a> = Vec<&'a str>;

    fn of(setting: Setting<'_>) -> Vec<&str> {
        match setting {
            Setting::Value(Value::List(list)) => list.iter().map(String::as_str).collect(),
            Setting::Initial(Initial::Zero) => Vec::new(),
            Setting::Initial(Initial::List(list)) => list.to_vec(),
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for [i64] {
    type Value<'a> = &'a [i64];

    fn of(setting: Setting<'_>) -> &[i64] {
        match setting {
            Setting::Value(Value::Ints(list)) => list,
            Setting::Initial(Initial::Zero) => &[],
            Setting::Initial(Initial::Ints(list)) => list,
            _ => unreachable!("{MATCHES}"),
        }
    }
}

impl FlagType for [u8] {
    type Value<'a> = &'a [u8];

    fn of(setting: Setting<'_>) -> &[u8] {
        match setting {
            Setting::Value(Value::Bytes(bytes)) => bytes,
            Setting::Initial(Initial::Zero) => &[],
            _ => unreachable!("{MATCHES}"),
        }
    }
}
