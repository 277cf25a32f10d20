//! Any bytes: a snapshot of etcd is sound or refused.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use talos_cli::snapshot::inspect;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(info) = inspect(Cursor::new(bytes)) {
        assert!(info.total_size <= bytes.len() as u64);
    }
});
