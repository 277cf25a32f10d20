//! JSON to YAML, in the older layout.

use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::natural;
use talos_config_yaml::resolve::{Dialect, Scalar, plain};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

use super::document::{Document, Id, Json, Members};
use super::{Error, read, text};

/// Keys longer than this may not be read back by the reference, which reads its own JSON as YAML.
const LONG_KEY: usize = 1000;

/// Writes a document; `size` is about how long the result is.
pub(super) fn to_yaml(document: &Document<'_>, size: usize) -> Result<String, Error> {
    if let Some(text) = write(document, size, true) {
        return Ok(text);
    }
    // The reference writes JSON and reads that as YAML. Where this changes or refuses a text, so does this.
    let source = Source::new("", text::write(document, document.root));
    let (tree, error) = Tree::parse(&source, Options { dialect: Dialect::V2, comments: false });
    if let Some(error) = error {
        return Err(Error::ToYaml(error.to_string()));
    }
    let &[root] = tree.documents() else { return Err(Error::Documents { count: tree.documents().len() }) };
    let again = read::document(&tree, root).map_err(|error| Error::ToYaml(error.to_string()))?;
    Ok(write(&again, size, false).unwrap_or_default())
}

/// Writes a document, unless it has a text that would not come out of JSON as it is and those are to be found.
fn write(document: &Document<'_>, size: usize, find_odd: bool) -> Option<String> {
    let mut out = Emitter::with_capacity(Layout::V2, size + size / 8 + 64);
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut next = Some(document.root);
    loop {
        match next {
            Some(id) => match document.get(id) {
                Json::Null(_) => out.null(),
                Json::Bool(value) => out.boolean(*value),
                Json::Integer(value) => out.integer(*value),
                Json::Number(number) => write_number(&mut out, number),
                Json::Text(text) if find_odd && is_odd(text.as_bytes()) => return None,
                Json::Text(text) => out.string(text),
                Json::Literal(literal) if is_odd_literal(&literal.written) => return None,
                Json::Literal(literal) => out.string(&literal.text),
                Json::List(items) => {
                    out.sequence_start();
                    open.push(Open::List(items.iter()));
                }
                Json::Written(written)
                    if find_odd && written.keys.iter().any(|(_, literal)| is_odd_literal(literal)) =>
                {
                    return None;
                }
                object @ (Json::Object(_) | Json::Written(_)) => {
                    let members = object.members()?;
                    out.mapping_start();
                    open.push(Open::Object { members, order: order(members), next: 0 });
                }
            },
            None => {
                match open.pop()? {
                    Open::List(_) => out.sequence_end(),
                    Open::Object { .. } => out.mapping_end(),
                }
                if open.is_empty() {
                    return Some(out.finish());
                }
            }
        }
        next = match open.last_mut() {
            None => return Some(out.finish()),
            Some(Open::List(items)) => items.next().copied(),
            Some(Open::Object { members, order, next }) => {
                let at = if order.is_empty() { *next } else { order.get(*next).map_or(usize::MAX, |&at| at as usize) };
                *next += 1;
                match members.get(at) {
                    None => None,
                    Some((key, _)) if find_odd && (key.len() > LONG_KEY || is_odd(key.as_bytes())) => return None,
                    Some((key, id)) => {
                        out.key(key);
                        Some(*id)
                    }
                }
            }
        };
    }
}

/// A collection that is being written.
enum Open<'d> {
    List(std::slice::Iter<'d, Id>),
    Object {
        members: &'d Members<'d>,
        /// Places of the members in the order in which they are written; empty if they stand in it.
        order: Vec<u32>,
        next: usize,
    },
}

fn order(members: &Members<'_>) -> Vec<u32> {
    if members.is_sorted_by(|(left, _), (right, _)| natural::compare_v2(left, right).is_lt()) {
        return Vec::new();
    }
    let mut order: Vec<u32> = (0..members.len() as u32).collect();
    let key = |at: &u32| &*members[*at as usize].0;
    // Where the older order has no single result, the newer one settles it.
    natural::sort_by(&mut order, |left, right| natural::compare(key(left), key(right)));
    natural::sort_by(&mut order, |left, right| natural::compare_v2(key(left), key(right)));
    order
}

/// A number of JSON is read as one of YAML: whole numbers stay so, the rest is written anew.
fn write_number(out: &mut Emitter, number: &str) {
    match plain(Dialect::V2, number) {
        Scalar::Int(value) => out.integer(value),
        Scalar::Uint(value) => out.unsigned(value),
        Scalar::Float(value) => out.float(value),
        _ => out.string(number),
    }
}

/// Whether a text, written as JSON, is refused or changed when that is read as YAML: controls and noncharacters.
fn is_odd(text: &[u8]) -> bool {
    memchr::memchr3_iter(0x7F, 0xC2, 0xEF, text)
        .any(|at| matches!(text[at..], [0x7F, ..] | [0xC2, 0x80..=0x9F, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..]))
}

/// The same for a text with escapes: those of a slash and of surrogates are refused.
fn is_odd_literal(written: &[u8]) -> bool {
    let mut rest = written;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        if let [b'\\', b'/', ..] | [b'\\', b'u', b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..] = rest[at..]
        {
            return true;
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    is_odd(written) || std::str::from_utf8(written).is_err()
}
