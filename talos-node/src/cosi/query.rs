//! Which resources of a type are meant.

use regex::Regex;

use super::metadata::Metadata;

/// Labels and ids that a resource must have. Without terms, every resource is meant.
#[derive(Clone, Debug, Default)]
pub struct Query {
    terms: Vec<Term>,
    id: Option<Regex>,
}

/// One demand on the labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The label is there.
    Exists(String),
    /// The label is not there.
    NotExists(String),
    /// The label has this value.
    Equal(String, String),
}

impl Query {
    /// A further demand on the labels; all must hold.
    #[must_use]
    pub fn label(mut self, term: Term) -> Self {
        self.terms.push(term);
        self
    }

    /// A pattern that must occur in the id.
    ///
    /// # Errors
    /// When the pattern is none.
    pub fn id(mut self, pattern: &str) -> Result<Self, regex::Error> {
        self.id = Some(Regex::new(pattern)?);
        Ok(self)
    }

    /// Whether a resource is meant.
    pub fn matches(&self, metadata: &Metadata) -> bool {
        let labels = &metadata.labels;
        self.id.as_ref().is_none_or(|pattern| pattern.is_match(metadata.id()))
            && self.terms.iter().all(|term| match term {
                Term::Exists(key) => labels.contains_key(key),
                Term::NotExists(key) => !labels.contains_key(key),
                Term::Equal(key, value) => labels.get(key) == Some(value),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Reference;
    use super::*;

    #[test]
    fn all_terms_must_hold() {
        let mut metadata = Metadata::new(Reference::new("n", "t", "eth0"));
        metadata.labels.insert("app".into(), "x".into());
        let meant = |query: Query| query.matches(&metadata);
        assert!(meant(Query::default()));
        assert!(meant(Query::default().label(Term::Equal("app".into(), "x".into()))));
        assert!(!meant(Query::default().label(Term::Equal("app".into(), "y".into()))));
        assert!(!meant(Query::default().label(Term::Exists("app".into())).label(Term::Exists("b".into()))));
        assert!(meant(Query::default().label(Term::NotExists("b".into())).id("th").unwrap()));
        assert!(!meant(Query::default().id("^th").unwrap()));
        assert!(Query::default().id("(").is_err());
    }
}
