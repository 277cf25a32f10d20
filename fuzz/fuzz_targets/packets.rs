//! Any bytes: a capture is shown or refused, whatever the pieces it comes in, and costs no more than it brings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_cli::packets::Reader;

fuzz_target!(|bytes: &[u8]| {
    let Some((size, capture)) = bytes.split_first() else { return };
    let read = |size: usize| {
        let (mut reader, mut text) = (Reader::default(), String::new());
        for piece in capture.chunks(size) {
            match reader.push(piece) {
                Ok(shown) => text.push_str(&shown),
                Err(error) => return (None, Some(error)),
            }
        }
        (Some(text), None)
    };
    let whole = read(capture.len().max(1));
    assert_eq!(read(usize::from(*size) + 1), whole);
    if let (Some(text), _) = whole {
        // A line takes more room than a header, the content of packets none.
        assert!(text.len() <= 64 * capture.len(), "{} bytes from {}", text.len(), capture.len());
        assert!(text.lines().all(|line| line.starts_with("PACKET: ") || line.starts_with("- Layer ")));
    }
});
