//! Two texts, divided by a zero byte: a patch that loads is merged or refused, and the result can be written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config::encode::{Options, to_yaml};
use talos_config::{load, merge};

fuzz_target!(|bytes: &[u8]| {
    let middle = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len() / 2);
    let (base, patch) = bytes.split_at(middle);
    let (Ok(base), Ok(patch)) = (load(base), load(patch.strip_prefix(&[0]).unwrap_or(patch))) else { return };
    let before = to_yaml(&patch, Options::plain());
    let _ = merge::strategic(&base, &patch).map(|merged| to_yaml(&merged, Options::plain()));
    assert_eq!(to_yaml(&patch, Options::plain()), before, "a patch is never changed");
});
