//! Why a text is not YAML.

use std::fmt;

/// The first fault of a text. What stands before it, whole documents, is kept.
///
/// `Display` gives the reference's text, such as `yaml: line 3: did not find expected key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub(crate) problem: Problem,
    pub(crate) offset: u32,
    pub(crate) context: Option<u32>,
    pub(crate) line: Option<u32>,
}

impl SyntaxError {
    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Where the reader stopped: a byte offset into [`Source::text`](crate::source::Source::text).
    pub fn offset(&self) -> u32 {
        self.offset
    }

    /// Where the construct began that could not be read to its end, a byte offset.
    pub fn context(&self) -> Option<u32> {
        self.context
    }

    /// The line that the reference names in its text. It is often the line before the fault, and absent for the first
    /// line; [`offset`](Self::offset) is exact.
    pub fn line(&self) -> Option<u32> {
        self.line
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("yaml: ")?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        self.problem.fmt(f)
    }
}

impl std::error::Error for SyntaxError {}

macro_rules! problems {
    ($($(#[doc = $doc:literal])* $name:ident => $text:literal,)*) => {
        /// What is wrong with a text.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Problem {
            $($(#[doc = $doc])* $name,)*
            /// `*name` without a `&name` before it.
            UnknownAnchor(String),
        }

        impl fmt::Display for Problem {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name => f.write_str($text),)*
                    Self::UnknownAnchor(name) => write!(f, "unknown anchor '{name}' referenced"),
                }
            }
        }
    };
}

problems! {
    /// The input has 4 GiB or more.
    TooLarge => "input of 4 GiB or more",
    /// A control character other than tab, line feed, carriage return and next line.
    ControlCharacter => "control characters are not allowed",
    /// A byte that cannot begin a character.
    LeadingByte => "invalid leading UTF-8 octet",
    /// The input ends within a character.
    IncompleteCharacter => "incomplete UTF-8 octet sequence",
    /// A byte that cannot continue a character.
    TrailingByte => "invalid trailing UTF-8 octet",
    /// A character written with more bytes than it needs.
    CharacterLength => "invalid length of a UTF-8 sequence",
    /// A surrogate, or a number beyond the last character.
    InvalidCharacter => "invalid Unicode character",
    /// UTF-16 with an odd number of bytes.
    IncompleteUnit => "incomplete UTF-16 character",
    /// The second half of a UTF-16 pair comes first.
    UnexpectedLowSurrogate => "unexpected low surrogate area",
    /// The input ends within a UTF-16 pair.
    IncompletePair => "incomplete UTF-16 surrogate pair",
    /// The first half of a UTF-16 pair without the second.
    ExpectedLowSurrogate => "expected low surrogate area",
    /// `- ` where no list item may stand.
    BlockEntryNotAllowed => "block sequence entries are not allowed in this context",
    /// `? ` where no key may stand.
    KeyNotAllowed => "mapping keys are not allowed in this context",
    /// `: ` where no value may stand.
    ValueNotAllowed => "mapping values are not allowed in this context",
    /// A line of a mapping without a colon.
    ColonExpected => "could not find expected ':'",
    /// A character that has a meaning elsewhere, or none at all.
    NoToken => "found character that cannot start any token",
    /// Lists and mappings too deep in each other.
    TooDeep => "exceeded max depth of 10000",
    /// `%` without a name.
    DirectiveName => "could not find expected directive name",
    /// A directive's name with something else than letters.
    DirectiveCharacter => "found unexpected non-alphabetical character",
    /// A directive other than `%YAML` and `%TAG`.
    UnknownDirective => "found unknown directive name",
    /// Something after a directive or a block scalar's header.
    LineEndExpected => "did not find expected comment or line break",
    /// `%YAML` without a number.
    VersionNumber => "did not find expected version number",
    /// `%YAML` with a number of many digits.
    LongVersionNumber => "found extremely long version number",
    /// `%YAML 1` without a second number.
    VersionDot => "did not find expected digit or '.' character",
    /// A version of YAML other than 1.1.
    IncompatibleVersion => "found incompatible YAML document",
    /// A second `%YAML`.
    DuplicateVersion => "found duplicate %YAML directive",
    /// A second `%TAG` for a handle.
    DuplicateTag => "found duplicate %TAG directive",
    /// A tag's handle without its exclamation mark.
    ExclamationMark => "did not find expected '!'",
    /// A `%TAG` whose handle and prefix are not apart.
    Blank => "did not find expected whitespace",
    /// Something right after a tag.
    BlankOrBreak => "did not find expected whitespace or line break",
    /// A tag without a text.
    TagText => "did not find expected tag URI",
    /// `!<` without `>`.
    TagEnd => "did not find the expected '>'",
    /// A tag's `%` without two hexadecimal digits.
    TagEscape => "did not find URI escaped octet",
    /// A tag's escapes that cannot begin a character.
    TagLeadingByte => "found an incorrect leading UTF-8 octet",
    /// A tag's escapes that cannot continue a character.
    TagTrailingByte => "found an incorrect trailing UTF-8 octet",
    /// `!name!` without its `%TAG`.
    UndefinedTagHandle => "found undefined tag handle",
    /// An anchor or alias with no name, or with a character that no name may have.
    AnchorName => "did not find expected alphabetic or numeric character",
    /// An indentation digit of zero.
    IndentationZero => "found an indentation indicator equal to 0",
    /// A tab within a block scalar's indentation.
    TabInBlock => "found a tab character where an indentation space is expected",
    /// A tab within a plain scalar's indentation.
    TabInPlain => "found a tab character that violates indentation",
    /// `---` or `...` within a quoted scalar.
    DocumentIndicator => "found unexpected document indicator",
    /// The text ends within a quoted scalar.
    EndOfStream => "found unexpected end of stream",
    /// A backslash before a character that has no meaning there.
    Escape => "found unknown escape character",
    /// `\x`, `\u` or `\U` without its digits.
    EscapeDigits => "did not find expected hexdecimal number",
    /// `\u` or `\U` with a surrogate, or a number beyond the last character.
    EscapeCode => "found invalid Unicode character escape code",
    /// Content after the end of a document.
    DocumentStart => "did not find expected <document start>",
    /// A list or mapping where a value should be, or none at all.
    Content => "did not find expected node content",
    /// Something else than an item in a list.
    Dash => "did not find expected '-' indicator",
    /// Something else than a key in a mapping.
    Key => "did not find expected key",
    /// Something else than a comma within brackets.
    FlowSequence => "did not find expected ',' or ']'",
    /// Something else than a comma within braces.
    FlowMapping => "did not find expected ',' or '}'",
}
