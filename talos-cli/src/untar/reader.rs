//! The archive as it arrives.

use super::header::{Attributes, BLOCK, Entry, Header};

/// Names and attributes longer than this are refused.
const LONGEST_EXTRA: u64 = 1 << 20;

/// Learns what an archive holds.
pub trait Visitor {
    /// What may go wrong.
    type Error;

    /// An entry begins. Its content, if it has any, comes in pieces.
    ///
    /// # Errors
    /// Those of the visitor; they end the reading.
    fn begin(&mut self, entry: Entry) -> Result<(), Self::Error>;

    /// A piece of the content of the entry at hand.
    ///
    /// # Errors
    /// Those of the visitor; they end the reading.
    fn content(&mut self, piece: &[u8]) -> Result<(), Self::Error>;

    /// The entry at hand is complete.
    ///
    /// # Errors
    /// Those of the visitor; they end the reading.
    fn end(&mut self) -> Result<(), Self::Error>;
}

/// Why an archive cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TarError {
    /// A header is damaged.
    #[error("archive/tar: invalid tar header")]
    Header,
    /// A name is longer than anybody needs.
    #[error("archive/tar: header field too long")]
    FieldTooLong,
    /// The archive ends within an entry.
    #[error("unexpected EOF")]
    Truncated,
}

/// Takes an archive in pieces of any size.
#[derive(Debug)]
pub struct Reader {
    state: State,
    attributes: Attributes,
    begun: bool,
}

#[derive(Debug)]
enum State {
    Header {
        block: Box<[u8; BLOCK]>,
        filled: usize,
    },
    Content {
        left: u64,
        padding: u64,
    },
    Extra {
        what: Extra,
        bytes: Vec<u8>,
        left: u64,
        padding: u64,
    },
    Skip {
        left: u64,
    },
    /// Behind the end mark.
    Over,
}

#[derive(Clone, Copy, Debug)]
enum Extra {
    Path,
    Target,
    Pax,
}

impl State {
    fn header() -> Self {
        Self::Header { block: Box::new([0; BLOCK]), filled: 0 }
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// Begins with the first byte of an archive.
    pub fn new() -> Self {
        Self { state: State::header(), attributes: Attributes::default(), begun: false }
    }

    /// True once it has taken any byte.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Takes the next piece of the archive.
    ///
    /// # Errors
    /// [`TarError`] when the archive is damaged, and whatever the visitor reports.
    pub fn push<V: Visitor>(&mut self, mut piece: &[u8], visitor: &mut V) -> Result<(), V::Error>
    where
        V::Error: From<TarError>,
    {
        self.begun |= !piece.is_empty();
        while !piece.is_empty() {
            let taken = self.step(piece, visitor)?;
            piece = &piece[taken..];
        }
        Ok(())
    }

    /// Makes sure that the archive is complete.
    ///
    /// # Errors
    /// [`TarError::Truncated`].
    pub fn finish(&self) -> Result<(), TarError> {
        match &self.state {
            State::Over | State::Header { filled: 0, .. } => Ok(()),
            // Padding that is missing at the very end says nothing.
            State::Skip { left } if *left < BLOCK as u64 => Ok(()),
            _ => Err(TarError::Truncated),
        }
    }

    fn step<V: Visitor>(&mut self, piece: &[u8], visitor: &mut V) -> Result<usize, V::Error>
    where
        V::Error: From<TarError>,
    {
        let most = |left: u64| usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        match &mut self.state {
            State::Over => Ok(piece.len()),
            State::Skip { left } => {
                let taken = most(*left);
                *left -= taken as u64;
                if *left == 0 {
                    self.state = State::header();
                }
                Ok(taken)
            }
            State::Content { left, padding } => {
                let taken = most(*left);
                visitor.content(&piece[..taken])?;
                *left -= taken as u64;
                if *left == 0 {
                    self.state = skip(*padding);
                    visitor.end()?;
                }
                Ok(taken)
            }
            State::Extra { what, bytes, left, padding } => {
                let taken = most(*left);
                bytes.extend_from_slice(&piece[..taken]);
                *left -= taken as u64;
                if *left == 0 {
                    let (what, bytes, padding) = (*what, std::mem::take(bytes), *padding);
                    self.state = skip(padding);
                    self.take_extra(what, bytes)?;
                }
                Ok(taken)
            }
            State::Header { block, filled } => {
                let taken = (BLOCK - *filled).min(piece.len());
                block[*filled..*filled + taken].copy_from_slice(&piece[..taken]);
                *filled += taken;
                if *filled == BLOCK {
                    let header = Header::parse(block)?;
                    self.begin(header, visitor)?;
                }
                Ok(taken)
            }
        }
    }

    fn begin<V: Visitor>(&mut self, header: Header, visitor: &mut V) -> Result<(), V::Error>
    where
        V::Error: From<TarError>,
    {
        let extra = |what, size: u64| {
            if size > LONGEST_EXTRA {
                return Err(TarError::FieldTooLong);
            }
            if size == 0 {
                return Err(TarError::Header);
            }
            Ok(State::Extra { what, bytes: Vec::new(), left: size, padding: padding(size) })
        };
        self.state = match header {
            Header::Zeros => State::Over,
            Header::Skipped(size) => skip(size.saturating_add(padding(size))),
            Header::LongPath(size) => extra(Extra::Path, size)?,
            Header::LongTarget(size) => extra(Extra::Target, size)?,
            Header::Pax(size) => extra(Extra::Pax, size)?,
            Header::Entry(mut entry) => {
                std::mem::take(&mut self.attributes).apply(&mut entry);
                let size = entry.size;
                visitor.begin(entry)?;
                if size == 0 {
                    visitor.end()?;
                    State::header()
                } else {
                    State::Content { left: size, padding: padding(size) }
                }
            }
        };
        Ok(())
    }

    fn take_extra(&mut self, what: Extra, mut bytes: Vec<u8>) -> Result<(), TarError> {
        if let Extra::Pax = what {
            return self.attributes.add_pax(&bytes);
        }
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        bytes.truncate(end);
        let text = String::from_utf8(bytes).map_err(|_| TarError::Header)?;
        match what {
            Extra::Target => self.attributes.target = Some(text),
            Extra::Path | Extra::Pax => self.attributes.path = Some(text),
        }
        Ok(())
    }
}

/// Bytes between the end of a content and the next header.
fn padding(size: u64) -> u64 {
    let block = BLOCK as u64;
    (block - size % block) % block
}

fn skip(bytes: u64) -> State {
    if bytes == 0 { State::header() } else { State::Skip { left: bytes } }
}

#[cfg(test)]
mod tests {
    use super::super::header::Kind;
    use super::*;

    #[derive(Debug, Default)]
    struct Seen(Vec<(Entry, Vec<u8>)>);

    impl Visitor for Seen {
        type Error = TarError;

        fn begin(&mut self, entry: Entry) -> Result<(), TarError> {
            self.0.push((entry, Vec::new()));
            Ok(())
        }

        fn content(&mut self, piece: &[u8]) -> Result<(), TarError> {
            self.0.last_mut().unwrap().1.extend_from_slice(piece);
            Ok(())
        }

        fn end(&mut self) -> Result<(), TarError> {
            let (entry, content) = self.0.last().unwrap();
            assert_eq!(entry.size, content.len() as u64);
            Ok(())
        }
    }

    fn block(path: &str, kind: u8, content: &[u8], target: &str) -> Vec<u8> {
        let mut header = [0; BLOCK];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[100..107].copy_from_slice(b"0000640");
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = kind;
        header[157..157 + target.len()].copy_from_slice(target.as_bytes());
        header[257..263].copy_from_slice(b"ustar\0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum::<u32>() + 8 * 32;
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        let mut bytes = [&header, content].concat();
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }

    fn archive() -> Vec<u8> {
        let long = "d/".repeat(80) + "file";
        let record = format!("path={long}\n");
        let record = format!("{} {record}", record.len() + 4);
        [
            block("d/", b'5', b"", ""),
            block("x", b'x', record.as_bytes(), ""),
            block("d/fi", b'0', &[7; 1300], ""),
            block("l", b'2', b"", "a"),
            block("././@LongLink", b'L', b"very-long\0", ""),
            block("very", b'0', b"abc", ""),
            block("e", b'0', b"", ""),
            vec![0; 2 * BLOCK],
        ]
        .concat()
    }

    #[test]
    fn pieces_of_any_size_give_the_same() {
        let archive = archive();
        for size in [1, 7, 512, 100_000] {
            let (mut reader, mut seen) = (Reader::new(), Seen::default());
            archive.chunks(size).try_for_each(|piece| reader.push(piece, &mut seen)).unwrap();
            reader.finish().unwrap();
            let found: Vec<_> =
                seen.0.iter().map(|(e, c)| (e.path.as_str(), e.kind, e.target.as_str(), c.len())).collect();
            let long = "d/".repeat(80) + "file";
            assert_eq!(
                found,
                [
                    ("d/", Kind::Folder, "", 0),
                    (long.as_str(), Kind::File, "", 1300),
                    ("l", Kind::Link, "a", 0),
                    ("very-long", Kind::File, "", 3),
                    ("e", Kind::File, "", 0),
                ]
            );
            assert!(seen.0.iter().all(|(entry, _)| entry.mode == 0o640));
        }
    }

    #[test]
    fn an_end_without_padding_is_complete() {
        let bytes = block("a", b'0', b"abc", "");
        for (length, complete) in [(512, false), (514, false), (515, true), (516, true), (1024, true), (100, false)] {
            let mut reader = Reader::new();
            reader.push(&bytes[..length], &mut Seen::default()).unwrap();
            assert_eq!(reader.finish().is_ok(), complete, "{length}");
        }
    }

    #[test]
    fn damage_is_refused() {
        let mut bytes = archive();
        bytes[0] ^= 1;
        assert_eq!(Reader::new().push(&bytes, &mut Seen::default()), Err(TarError::Header));
        let huge = block("x", b'L', &vec![b'a'; (1 << 20) + 1], "");
        assert_eq!(Reader::new().push(&huge, &mut Seen::default()), Err(TarError::FieldTooLong));
    }
}
