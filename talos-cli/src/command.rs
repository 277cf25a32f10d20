//! The command table: what a command is called, takes, shows and runs. Help, parsing, completion, the reference page and
//! the parity ledger are all read from it.

use crate::call::Call;
use crate::completion::Completer;
use crate::flag::{Flag, Visibility};
use crate::go;
use crate::io::Io;

/// What a command does once its line is read.
pub type Run = fn(&Call<'_>, &mut Io<'_>) -> anyhow::Result<()>;

/// One row of the command table. Rows are statics: nothing is built at start.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Name and arguments as the usage line shows them, for example `add <context>`.
    pub usage: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// One line for lists of commands.
    pub short: &'static str,
    /// Text of the help page; empty shows [`Self::short`].
    pub long: &'static str,
    /// Examples, each line indented by two blanks; may be empty.
    pub examples: &'static str,
    /// Whether help and completion show it.
    pub visibility: Visibility,
    /// True if the original program has no such command.
    pub addition: bool,
    /// How many words it takes.
    pub arguments: Arguments,
    /// Flags of this command alone, sorted by name.
    pub flags: &'static [&'static Flag],
    /// Flags of this command and of all below it, sorted by name.
    pub persistent: &'static [&'static Flag],
    /// Groups of flags of which one at most may be given.
    pub exclusive: &'static [&'static [&'static str]],
    /// Commands below it, sorted by name.
    pub children: &'static [&'static Command],
    /// `None` for a command that only holds others; it shows its help, whatever words follow.
    pub run: Option<Run>,
    /// Where completion takes arguments from.
    pub completer: Completer,
    /// True if the line is handed on as it is, flags unread.
    pub raw: bool,
}

/// How many words a command takes, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// Any number.
    Any,
    /// None; a word is reported as an unknown command.
    None,
    /// Exactly this many.
    Exactly(usize),
    /// This many or more.
    AtLeast(usize),
    /// This many or fewer.
    AtMost(usize),
    /// From the first to the second number.
    Between(usize, usize),
    /// Exactly one, of these.
    OneOf(&'static [&'static str]),
}

impl Command {
    /// A command with a usage line (`name <arguments>`) and a one-line description; all else is empty.
    pub const fn new(usage: &'static str, short: &'static str) -> Self {
        Self {
            usage,
            aliases: &[],
            short,
            long: "",
            examples: "",
            visibility: Visibility::Visible,
            addition: false,
            arguments: Arguments::Any,
            flags: &[],
            persistent: &[],
            exclusive: &[],
            children: &[],
            run: None,
            completer: Completer::Files,
            raw: false,
        }
    }

    /// The first word of the usage line.
    pub fn name(&self) -> &'static str {
        self.usage.split_once(' ').map_or(self.usage, |(name, _)| name)
    }

    /// True if `word` is its name or one of its aliases.
    pub fn is_called(&self, word: &str) -> bool {
        self.name() == word || self.aliases.contains(&word)
    }

    /// The command below this one that `word` calls.
    pub fn child(&self, word: &str) -> Option<&'static Command> {
        self.children.iter().find(|child| child.is_called(word)).copied()
    }

    /// True if lists of commands show it.
    pub fn listed(&self) -> bool {
        let useful = self.run.is_some() || self.children.iter().any(|child| child.listed());
        self.visibility == Visibility::Visible && useful
    }

    /// Visits this command and all below it, parents first, each with its path (`talosctl config add`).
    pub fn walk(&'static self) -> Walk {
        Walk { pending: vec![(self.name().to_owned(), self)] }
    }
}

impl Arguments {
    /// Checks the words given to the command called `path`.
    ///
    /// # Errors
    /// The text to show.
    pub fn check(self, path: &str, words: &[String]) -> Result<(), String> {
        let received = words.len();
        match self {
            Self::None if received > 0 => {
                Err(format!("unknown command {} for {}", go::quote(&words[0]), go::quote(path)))
            }
            Self::Exactly(count) if received != count => Err(format!("accepts {count} arg(s), received {received}")),
            Self::AtLeast(least) if received < least => {
                Err(format!("requires at least {least} arg(s), only received {received}"))
            }
            Self::AtMost(most) if received > most => Err(format!("accepts at most {most} arg(s), received {received}")),
            Self::Between(least, most) if !(least..=most).contains(&received) => {
                Err(format!("accepts between {least} and {most} arg(s), received {received}"))
            }
            Self::OneOf(_) if received != 1 => Err(format!("accepts 1 arg(s), received {received}")),
            Self::OneOf(allowed) if !allowed.contains(&words[0].as_str()) => {
                Err(format!("invalid argument {} for {}", go::quote(&words[0]), go::quote(path)))
            }
            _ => Ok(()),
        }
    }
}

/// Iterator over a command and all below it.
#[derive(Debug)]
pub struct Walk {
    pending: Vec<(String, &'static Command)>,
}

impl Iterator for Walk {
    type Item = (String, &'static Command);

    fn next(&mut self) -> Option<Self::Item> {
        let (path, command) = self.pending.pop()?;
        let below = command.children.iter().rev();
        self.pending.extend(below.map(|child| (format!("{path} {}", child.name()), *child)));
        Some((path, command))
    }
}
