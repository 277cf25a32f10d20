//! Any bytes: an archive is read or refused, whatever the pieces it comes in, and says the same each time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_cli::untar::{Entry, Reader, TarError, Visitor};

/// Entries, and how much content each got.
#[derive(Default, PartialEq, Debug)]
struct Seen(Vec<(Entry, u64)>);

impl Visitor for Seen {
    type Error = TarError;

    fn begin(&mut self, entry: Entry) -> Result<(), TarError> {
        self.0.push((entry, 0));
        Ok(())
    }

    fn content(&mut self, piece: &[u8]) -> Result<(), TarError> {
        self.0.last_mut().expect("content belongs to an entry").1 += piece.len() as u64;
        Ok(())
    }

    fn end(&mut self) -> Result<(), TarError> {
        let (entry, content) = self.0.last().expect("what ends has begun");
        assert_eq!(entry.size, *content);
        Ok(())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((size, archive)) = bytes.split_first() else { return };
    let read = |size: usize| {
        let (mut reader, mut seen) = (Reader::new(), Seen::default());
        let outcome = archive.chunks(size).try_for_each(|piece| reader.push(piece, &mut seen)).and_then(|()| reader.finish());
        (outcome, seen)
    };
    assert_eq!(read(usize::from(*size) + 1), read(archive.len().max(1)));
});
