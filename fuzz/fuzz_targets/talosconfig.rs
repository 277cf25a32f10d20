//! Any bytes: a client configuration loads or is refused; what loads is written and loads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config::Source;
use talos_config::talosconfig::Talosconfig;

fuzz_target!(|bytes: &[u8]| {
    let Ok(config) = Talosconfig::from_yaml(&Source::new("", bytes)) else { return };
    let _ = format!("{config:?}");
    let text = config.to_yaml();
    // The layout is that of the reference, where some blocks do not read back: those that begin with a blank or a line feed.
    if [": |", "- |", "? |"].iter().any(|block| text.contains(block)) {
        return;
    }
    let again = Talosconfig::from_yaml(&Source::new("", text.as_str())).expect("what was written loads");
    assert_eq!(again.to_yaml(), text);
});
