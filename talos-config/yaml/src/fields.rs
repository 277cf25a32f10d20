//! What a section is: the table that holds every fact about its fields, and the traits of the values in them.
//!
//! The derive `Section` writes the tables; the walks over them stand in [`crate::section`].

use std::any::Any;
use std::fmt;

use crate::decode::Decoder;
use crate::merge;
use crate::sink::Sink;
use crate::tree::NodeId;

/// A section: a mapping with known keys.
#[derive(Debug)]
pub struct Section {
    /// Name of the type in texts of the reference, such as `v1alpha1.NetworkConfig`.
    pub go_name: &'static str,
    /// What the section is for.
    pub doc: &'static str,
    /// Its fields in the order in which they are written.
    pub fields: &'static [Field],
}

/// One field of a section: the one place where everything about it stands.
#[derive(Debug)]
pub struct Field {
    /// Key in YAML.
    pub key: &'static str,
    /// Name of the field in merge errors.
    pub go_name: &'static str,
    /// Documentation; the first line is the comment in written files.
    pub doc: &'static str,
    /// Name of the value's type in type errors, where it is not the one of its shape.
    pub type_name: Option<&'static str>,
    /// What is written for an empty value.
    pub emit: Emit,
    /// Rule of a strategic merge.
    pub merge: Merge,
    /// Whether the value is a secret.
    pub secret: Secret,
    /// Minor release that brought the field, `0.8` for all older ones.
    pub since: &'static str,
    /// Minor release that deprecated it.
    pub deprecated: Option<&'static str>,
    /// A change takes effect only after a reboot.
    pub reboot: bool,
    /// Only control plane machines read the field.
    pub control_plane: bool,
    /// A legacy key that documentation leaves out.
    pub hidden: bool,
    /// What an absent field stands for.
    pub default: Option<&'static str>,
    /// The values the field may have; empty means any.
    pub values: &'static [&'static str],
    /// Values in YAML for the documented writer.
    pub examples: &'static [&'static str],
    /// The form of the value.
    pub shape: &'static Shape,
}

impl Field {
    /// First line of the documentation.
    pub fn summary(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default()
    }
}

/// What is written for a value that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emit {
    /// The field is always written.
    Always,
    /// Absent and empty values are left out.
    Omit,
    /// As [`Emit::Omit`], but the documented writer shows a value that is present and empty.
    OmitAbsent,
}

/// How a patch changes a field.
#[derive(Clone, Copy)]
pub enum Merge {
    /// As the type of the value merges.
    Typed,
    /// The patch replaces the value as a whole.
    Replace,
    /// The patch replaces the value as a whole, even when the patch does not have the field: its section alone suffices.
    Overwrite,
    /// Entries of a list merge into the first entry that the function calls the same; others are appended.
    Keyed(fn(&dyn Any, &dyn Any) -> bool),
}

impl fmt::Debug for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed => "Typed",
            Self::Replace => "Replace",
            Self::Overwrite => "Overwrite",
            Self::Keyed(_) => "Keyed",
        })
    }
}

/// Whether a value is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Anyone may see it.
    Open,
    /// Hidden wherever we show values, but kept by the redaction of the reference.
    Masked,
    /// Replaced by redaction.
    Redacted,
}

/// The form of a value, for schema, reference page and type names in errors.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// True or false.
    Flag,
    /// A whole number.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: u64,
        /// Type name in errors.
        go: &'static str,
    },
    /// A scalar with a form of its own, such as a duration.
    Special(&'static SpecialShape),
    /// Any mapping.
    FreeForm,
    /// A mapping with known keys.
    Section(&'static Section),
    /// A list.
    List(&'static Shape),
    /// A list of sections that may have null entries.
    SectionList(&'static Shape),
    /// A mapping with free keys.
    Map(&'static Shape),
    /// A value that may be absent.
    Optional(&'static Shape),
}

/// A scalar with a parser of its own.
#[derive(Debug)]
pub struct SpecialShape {
    /// What it is, in words: `duration`, `URL`.
    pub name: &'static str,
    /// Type name in errors.
    pub go: &'static str,
    /// JSON type in the schema.
    pub json: &'static str,
    /// Pattern (ECMA 262) of a text.
    pub pattern: Option<&'static str>,
    /// `format` of the schema.
    pub format: Option<&'static str>,
}

impl Shape {
    /// The type name that texts of the reference use.
    pub fn go_type(&self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::Flag => "bool".to_owned(),
            Self::Integer { go, .. } => (*go).to_owned(),
            Self::Special(special) => special.go.to_owned(),
            Self::FreeForm => "v1alpha1.Unstructured".to_owned(),
            Self::Section(section) => section.go_name.to_owned(),
            Self::List(item) => format!("[]{}", item.go_type()),
            Self::SectionList(item) => format!("[]*{}", item.go_type()),
            Self::Map(Shape::Optional(Shape::Section(section))) => format!("map[string]*{}", section.go_name),
            Self::Map(item) => format!("map[string]{}", item.go_type()),
            Self::Optional(inner) => inner.go_type(),
        }
    }

    /// The section of a value, of the items of a list, or of the values of a map.
    pub fn inner_section(&self) -> Option<&'static Section> {
        match self {
            Self::Section(section) => Some(section),
            Self::List(inner) | Self::SectionList(inner) | Self::Map(inner) | Self::Optional(inner) => {
                inner.inner_section()
            }
            _ => None,
        }
    }

    /// The shape without the note that the value may be absent.
    pub fn present(&self) -> &Shape {
        match self {
            Self::Optional(inner) => inner.present(),
            shape => shape,
        }
    }
}

/// A type whose form is known without a value.
pub trait Described {
    /// The form.
    const SHAPE: Shape;
}

/// Access to the fields of a section by row number.
pub trait Fields: Any {
    /// The table.
    fn section(&self) -> &'static Section;
    /// The value of a row.
    ///
    /// # Panics
    /// When the table has no such row.
    fn field(&self, row: usize) -> &dyn Node;
    /// The value of a row, to be changed.
    ///
    /// # Panics
    /// When the table has no such row.
    fn field_mut(&mut self, row: usize) -> &mut dyn Node;
}

/// A value in a document: section, list, map or scalar.
pub trait Node: Any {
    /// Reads the value at a node of a tree. Problems go to the decoder; a null leaves the value as it is.
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId);

    /// Merges a patch of the same type into this value.
    ///
    /// # Errors
    /// When values of the two sides cannot be combined.
    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), merge::Error>;

    /// Writes the value without comments.
    fn encode(&self, out: &mut dyn Sink);

    /// True for a value that counts as not set: null, an empty text, zero.
    fn unset(&self) -> bool;

    /// True for a value that a writer with [`Emit::Omit`] leaves out: unset, or a list or map without entries.
    fn empty(&self) -> bool {
        self.unset()
    }

    /// True for a list or mapping without entries.
    fn hollow(&self) -> bool {
        false
    }

    /// The structure of the value, for walks that are not about one type.
    fn view(&self) -> View<'_> {
        View::Scalar
    }

    /// Calls back for every value directly inside this one.
    fn each_mut(&mut self, _visit: &mut dyn FnMut(&mut dyn Node)) {}

    /// Replaces a secret text by a mark, unless it is empty.
    fn redact(&mut self, _mark: &str) {}

    /// Equality with another value; values of different types are unequal.
    fn equals(&self, other: &dyn Node) -> bool;

    /// For downcasts.
    fn as_any(&self) -> &dyn Any;

    /// For downcasts.
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// The structure of a value.
pub enum View<'a> {
    /// Not there: written as null.
    Null,
    /// A scalar, or a mapping of free form.
    Scalar,
    /// A section.
    Section(&'a dyn Fields),
    /// A list; null entries show as [`View::Null`].
    List(&'a dyn Entries),
    /// A map with free keys.
    Map(&'a dyn Entries),
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Scalar => "Scalar",
            Self::Section(_) => "Section",
            Self::List(_) => "List",
            Self::Map(_) => "Map",
        })
    }
}

/// Where an entry of a list or map stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// Position in a list, from 0.
    Index(usize),
    /// Key of a map.
    Key(&'a str),
}

/// The entries of a list or map.
pub trait Entries {
    /// Number of entries.
    fn len(&self) -> usize;

    /// True without entries.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls back for each entry, those of a map in the order of their keys' bytes.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(Place<'a>, &'a dyn Node));

    /// The entry at a place.
    fn get(&self, place: Place<'_>) -> Option<&dyn Node>;
}

/// Compares two entries of a list for [`Merge::Keyed`].
pub fn same_entry<T: 'static>(left: &dyn Any, right: &dyn Any, same: fn(&T, &T) -> bool) -> bool {
    match (left.downcast_ref(), right.downcast_ref()) {
        (Some(left), Some(right)) => same(left, right),
        _ => false,
    }
}
