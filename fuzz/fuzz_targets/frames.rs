//! Any bytes: the messages of a reply are the same whatever the chunks they come in, and hold what was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_api::grpc::{Deframer, FrameError, frame};

/// Small, so that lengths over it are found often.
const LIMIT: usize = 1 << 10;

/// The messages, what ended them, and whether one was left unfinished.
fn read(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<FrameError>, bool) {
    let mut deframer = Deframer::new(LIMIT);
    let mut messages = Vec::new();
    for chunk in stream.chunks(size) {
        deframer.push(chunk.to_vec().into());
        loop {
            match deframer.next() {
                Ok(Some(message)) => messages.push(message.to_vec()),
                Ok(None) => break,
                Err(error) => return (messages, Some(error), false),
            }
        }
    }
    (messages, None, deframer.is_inside_message())
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, stream)) = bytes.split_first() else { return };
    let whole = read(stream, stream.len().max(1));
    assert_eq!(read(stream, usize::from(*size) + 1), whole);
    let (messages, error, is_unfinished) = whole;
    let again: Vec<u8> = messages.iter().flat_map(|message| frame(message)).collect();
    assert!(stream.starts_with(&again));
    assert!(messages.iter().all(|message| message.len() <= LIMIT));
    let rest = stream.len() - again.len();
    match error {
        Some(FrameError::TooLarge { length, limit }) => assert!(length > limit && rest >= 5),
        Some(FrameError::Compressed) => assert_ne!(stream[again.len()], 0),
        Some(other) => panic!("unknown {other:?}"),
        None => assert_eq!(is_unfinished, rest > 0),
    }
});
