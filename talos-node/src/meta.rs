//! META: a partition for a few values that have to be known before anything is mounted.
//!
//! It holds two stores, and each store is there twice. At its begin stands the store of the reference, at its end a legacy
//! one, which is that of syslinux: readers look there for what the first does not have. Both are always written together.
//!
//! | Store | Copy | Numbers | Copy is made of |
//! |---|---|---|---|
//! | own | 256 KiB | big endian | magic, records of tag (u32), size (u32), value, zeroes, SHA-256 (32), magic |
//! | legacy | 512 bytes | little endian | magic, checksum (u32), records of tag (u8), size (u8), value, zeroes, magic |
//!
//! In both, tag 0 ends the records. A digest covers the whole copy with zeroes in its own place; a checksum is
//! `0xa3041767` minus all words of the records.
//! Source: `internal/pkg/meta` (1.5).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use talos_pki::base64;

/// Size of the smallest partition that holds both stores, in bytes.
pub const SMALLEST: usize = 2 * COPY + 2 * LEGACY_COPY;

/// Name of a value.
pub type Tag = u8;

/// Label of the boot loader's entry before an upgrade; as long as it is there, the upgrade is not confirmed.
pub const UPGRADE: Tag = 0x6;
/// Image of the installer of an upgrade at the next start.
pub const STAGED_UPGRADE_IMAGE: Tag = 0x7;
/// Options of that upgrade, in JSON.
pub const STAGED_UPGRADE_OPTIONS: Tag = 0x8;
/// How the partition with the configuration is encrypted, in JSON.
pub const STATE_ENCRYPTION: Tag = 0x9;
/// The network of the platform, in YAML.
pub const METAL_NETWORK: Tag = 0xa;
/// Value of `${code}` in the address of the configuration.
pub const DOWNLOAD_URL_CODE: Tag = 0xb;

/// Id of the resource that shows a value: `0x0b`.
pub fn resource_id(tag: Tag) -> String {
    format!("0x{tag:02x}")
}

/// The values of a machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Meta {
    values: BTreeMap<Tag, Vec<u8>>,
    legacy: BTreeMap<Tag, Vec<u8>>,
}

impl std::fmt::Debug for Meta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets.
        f.debug_struct("Meta").field("tags", &self.tags().collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// Values that do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Records end with it.
    #[error("tag 0 cannot have a value")]
    NoTag,
    /// There is no room for it beside the others.
    #[error("a value of {size} bytes does not fit: {free} bytes are free")]
    Full {
        /// Size of the value.
        size: usize,
        /// What could be used instead.
        free: usize,
    },
    /// The place for all of it is too small.
    #[error("META needs {SMALLEST} bytes, and there are {size}")]
    TooSmall {
        /// How large the place is.
        size: usize,
    },
}

/// A text that names values and does not do so right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// It is not base64, or no text.
    #[error("{0}")]
    Base64(#[from] base64::Error),
    /// An entry is not `TAG=VALUE`.
    #[error("invalid meta {entry:?}, expected TAG=VALUE with a tag from 1 to 255")]
    Entry {
        /// The entry.
        entry: String,
    },
    /// It is no text.
    #[error("meta values are no text")]
    NotText,
}

impl Meta {
    /// Reads a partition. Copies that are damaged or were never written hold nothing, and so does a partition that is too
    /// small for a store.
    pub fn read(partition: &[u8]) -> Self {
        let own = partition.chunks_exact(COPY).take(2).find_map(read_own).unwrap_or_default();
        let end = partition.len().saturating_sub(2 * LEGACY_COPY);
        let legacy = partition[end..].chunks_exact(LEGACY_COPY).find_map(read_legacy).unwrap_or_default();
        Self { values: own, legacy }
    }

    /// Writes both stores into a partition. What lies between them stays.
    ///
    /// # Errors
    /// [`Error::TooSmall`].
    pub fn write(&self, partition: &mut [u8]) -> Result<(), Error> {
        let size = partition.len();
        if size < SMALLEST {
            return Err(Error::TooSmall { size });
        }
        let own = self.own_copy();
        let legacy = self.legacy_copy();
        let (start, end) = partition.split_at_mut(size - 2 * LEGACY_COPY);
        start[..COPY].copy_from_slice(&own);
        start[COPY..2 * COPY].copy_from_slice(&own);
        end[..LEGACY_COPY].copy_from_slice(&legacy);
        end[LEGACY_COPY..].copy_from_slice(&legacy);
        Ok(())
    }

    /// Reads what a command line or an environment carries: base64 of `TAG=VALUE` entries, joined by `;`. Tags are numbers
    /// as programmers write them: `0xa`, `10`, `0b1010`.
    ///
    /// # Errors
    /// For everything else, and for values that do not fit.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let entries = String::from_utf8(base64::decode(text)?).map_err(|_| TextError::NotText)?;
        let mut meta = Self::default();
        for entry in entries.split(';').filter(|entry| !entry.is_empty()) {
            let wrong = || TextError::Entry { entry: entry.to_owned() };
            let (tag, value) = entry.split_once('=').ok_or_else(wrong)?;
            let tag = number(tag).ok_or_else(wrong)?;
            meta.set(tag, value).map_err(|_| wrong())?;
        }
        Ok(meta)
    }

    /// A value.
    pub fn get(&self, tag: Tag) -> Option<&[u8]> {
        self.values.get(&tag).or_else(|| self.legacy.get(&tag)).map(Vec::as_slice)
    }

    /// All values of the store of the reference, by tag. Those of the legacy one are only found by who knows them.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &[u8])> {
        self.values.iter().map(|(tag, value)| (*tag, value.as_slice()))
    }

    /// Tags of [`iter`](Self::iter).
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        self.values.keys().copied()
    }

    /// Sets a value.
    ///
    /// # Errors
    /// [`Error::NoTag`] for tag 0; [`Error::Full`] when there is no room. Nothing is changed then.
    pub fn set(&mut self, tag: Tag, value: impl Into<Vec<u8>>) -> Result<(), Error> {
        let value = value.into();
        if tag == END {
            return Err(Error::NoTag);
        }
        let others = self.values.iter().filter(|(known, _)| **known != tag);
        let others: usize = others.map(|(_, value)| value.len() + RECORD).sum();
        // As the reference counts: the record of a value that is new is paid for by the overhead.
        let own = if self.values.contains_key(&tag) { RECORD } else { 0 };
        let free = ROOM.checked_sub(OVERHEAD + others + own);
        if free.is_none_or(|free| value.len() > free) {
            return Err(Error::Full { size: value.len(), free: free.unwrap_or_default() });
        }
        self.values.insert(tag, value);
        Ok(())
    }

    /// Removes a value, from the legacy store when the other does not have it; whether there was one.
    pub fn remove(&mut self, tag: Tag) -> bool {
        self.values.remove(&tag).is_some() || self.legacy.remove(&tag).is_some()
    }

    fn own_copy(&self) -> Vec<u8> {
        let mut copy = Vec::with_capacity(COPY);
        copy.extend(BEGIN.to_be_bytes());
        for (tag, value) in &self.values {
            copy.extend(u32::from(*tag).to_be_bytes());
            copy.extend((value.len() as u32).to_be_bytes());
            copy.extend(value);
        }
        copy.resize(COPY - 4, 0);
        copy.extend(FINISH.to_be_bytes());
        let digest = Sha256::digest(&copy);
        copy[DIGEST..DIGEST + 32].copy_from_slice(&digest);
        copy
    }

    /// Zeroes if there is nothing in it, as the reference leaves it.
    fn legacy_copy(&self) -> Vec<u8> {
        if self.legacy.is_empty() {
            return vec![0; LEGACY_COPY];
        }
        let mut records = Vec::with_capacity(LEGACY_RECORDS);
        for (tag, value) in &self.legacy {
            records.extend([*tag, value.len() as u8]);
            records.extend(value);
        }
        records.resize(LEGACY_RECORDS, 0);
        let mut copy = Vec::with_capacity(LEGACY_COPY);
        copy.extend(LEGACY_BEGIN.to_le_bytes());
        copy.extend(checksum(&records).to_le_bytes());
        copy.extend(records);
        copy.extend(LEGACY_FINISH.to_le_bytes());
        copy
    }
}

fn word(bytes: &[u8], at: usize) -> [u8; 4] {
    [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
}

/// The values of one copy; `None` if it is damaged.
fn read_own(copy: &[u8]) -> Option<BTreeMap<Tag, Vec<u8>>> {
    if u32::from_be_bytes(word(copy, 0)) != BEGIN || u32::from_be_bytes(word(copy, COPY - 4)) != FINISH {
        return None;
    }
    let mut digest = Sha256::new();
    digest.update(&copy[..DIGEST]);
    digest.update([0; 32]);
    digest.update(&copy[COPY - 4..]);
    if digest.finalize().as_slice() != &copy[DIGEST..COPY - 4] {
        return None;
    }
    let mut values = BTreeMap::new();
    let mut rest = &copy[4..DIGEST];
    while rest.len() >= RECORD {
        let (tag, size) = (u32::from_be_bytes(word(rest, 0)), u32::from_be_bytes(word(rest, 4)));
        if tag == u32::from(END) {
            break;
        }
        let value = rest[RECORD..].get(..size as usize)?;
        // Nothing has a tag beyond a byte.
        if let Ok(tag) = Tag::try_from(tag) {
            values.insert(tag, value.to_vec());
        }
        rest = &rest[RECORD + value.len()..];
    }
    Some(values)
}

/// The values of one legacy copy; `None` if it is damaged.
fn read_legacy(copy: &[u8]) -> Option<BTreeMap<Tag, Vec<u8>>> {
    let records = &copy[8..LEGACY_COPY - 4];
    let is_whole = u32::from_le_bytes(word(copy, 0)) == LEGACY_BEGIN
        && u32::from_le_bytes(word(copy, LEGACY_COPY - 4)) == LEGACY_FINISH
        && u32::from_le_bytes(word(copy, 4)) == checksum(records);
    if !is_whole {
        return None;
    }
    let mut values = BTreeMap::new();
    let mut rest = records;
    while let [tag, size, more @ ..] = rest {
        if *tag == END {
            break;
        }
        let Some(value) = more.get(..usize::from(*size)) else { break };
        values.entry(*tag).or_insert_with(|| value.to_vec());
        rest = &more[value.len()..];
    }
    Some(values)
}

fn checksum(records: &[u8]) -> u32 {
    let words = records.chunks_exact(4).map(|bytes| u32::from_le_bytes(word(bytes, 0)));
    words.fold(LEGACY_CHECKSUM, u32::wrapping_sub)
}

/// A number with or without the prefix of its base.
fn number(text: &str) -> Option<Tag> {
    let digits = text.to_ascii_lowercase();
    let (digits, base) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0b") => (&digits[2..], 2),
        Some("0o") => (&digits[2..], 8),
        _ if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (&*digits, 10),
    };
    // A sign is no digit.
    let is_number = digits.bytes().all(|digit| digit.is_ascii_alphanumeric());
    Tag::from_str_radix(digits, base).ok().filter(|_| is_number)
}

/// Ends the records.
const END: Tag = 0;

const COPY: usize = 256 << 10;
const DIGEST: usize = COPY - 36;
const BEGIN: u32 = 0x5a4b_3c2d;
const FINISH: u32 = 0xa5b4_c3d2;

/// Tag and size before a value.
const RECORD: usize = 8;

/// What all records and [`OVERHEAD`] may need: a little less than there is room for.
const ROOM: usize = COPY - 40;
const OVERHEAD: usize = 20;

const LEGACY_COPY: usize = 512;
const LEGACY_RECORDS: usize = LEGACY_COPY - 12;
const LEGACY_BEGIN: u32 = 0x5a2d_2fa5;
const LEGACY_FINISH: u32 = 0xdd28_bf64;
const LEGACY_CHECKSUM: u32 = 0xa304_1767;

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 MiB, as the installer makes it.
    fn partition() -> Vec<u8> {
        vec![0xee; 1 << 20]
    }

    #[test]
    fn copies_are_laid_out_as_by_the_reference() {
        let mut meta = Meta::default();
        meta.set(UPGRADE, "A").unwrap();
        meta.set(DOWNLOAD_URL_CODE, "code").unwrap();
        let mut partition = partition();
        meta.write(&mut partition).unwrap();
        // Two records, big endian, as by hand.
        let records = b"\x5a\x4b\x3c\x2d\0\0\0\x06\0\0\0\x01A\0\0\0\x0b\0\0\0\x04code\0\0\0\0";
        assert_eq!(&partition[..records.len()], records);
        assert_eq!(partition[..COPY], partition[COPY..2 * COPY]);
        assert_eq!(partition[COPY - 4..COPY], [0xa5, 0xb4, 0xc3, 0xd2]);
        let mut plain = partition[..COPY].to_vec();
        plain[COPY - 36..COPY - 4].fill(0);
        assert_eq!(partition[COPY - 36..COPY - 4], *Sha256::digest(&plain));
        assert!(partition[2 * COPY..(1 << 20) - 1024].iter().all(|byte| *byte == 0xee));
        assert!(partition[(1 << 20) - 1024..].iter().all(|byte| *byte == 0));
    }

    /// Tag 6 with the value "B", as a loader of old wrote it. 0x42 0x01 0x06 in the first word: 0xa3041767 - 0x00420106.
    fn legacy() -> Vec<u8> {
        let mut copy = vec![0; 512];
        copy[..12].copy_from_slice(&[0xa5, 0x2f, 0x2d, 0x5a, 0x61, 0x16, 0xc2, 0xa2, 0x06, 0x01, b'B', 0]);
        copy[508..].copy_from_slice(&[0x64, 0xbf, 0x28, 0xdd]);
        copy
    }

    #[test]
    fn the_legacy_store_is_looked_at_second() {
        let mut partition = partition();
        partition[(1 << 20) - 512..].copy_from_slice(&legacy());
        let mut meta = Meta::read(&partition);
        assert_eq!((meta.get(UPGRADE), meta.tags().count()), (Some(&b"B"[..]), 0));
        meta.write(&mut partition).unwrap();
        assert_eq!(partition[(1 << 20) - 1024..(1 << 20) - 512], legacy());
        meta.set(UPGRADE, "A").unwrap();
        assert_eq!(meta.get(UPGRADE), Some(&b"A"[..]));
        assert!(meta.remove(UPGRADE) && meta.get(UPGRADE) == Some(b"B"));
        assert!(meta.remove(UPGRADE) && meta.get(UPGRADE).is_none() && !meta.remove(UPGRADE));
    }

    #[test]
    fn one_damaged_copy_does_not_matter() {
        let mut meta = Meta::default();
        meta.set(0xff, vec![0, 1, 0xfe]).unwrap();
        for place in [0, 5, 300, COPY - 40, COPY - 20, COPY - 1] {
            let mut partition = partition();
            meta.write(&mut partition).unwrap();
            partition[place] ^= 1;
            assert_eq!(Meta::read(&partition), meta, "{place}");
            partition[COPY + place] ^= 1;
            assert_eq!(Meta::read(&partition), Meta::default(), "{place}");
        }
        for size in [0, 1, 511, 1024, COPY, SMALLEST - 1] {
            assert_eq!(Meta::read(&vec![0; size]), Meta::default());
            assert_eq!(meta.write(&mut vec![0; size]), Err(Error::TooSmall { size }));
        }
    }

    #[test]
    fn values_have_to_fit() {
        let mut meta = Meta::default();
        assert_eq!(meta.set(0, "x"), Err(Error::NoTag));
        let most = ROOM - OVERHEAD;
        assert_eq!(meta.set(1, vec![1; most + 1]), Err(Error::Full { size: most + 1, free: most }));
        meta.set(1, vec![1; most]).unwrap();
        assert_eq!(meta.set(1, vec![2; most]), Err(Error::Full { size: most, free: most - RECORD }));
        assert_eq!(meta.set(2, ""), Err(Error::Full { size: 0, free: 0 }));
        let mut partition = partition();
        meta.write(&mut partition).unwrap();
        assert_eq!(Meta::read(&partition), meta);
        meta.set(1, "").unwrap();
        meta.set(2, "x").unwrap();
        meta.write(&mut partition).unwrap();
        assert_eq!(Meta::read(&partition), meta);
    }

    #[test]
    fn values_come_as_text() {
        let read = |text: &str| Meta::from_text(&base64::encode(text.as_bytes()));
        let meta = read("0xa=links: [];11=c=d;0b1100=;015=o").unwrap();
        let values: Vec<_> = meta.iter().collect();
        assert_eq!(values, [(0xa, &b"links: []"[..]), (0xb, b"c=d"), (0xc, b""), (0xd, b"o")]);
        assert_eq!(read("").unwrap(), Meta::default());
        for entry in ["0xa", "256=x", "0=x", "-1=x", "+1=x", "0x=x", "a=x"] {
            assert_eq!(read(entry), Err(TextError::Entry { entry: entry.into() }), "{entry}");
        }
        assert!(matches!(Meta::from_text("*"), Err(TextError::Base64(_))));
        assert_eq!(Meta::from_text(&base64::encode(&[0xff])), Err(TextError::NotText));
        assert_eq!(resource_id(DOWNLOAD_URL_CODE), "0x0b");
        assert!(!format!("{meta:?}").contains("links"));
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut state = 7_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let mut partition = partition();
        let mut meta = Meta::default();
        for _ in 0..200 {
            let tag = random(256) as Tag;
            match random(4) {
                0 => drop(meta.remove(tag)),
                // Values that are too much are refused, and change nothing.
                _ => drop(meta.set(tag, vec![random(256) as u8; random(3000)])),
            }
            if random(20) == 0 {
                meta.write(&mut partition).unwrap();
                assert_eq!(Meta::read(&partition), meta);
            }
        }
        meta.write(&mut partition).unwrap();
        assert_eq!(Meta::read(&partition), meta);
        assert!(meta.tags().count() > 50);
    }
}
