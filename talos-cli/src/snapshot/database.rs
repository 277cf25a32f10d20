//! The database of etcd as a tree of pages.

use std::io::{Read, Seek, SeekFrom};

use super::Error;
use super::page::{self, BRANCH, Entry, HEADER, LEAF, Page, long, word};

const MAGIC: u32 = 0xed0c_daed;
const VERSION: u32 = 2;
/// Size of the description behind the header of its page, in bytes.
const META: usize = 64;
/// Sizes a page may have, as powers of two.
const PAGE_SIZES: std::ops::RangeInclusive<u32> = 10..=16;
/// Branches deeper than this are damage.
pub(super) const DEEPEST: usize = 64;
/// Number that says that free pages are not listed.
const NO_FREE_LIST: u64 = u64::MAX;

/// A database opened for reading.
#[derive(Debug)]
pub(super) struct Database<R> {
    source: R,
    length: u64,
    page_size: u64,
    meta: Meta,
}

#[derive(Clone, Copy, Debug)]
struct Meta {
    page_size: u32,
    root: u64,
    free_list: u64,
    /// First page that was never used.
    end: u64,
    transaction: u64,
}

/// Where the entries of a bucket are.
#[derive(Debug)]
pub(super) enum Bucket {
    /// On a page and those below it.
    Page(u64),
    /// Inside of the value that the bucket is.
    Inline(Page),
}

impl Bucket {
    /// The bucket that an entry is; nothing if it is a plain value.
    pub(super) fn of(entry: &Entry<'_>) -> Option<Result<Self, Error>> {
        entry.is_bucket.then(|| {
            let root = long(entry.value, 0).ok_or(Error::Page(entry.page))?;
            if root != 0 {
                return Ok(Self::Page(root));
            }
            let inside = entry.value.get(HEADER..).ok_or(Error::Page(entry.page))?;
            Page::new(entry.page, inside.to_vec()).map(Self::Inline)
        })
    }
}

impl<R: Read + Seek> Database<R> {
    pub(super) fn open(mut source: R) -> Result<Self, Error> {
        let length = source.seek(SeekFrom::End(0))?;
        let meta = Self::find_meta(&mut source)?;
        let page_size = u64::from(meta.page_size);
        let database = Self { source, length, page_size, meta };
        if page_size < (HEADER + META) as u64 || meta.end.checked_mul(page_size).is_none_or(|used| used > length) {
            return Err(Error::NotADatabase);
        }
        Ok(database)
    }

    /// The newer of the two descriptions that are sound.
    fn find_meta(source: &mut R) -> Result<Meta, Error> {
        let first = read_meta(source, 0);
        let size = first.as_ref().ok().map(|meta| u64::from(meta.page_size));
        let second = match size {
            Some(size) => read_meta(source, size),
            // Without the first description the place of the second is not known.
            None => PAGE_SIZES
                .map(|power| read_meta(source, 1 << power))
                .find(Result::is_ok)
                .unwrap_or(Err(Error::NotADatabase)),
        };
        match (first, second) {
            (Ok(first), Ok(second)) => Ok(if second.transaction > first.transaction { second } else { first }),
            (Ok(meta), Err(_)) | (Err(_), Ok(meta)) => Ok(meta),
            (Err(error), Err(_)) => Err(error),
        }
    }

    /// The bucket that holds all others.
    pub(super) fn root(&self) -> Bucket {
        Bucket::Page(self.meta.root)
    }

    /// First page that was never used.
    pub(super) fn end(&self) -> u64 {
        self.meta.end
    }

    /// Bytes that are or were in use.
    pub(super) fn used(&self) -> u64 {
        self.meta.end * self.page_size
    }

    /// The page that lists free ones; nothing if there is no list.
    pub(super) fn free_list(&mut self) -> Result<Option<Page>, Error> {
        match self.meta.free_list {
            NO_FREE_LIST => Ok(None),
            id => self.page(id).map(Some),
        }
    }

    /// Reads a page and those that continue it.
    pub(super) fn page(&mut self, id: u64) -> Result<Page, Error> {
        let start = id.checked_mul(self.page_size).filter(|start| *start < self.length).ok_or(Error::Page(id))?;
        let mut header = [0; HEADER];
        self.read(id, start, &mut header)?;
        let overflow = word(&header, 12).ok_or(Error::Page(id))?;
        let size = (u64::from(overflow) + 1) * self.page_size;
        if size > self.length - start {
            return Err(Error::Page(id));
        }
        let mut bytes = vec![0; usize::try_from(size).map_err(|_| Error::Page(id))?];
        self.read(id, start, &mut bytes)?;
        Page::new(id, bytes)
    }

    fn read(&mut self, id: u64, start: u64, bytes: &mut [u8]) -> Result<(), Error> {
        self.source.seek(SeekFrom::Start(start))?;
        self.source.read_exact(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => Error::Page(id),
            _ => error.into(),
        })
    }

    /// Visits the entries of a bucket in their order.
    pub(super) fn each_entry(
        &mut self,
        bucket: &Bucket,
        visit: &mut dyn FnMut(Entry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match bucket {
            Bucket::Inline(page) => page.entries().try_for_each(|entry| visit(entry?)),
            Bucket::Page(id) => self.each_entry_below(*id, 0, visit),
        }
    }

    fn each_entry_below(
        &mut self,
        id: u64,
        depth: usize,
        visit: &mut dyn FnMut(Entry<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let page = self.page(id)?;
        if page.flags & BRANCH != 0 && depth < DEEPEST {
            return page.children()?.into_iter().try_for_each(|child| self.each_entry_below(child, depth + 1, visit));
        }
        if page.flags & LEAF == 0 {
            return Err(Error::Page(id));
        }
        page.entries().try_for_each(|entry| visit(entry?))
    }
}

fn read_meta<R: Read + Seek>(source: &mut R, page: u64) -> Result<Meta, Error> {
    let mut bytes = [0; META];
    source.seek(SeekFrom::Start(page + page::HEADER as u64))?;
    source.read_exact(&mut bytes).map_err(|_| Error::NotADatabase)?;
    let (word, long) = (|at| word(&bytes, at).unwrap_or(0), |at| long(&bytes, at).unwrap_or(0));
    if word(0) != MAGIC {
        return Err(Error::NotADatabase);
    }
    if word(4) != VERSION {
        return Err(Error::Version);
    }
    if long(56) != fnv1a(&bytes[..56]) {
        return Err(Error::Checksum);
    }
    Ok(Meta { page_size: word(8), root: long(16), free_list: long(32), end: long(40), transaction: long(48) })
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
