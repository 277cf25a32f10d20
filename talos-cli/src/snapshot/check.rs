//! Whether every page is used once, or free.

use std::io::{Read, Seek};

use super::Error;
use super::database::{Bucket, DEEPEST, Database};
use super::page::{BRANCH, LEAF};

/// Faults beyond this number are not listed.
const MOST: usize = 1000;

/// The first pages hold the two descriptions of the database.
const DESCRIPTIONS: [u64; 2] = [0, 1];

/// Looks at every page; a text for each fault.
pub(super) fn check<R: Read + Seek>(database: &mut Database<R>) -> Result<Vec<String>, Error> {
    let mut check = Check { free: Set::new(database.end()), reachable: Set::new(database.end()), faults: Vec::new() };
    let list = database.free_list()?;
    if let Some(list) = &list {
        for id in list.free()? {
            if !check.free.insert(id) {
                check.faults.push(format!("page {id}: already freed"));
            }
        }
        for id in list.id..=list.id + u64::from(list.overflow) {
            check.reachable.insert(id);
        }
    }
    for id in DESCRIPTIONS {
        check.reachable.insert(id);
    }
    let root = database.root();
    check.bucket(database, &root, 0)?;
    for id in 0..database.end() {
        // Without a list nothing tells free pages from lost ones.
        if list.is_some() && !check.reachable.contains(id) && !check.free.contains(id) {
            check.faults.push(format!("page {id}: unreachable unfreed"));
        }
        if check.faults.len() >= MOST {
            break;
        }
    }
    Ok(check.faults)
}

struct Check {
    free: Set,
    reachable: Set,
    faults: Vec<String>,
}

impl Check {
    fn bucket<R: Read + Seek>(
        &mut self,
        database: &mut Database<R>,
        bucket: &Bucket,
        depth: usize,
    ) -> Result<(), Error> {
        let Bucket::Page(id) = bucket else { return Ok(()) };
        let mut below = Vec::new();
        self.pages(database, *id, 0, &mut below)?;
        for bucket in below {
            if depth < DEEPEST {
                self.bucket(database, &bucket, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Looks at a page and those below it, and collects the buckets they hold.
    fn pages<R: Read + Seek>(
        &mut self,
        database: &mut Database<R>,
        id: u64,
        depth: usize,
        buckets: &mut Vec<Bucket>,
    ) -> Result<(), Error> {
        let end = database.end();
        if id >= end {
            self.faults.push(format!("page {id}: out of bounds: {end}"));
            return Ok(());
        }
        let page = database.page(id)?;
        for id in id..=id + u64::from(page.overflow) {
            if !self.reachable.insert(id) {
                self.faults.push(format!("page {id}: multiple references"));
                return Ok(());
            }
        }
        if self.free.contains(id) {
            self.faults.push(format!("page {id}: reachable freed"));
        } else if page.flags & (BRANCH | LEAF) == 0 {
            self.faults.push(format!("page {id}: invalid type: {}", page.kind()));
        }
        if page.flags & BRANCH != 0 {
            if depth >= DEEPEST {
                return Err(Error::Page(id));
            }
            for child in page.children()? {
                self.pages(database, child, depth + 1, buckets)?;
            }
        } else if page.flags & LEAF != 0 {
            for entry in page.entries() {
                if let Some(bucket) = Bucket::of(&entry?) {
                    buckets.push(bucket?);
                }
            }
        }
        Ok(())
    }
}

/// A set of page numbers below a limit; those beyond are in no set.
struct Set(Vec<u64>);

impl Set {
    fn new(limit: u64) -> Self {
        Self(vec![0; usize::try_from(limit / 64 + 1).unwrap_or(0)])
    }

    /// Adds a number; false if it was there.
    fn insert(&mut self, id: u64) -> bool {
        let (place, bit) = Self::place(id);
        let Some(word) = self.0.get_mut(place) else { return true };
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    fn contains(&self, id: u64) -> bool {
        let (place, bit) = Self::place(id);
        self.0.get(place).is_some_and(|word| word & bit != 0)
    }

    fn place(id: u64) -> (usize, u64) {
        (usize::try_from(id / 64).unwrap_or(usize::MAX), 1 << (id % 64))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{Error, Info, inspect};
    use super::*;

    const SNAPSHOT: &[u8] = include_bytes!("../../testdata/online/scenarios/snapshot/files/etcd.db");
    const PAGE: usize = 4096;

    #[test]
    fn tells_what_is_inside() {
        let want = Info { hash: 0x00ea_2e3f, revision: 77, total_keys: 7, total_size: 24_576 };
        assert_eq!(inspect(Cursor::new(SNAPSHOT)).unwrap(), want);
    }

    #[test]
    fn finds_pages_that_are_lost_or_shared() {
        let mut database = Database::open(Cursor::new(SNAPSHOT.to_vec())).unwrap();
        let list = usize::try_from(database.free_list().unwrap().unwrap().id).unwrap();
        let mut bytes = SNAPSHOT.to_vec();
        // No page is free any more.
        bytes[list * PAGE + 10] = 0;
        let Err(Error::Integrity(faults)) = inspect(Cursor::new(&bytes)) else { panic!("must be found") };
        assert!(faults.iter().all(|fault| fault.ends_with(": unreachable unfreed")), "{faults:?}");
        assert!(!faults.is_empty());
    }

    #[test]
    fn no_damage_is_fatal_to_the_reader() {
        for at in (0..SNAPSHOT.len() - 32).step_by(3) {
            let mut bytes = SNAPSHOT.to_vec();
            bytes[at] ^= 0xff;
            // Whatever is found, it is found in an orderly way.
            let _ = inspect(Cursor::new(&bytes));
        }
        for length in [0, 10, 79, 80, PAGE, 2 * PAGE, 3 * PAGE + 7] {
            assert!(inspect(Cursor::new(&SNAPSHOT[..length])).is_err(), "{length}");
        }
    }
}
