//! The parity ledger `docs/parity.toml`, and what makes one of its entries false.
//!
//! Tests of several crates include this file. The ledger is a tree of tables; a table that has the name of a [`State`] as
//! a key holds names, and the keys around it stand before them with a blank between:
//!
//! ```toml
//! [flags."config add"]
//! done = ["--ca"]                   # flags config add --ca
//! later."since 1.12" = ["--x"]      # with the reason
//! ```
//!
//! Names can be grouped by what they begin with (`done."machine.network" = ["hostname"]`), numbers by ranges (`"1-12"`).

use toml::{Table, Value};

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is here.
    Done,
    /// It is here, with something missing.
    Partial,
    /// It will be here.
    Later,
    /// It will not be here.
    Refused,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// What it is about.
    pub(crate) name: String,
    /// How far it is.
    pub(crate) state: State,
    /// Why; empty only for what is done.
    pub(crate) reason: String,
}

impl State {
    const ALL: [Self; 4] = [Self::Done, Self::Partial, Self::Later, Self::Refused];

    /// The word for it in the ledger.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partial => "partial",
            Self::Later => "later",
            Self::Refused => "refused",
        }
    }
}

/// The entries of one part of the ledger.
///
/// # Errors
/// What is wrong with the text.
pub(crate) fn entries(ledger: &str, part: &str) -> Result<Vec<Entry>, String> {
    let ledger: Table = ledger.parse().map_err(|error| format!("the ledger is not TOML: {error}"))?;
    let mut entries = Vec::new();
    match ledger.get(part) {
        Some(Value::Table(table)) => groups(table, "", &mut entries)?,
        _ => return Err(format!("the ledger has no table {part}")),
    }
    Ok(entries)
}

fn groups(table: &Table, prefix: &str, entries: &mut Vec<Entry>) -> Result<(), String> {
    if !State::ALL.iter().any(|state| table.contains_key(state.name())) {
        for (key, value) in table {
            let Value::Table(inner) = value else { return Err(format!("{prefix}{key} is not a table")) };
            groups(inner, &format!("{prefix}{key} "), entries)?;
        }
        return Ok(());
    }
    for (key, value) in table {
        let state = State::ALL.into_iter().find(|state| state.name() == key);
        match (state, value) {
            (Some(state @ State::Done), value) => names(value, state, "", prefix, entries)?,
            (Some(state), Value::Table(reasons)) => {
                for (reason, value) in reasons {
                    names(value, state, reason, prefix, entries)?;
                }
            }
            _ => return Err(format!("{prefix}{key} is neither `done` nor a state with reasons")),
        }
    }
    Ok(())
}

fn names(value: &Value, state: State, reason: &str, prefix: &str, entries: &mut Vec<Entry>) -> Result<(), String> {
    match value {
        Value::Array(names) => {
            for name in names {
                let Value::String(name) = name else { return Err(format!("{prefix}{name:?} is not a text")) };
                let mut push = |name: String| entries.push(Entry { name, state, reason: reason.to_owned() });
                match name.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?))) {
                    Some((first, last)) => (first..=last).for_each(|number: u32| push(format!("{prefix}{number}"))),
                    None => push(format!("{prefix}{name}")),
                }
            }
            Ok(())
        }
        Value::Table(groups) => groups.iter().try_for_each(|(group, value)| {
            let group = if group.is_empty() { String::new() } else { format!("{group}.") };
            names(value, state, reason, &format!("{prefix}{group}"), entries)
        }),
        _ => Err(format!("{prefix}: a state holds names")),
    }
}

/// What is false or missing in the entries for the rows of a table of the reference. `exists` says what is here.
#[cfg(test)]
pub(crate) fn faults(rows: &[String], entries: &[Entry], exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut known: std::collections::BTreeMap<&str, bool> = rows.iter().map(|row| (row.as_str(), false)).collect();
    for Entry { name, state, reason } in entries {
        match known.get_mut(name.as_str()) {
            None => faults.push(format!("{name}: the reference has no such row")),
            Some(seen) => {
                if std::mem::replace(seen, true) {
                    faults.push(format!("{name}: has two entries"));
                }
            }
        }
        match (state, exists(name)) {
            (State::Done | State::Partial, false) => faults.push(format!("{name}: is not here")),
            (State::Later | State::Refused, true) => faults.push(format!("{name}: is here already")),
            _ => {}
        }
        if *state != State::Done && reason.is_empty() {
            faults.push(format!("{name}: {} needs a reason", state.name()));
        }
    }
    faults.extend(known.iter().filter(|(_, seen)| !**seen).map(|(name, _)| format!("{name}: has no entry")));
    faults
}
