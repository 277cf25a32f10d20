//! Archives as nodes send them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Size of a header, and what contents are filled up to.
const BLOCK: usize = 512;

/// A gzip-compressed tar archive with one file.
pub(super) fn with_file(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0; BLOCK];
    let mut field = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    field(0, name);
    field(100, "0000600\0");
    field(108, "0000000\0");
    field(116, "0000000\0");
    field(124, &format!("{:011o}\0", content.len()));
    field(136, "00000000000\0");
    // The sum is taken with blanks in its place.
    field(148, "        ");
    field(156, "0");
    field(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = vec![0; content.len().next_multiple_of(BLOCK) - content.len() + 2 * BLOCK];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let written = [&header[..], content, &padding].iter().try_for_each(|part| gzip.write_all(part));
    written.and_then(|()| gzip.finish()).expect("memory takes everything")
}
