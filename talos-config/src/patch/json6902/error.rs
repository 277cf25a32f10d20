//! What can go wrong with a JSON patch, in the reference's words.

use std::fmt;

use talos_config_yaml::error::SyntaxError as YamlError;

use super::text::SyntaxError;
use super::{Member, go_escaped};

/// Why a text is not a list of operations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The text is not JSON.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// The text is JSON, but not a list of objects.
    #[error("json: cannot unmarshal {found} into Go value of type {wanted}")]
    Type {
        /// What is there.
        found: &'static str,
        /// The reference's name of what should be there.
        wanted: &'static str,
    },
    /// The text is not YAML.
    #[error(transparent)]
    Yaml(YamlError),
    /// The text is YAML, but not a list of mappings.
    #[error("not a list of operations")]
    NotAList,
    /// A value has no form in JSON.
    #[error(transparent)]
    Value(ValueError),
}

/// Why a value has no form in JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Infinity, or not a number.
    #[error("json: unsupported value: {0}")]
    Float(&'static str),
    /// A mapping in an operation has keys that are not texts.
    #[error("json: unsupported type: map[interface {{}}]interface {{}}")]
    Keys,
    /// A mapping has a key that no text stands for.
    #[error("Unsupported map key of type: {kind}, key: {key}, value: {value}")]
    Key {
        /// Kind of the key.
        kind: &'static str,
        /// The key.
        key: String,
        /// What stands behind it.
        value: String,
    },
    /// A tag, alias or merge key that cannot be resolved.
    #[error("{0}")]
    Yaml(String),
}

/// Why a patch does not apply to a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not YAML.
    #[error("failure decoding talos machine config: {0}")]
    Decode(YamlError),
    /// The text has none or several documents.
    #[error("JSON6902 patches are not supported for multi-document machine configuration")]
    Documents {
        /// How many it has.
        count: usize,
    },
    /// The text has no form in JSON.
    #[error("failure converting talos machine config to json: {0}")]
    ToJson(ValueError),
    /// The text is neither a mapping nor a list.
    #[error(
        "failure applying rfc6902 patches to talos machine config: \
         json: cannot unmarshal {found} into Go value of type jsonpatch.partialDoc"
    )]
    Scalar {
        /// What it is.
        found: &'static str,
    },
    /// An operation failed.
    #[error("failure applying rfc6902 patches to talos machine config: {0}")]
    Operation(OperationError),
    /// The result cannot be written.
    #[error("failure converting talos machine config from json to yaml: {0}")]
    ToYaml(String),
}

/// An operation that does not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct OperationError {
    /// Place of the operation in the patch, from 0.
    pub index: usize,
    /// What is wrong.
    pub failure: Failure,
}

/// What is wrong with an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// There is no such operation.
    Kind(String),
    /// A path is missing or not a text.
    Member {
        /// Kind of the operation.
        op: &'static str,
        /// `path` or `from`.
        member: &'static str,
        /// What stands there instead of a text.
        found: Option<&'static str>,
    },
    /// What the last segment of the path is in does not exist.
    Parent {
        /// Kind of the operation.
        op: &'static str,
        /// `path` or `from`.
        member: &'static str,
        /// The path.
        path: String,
    },
    /// `replace` of a list item that does not exist.
    Item {
        /// The path.
        path: String,
    },
    /// What is at the end of the path cannot be reached.
    Access {
        /// Kind of the operation.
        op: &'static str,
        /// The text before the reason, which names the path or key.
        context: String,
        /// Why not.
        access: Access,
    },
    /// `test` found another value.
    Test {
        /// The path.
        path: String,
    },
    /// The result would be too large.
    TooLarge,
}

/// Why a member or item cannot be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// No member has this key.
    Key(String),
    /// No item has this index.
    Index(i64),
    /// The text is no index.
    NotAnIndex {
        /// The text.
        key: String,
        /// Whether it is a number, but too large.
        range: bool,
        /// Whether a new item was to be put there.
        add: bool,
    },
}

impl Failure {
    pub(super) fn member(op: &'static str, name: &'static str, member: &Member) -> Failure {
        let found = match member {
            Member::Other(found) => Some(*found),
            Member::Missing | Member::Text(_) => None,
        };
        Failure::Member { op, member: name, found }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Kind(op) => write!(f, "Unexpected kind: {op}"),
            Failure::Member { op, member, found } => {
                write!(f, "{op} operation failed to decode {member}: ")?;
                match (*op, *member, found) {
                    ("add" | "remove" | "copy", "path", _) => f.write_str("missing value"),
                    (_, _, Some(found)) => write!(f, "json: cannot unmarshal {found} into Go value of type string"),
                    (_, "from", None) => f.write_str("operation, missing from field: missing value"),
                    (_, _, None) => f.write_str("operation missing path field: missing value"),
                }
            }
            Failure::Parent { op, member, path } => match (*op, *member) {
                ("add" | "remove", _) => {
                    write!(f, "{op} operation does not apply: doc is missing path: \"{path}\": missing value")
                }
                ("test", _) => write!(f, "test operation does not apply: is missing path: {path}: missing value"),
                (_, "from") => {
                    write!(f, "{op} operation does not apply: doc is missing from path: {path}: missing value")
                }
                ("replace", _) => {
                    write!(f, "replace operation does not apply: doc is missing path: {path}: missing value")
                }
                _ => write!(f, "{op} operation does not apply: doc is missing destination path: {path}: missing value"),
            },
            Failure::Item { path } => {
                write!(f, "replace operation does not apply: doc is missing key: {path}: missing value")
            }
            Failure::Access { context, access, .. } => write!(f, "{context}: {access}"),
            Failure::Test { path } => write!(f, "testing value {path} failed: test failed"),
            Failure::TooLarge => f.write_str("the result would be too large"),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Access::Key(key) => write!(f, "Unable to remove nonexistent key: {key}: missing value"),
            Access::Index(index) => write!(f, "Unable to access invalid index: {index}: invalid index referenced"),
            Access::NotAnIndex { key, range, add } => {
                if *add {
                    write!(f, "value was not a proper array index: '{key}': ")?;
                }
                let reason = if *range { "value out of range" } else { "invalid syntax" };
                write!(f, "strconv.Atoi: parsing \"{}\": {reason}", go_escaped(key))
            }
        }
    }
}
