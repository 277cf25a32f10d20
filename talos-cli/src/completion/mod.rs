//! Completion: what may stand at the end of an unfinished command line. Shell scripts ask through the hidden commands
//! `__complete` and `__completeNoDesc`; candidates come one per line, then a line with a colon and a number.

mod candidates;
pub(crate) mod scripts;

use crate::call::Call;
use crate::global::Environment;

pub(crate) use candidates::{children, complete};

/// Where the values of a flag or the arguments of a command come from.
#[derive(Clone, Copy, Debug)]
pub enum Completer {
    /// File names, which the shell knows best.
    Files,
    /// Names of folders.
    Folders,
    /// Nothing at all.
    Nothing,
    /// Fixed words.
    Words(&'static [&'static str]),
    /// Words found out on the spot. A failure is an empty list.
    Dynamic(fn(&Request<'_>) -> Candidates),
}

/// What is to be completed.
#[derive(Debug)]
pub struct Request<'a> {
    /// The line up to the word in question, as far as it could be read.
    pub call: &'a Call<'a>,
    /// The beginning of the word.
    pub begun: &'a str,
    /// Variables, working folder, clock.
    pub environment: &'a Environment,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// Words; a tab may separate a word from its description.
    pub words: Vec<String>,
    /// What the shell should do beyond offering them: a sum of [`directive`] numbers.
    pub directive: u8,
}

/// Numbers that tell the shell how to treat candidates.
pub mod directive {
    /// Offer the candidates, or file names if there are none.
    pub const DEFAULT: u8 = 0;
    /// Something went wrong; offer nothing.
    pub const ERROR: u8 = 1;
    /// Put no blank after the word.
    pub const NO_SPACE: u8 = 2;
    /// Offer no file names.
    pub const NO_FILES: u8 = 4;
    /// The candidates are file extensions to filter by.
    pub const FILTER_EXTENSION: u8 = 8;
    /// Offer names of folders.
    pub const FILTER_FOLDERS: u8 = 16;
    /// Keep the order of the candidates.
    pub const KEEP_ORDER: u8 = 32;

    /// The names of the numbers in `sum`, as debug output shows them.
    pub fn names(sum: u8) -> String {
        const NAMES: [(u8, &str); 6] = [
            (ERROR, "ShellCompDirectiveError"),
            (NO_SPACE, "ShellCompDirectiveNoSpace"),
            (NO_FILES, "ShellCompDirectiveNoFileComp"),
            (FILTER_EXTENSION, "ShellCompDirectiveFilterFileExt"),
            (FILTER_FOLDERS, "ShellCompDirectiveFilterDirs"),
            (KEEP_ORDER, "ShellCompDirectiveKeepOrder"),
        ];
        let names: Vec<_> = NAMES.iter().filter(|(bit, _)| sum & bit != 0).map(|(_, name)| *name).collect();
        if names.is_empty() { "ShellCompDirectiveDefault".into() } else { names.join(", ") }
    }
}

impl Candidates {
    /// Words of which none is a file name.
    pub fn words(words: Vec<String>) -> Self {
        Self { words, directive: directive::NO_FILES }
    }

    /// No candidates.
    pub fn none() -> Self {
        Self::words(Vec::new())
    }
}

impl Completer {
    fn ask(self, request: &Request<'_>) -> Candidates {
        match self {
            Self::Files => Candidates { words: Vec::new(), directive: directive::DEFAULT },
            Self::Folders => Candidates { words: Vec::new(), directive: directive::FILTER_FOLDERS },
            Self::Nothing => Candidates::none(),
            Self::Words(words) => {
                let begun = words.iter().filter(|word| word.starts_with(request.begun));
                Candidates::words(begun.map(|word| (*word).to_owned()).collect())
            }
            Self::Dynamic(find) => find(request),
        }
    }
}
