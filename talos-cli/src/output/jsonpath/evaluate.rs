//! Finding what a template stands for.

use std::borrow::Cow;
use std::cmp::Ordering;

use talos_config_yaml::value::Value;

use super::print::{go_text, go_type};
use super::{Filter, Found, Part, Slice, Step};

/// Why a template stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0} is not found")]
    NotFound(String),
    #[error("{0} is not array or slice")]
    NotAList(&'static str),
    #[error("{0} is not array or slice and cannot be filtered")]
    NotFiltered(String),
    #[error("array index out of bounds: index {index}, length {length}")]
    OutOfBounds { index: i64, length: i64 },
    #[error("starting index {0} is greater than ending index {1}")]
    Backwards(i64, i64),
    #[error("step must be > 0")]
    Step,
    #[error("can only compare one element at a time")]
    SeveralCompared,
    #[error("invalid type for comparison")]
    NotComparable,
    #[error("incompatible types for comparison")]
    DifferentTypes,
    #[error("unrecognized filter operator {0}")]
    Operator(String),
    #[error("not in range, nothing to end")]
    NothingToEnd,
    #[error("unrecognized identifier {0}")]
    Identifier(String),
}

pub(super) fn evaluate<'v>(parts: &[Part], value: &'v Value, lenient: bool) -> Result<Vec<Vec<Found<'v>>>, Error> {
    let mut evaluation = Evaluation { lenient, begins: false, ends: false, open: 0 };
    let mut groups = Vec::new();
    evaluation.block(parts, Cow::Borrowed(value), &mut groups)?;
    Ok(groups)
}

struct Evaluation {
    lenient: bool,
    /// The part at hand begins a repetition.
    begins: bool,
    /// The part at hand ends one.
    ends: bool,
    /// Repetitions around the part at hand.
    open: usize,
}

impl Evaluation {
    /// Evaluates parts for one value up to the end of the repetition; returns the place of that end, if there is one.
    fn block<'v>(
        &mut self,
        parts: &[Part],
        value: Found<'v>,
        groups: &mut Vec<Vec<Found<'v>>>,
    ) -> Result<Option<usize>, Error> {
        let mut at = 0;
        while at < parts.len() {
            let found = match &parts[at] {
                Part::Text(text) => vec![Cow::Owned(Value::String(text.clone()))],
                Part::Action(steps) => self.steps(steps, vec![value.clone()])?,
            };
            if std::mem::take(&mut self.ends) {
                return Ok(Some(at));
            }
            if std::mem::take(&mut self.begins) {
                self.open += 1;
                let inner = &parts[at + 1..];
                let mut end = None;
                if found.is_empty() {
                    // Nothing to repeat: only the end matters.
                    end = self.block(inner, Cow::Owned(Value::Null), &mut Vec::new())?;
                }
                for item in found {
                    end = self.block(inner, item, groups)?;
                }
                self.open -= 1;
                at += end.map_or(0, |end| end + 1);
            } else {
                groups.push(found);
            }
            at += 1;
        }
        Ok(None)
    }

    fn steps<'v>(&mut self, steps: &[Step], mut values: Vec<Found<'v>>) -> Result<Vec<Found<'v>>, Error> {
        for step in steps {
            values = self.step(step, values)?;
        }
        Ok(values)
    }

    fn step<'v>(&mut self, step: &Step, values: Vec<Found<'v>>) -> Result<Vec<Found<'v>>, Error> {
        Ok(match step {
            Step::Field(name) => {
                let some = !values.is_empty();
                let found: Vec<_> = values.into_iter().filter_map(|value| field(value, name)).collect();
                if found.is_empty() && some && !self.lenient {
                    return Err(Error::NotFound(name.clone()));
                }
                found
            }
            Step::Slice(slice) => {
                let mut found = Vec::new();
                for value in values.into_iter().filter(|value| **value != Value::Null) {
                    let kind = go_type(&value);
                    let Some(items) = items(value) else { return Err(Error::NotAList(kind)) };
                    match slice.of(items)? {
                        Some(part) => found.extend(part),
                        None => break,
                    }
                }
                found
            }
            Step::Wildcard => values.into_iter().flat_map(children).collect(),
            Step::Recursive => {
                let mut found = Vec::new();
                values.into_iter().for_each(|value| descend(value, &mut found));
                found
            }
            Step::Filter(filter) => {
                let mut found = Vec::new();
                for value in values {
                    let text = if matches!(*value, Value::Sequence(_)) { String::new() } else { go_text(&value) };
                    for item in items(value).ok_or(Error::NotFiltered(text))? {
                        if self.holds(filter, &item)? {
                            found.push(item);
                        }
                    }
                }
                found
            }
            Step::Union(branches) => {
                let mut found = Vec::new();
                for branch in branches {
                    found.extend(self.steps(branch, values.clone())?);
                }
                found
            }
            Step::Constant(value @ Value::String(_)) => vec![Cow::Owned(value.clone())],
            Step::Constant(value) => values.iter().map(|_| Cow::Owned(value.clone())).collect(),
            Step::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begins = true;
                    values
                }
                "end" if self.open > 0 => {
                    self.ends = true;
                    Vec::new()
                }
                "end" => return Err(Error::NothingToEnd),
                _ => return Err(Error::Identifier(name.clone())),
            },
        })
    }

    fn holds(&mut self, filter: &Filter, item: &Found<'_>) -> Result<bool, Error> {
        let (left, operator, right) = match filter {
            Filter::Exists(steps) => {
                return Ok(self.steps(steps, vec![item.clone()]).is_ok_and(|found| !found.is_empty()));
            }
            Filter::Compare(left, operator, right) => (left, operator, right),
        };
        let Some(left) = single(self.steps(left, vec![item.clone()])?)? else { return Ok(false) };
        let Some(right) = single(self.steps(right, vec![item.clone()])?)? else { return Ok(false) };
        Ok(match operator.as_str() {
            "==" => equal(&left, &right)?,
            "!=" => !equal(&left, &right)?,
            "<" => less(&left, &right)?,
            "<=" => less(&left, &right)? || equal(&left, &right)?,
            ">" => !(less(&left, &right)? || equal(&left, &right)?),
            ">=" => !less(&left, &right)?,
            _ => return Err(Error::Operator(operator.clone())),
        })
    }
}

fn single(found: Vec<Found<'_>>) -> Result<Option<Found<'_>>, Error> {
    if found.len() > 1 {
        return Err(Error::SeveralCompared);
    }
    Ok(found.into_iter().next())
}

/// The field of a mapping. Keys that are not texts have no name.
fn field<'v>(value: Found<'v>, name: &str) -> Option<Found<'v>> {
    let named = |(key, _): &(Value, Value)| key.as_str() == Some(name);
    match value {
        Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
        Cow::Owned(Value::Mapping(entries)) => entries.into_iter().find(named).map(|(_, value)| Cow::Owned(value)),
        Cow::Owned(_) => None,
    }
}

fn items(value: Found<'_>) -> Option<Vec<Found<'_>>> {
    match value {
        Cow::Borrowed(Value::Sequence(items)) => Some(items.iter().map(Cow::Borrowed).collect()),
        Cow::Owned(Value::Sequence(items)) => Some(items.into_iter().map(Cow::Owned).collect()),
        _ => None,
    }
}

/// What is directly below a value; of a text, its bytes.
fn children(value: Found<'_>) -> Vec<Found<'_>> {
    match value {
        Cow::Borrowed(Value::Mapping(entries)) => entries.iter().map(|(_, value)| Cow::Borrowed(value)).collect(),
        Cow::Owned(Value::Mapping(entries)) => entries.into_iter().map(|(_, value)| Cow::Owned(value)).collect(),
        Cow::Borrowed(Value::String(text)) => bytes(text),
        Cow::Owned(Value::String(text)) => bytes(&text),
        other => items(other).unwrap_or_default(),
    }
}

fn bytes<'v>(text: &str) -> Vec<Found<'v>> {
    text.bytes().map(|byte| Cow::Owned(Value::Int(byte.into()))).collect()
}

/// Collects a value and all below it that hold something.
fn descend<'v>(value: Found<'v>, found: &mut Vec<Found<'v>>) {
    let below = children(value.clone());
    if below.is_empty() {
        return;
    }
    let is_text = matches!(*value, Value::String(_));
    found.push(value);
    if !is_text {
        below.into_iter().for_each(|value| descend(value, found));
    }
}

impl Slice {
    /// The items between start and end; nothing if they are the same, which ends the whole step.
    fn of<T>(&self, items: Vec<T>) -> Result<Option<Vec<T>>, Error> {
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let given = self.start.unwrap_or(0);
        let start = if given < 0 { given.saturating_add(length) } else { given };
        let end = match self.end {
            Some(end) if end < 0 => end.saturating_add(length),
            Some(end) => end,
            None if !self.single => length,
            None => match given.saturating_add(1) {
                end if end <= 0 => end.saturating_add(length),
                end => end,
            },
        };
        if start == end {
            return Ok(None);
        }
        if start < 0 || start >= length {
            return Err(Error::OutOfBounds { index: start, length });
        }
        if end < 0 || end > length {
            return Err(Error::OutOfBounds { index: end - 1, length });
        }
        if start > end {
            return Err(Error::Backwards(start, end));
        }
        let step = self.step.unwrap_or(1);
        let step = usize::try_from(step).ok().filter(|step| *step > 0).ok_or(Error::Step)?;
        let (start, end) = (index(start), index(end));
        Ok(Some(items.into_iter().take(end).skip(start).step_by(step).collect()))
    }
}

fn index(number: i64) -> usize {
    usize::try_from(number).expect("checked against the length")
}

fn equal(left: &Value, right: &Value) -> Result<bool, Error> {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        _ => Ok(compare(left, right)? == Some(Ordering::Equal)),
    }
}

fn less(left: &Value, right: &Value) -> Result<bool, Error> {
    Ok(compare(left, right)? == Some(Ordering::Less))
}

/// Compares two scalars of one kind.
fn compare(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    use Value::{Bool, Float, Int, String, Uint};
    match (left, right) {
        (Int(left), Int(right)) => Ok(Some(left.cmp(right))),
        (Uint(left), Uint(right)) => Ok(Some(left.cmp(right))),
        // Unsigned numbers are those that do not fit the signed ones.
        (Int(_), Uint(_)) => Ok(Some(Ordering::Less)),
        (Uint(_), Int(_)) => Ok(Some(Ordering::Greater)),
        (Float(left), Float(right)) => Ok(left.partial_cmp(right)),
        (String(left), String(right)) => Ok(Some(left.cmp(right))),
        (Bool(_) | Int(_) | Uint(_) | Float(_) | String(_), Int(_) | Uint(_) | Float(_) | String(_))
        | (Int(_) | Uint(_) | Float(_) | String(_), Bool(_)) => Err(Error::DifferentTypes),
        _ => Err(Error::NotComparable),
    }
}
