//! Errors of merging and the merge of free-form values.

use std::fmt;

use crate::value::Value;

/// Two values could not be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Where, from the outside in: fields of sections and keys of maps.
    pub steps: Vec<Step>,
    /// What is in the way.
    pub reason: Reason,
}

/// One level on the way to the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field of a section.
    Field {
        /// Type name of the section.
        section: &'static str,
        /// Name of the field in the reference.
        field: &'static str,
        /// Key of the field in YAML, empty for a level inside of a scalar.
        key: &'static str,
    },
    /// A key of a map.
    Key {
        /// Type name of the map; without one, the text of the reference leaves this level out.
        map: Option<String>,
        /// The key.
        key: String,
    },
    /// A level that the text of the reference names and a path does not: the object inside of free-form data.
    Object,
}

/// What is in the way of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The value of a key has another type on each side.
    TypeMismatch {
        /// Type name of the base's value.
        left: &'static str,
        /// Type name of the patch's value.
        right: &'static str,
    },
    /// The base's value cannot be changed once it is set.
    NotSettable {
        /// The base's value.
        left: String,
    },
    /// One side is null where both need a value.
    Null,
}

impl Error {
    /// A new error at the place of the values themselves.
    pub fn new(reason: Reason) -> Self {
        Self { steps: Vec::new(), reason }
    }

    /// Adds a level on the outside.
    #[must_use]
    pub fn within(mut self, step: Step) -> Self {
        self.steps.insert(0, step);
        self
    }

    /// The place as keys joined by dots.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            let key = match step {
                Step::Field { key, .. } => key,
                Step::Key { key, .. } => key.as_str(),
                Step::Object => continue,
            };
            // Inside of a URL the text of the reference names levels that have no keys.
            if key.is_empty() {
                continue;
            }
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(key);
        }
        path
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Field { section, field, .. } => write!(f, "merge field {section}.{field}: ")?,
                Step::Key { map: Some(map), key } => write!(f, "merge map key {map}[{key}]: ")?,
                Step::Key { map: None, .. } => {}
                Step::Object => f.write_str("merge field v1alpha1.Unstructured.Object: ")?,
            }
        }
        match &self.reason {
            Reason::TypeMismatch { left, right } => write!(f, "merge type mismatch left {left} right {right}"),
            Reason::NotSettable { left } => write!(f, "merge not possible, left {left} is not settable"),
            Reason::Null => f.write_str("null is not allowed here"),
        }
    }
}

impl std::error::Error for Error {}

/// Merges free-form mappings: key by key, lists are appended, a scalar of the patch wins unless it is zero.
///
/// # Errors
/// When the value of a key has another type on each side, or is null on one.
pub fn free_form(left: &mut Vec<(Value, Value)>, right: &[(Value, Value)]) -> Result<(), Error> {
    for (key, value) in right {
        match left.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => {
                // The texts of the reference name the keys around the value, not its own.
                let named = matches!((&*known, value), (Value::Mapping(_), Value::Mapping(_)));
                merge_value(known, value).map_err(|error| {
                    let key = key.as_str().unwrap_or_default().to_owned();
                    error.within(Step::Key { map: named.then(|| "map[string]interface {}".to_owned()), key })
                })?;
            }
            None => left.push((key.clone(), value.clone())),
        }
    }
    Ok(())
}

fn merge_value(left: &mut Value, right: &Value) -> Result<(), Error> {
    match (&mut *left, right) {
        (Value::Mapping(left), Value::Mapping(right)) => free_form(left, right),
        (Value::Sequence(left), Value::Sequence(right)) => {
            left.extend(right.iter().cloned());
            Ok(())
        }
        (Value::Null, _) | (_, Value::Null) => Err(Error::new(Reason::Null)),
        (known, value) if go_type(known) != go_type(value) => {
            Err(Error::new(Reason::TypeMismatch { left: go_type(known), right: go_type(value) }))
        }
        (_, value) => {
            if !is_zero(value) {
                *left = value.clone();
            }
            Ok(())
        }
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number == 0,
        Value::Uint(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Uint(_) => "uint64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Bytes(_) => "string",
        Value::Time { .. } => "time.Time",
        Value::Sequence(_) => "[]interface {}",
        Value::Mapping(pairs) if pairs.iter().all(|(key, _)| key.as_str().is_some()) => "map[string]interface {}",
        Value::Mapping(_) => "map[interface {}]interface {}",
    }
}
