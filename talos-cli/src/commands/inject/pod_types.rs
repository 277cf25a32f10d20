//! Objects of Kubernetes that hold pods, brought into the form in which the API writes them: fields that do not exist are
//! dropped, empty ones left out, those that always exist filled in.

use std::collections::HashMap;

use talos_config::Value;

use super::quantity;

/// The types, read from their table when the first object asks.
#[derive(Debug)]
pub(super) struct Types {
    types: HashMap<&'static str, Vec<(&'static str, Form)>>,
}

/// What a field holds, and when it is written.
#[derive(Clone, Copy, Debug)]
struct Form {
    /// `text`, `[Container]`, …
    holds: &'static str,
    /// An absent value stays absent.
    optional: bool,
    /// The field is written whatever it holds.
    always: bool,
}

/// The value does not fit the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit;

impl Types {
    pub(super) fn load() -> Self {
        let lines = include_str!("schema.txt").lines().filter(|line| !line.starts_with('#'));
        let types = lines.map(|line| {
            let mut words = line.split(' ');
            let name = words.next().unwrap_or_default();
            (
                name,
                words.filter_map(|word| word.split_once('=')).map(|(field, form)| (field, Form::read(form))).collect(),
            )
        });
        Self { types: types.collect() }
    }

    /// Brings an object of a type into the form of the API.
    ///
    /// # Errors
    /// [`Misfit`] if a value is of the wrong kind.
    pub(super) fn convert(&self, name: &str, object: &Value) -> Result<Value, Misfit> {
        let empty = Value::Mapping(Vec::new());
        let object = if *object == Value::Null { &empty } else { object };
        if object.as_mapping().is_none() {
            return Err(Misfit);
        }
        let mut entries = Vec::new();
        for (field, form) in self.fields(name) {
            let value = self.value(*form, object.get(field))?;
            if form.always || !Self::left_out(*form, &value) {
                entries.push((Value::String((*field).to_owned()), value));
            }
        }
        Ok(Value::Mapping(entries))
    }

    fn fields(&self, name: &str) -> &[(&'static str, Form)] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }

    fn value(&self, form: Form, value: Option<&Value>) -> Result<Value, Misfit> {
        let value = value.unwrap_or(&Value::Null);
        if *value == Value::Null && form.optional {
            return Ok(Value::Null);
        }
        self.held(form.holds, value)
    }

    /// The value of a place that holds `holds`; null is the empty value.
    fn held(&self, holds: &str, value: &Value) -> Result<Value, Misfit> {
        if let Some(item) = inner(holds, '[', ']') {
            return match value {
                Value::Null => Ok(Value::Null),
                Value::Sequence(items) => {
                    items.iter().map(|value| self.held(item, value)).collect::<Result<_, _>>().map(Value::Sequence)
                }
                _ => Err(Misfit),
            };
        }
        if let Some(item) = inner(holds, '{', '}') {
            return match value {
                Value::Null => Ok(Value::Null),
                Value::Mapping(entries) => {
                    let entry = |(key, value): &(Value, Value)| match key {
                        Value::String(_) => Ok((key.clone(), self.held(item, value)?)),
                        _ => Err(Misfit),
                    };
                    entries.iter().map(entry).collect::<Result<_, _>>().map(Value::Mapping)
                }
                _ => Err(Misfit),
            };
        }
        match (holds, value) {
            ("text", Value::Null) => Ok(Value::String(String::new())),
            ("text", Value::String(_)) | ("flag", Value::Bool(_)) | ("raw", _) => Ok(value.clone()),
            ("flag", Value::Null) => Ok(Value::Bool(false)),
            ("int" | "int-or-text", Value::Null) => Ok(Value::Int(0)),
            ("int" | "int-or-text", Value::Int(_)) | ("int-or-text", Value::String(_)) => Ok(value.clone()),
            ("int", Value::Float(number)) => whole(*number),
            ("quantity", _) => quantity::canonical(value).map(Value::String).ok_or(Misfit),
            ("time", Value::Null) => Ok(Value::Null),
            ("time", Value::String(text)) => rfc3339(text).map(Value::String).ok_or(Misfit),
            ("time", Value::Time { text, .. }) => rfc3339(text).map(Value::String).ok_or(Misfit),
            (name, _) if self.types.contains_key(name) => self.convert(name, value),
            _ => Err(Misfit),
        }
    }

    /// True for an empty value of a field that is left out then.
    fn left_out(form: Form, value: &Value) -> bool {
        match value {
            Value::Null => form.optional || form.holds.starts_with(['[', '{']),
            _ if form.optional => false,
            Value::Bool(on) => !on,
            Value::Int(number) => *number == 0,
            Value::String(text) => text.is_empty(),
            Value::Sequence(items) => items.is_empty(),
            Value::Mapping(entries) => form.holds.starts_with('{') && entries.is_empty(),
            _ => false,
        }
    }
}

impl Form {
    fn read(text: &'static str) -> Self {
        let (text, optional) = text.strip_prefix('*').map_or((text, false), |text| (text, true));
        let (holds, always) = text.strip_suffix('!').map_or((text, false), |text| (text, true));
        Self { holds, optional, always }
    }
}

fn inner(form: &str, open: char, close: char) -> Option<&str> {
    form.strip_prefix(open)?.strip_suffix(close)
}

fn whole(number: f64) -> Result<Value, Misfit> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked to be in range")]
    if number.trunc() == number && number.abs() < i64::MAX as f64 { Ok(Value::Int(number as i64)) } else { Err(Misfit) }
}

/// The time in UTC, to the second, if it is written by RFC 3339.
fn rfc3339(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0')))
    };
    let separated = bytes.len() >= 20
        && [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')].iter().all(|(at, mark)| bytes[*at] == *mark);
    if !separated {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut zone = 19;
    if bytes[zone] == b'.' {
        zone += 1 + bytes[zone + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if zone == 20 {
            return None;
        }
    }
    let offset = match bytes.get(zone..)? {
        b"Z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let minutes = number(zone + 1, zone + 3)? * 60 + number(zone + 4, zone + 6)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let moment =
        crate::calendar::days_since_1970(year, month, day) * 86_400 + (hour * 60 + minute - offset) * 60 + second;
    let (day, rest) = (moment.div_euclid(86_400), moment.rem_euclid(86_400));
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    Some(format!("{}T{hour:02}:{minute:02}:{second:02}Z", crate::calendar::date(day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_the_table_is_complete_and_reached() {
        let types = Types::load();
        let mut reached = vec!["Pod", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"];
        let mut next = 0;
        while next < reached.len() {
            let name = reached[next];
            assert!(types.types.contains_key(name), "{name} is not in the table");
            for (field, form) in types.fields(name) {
                let mut holds = form.holds;
                while let Some(item) = inner(holds, '[', ']').or_else(|| inner(holds, '{', '}')) {
                    holds = item;
                }
                let known = ["text", "flag", "int", "quantity", "int-or-text", "time", "raw"].contains(&holds);
                assert!(known || types.types.contains_key(holds), "{name}.{field} holds {holds}");
                if !known && !reached.contains(&holds) {
                    reached.push(holds);
                }
            }
            next += 1;
        }
        assert_eq!(reached.len(), types.types.len());
    }

    #[test]
    fn times_become_utc() {
        for (text, want) in [
            ("2024-02-29T23:30:00Z", Some("2024-02-29T23:30:00Z")),
            ("2024-02-29T23:30:00.25-01:30", Some("2024-03-01T01:00:00Z")),
            ("2023-02-29T00:00:00Z", None),
            ("2024-01-01", None),
            ("2024-01-01T00:00:00", None),
            ("2024-01-01T00:00:00.Z", None),
        ] {
            assert_eq!(rfc3339(text).as_deref(), want, "{text}");
        }
    }
}
