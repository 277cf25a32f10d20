//! Length-prefixed messages: one flag byte, four bytes of length, the message.

use bytes::Buf;
use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

/// Bytes in front of every message.
const HEADER: usize = 5;

/// Puts the prefix in front of an encoded message.
pub fn frame(message: &[u8]) -> Bytes {
    let mut framed = BytesMut::with_capacity(HEADER + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.put_slice(message);
    framed.freeze()
}

/// Encodes a message with its prefix, in one allocation.
pub fn frame_message(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut framed = BytesMut::with_capacity(HEADER + length);
    framed.put_u8(0);
    framed.put_u32(length as u32);
    message.encode_raw(&mut framed);
    framed.freeze()
}

/// What a peer can do wrong with frames, in the words of the reference's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The announced length is over the limit.
    #[error("grpc: received message larger than max ({length} vs. {limit})")]
    TooLarge {
        /// Announced, in bytes.
        length: usize,
        /// Allowed, in bytes.
        limit: usize,
    },
    /// The flag byte says compressed, which nobody asked for.
    #[error("grpc: compressed flag set with identity or empty encoding")]
    Compressed,
}

/// Cuts received bytes into messages.
///
/// Messages that lie within one chunk share its memory; only those that cross a border are copied. Nothing is reserved
/// for a length before its bytes are there.
///
/// ```
/// use talos_api::grpc::{Deframer, frame};
///
/// let mut deframer = Deframer::new(1 << 20);
/// deframer.push(frame(b"hello"));
/// assert_eq!(deframer.next().unwrap().unwrap(), "hello");
/// assert_eq!(deframer.next(), Ok(None));
/// ```
#[derive(Debug)]
pub struct Deframer {
    limit: usize,
    /// The part of the last chunk that was not looked at yet.
    chunk: Bytes,
    /// The beginning of a message that the last chunks did not complete.
    partial: BytesMut,
}

impl Deframer {
    /// Takes messages of up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, chunk: Bytes::new(), partial: BytesMut::new() }
    }

    /// Adds received bytes; the messages in front of them must have been taken.
    pub fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.chunk.is_empty(), "a chunk is added when the last one is used up");
        self.chunk = chunk;
    }

    /// Whether bytes of an incomplete message are left.
    pub fn is_inside_message(&self) -> bool {
        !self.partial.is_empty()
    }

    /// The next complete message; `None` until more bytes are there.
    ///
    /// # Errors
    /// [`FrameError`] from the header alone, before the message is there. Nothing can be read after it.
    #[expect(clippy::should_implement_trait, reason = "it fails, and goes on after it gave nothing")]
    pub fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        if self.partial.is_empty() {
            if self.chunk.len() >= HEADER {
                let length = self.length(&self.chunk[..HEADER])?;
                if self.chunk.len() - HEADER >= length {
                    self.chunk.advance(HEADER);
                    return Ok(Some(self.chunk.split_to(length)));
                }
            }
            self.partial.extend_from_slice(&self.chunk);
            self.chunk.clear();
            return Ok(None);
        }
        if self.partial.len() < HEADER && !self.fill(HEADER) {
            return Ok(None);
        }
        let length = self.length(&self.partial[..HEADER])?;
        if !self.fill(HEADER + length) {
            return Ok(None);
        }
        let mut message = std::mem::take(&mut self.partial).freeze();
        message.advance(HEADER);
        Ok(Some(message))
    }

    /// Moves bytes into the incomplete message until it has `wanted` of them; false when they do not suffice.
    fn fill(&mut self, wanted: usize) -> bool {
        let missing = wanted.saturating_sub(self.partial.len()).min(self.chunk.len());
        self.partial.extend_from_slice(&self.chunk[..missing]);
        self.chunk.advance(missing);
        self.partial.len() >= wanted
    }

    fn length(&self, header: &[u8]) -> Result<usize, FrameError> {
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        if length > self.limit {
            return Err(FrameError::TooLarge { length, limit: self.limit });
        }
        if header[0] != 0 {
            return Err(FrameError::Compressed);
        }
        Ok(length)
    }
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    fn cut(stream: &[u8], size: usize) -> Vec<Bytes> {
        let mut deframer = Deframer::new(1 << 20);
        let mut messages = Vec::new();
        for chunk in stream.chunks(size) {
            deframer.push(Bytes::copy_from_slice(chunk));
            while let Some(message) = deframer.next().unwrap() {
                messages.push(message);
            }
        }
        assert!(!deframer.is_inside_message());
        messages
    }

    #[test]
    fn finds_messages_whatever_the_chunks_are() {
        let bodies: [&[u8]; 5] = [b"", b"a", b"hello", &[7; 300], b""];
        let stream: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
        for size in 1..=stream.len() {
            assert_eq!(cut(&stream, size), bodies, "chunks of {size}");
        }
    }

    #[test]
    fn refuses_a_length_over_the_limit_from_the_header_alone() {
        let mut deframer = Deframer::new(10);
        deframer.push(Bytes::from_static(&[0, 0, 0, 0, 11]));
        assert_eq!(deframer.next(), Err(FrameError::TooLarge { length: 11, limit: 10 }));
    }

    #[test]
    fn refuses_compressed_messages() {
        let mut deframer = Deframer::new(10);
        deframer.push(Bytes::from_static(&[1, 0, 0, 0, 1, 0]));
        assert_eq!(deframer.next(), Err(FrameError::Compressed));
    }

    #[test]
    fn knows_that_a_message_is_incomplete() {
        let mut deframer = Deframer::new(10);
        deframer.push(Bytes::from_static(&[0, 0, 0]));
        assert_eq!(deframer.next(), Ok(None));
        assert!(deframer.is_inside_message());
    }

    #[test]
    fn shares_the_memory_of_a_chunk() {
        let chunk = frame(b"shared");
        let place = chunk[HEADER..].as_ptr();
        let mut deframer = Deframer::new(10);
        deframer.push(chunk);
        assert_eq!(deframer.next().unwrap().unwrap().as_ptr(), place);
    }
}
