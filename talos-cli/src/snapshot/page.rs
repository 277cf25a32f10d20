//! Pages of the database: little-endian numbers, a header, elements that point at their keys and values.

use super::Error;

/// Size of the header of a page, in bytes.
pub(super) const HEADER: usize = 16;
/// Size of an element, in bytes; branches and leaves have the same.
const ELEMENT: usize = 16;

pub(super) const BRANCH: u16 = 0x01;
pub(super) const LEAF: u16 = 0x02;
const META: u16 = 0x04;
const FREE_LIST: u16 = 0x10;

/// Marks an entry whose value is a bucket.
const BUCKET: u32 = 1;

/// A page with those that continue it.
#[derive(Debug)]
pub(super) struct Page {
    /// Number it is found by; that of the page around it for one inside of a value.
    pub(super) id: u64,
    pub(super) flags: u16,
    count: u16,
    pub(super) overflow: u32,
    bytes: Vec<u8>,
}

/// One entry of a leaf.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'p> {
    /// The page it is on.
    pub(super) page: u64,
    pub(super) is_bucket: bool,
    pub(super) key: &'p [u8],
    pub(super) value: &'p [u8],
}

impl Page {
    /// Takes a page apart. `bytes` begin with its header.
    pub(super) fn new(id: u64, bytes: Vec<u8>) -> Result<Self, Error> {
        let flags = half(&bytes, 8).ok_or(Error::Page(id))?;
        let count = half(&bytes, 10).ok_or(Error::Page(id))?;
        let overflow = word(&bytes, 12).ok_or(Error::Page(id))?;
        Ok(Self { id, flags, count, overflow, bytes })
    }

    /// What it is, as faults name it.
    pub(super) fn kind(&self) -> String {
        match self.flags {
            flags if flags & BRANCH != 0 => "branch".to_owned(),
            flags if flags & LEAF != 0 => "leaf".to_owned(),
            flags if flags & META != 0 => "meta".to_owned(),
            flags if flags & FREE_LIST != 0 => "freelist".to_owned(),
            flags => format!("unknown<{flags:02x}>"),
        }
    }

    /// The pages below a branch.
    pub(super) fn children(&self) -> Result<Vec<u64>, Error> {
        let child = |at: usize| long(&self.bytes, HEADER + at * ELEMENT + 8).ok_or(Error::Page(self.id));
        (0..usize::from(self.count)).map(child).collect()
    }

    /// The entries of a leaf.
    pub(super) fn entries(&self) -> impl Iterator<Item = Result<Entry<'_>, Error>> {
        (0..usize::from(self.count)).map(|at| self.entry(HEADER + at * ELEMENT).ok_or(Error::Page(self.id)))
    }

    fn entry(&self, at: usize) -> Option<Entry<'_>> {
        let field = |offset: usize| word(&self.bytes, at + offset).and_then(|number| usize::try_from(number).ok());
        let flags = word(&self.bytes, at)?;
        let (position, key, value) = (at.checked_add(field(4)?)?, field(8)?, field(12)?);
        let middle = position.checked_add(key)?;
        Some(Entry {
            page: self.id,
            is_bucket: flags & BUCKET != 0,
            key: self.bytes.get(position..middle)?,
            value: self.bytes.get(middle..middle.checked_add(value)?)?,
        })
    }

    /// The numbers in a list of free pages.
    pub(super) fn free(&self) -> Result<Vec<u64>, Error> {
        let mut at = HEADER;
        let mut count = u64::from(self.count);
        if self.count == u16::MAX {
            count = long(&self.bytes, at).ok_or(Error::Page(self.id))?;
            at += 8;
        }
        let room = (self.bytes.len() - HEADER) / 8;
        let count = usize::try_from(count).ok().filter(|count| *count <= room).ok_or(Error::Page(self.id))?;
        (0..count).map(|index| long(&self.bytes, at + index * 8).ok_or(Error::Page(self.id))).collect()
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

pub(super) fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}
