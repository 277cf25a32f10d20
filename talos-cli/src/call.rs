//! One call of a command: what was typed, taken apart.

use crate::command::Command;
use crate::flag::{Flag, FlagOf, FlagType, Values};
use crate::global::Environment;
use crate::help;

/// A command line after parsing and checking.
#[derive(Debug)]
pub struct Call<'a> {
    /// The root command, then each command down to the one called.
    pub path: &'a [&'static Command],
    /// The word that called the command: its name or an alias.
    pub called_as: &'a str,
    /// The words that are neither flags nor values.
    pub arguments: &'a [String],
    pub(crate) values: &'a Values,
}

impl Call<'_> {
    /// The value of a flag: as given, else its default.
    pub fn get<T: FlagType + ?Sized>(&self, flag: &'static FlagOf<T>) -> T::Value<'_> {
        self.values.get(flag)
    }

    /// True if the command line holds the flag, whatever its value.
    pub fn given(&self, flag: &'static Flag) -> bool {
        self.values.given(flag)
    }

    /// The help page of the command.
    pub fn help(&self, environment: &Environment) -> String {
        help::page(self.path, environment)
    }
}

/// The words that lead to a command: `talosctl config add`.
pub(crate) fn path_text(path: &[&'static Command]) -> String {
    path.iter().map(|command| command.name()).collect::<Vec<_>>().join(" ")
}
