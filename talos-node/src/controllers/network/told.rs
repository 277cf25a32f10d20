//! What the console was told.

use std::sync::{Mutex, PoisonError};

use crate::console::Value;
use crate::machine::Machine;

/// The list that the console was told last. A controller is asked again and again, and says each list once.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Option<Vec<String>>>);

impl Told {
    /// Tells a list, unless it is the one that was told last.
    pub(super) fn tell(&self, machine: &Machine, controller: &str, text: &str, field: &str, list: Vec<String>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_ref() != Some(&list) {
            let texts: Vec<&str> = list.iter().map(String::as_str).collect();
            machine.console.controller(controller, text, &[(field, Value::List(&texts))]);
            *told = Some(list);
        }
    }
}
