//! Snapshots of etcd: whether the database in a file is sound, and what is in it.
//!
//! [`inspect`] reads a file page by page, so that its size does not matter.

mod check;
mod checksum;
mod crc32c;
mod database;
mod page;

use std::io::{self, Read, Seek};

pub use checksum::Checksum;
use database::{Bucket, Database};

/// Length of the checksum that follows the database in a snapshot, in bytes.
pub const CHECKSUM_LENGTH: u64 = 32;

/// The bucket with the revisions of all keys.
const KEYS: &[u8] = b"key";

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// CRC-32C over all names, keys and values.
    pub hash: u32,
    /// The last revision.
    pub revision: i64,
    /// Number of entries in all buckets.
    pub total_keys: u64,
    /// Bytes of the database that are or were in use.
    pub total_size: u64,
}

/// Why a snapshot cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be read.
    #[error("error reading snapshot")]
    Read(#[from] io::Error),
    /// The file is no database.
    #[error("invalid database")]
    NotADatabase,
    /// The database has a form that is not known.
    #[error("version mismatch")]
    Version,
    /// The description of the database is damaged.
    #[error("checksum error")]
    Checksum,
    /// The structure of the database is damaged; a line for each fault.
    #[error("snapshot file integrity check failed. {} errors found.\n{}", .0.len(), .0.join("\n"))]
    Integrity(Vec<String>),
    /// Something else than a bucket is among the buckets.
    #[error("cannot get hash of bucket {0}")]
    NotABucket(String),
    /// A page is damaged.
    #[error("page {0}: damaged")]
    Page(u64),
}

/// Checks a snapshot and tells what it holds.
///
/// # Errors
/// [`Error`] says what is wrong with it.
pub fn inspect(source: impl Read + Seek) -> Result<Info, Error> {
    let mut database = Database::open(source)?;
    let faults = check::check(&mut database)?;
    if !faults.is_empty() {
        return Err(Error::Integrity(faults));
    }
    let mut info = Info { total_size: database.used(), ..Info::default() };
    let mut hash = crc32c::Hasher::new();
    let mut buckets = Vec::new();
    let root = database.root();
    database.each_entry(&root, &mut |entry| {
        let bucket =
            Bucket::of(&entry).ok_or_else(|| Error::NotABucket(String::from_utf8_lossy(entry.key).into_owned()))?;
        buckets.push((entry.key.to_vec(), bucket?));
        Ok(())
    })?;
    for (name, bucket) in buckets {
        hash.update(&name);
        database.each_entry(&bucket, &mut |entry| {
            hash.update(entry.key);
            if !entry.is_bucket {
                hash.update(entry.value);
            }
            if name == KEYS {
                let revision = entry.key.first_chunk().ok_or(Error::Page(entry.page))?;
                info.revision = i64::from_be_bytes(*revision);
            }
            info.total_keys += 1;
            Ok(())
        })?;
    }
    info.hash = hash.finish();
    Ok(info)
}
