//! The checksum that follows the database in a snapshot.

use aws_lc_rs::digest::{Context, SHA256};

use super::CHECKSUM_LENGTH;

/// Compares what a snapshot ends with to what comes before.
#[derive(Clone)]
pub struct Checksum {
    content: Context,
    /// The last octets so far, as many as a checksum has.
    last: Vec<u8>,
}

impl Default for Checksum {
    fn default() -> Self {
        Self { content: Context::new(&SHA256), last: Vec::new() }
    }
}

impl std::fmt::Debug for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checksum").finish_non_exhaustive()
    }
}

impl Checksum {
    /// Takes the next piece of a snapshot.
    pub fn push(&mut self, piece: &[u8]) {
        let length = CHECKSUM_LENGTH as usize;
        let (before, last) = piece.split_at(piece.len().saturating_sub(length));
        // What was last until now belongs to the content, as far as this piece moves it on.
        let moved = (self.last.len() + last.len()).saturating_sub(length);
        self.content.update(&self.last[..moved]);
        self.last.drain(..moved);
        self.content.update(before);
        self.last.extend_from_slice(last);
    }

    /// Whether a snapshot that ends here has the right one.
    pub fn is_right(self) -> bool {
        self.content.finish().as_ref() == self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_may_be_cut_anywhere() {
        let content: Vec<u8> = (0..=255).collect();
        let digest = aws_lc_rs::digest::digest(&SHA256, &content);
        let snapshot = [&content, digest.as_ref()].concat();
        for size in 1..=snapshot.len() {
            let mut checksum = Checksum::default();
            snapshot.chunks(size).for_each(|piece| checksum.push(piece));
            assert!(checksum.is_right(), "pieces of {size}");
        }
        let mut checksum = Checksum::default();
        checksum.push(&snapshot[1..]);
        assert!(!checksum.is_right());
        assert!(!Checksum::default().is_right());
    }
}
