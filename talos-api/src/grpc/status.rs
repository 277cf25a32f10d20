//! Statuses: their texts, and their form in trailers.
//!
//! Users search for the texts of the reference's client, so failures of the transport are worded the same here.

use std::fmt::Write;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use prost::Message;
use tonic::{Code, Status};

use crate::proto::{common, google};

/// Code names, as they appear in texts and in scripted replies.
const NAMES: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "Canceled"),
    (Code::Unknown, "Unknown"),
    (Code::InvalidArgument, "InvalidArgument"),
    (Code::DeadlineExceeded, "DeadlineExceeded"),
    (Code::NotFound, "NotFound"),
    (Code::AlreadyExists, "AlreadyExists"),
    (Code::PermissionDenied, "PermissionDenied"),
    (Code::ResourceExhausted, "ResourceExhausted"),
    (Code::FailedPrecondition, "FailedPrecondition"),
    (Code::Aborted, "Aborted"),
    (Code::OutOfRange, "OutOfRange"),
    (Code::Unimplemented, "Unimplemented"),
    (Code::Internal, "Internal"),
    (Code::Unavailable, "Unavailable"),
    (Code::DataLoss, "DataLoss"),
    (Code::Unauthenticated, "Unauthenticated"),
];

/// Name of a code: `OK`, `Canceled`, `NotFound`.
pub fn code_name(code: Code) -> &'static str {
    NAMES[code as usize].1
}

/// The code with the given name.
pub fn code_from_name(name: &str) -> Option<Code> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
}

/// The form in which errors show a status.
///
/// ```
/// use talos_api::grpc::status;
///
/// let failure = tonic::Status::not_found("no such thing");
/// assert_eq!(status::text(&failure), "rpc error: code = NotFound desc = no such thing");
/// ```
pub fn text(status: &Status) -> String {
    format!("rpc error: code = {} desc = {}", code_name(status.code()), status.message())
}

/// The status as a value inside of a reply.
pub fn to_message(status: &Status) -> google::rpc::Status {
    let details = google::rpc::Status::decode(status.details()).map(|status| status.details).unwrap_or_default();
    google::rpc::Status { code: status.code() as i32, message: status.message().to_owned(), details }
}

/// The status that a value inside of a reply stands for.
pub fn from_message(message: &google::rpc::Status) -> Status {
    let details = if message.details.is_empty() { Bytes::new() } else { message.encode_to_vec().into() };
    Status::with_details(Code::from_i32(message.code), message.message.clone(), details)
}

/// The failure of one node as it stands in a merged reply: its name, the text and the status.
pub fn failure_metadata(node: &str, status: &Status) -> common::Metadata {
    common::Metadata { hostname: node.to_owned(), error: text(status), status: Some(to_message(status)) }
}

/// Writes a status into trailers.
pub fn to_trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(3);
    trailers.insert("grpc-status", HeaderValue::from(status.code() as i32));
    if !status.message().is_empty() {
        let encoded = HeaderValue::try_from(percent_encode(status.message())).expect("encoded text is printable");
        trailers.insert("grpc-message", encoded);
    }
    if !status.details().is_empty() {
        let encoded = talos_pki::base64::encode(status.details());
        let encoded = HeaderValue::try_from(encoded.trim_end_matches('=')).expect("base64 is printable");
        trailers.insert("grpc-status-details-bin", encoded);
    }
    trailers
}

/// Reads the status from trailers, or from headers when a reply has nothing else. `None`: there is none.
///
/// Whatever a peer sends, this does not fail: an unknown code is `Unknown`, damaged details are left out.
pub fn from_trailers(trailers: &HeaderMap) -> Option<Status> {
    let code = trailers.get("grpc-status")?.to_str().ok().and_then(|code| code.parse().ok());
    let code = code.map_or(Code::Unknown, Code::from_i32);
    let message = trailers.get("grpc-message").map(|text| percent_decode(text.as_bytes())).unwrap_or_default();
    let details = trailers.get("grpc-status-details-bin").and_then(|text| unpadded(text.as_bytes()));
    Some(Status::with_details(code, message, details.unwrap_or_default()))
}

/// Base64 with or without padding, as binary header values come.
fn unpadded(text: &[u8]) -> Option<Bytes> {
    let mut padded = text.to_vec();
    while !padded.len().is_multiple_of(4) {
        padded.push(b'=');
    }
    talos_pki::base64::decode(padded).ok().map(Bytes::from)
}

/// Everything but printable ASCII, and the per cent sign, as `%XX`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | ..b' ' | b'\x7f'.. => write!(encoded, "%{byte:02X}").expect("a string takes everything"),
            _ => encoded.push(byte as char),
        }
    }
    encoded
}

fn percent_decode(text: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%').then(|| tail.get(..2).and_then(hexadecimal)).flatten();
        decoded.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Puts a text in double quotes, as texts of the reference have names in them.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() => {
                write!(quoted, "\\x{:02x}", letter as u32).expect("a string takes everything");
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_agree() {
        for (position, (code, name)) in NAMES.iter().enumerate() {
            assert_eq!(*code as usize, position);
            assert_eq!(code_from_name(name), Some(*code));
        }
    }

    #[test]
    fn trailers_keep_everything() {
        let message = google::rpc::Status {
            code: 5,
            message: "50% of \"größe\"\n".into(),
            details: vec![prost_types::Any { type_url: "a/b".into(), value: vec![1, 2, 3] }],
        };
        let status = from_message(&message);
        let back = from_trailers(&to_trailers(&status)).unwrap();
        assert_eq!(back.message(), message.message);
        assert_eq!(to_message(&back), message);
    }

    #[test]
    fn damaged_trailers_are_read_as_far_as_they_go() {
        let mut trailers = HeaderMap::new();
        assert!(from_trailers(&trailers).is_none());
        trailers.insert("grpc-status", HeaderValue::from_static("many"));
        trailers.insert("grpc-message", HeaderValue::from_static("100%, %4, %zz"));
        trailers.insert("grpc-status-details-bin", HeaderValue::from_static("*"));
        let status = from_trailers(&trailers).unwrap();
        assert_eq!((status.code(), status.message(), status.details()), (Code::Unknown, "100%, %4, %zz", &[][..]));
    }

    #[test]
    fn quotes_as_the_reference_does() {
        assert_eq!(quoted("a \"b\"\\\n\u{1}ü"), r#""a \"b\"\\\n\x01ü""#);
    }
}
