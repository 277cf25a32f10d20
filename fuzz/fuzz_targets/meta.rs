//! Any bytes as META: as a partition, as records of whole stores, and as text. What is read is written and read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use talos_node::meta::{Meta, SMALLEST};

const COPY: usize = 256 << 10;

/// A partition whose own store has these records.
fn own(records: &[u8], partition: &mut [u8]) {
    let records = &records[..records.len().min(COPY - 40)];
    partition[..4].copy_from_slice(&0x5a4b_3c2d_u32.to_be_bytes());
    partition[4..4 + records.len()].copy_from_slice(records);
    partition[COPY - 4..COPY].copy_from_slice(&0xa5b4_c3d2_u32.to_be_bytes());
    let digest = Sha256::digest(&partition[..COPY]);
    partition[COPY - 36..COPY - 4].copy_from_slice(&digest);
}

/// A partition whose legacy store has these records.
fn legacy(records: &[u8], partition: &mut [u8]) {
    let start = partition.len() - 1024;
    let copy = &mut partition[start..start + 512];
    let records = &records[..records.len().min(500)];
    copy[8..8 + records.len()].copy_from_slice(records);
    let words = copy[8..508].chunks_exact(4).map(|word| u32::from_le_bytes(word.try_into().unwrap()));
    let checksum = words.fold(0xa304_1767, u32::wrapping_sub);
    copy[..4].copy_from_slice(&0x5a2d_2fa5_u32.to_le_bytes());
    copy[4..8].copy_from_slice(&checksum.to_le_bytes());
    copy[508..].copy_from_slice(&0xdd28_bf64_u32.to_le_bytes());
}

fn keeps(meta: &Meta) {
    let mut partition = vec![0; SMALLEST + 3];
    meta.write(&mut partition).expect("there is room");
    assert_eq!(&Meta::read(&partition), meta);
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let mut partition = vec![0; SMALLEST];
    match kind % 4 {
        0 => keeps(&Meta::read(rest)),
        1 => {
            own(rest, &mut partition);
            let meta = Meta::read(&partition);
            assert!(meta.iter().map(|(_, value)| value.len() + 8).sum::<usize>() <= COPY - 40);
            keeps(&meta);
        }
        2 => {
            legacy(rest, &mut partition);
            let mut meta = Meta::read(&partition);
            assert_eq!(meta.tags().count(), 0);
            keeps(&meta);
            for tag in 0..=255 {
                let had = meta.get(tag).is_some();
                assert_eq!(meta.remove(tag), had);
            }
            assert_eq!(meta, Meta::default());
        }
        _ => {
            let Ok(text) = str::from_utf8(rest) else { return };
            if let Ok(meta) = Meta::from_text(text) {
                keeps(&meta);
            }
        }
    }
});
