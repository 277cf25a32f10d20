//! Flags: rows of the table, typed handles that read them, and the grammar of the command line.

mod kind;
mod parse;
mod values;

use std::marker::PhantomData;
use std::net::IpAddr;

pub use kind::Kind;
pub use parse::HELP;
pub(crate) use parse::{Parsed, Scope, parse};
pub use values::{FlagType, Setting, Value, Values};

use crate::completion::Completer;
use crate::global::Environment;
use crate::go::{self, Duration};

/// One row of the flag table.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Name without dashes.
    pub name: &'static str,
    /// One-letter form, an ASCII character.
    pub short: Option<char>,
    /// What it takes.
    pub kind: Kind,
    /// Value when the flag is not used.
    pub initial: Initial,
    /// One sentence on its effect.
    pub help: &'static str,
    /// Word shown for its value in help, when the one of the kind says too little.
    pub word: Option<&'static str>,
    /// Whether help and completion show it.
    pub visibility: Visibility,
    /// True if the command cannot run without it.
    pub required: bool,
    /// True if the original program has no such flag.
    pub addition: bool,
    /// Where completion takes its values from.
    pub completer: Completer,
}

/// Value of a flag that was not given.
#[derive(Clone, Copy, Debug)]
pub enum Initial {
    /// Empty, zero, false.
    Zero,
    /// A switch that is on.
    On,
    /// A text.
    Text(&'static str),
    /// A text that depends on the environment, for example on a variable.
    Computed(fn(&Environment) -> String),
    /// An integer.
    Int(i64),
    /// A span of time.
    Duration(Duration),
    /// An address.
    Address(IpAddr),
    /// A list of texts.
    List(&'static [&'static str]),
    /// A list of integers.
    Ints(&'static [i64]),
}

/// Who sees a command or flag in help and completion. All of them work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everyone.
    Visible,
    /// Only those who know it.
    Hidden,
    /// Like hidden, and its use prints this advice, for example `use --controlplanes instead`.
    Deprecated(&'static str),
}

impl Flag {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        let completer = match kind {
            Kind::Choice(words) => Completer::Words(words),
            _ => Completer::Files,
        };
        Self {
            name,
            short: None,
            kind,
            initial: Initial::Zero,
            help,
            word: None,
            visibility: Visibility::Visible,
            required: false,
            addition: false,
            completer,
        }
    }

    /// The default as help shows it after `default `; `None` if it is empty, zero or false.
    pub fn shown_default(&self, environment: &Environment) -> Option<String> {
        let text = match self.initial {
            Initial::Zero => return None,
            Initial::On => "true".to_owned(),
            Initial::Text(text) => match self.kind {
                Kind::Text => go::quote(text),
                _ => text.to_owned(),
            },
            Initial::Computed(compute) => go::quote(&compute(environment)),
            Initial::Int(number) => number.to_string(),
            Initial::Duration(duration) => duration.to_string(),
            Initial::Address(address) => address.to_string(),
            Initial::List(list) => format!("[{}]", go::csv::join(list)),
            Initial::Ints(list) => {
                format!("[{}]", list.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
            }
        };
        Some(text)
    }

    /// The word that stands for the value in help; empty for switches.
    pub fn shown_word(&self) -> std::borrow::Cow<'static, str> {
        match (self.word, self.kind) {
            (Some(word), _) => word.into(),
            (None, Kind::Choice(words)) => words.join(", ").into(),
            (None, kind) => kind.word().into(),
        }
    }
}

/// A row of the flag table together with the type of its values.
///
/// ```
/// use talos_cli::flag::FlagOf;
/// static FORCE: FlagOf<bool> = FlagOf::switch("force", "Overwrite files that exist").short('f');
/// assert_eq!(FORCE.row().name, "force");
/// ```
#[derive(Debug)]
pub struct FlagOf<T: ?Sized> {
    row: Flag,
    value: PhantomData<fn() -> Box<T>>,
}

impl<T: ?Sized> FlagOf<T> {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self::of(Flag::new(name, kind, help))
    }

    const fn of(row: Flag) -> Self {
        Self { row, value: PhantomData }
    }

    /// The row, as command tables list it.
    pub const fn row(&'static self) -> &'static Flag {
        &self.row
    }

    /// Adds a one-letter form.
    #[must_use]
    pub const fn short(self, letter: char) -> Self {
        assert!(letter.is_ascii_graphic() && letter != '-' && letter != '=', "one graphic ASCII character");
        Self::of(Flag { short: Some(letter), ..self.row })
    }

    /// Names the value in help.
    #[must_use]
    pub const fn word(self, word: &'static str) -> Self {
        Self::of(Flag { word: Some(word), ..self.row })
    }

    /// Keeps the flag out of help and completion.
    #[must_use]
    pub const fn hidden(self) -> Self {
        Self::of(Flag { visibility: Visibility::Hidden, ..self.row })
    }

    /// Keeps the flag out of help and completion, and prints `advice` when it is used.
    #[must_use]
    pub const fn deprecated(self, advice: &'static str) -> Self {
        Self::of(Flag { visibility: Visibility::Deprecated(advice), ..self.row })
    }

    /// Makes the command fail without the flag.
    #[must_use]
    pub const fn required(self) -> Self {
        Self::of(Flag { required: true, ..self.row })
    }

    /// Marks the flag as one the original program does not have.
    #[must_use]
    pub const fn addition(self) -> Self {
        Self::of(Flag { addition: true, ..self.row })
    }

    /// Completes values from somewhere else than file names.
    #[must_use]
    pub const fn completed_by(self, completer: Completer) -> Self {
        Self::of(Flag { completer, ..self.row })
    }

    const fn initial(self, initial: Initial) -> Self {
        Self::of(Flag { initial, ..self.row })
    }
}

impl FlagOf<bool> {
    /// A switch, off unless [`FlagOf::on`] says otherwise.
    pub const fn switch(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Switch, help)
    }

    /// Makes the switch one that is on until `--name=false`.
    #[must_use]
    pub const fn on(self) -> Self {
        self.initial(Initial::On)
    }
}

impl FlagOf<str> {
    /// A text.
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Text, help)
    }

    /// One of `words`, which are sorted; the default must be one of them.
    pub const fn choice(
        name: &'static str,
        help: &'static str,
        words: &'static [&'static str],
        default: &'static str,
    ) -> Self {
        Self::new(name, Kind::Choice(words), help).default(default)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, text: &'static str) -> Self {
        self.initial(Initial::Text(text))
    }

    /// Takes the default from the environment.
    #[must_use]
    pub const fn computed(self, default: fn(&Environment) -> String) -> Self {
        self.initial(Initial::Computed(default))
    }
}

impl FlagOf<i64> {
    /// A signed integer.
    pub const fn int(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Int, help)
    }

    /// The same with its width in help.
    pub const fn int64(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Int64, help)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, number: i64) -> Self {
        self.initial(Initial::Int(number))
    }
}

impl FlagOf<i32> {
    /// A signed integer of 32 bits.
    pub const fn int32(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Int32, help)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, number: i32) -> Self {
        self.initial(Initial::Int(number as i64))
    }
}

impl FlagOf<f64> {
    /// A floating point number, zero by default.
    pub const fn float(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Float, help)
    }
}

impl FlagOf<Duration> {
    /// A span of time.
    pub const fn duration(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Duration, help)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, duration: Duration) -> Self {
        self.initial(Initial::Duration(duration))
    }
}

impl FlagOf<IpAddr> {
    /// An address.
    pub const fn address(name: &'static str, help: &'static str, default: IpAddr) -> Self {
        Self::new(name, Kind::Address, help).initial(Initial::Address(default))
    }
}

impl FlagOf<[String]> {
    /// Texts separated by commas, or by using the flag again.
    pub const fn list(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::List, help)
    }

    /// One text for each use of the flag.
    pub const fn repeated(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Repeated, help)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, list: &'static [&'static str]) -> Self {
        self.initial(Initial::List(list))
    }
}

impl FlagOf<[i64]> {
    /// Integers separated by commas, or by using the flag again.
    pub const fn ints(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Ints, help)
    }

    /// Sets the default.
    #[must_use]
    pub const fn default(self, list: &'static [i64]) -> Self {
        self.initial(Initial::Ints(list))
    }
}

impl FlagOf<[u8]> {
    /// Bytes in base64.
    pub const fn base64(name: &'static str, help: &'static str) -> Self {
        Self::new(name, Kind::Base64, help)
    }
}
