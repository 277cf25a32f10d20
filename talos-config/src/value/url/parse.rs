//! Reading of a URL.

use std::fmt;

use super::escape::{self, Part};
use super::ip_literal::{self, IpError};
use super::{Url, User};
use talos_config_yaml::decode::go_quote;

/// Text that is not a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parse {}: {problem}", go_quote(.text))]
pub struct ParseError {
    /// The text; without its fragment unless the fragment is at fault.
    pub text: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A byte below U+0020, or U+007F.
    ControlCharacter,
    /// The text begins with a colon.
    MissingScheme,
    /// A text without a scheme and slash has a colon before the first slash.
    ColonInFirstSegment,
    /// A percent sign without two hexadecimal digits behind it, or an escape that a host must not have.
    Escape(
        /// The escape, up to three bytes.
        Vec<u8>,
    ),
    /// A character that a host must not have.
    HostCharacter(
        /// The character.
        u8,
    ),
    /// Other than digits behind the colon of a host.
    Port(
        /// The text from the colon on.
        String,
    ),
    /// A bracket in the middle of a host, or an address in brackets that is not IPv6.
    IpLiteral,
    /// A bracket that is not closed.
    MissingBracket,
    /// What stands in brackets is not an address.
    Ip(
        /// What is wrong with it.
        IpError,
    ),
    /// A character that user name and password must not have.
    User,
    /// An empty text where a request's URL must stand.
    Empty,
    /// Neither scheme nor a path from the root where a request's URL must stand.
    NotARequest,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter => f.write_str("net/url: invalid control character in URL"),
            Self::MissingScheme => f.write_str("missing protocol scheme"),
            Self::ColonInFirstSegment => f.write_str("first path segment in URL cannot contain colon"),
            Self::Escape(escape) => write!(f, "invalid URL escape {}", quote_bytes(escape)),
            Self::HostCharacter(byte) => write!(f, "invalid character {} in host name", quote_bytes(&[*byte])),
            Self::Port(port) => write!(f, "invalid port {} after host", go_quote(port)),
            Self::IpLiteral => f.write_str("invalid IP-literal"),
            Self::MissingBracket => f.write_str("missing ']' in host"),
            Self::Ip(error) => write!(f, "invalid host: {error}"),
            Self::User => f.write_str("net/url: invalid userinfo"),
            Self::Empty => f.write_str("empty url"),
            Self::NotARequest => f.write_str("invalid URI for request"),
        }
    }
}

/// Bytes that need not be text, in double quotes.
fn quote_bytes(bytes: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        let text = go_quote(chunk.valid());
        quoted.push_str(&text[1..text.len() - 1]);
        for byte in chunk.invalid() {
            quoted.push_str(&format!("\\x{byte:02x}"));
        }
    }
    quoted.push('"');
    quoted
}

/// Reads any reference.
pub(super) fn reference(text: &str) -> Result<Url, ParseError> {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let mut url = parse(before, false).map_err(|problem| ParseError { text: before.to_owned(), problem })?;
    if !fragment.is_empty() {
        (url.fragment, url.written_fragment) = plain_and_written(fragment, Part::Fragment)
            .map_err(|problem| ParseError { text: text.to_owned(), problem })?;
    }
    Ok(url)
}

/// Reads what may stand in a request.
pub(super) fn request(text: &str) -> Result<Url, ParseError> {
    parse(text, true).map_err(|problem| ParseError { text: text.to_owned(), problem })
}

fn parse(text: &str, request: bool) -> Result<Url, Problem> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Problem::ControlCharacter);
    }
    if text.is_empty() && request {
        return Err(Problem::Empty);
    }
    let mut url = Url::default();
    if text == "*" {
        url.path = b"*".to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    url.query = query.to_owned();
    url.empty_query = query.is_empty() && text.ends_with('?');
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        if request {
            return Err(Problem::NotARequest);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err(Problem::ColonInFirstSegment);
        }
    }
    let with_host = !scheme.is_empty() || !request && !rest.starts_with("///");
    if let Some(after) = rest.strip_prefix("//").filter(|_| with_host) {
        let (authority, path) = after.split_at(after.find('/').unwrap_or(after.len()));
        (url.user, url.host) = parse_authority(authority)?;
        rest = path;
    } else {
        url.no_host = !scheme.is_empty() && rest.starts_with('/');
    }
    (url.path, url.written_path) = plain_and_written(rest, Part::Path)?;
    Ok(url)
}

/// Scheme and what follows its colon. A text whose first colon does not end a scheme has none.
fn split_scheme(text: &str) -> Result<(&str, &str), Problem> {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter)));
    match end {
        Some(0) if text.starts_with(':') => Err(Problem::MissingScheme),
        Some(end) if text[end..].starts_with(':') && text.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            Ok((&text[..end], &text[end + 1..]))
        }
        _ => Ok(("", text)),
    }
}

/// The bytes of a text with escapes, and the text itself where escaping the bytes would give another one.
fn plain_and_written(text: &str, part: Part) -> Result<(Vec<u8>, String), Problem> {
    let plain = escape::unescape(text, part)?;
    let written = if escape::escape(&plain, part) == text { String::new() } else { text.to_owned() };
    Ok((plain, written))
}

fn parse_authority(authority: &str) -> Result<(Option<User>, Vec<u8>), Problem> {
    let Some((user, host)) = authority.rsplit_once('@') else { return Ok((None, parse_host(authority)?)) };
    let host = parse_host(host)?;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(allowed) {
        return Err(Problem::User);
    }
    let user = match user.split_once(':') {
        None => User { name: escape::unescape(user, Part::User)?, password: None },
        Some((name, password)) => {
            User { name: escape::unescape(name, Part::User)?, password: Some(escape::unescape(password, Part::User)?) }
        }
    };
    Ok((Some(user), host))
}

/// The host with its port, without escapes.
fn parse_host(host: &str) -> Result<Vec<u8>, Problem> {
    match host.rfind('[') {
        Some(0) => parse_ip_literal(host),
        Some(_) => Err(Problem::IpLiteral),
        None => {
            if let Some(colon) = host.rfind(':') {
                check_port(&host[colon..])?;
            }
            escape::unescape(host, Part::Host)
        }
    }
}

/// An IPv6 address in brackets; its zone begins with an escaped percent sign.
fn parse_ip_literal(host: &str) -> Result<Vec<u8>, Problem> {
    let (inside, port) = host[1..].rsplit_once(']').ok_or(Problem::MissingBracket)?;
    check_port(port)?;
    let (address, zone) = inside.split_at(inside.find("%25").unwrap_or(inside.len()));
    let mut plain = vec![b'['];
    plain.extend(escape::unescape(address, Part::Host)?);
    plain.extend(escape::unescape(zone, Part::Zone)?);
    match ip_literal::is_ipv6(&String::from_utf8_lossy(&plain[1..])) {
        Ok(true) => {}
        Ok(false) => return Err(Problem::IpLiteral),
        Err(error) => return Err(Problem::Ip(error)),
    }
    plain.push(b']');
    plain.extend_from_slice(port.as_bytes());
    Ok(plain)
}

/// Nothing, or a colon and any number of digits.
fn check_port(port: &str) -> Result<(), Problem> {
    match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Ok(()),
        None if port.is_empty() => Ok(()),
        _ => Err(Problem::Port(port.to_owned())),
    }
}
