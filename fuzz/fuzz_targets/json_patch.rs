//! Two texts, divided by a zero byte: operations apply to the base or are refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config::patch::json6902::Patch;

fuzz_target!(|bytes: &[u8]| {
    let middle = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len() / 2);
    let (base, patch) = bytes.split_at(middle);
    let patch = patch.strip_prefix(&[0]).unwrap_or(patch);
    for patch in [Patch::from_json(patch), Patch::from_yaml(patch)].into_iter().flatten() {
        let _ = patch.to_json();
        let _ = patch.apply(base).map_err(|error| error.to_string());
    }
});
