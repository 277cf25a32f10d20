//! Any bytes as tables of a firmware: they are read or refused with a place within them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_node::sys::firmware::{Damaged, Firmware};

fuzz_target!(|bytes: &[u8]| {
    let Some((version, tables)) = bytes.split_first_chunk::<2>() else { return };
    let entry = [&b"_SM_\x00\x1f"[..], version].concat();
    match Firmware::parse(&entry, tables) {
        Ok(firmware) => {
            let uuid = &firmware.system.uuid;
            assert!(uuid.is_empty() || uuid.len() == 36);
            assert!(firmware.sockets.len() * 6 + firmware.slots.len() * 6 <= tables.len());
        }
        Err(Damaged::CutShort { offset }) => assert!(offset <= tables.len()),
        Err(other) => panic!("{other:?}"),
    }
});
