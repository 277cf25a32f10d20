//! Two texts, divided by a zero byte: the patch between two configurations leads from one to the other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config::patch::between;
use talos_config::{diff, load};

fuzz_target!(|bytes: &[u8]| {
    let middle = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len() / 2);
    let (before, after) = bytes.split_at(middle);
    let (Ok(before), Ok(after)) = (load(before), load(after.strip_prefix(&[0]).unwrap_or(after))) else { return };
    let changes = diff::diff(&before, &after);
    assert_eq!(changes.is_empty(), before == after);
    let _ = (format!("{changes:?}"), between(&before, &after));
});
