//! Answers of several nodes as one, without decoding them: fields of later versions survive.
//!
//! An answer of a unary method is a list of messages in field 1. The list of several nodes is their answers one after the
//! other, and the name of a node is appended to its message: the parts of a message that is written twice are merged by
//! every reader.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use tonic::Status;

use crate::grpc::status::failure_metadata;
use crate::proto::common;

/// Tag of field 1, a message: `messages` of an answer, and `metadata` of one message.
const FIRST_FIELD: u8 = 0x0a;

/// Methods that answer with a stream of messages, beside all whose name ends in `Stream`.
const STREAMING: [&str; 13] = [
    "/machine.MachineService/Copy",
    "/machine.MachineService/DiskUsage",
    "/machine.MachineService/Dmesg",
    "/machine.MachineService/EtcdSnapshot",
    "/machine.MachineService/Events",
    "/machine.MachineService/ImageList",
    "/machine.MachineService/Kubeconfig",
    "/machine.MachineService/List",
    "/machine.MachineService/Logs",
    "/machine.MachineService/PacketCapture",
    "/machine.MachineService/Read",
    "/os.OSService/Dmesg",
    "/cluster.ClusterService/HealthCheck",
];

/// Whether each message of an answer is an element, instead of one message that is a list.
pub fn is_streaming(path: &str) -> bool {
    STREAMING.contains(&path) || path.ends_with("Stream")
}

/// Why an answer cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The answer is empty or ends in the middle of its element.
    #[error("error appending info for {node}: unexpected EOF")]
    UnexpectedEnd {
        /// The node that answered so.
        node: String,
    },
    /// The answer does not begin with an element, or has more than one.
    #[error("error appending info for {node}: unexpected field")]
    NotOneElement {
        /// The node that answered so.
        node: String,
    },
}

/// Adds a node's answer to a unary call, with the name of the node, to the merged answer.
///
/// ```
/// use bytes::BytesMut;
/// use talos_api::server::aggregate::append_answer;
///
/// let mut merged = BytesMut::new();
/// append_answer(&[0x0a, 0x00], "10.5.0.2", &mut merged).unwrap();
/// assert_eq!(merged, [&[0x0a, 0x0c, 0x0a, 0x0a, 0x0a, 0x08][..], b"10.5.0.2"].concat());
/// ```
///
/// # Errors
/// [`Error`] when the answer is not exactly one element; nothing is added then.
pub fn append_answer(answer: &[u8], node: &str, merged: &mut BytesMut) -> Result<(), Error> {
    let (tag, rest) = answer.split_first().ok_or_else(|| Error::UnexpectedEnd { node: node.into() })?;
    if *tag != FIRST_FIELD {
        return Err(Error::NotOneElement { node: node.into() });
    }
    let mut element = rest;
    let length = prost::encoding::decode_varint(&mut element)
        .ok()
        .and_then(|length| usize::try_from(length).ok())
        .ok_or_else(|| Error::UnexpectedEnd { node: node.into() })?;
    if element.len() < length {
        return Err(Error::UnexpectedEnd { node: node.into() });
    }
    if element.len() > length {
        return Err(Error::NotOneElement { node: node.into() });
    }
    put_element(element, &named(node), merged);
    Ok(())
}

/// Adds a node's failure to the merged answer.
pub fn append_failure(node: &str, status: &Status, merged: &mut BytesMut) {
    put_element(&[], &failed(node, status), merged);
}

/// A message of a node's stream, with the name of the node.
pub fn stream_message(message: &[u8], node: &str) -> Bytes {
    let suffix = named(node);
    let mut out = BytesMut::with_capacity(message.len() + suffix.len());
    out.put_slice(message);
    out.put_slice(&suffix);
    out.freeze()
}

/// The message that tells of a node's failure in a stream.
pub fn stream_failure(node: &str, status: &Status) -> Bytes {
    failed(node, status).into()
}

/// Writes an element in two parts.
fn put_element(element: &[u8], suffix: &[u8], merged: &mut BytesMut) {
    let length = element.len() + suffix.len();
    merged.reserve(length + 6);
    merged.put_u8(FIRST_FIELD);
    prost::encoding::encode_varint(length as u64, merged);
    merged.put_slice(element);
    merged.put_slice(suffix);
}

/// `metadata { hostname }` as field 1.
fn named(node: &str) -> Vec<u8> {
    metadata(&common::Metadata { hostname: node.into(), ..Default::default() })
}

fn failed(node: &str, status: &Status) -> Vec<u8> {
    metadata(&failure_metadata(node, status))
}

fn metadata(metadata: &common::Metadata) -> Vec<u8> {
    let length = metadata.encoded_len();
    let mut out = Vec::with_capacity(length + 6);
    out.put_u8(FIRST_FIELD);
    prost::encoding::encode_varint(length as u64, &mut out);
    metadata.encode_raw(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::machine::{Hostname, HostnameResponse};

    fn answer(hostname: &str) -> Vec<u8> {
        let message = Hostname { metadata: None, hostname: hostname.into() };
        HostnameResponse { messages: vec![message] }.encode_to_vec()
    }

    #[test]
    fn merges_answers_and_failures_in_order_of_arrival() {
        let mut merged = BytesMut::new();
        append_answer(&answer("cp-2"), "10.5.0.3", &mut merged).unwrap();
        append_failure("10.5.0.4", &Status::unavailable("gone"), &mut merged);
        append_answer(&answer("cp-1"), "10.5.0.2", &mut merged).unwrap();
        let reply = HostnameResponse::decode(merged.freeze()).unwrap();
        let shown: Vec<_> = reply
            .messages
            .iter()
            .map(|message| {
                let metadata = message.metadata.as_ref().unwrap();
                (metadata.hostname.as_str(), message.hostname.as_str(), metadata.error.as_str())
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("10.5.0.3", "cp-2", ""),
                ("10.5.0.4", "", "rpc error: code = Unavailable desc = gone"),
                ("10.5.0.2", "cp-1", "")
            ]
        );
        let failure = reply.messages[1].metadata.as_ref().unwrap().status.as_ref().unwrap();
        assert_eq!((failure.code, failure.message.as_str()), (14, "gone"));
    }

    #[test]
    fn a_name_that_was_there_is_overruled_and_unknown_fields_stay() {
        let own = common::Metadata { hostname: "own".into(), ..Default::default() };
        let mut element = Hostname { metadata: Some(own), hostname: "cp-1".into() }.encode_to_vec();
        // Field 1000, a text that no version here knows.
        element.extend([0xc2, 0x3e, 3, b'n', b'e', b'w']);
        let mut answer = vec![FIRST_FIELD, element.len() as u8];
        answer.extend(&element);
        let mut merged = BytesMut::new();
        append_answer(&answer, "10.5.0.2", &mut merged).unwrap();
        assert!(merged.windows(3).any(|part| part == b"new"));
        let reply = HostnameResponse::decode(merged.freeze()).unwrap();
        assert_eq!(reply.messages[0].metadata.as_ref().unwrap().hostname, "10.5.0.2");
    }

    #[test]
    fn answers_that_are_not_one_element_are_refused() {
        let refused = |answer: &[u8]| {
            let mut merged = BytesMut::new();
            let error = append_answer(answer, "n", &mut merged).unwrap_err().to_string();
            assert!(merged.is_empty());
            error
        };
        for answer in [&[][..], &[0x0a], &[0x0a, 5, 1], &[0x0a, 0x80]] {
            assert_eq!(refused(answer), "error appending info for n: unexpected EOF");
        }
        for answer in [&[0x0a, 0, 0x0a, 0][..], &[0x12, 0], &[0x0a, 0, 0x10, 1]] {
            assert_eq!(refused(answer), "error appending info for n: unexpected field");
        }
    }

    #[test]
    fn messages_of_streams_get_names() {
        let data = common::Data { metadata: None, bytes: Bytes::from_static(b"line") };
        let named = common::Data::decode(stream_message(&data.encode_to_vec(), "a")).unwrap();
        assert_eq!((named.metadata.unwrap().hostname.as_str(), &*named.bytes), ("a", &b"line"[..]));
        let failed = common::Data::decode(stream_failure("b", &Status::not_found("x"))).unwrap();
        assert_eq!(failed.metadata.unwrap().error, "rpc error: code = NotFound desc = x");
    }

    #[test]
    fn knows_which_methods_stream() {
        assert!(is_streaming("/machine.MachineService/Logs"));
        assert!(is_streaming("/some.Service/NewStream"));
        assert!(!is_streaming("/machine.MachineService/EtcdRecover"));
        assert!(!is_streaming("/machine.MachineService/Version"));
    }
}
