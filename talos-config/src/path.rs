//! Places inside a document.

use std::fmt;

/// The place of a value in a document, such as `machine.network.interfaces[0].mtu`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(Vec<Segment>);

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// A position in a list, from 0.
    Index(usize),
}

impl FieldPath {
    /// The document itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The place of a key in the mapping at this place.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        self.with(Segment::Key(key.into()))
    }

    /// The place of an entry of the list at this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Segment::Index(index))
    }

    /// The place one step further.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    /// The steps from the document to the value.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Goes one step down.
    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    /// Goes one step up.
    pub fn pop(&mut self) -> Option<Segment> {
        self.0.pop()
    }

    /// True for the document itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

/// Reads keys joined by dots, as literals in code give them: `"machine.network".into()`.
impl From<&str> for FieldPath {
    fn from(keys: &str) -> Self {
        Self(keys.split('.').filter(|key| !key.is_empty()).map(|key| Segment::Key(key.to_owned())).collect())
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self(segments.into_iter().collect())
    }
}

/// Keys that are not plain words stand in brackets and quotes: `nodeLabels["a.b/c"]`.
impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_word(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_word(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_by_dots_and_other_keys_stand_in_brackets() {
        let path = FieldPath::from("machine.network").key("interfaces").index(2).key("mtu");
        assert_eq!(path.to_string(), "machine.network.interfaces[2].mtu");
        assert_eq!(FieldPath::from("machine.nodeLabels").key("a.b/c").to_string(), "machine.nodeLabels[\"a.b/c\"]");
        assert_eq!(FieldPath::root().to_string(), "");
    }
}
