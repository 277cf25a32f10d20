//! Any bytes: a secrets bundle loads or is refused; what loads is written and loads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_pki::secrets::Bundle;

fuzz_target!(|bytes: &[u8]| {
    let Ok(bundle) = Bundle::from_yaml(bytes) else { return };
    let _ = format!("{bundle:?}");
    let text = bundle.to_yaml();
    let again = Bundle::from_yaml(text.as_str()).expect("what was written loads");
    assert_eq!(again.to_yaml(), text);
});
