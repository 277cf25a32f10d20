//! URLs, kept in parts and put together again without changing them.
//!
//! A URL here is any reference: it may lack scheme and host, or be empty. Nothing is normalised but the scheme's case; the
//! text of the parts comes back as it was.

mod escape;
mod https;
mod ip_literal;
mod parse;
mod query;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::fields::{Described, Merge, Node, Shape, SpecialShape};
use talos_config_yaml::merge::{Error, Reason, Step};
use talos_config_yaml::node_identity;
use talos_config_yaml::sink::Sink;
use talos_config_yaml::tree::NodeId;

use self::escape::Part;
pub use self::ip_literal::{IpError, is_ipv6};
pub use self::parse::{ParseError, Problem};

/// A URL in parts: `scheme://user@host/path?query#fragment` or `scheme:opaque?query#fragment`.
///
/// ```
/// use talos_config::value::url::Url;
///
/// let url: Url = "https://cp.example.org:6443".parse().unwrap();
/// assert_eq!((url.scheme(), &*url.hostname(), &*url.port()), ("https", "cp.example.org", "6443"));
/// assert_eq!(url.to_string(), "https://cp.example.org:6443");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Url {
    scheme: String,
    opaque: String,
    user: Option<User>,
    /// Without escapes, as are path and fragment. Escapes can stand for any bytes.
    host: Vec<u8>,
    path: Vec<u8>,
    fragment: Vec<u8>,
    query: String,
    /// The path as it was written, where escaping it anew would give another text; the same for the fragment.
    written_path: String,
    written_fragment: String,
    /// The text ends with a question mark and has no query.
    empty_query: bool,
    /// A scheme and a path that begins with a slash stand without the slashes of a host between them.
    no_host: bool,
}

/// What stands in front of the host, without escapes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct User {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl Url {
    /// Reads a URL as the first line of an HTTP request has it: with a scheme or a path from the root, without a fragment.
    ///
    /// # Errors
    /// [`ParseError`] with the text and what is wrong with it.
    pub fn parse_request(text: &str) -> Result<Self, ParseError> {
        parse::request(text)
    }

    /// The scheme in lower case, such as `https`; empty if there is none.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// What follows a scheme without a slash: `6443` of `cp.example.org:6443`.
    pub fn opaque(&self) -> &str {
        &self.opaque
    }

    /// Host and port as they stand there, with the brackets of an IPv6 address.
    pub fn host(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.host)
    }

    /// The host without port and brackets.
    pub fn hostname(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(split_port(&self.host).0)
    }

    /// The port, empty if there is none.
    pub fn port(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(split_port(&self.host).1)
    }

    /// The path without escapes.
    pub fn path(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.path)
    }

    /// The query with its escapes, without the question mark.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The fragment without escapes.
    pub fn fragment(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.fragment)
    }

    /// True when user name or password stand in front of the host.
    pub fn has_user(&self) -> bool {
        self.user.is_some()
    }

    /// Replaces the value of a query item if the query has it. The query is escaped anew and sorted in any case.
    pub fn redact_query_item(&mut self, key: &str, mark: &str) {
        self.query = query::with_replaced(&self.query, key, mark);
    }

    /// Merges part by part: what the patch has wins, what it lacks stays.
    fn merge_parts(&mut self, right: &Self) -> Result<(), Error> {
        merge_part(&mut self.scheme, &right.scheme);
        merge_part(&mut self.opaque, &right.opaque);
        match (&mut self.user, &right.user) {
            (_, None) => {}
            (user @ None, Some(patch)) => *user = Some(patch.clone()),
            (Some(user), Some(_)) => {
                let left = String::from_utf8_lossy(&user.name).into_owned();
                let error = Error::new(Reason::NotSettable { left });
                return Err(error.within(step("url.Userinfo", "username")).within(step("url.URL", "User")));
            }
        }
        merge_part(&mut self.host, &right.host);
        merge_part(&mut self.path, &right.path);
        merge_part(&mut self.fragment, &right.fragment);
        merge_part(&mut self.query, &right.query);
        merge_part(&mut self.written_path, &right.written_path);
        merge_part(&mut self.written_fragment, &right.written_fragment);
        self.empty_query = right.empty_query;
        self.no_host = right.no_host;
        Ok(())
    }

    /// The path with escapes: as it was written if that is still the same path.
    fn escaped_path(&self) -> Cow<'_, str> {
        match self.path.as_slice() {
            path if escape::says(&self.written_path, path, Part::Path) => Cow::Borrowed(&self.written_path),
            b"*" => Cow::Borrowed("*"),
            path => escape::escape(path, Part::Path),
        }
    }

    fn escaped_fragment(&self) -> Cow<'_, str> {
        if escape::says(&self.written_fragment, &self.fragment, Part::Fragment) {
            Cow::Borrowed(&self.written_fragment)
        } else {
            escape::escape(&self.fragment, Part::Fragment)
        }
    }

    /// Writes what stands between scheme and path.
    fn write_authority(&self, out: &mut String) {
        let empty = self.host.is_empty() && self.user.is_none();
        if empty && (self.scheme.is_empty() || self.no_host) {
            return;
        }
        if !empty || !self.path.is_empty() {
            out.push_str("//");
        }
        if let Some(User { name, password }) = &self.user {
            out.push_str(&escape::escape(name, Part::User));
            if let Some(password) = password {
                out.push(':');
                out.push_str(&escape::escape(password, Part::User));
            }
            out.push('@');
        }
        out.push_str(&escape::escape(&self.host, Part::Host));
    }
}

fn merge_part<T: Clone + AsRef<[u8]>>(left: &mut T, right: &T) {
    if !right.as_ref().is_empty() {
        left.clone_from(right);
    }
}

fn step(section: &'static str, field: &'static str) -> Step {
    Step::Field { section, field, key: "" }
}

/// Host and port; the host without brackets.
fn split_port(host: &[u8]) -> (&[u8], &[u8]) {
    let (host, port) = match host.iter().rposition(|byte| *byte == b':') {
        Some(colon) if host[colon + 1..].iter().all(u8::is_ascii_digit) => (&host[..colon], &host[colon + 1..]),
        _ => (host, &host[..0]),
    };
    match host {
        [b'[', inside @ .., b']'] => (inside, port),
        _ => (host, port),
    }
}

impl FromStr for Url {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse::reference(text)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        if !self.scheme.is_empty() {
            out.push_str(&self.scheme);
            out.push(':');
        }
        if self.opaque.is_empty() {
            self.write_authority(&mut out);
            let path = self.escaped_path();
            if !self.host.is_empty() && !path.is_empty() && !path.starts_with('/') {
                out.push('/');
            }
            // A colon in the first segment would make the segment a scheme.
            if out.is_empty() && path.split('/').next().is_some_and(|segment| segment.contains(':')) {
                out.push_str("./");
            }
            out.push_str(&path);
        } else {
            out.push_str(&self.opaque);
        }
        if self.empty_query || !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push('#');
            out.push_str(&self.escaped_fragment());
        }
        f.write_str(&out)
    }
}

/// Without password and query, which may hold a token.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.clone();
        if let Some(password) = shown.user.as_mut().and_then(|user| user.password.as_mut()) {
            *password = b"***".to_vec();
        }
        if !shown.query.is_empty() {
            shown.query = "***".to_owned();
        }
        fmt::Display::fmt(&shown, f)
    }
}

impl Described for Url {
    const SHAPE: Shape = Shape::Special(&SHAPE);
}

static SHAPE: SpecialShape =
    SpecialShape { name: "URL", go: "string", json: "string", pattern: None, format: Some("uri-reference") };

impl Node for Url {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        if let Some(text) = decoder.text(at) {
            match text.parse() {
                Ok(url) => *self = url,
                Err(error) => decoder.fatal(at, ParseError::to_string(&error)),
            }
        }
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        match right.as_any().downcast_ref::<Self>() {
            Some(right) if matches!(rule, Merge::Replace) => self.clone_from(right),
            Some(right) => self.merge_parts(right).map_err(|error| error.within(step("v1alpha1.Endpoint", "URL")))?,
            None => {}
        }
        Ok(())
    }

    fn encode(&self, out: &mut dyn Sink) {
        out.string(&self.to_string());
    }

    fn unset(&self) -> bool {
        *self == Self::default()
    }

    node_identity!();
}

/// A URL that is written as an empty text while it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OptionalUrl(
    /// The URL.
    pub Option<Url>,
);

impl From<Url> for OptionalUrl {
    fn from(url: Url) -> Self {
        Self(Some(url))
    }
}

impl Described for OptionalUrl {
    const SHAPE: Shape = Shape::Special(&SHAPE);
}

impl Node for OptionalUrl {
    fn decode(&mut self, decoder: &mut Decoder<'_, '_>, at: NodeId) {
        match decoder.text(at).filter(|text| !text.is_empty()).map(|text| text.parse()) {
            Some(Ok(url)) => self.0 = Some(url),
            Some(Err(error)) => decoder.fatal(at, ParseError::to_string(&error)),
            None => {}
        }
    }

    fn merge(&mut self, right: &dyn Node, rule: Merge) -> Result<(), Error> {
        match (&mut self.0, right.as_any().downcast_ref::<Self>()) {
            (Some(url), Some(Self(Some(patch)))) if !matches!(rule, Merge::Replace) => {
                url.merge_parts(patch).map_err(|error| error.within(step("meta.URL", "URL")))
            }
            (url, Some(Self(Some(patch)))) => {
                *url = Some(patch.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn encode(&self, out: &mut dyn Sink) {
        match &self.0 {
            Some(url) => url.encode(out),
            None => out.string(""),
        }
    }

    fn unset(&self) -> bool {
        self.0.is_none()
    }

    /// The token with which a machine joins SideroLink is an item of the query.
    fn redact(&mut self, mark: &str) {
        if let Some(url) = &mut self.0 {
            url.redact_query_item("jointoken", mark);
        }
    }

    node_identity!();
}

#[cfg(test)]
mod tests;
