//! Rules that a loaded configuration has to keep.
//!
//! Every rule is checked, in the order of the reference; the result lists all problems, each with its place.

use std::fmt;
use std::str::FromStr;

use crate::container::Container;
use crate::path::FieldPath;

/// Where a machine runs, as far as it matters for its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A machine that installs itself on a disk.
    Metal,
    /// A virtual machine from a prepared disk image.
    Cloud,
    /// A container.
    Container,
}

impl Mode {
    /// The names that the command line takes.
    pub const NAMES: &'static [&'static str] = &["metal", "cloud", "container"];

    /// Whether the configuration has to say where to install.
    pub fn requires_install(self) -> bool {
        self == Self::Metal
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Metal => "metal",
            Self::Cloud => "cloud",
            Self::Container => "container",
        })
    }
}

/// A mode that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown runtime mode: {}", talos_config_yaml::decode::go_quote(.0))]
pub struct UnknownMode(pub String);

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(name: &str) -> Result<Self, UnknownMode> {
        match name {
            "metal" => Ok(Self::Metal),
            "cloud" => Ok(Self::Cloud),
            "container" => Ok(Self::Container),
            _ => Err(UnknownMode(name.to_owned())),
        }
    }
}

/// What is known about the machine, and how strict to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// The disks of the machine. Without them (a check away from the machine) nothing is said about disks.
    pub disks: Option<&'a dyn Disks>,
    /// The installer has to run: `None` means what the mode says. A machine that is installed needs no install section.
    pub install_required: Option<bool>,
    /// Warnings count as errors.
    pub strict: bool,
}

/// The disks of a machine.
pub trait Disks: fmt::Debug {
    /// Whether a device path exists.
    fn exists(&self, path: &str) -> bool;

    /// The device path of the first disk that fits an install disk selector, if there is one.
    ///
    /// # Errors
    /// When the disks cannot be read; the text becomes an error of the configuration.
    fn find(&self, selector: &crate::v1alpha1::InstallDiskSelector) -> Result<Option<String>, LookupError>;
}

/// Why the disks of a machine cannot be read.
pub type LookupError = Box<dyn std::error::Error + Send + Sync>;

/// One problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The place in its document; a section that is missing is named by the place where it belongs.
    pub path: FieldPath,
    /// What is wrong, in the text of the reference.
    pub message: String,
}

/// The problems of one document, in the order of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What has to be mended.
    pub errors: Vec<Finding>,
    /// What should be mended.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// Adds an error.
    pub fn error(&mut self, path: FieldPath, message: impl Into<String>) {
        self.errors.push(Finding { path, message: message.into() });
    }

    /// Adds a warning.
    pub fn warning(&mut self, path: FieldPath, message: impl Into<String>) {
        self.warnings.push(Finding { path, message: message.into() });
    }

    /// Turns warnings into errors, after all others.
    pub fn make_strict(&mut self) {
        for Finding { path, message } in std::mem::take(&mut self.warnings) {
            self.error(path, format!("warning: {message}"));
        }
    }
}

/// A problem of a configuration with the document that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Position of the document in the configuration.
    pub document: usize,
    /// The problem.
    pub finding: Finding,
}

/// All errors of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationErrors(pub Vec<Located>);

/// The list as the reference prints it: a count, then a line for each, and an empty line at the end.
impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&error_list(self.0.iter().map(|located| located.finding.message.as_str())))
    }
}

impl std::error::Error for ValidationErrors {}

/// A list of errors as the reference prints it.
pub(crate) fn error_list<'a>(messages: impl ExactSizeIterator<Item = &'a str>) -> String {
    let mut text = match messages.len() {
        1 => "1 error occurred:\n".to_owned(),
        count => format!("{count} errors occurred:\n"),
    };
    for (position, message) in messages.enumerate() {
        if position > 0 {
            text.push('\n');
        }
        text.push_str("\t* ");
        text.push_str(message);
    }
    text.push_str("\n\n");
    text
}

/// Checks every document of a configuration.
///
/// Gives the warnings, and the errors if there are any.
pub fn validate(
    container: &Container,
    mode: Mode,
    options: Options<'_>,
) -> (Vec<Located>, Result<(), ValidationErrors>) {
    let (mut warnings, mut errors) = (Vec::new(), Vec::new());
    for (document, value) in container.documents().enumerate() {
        let findings = value.validate(mode, options);
        let located = |finding| Located { document, finding };
        errors.extend(findings.errors.into_iter().map(located));
        warnings.extend(findings.warnings.into_iter().map(located));
    }
    (warnings, if errors.is_empty() { Ok(()) } else { Err(ValidationErrors(errors)) })
}
