//! Any bytes: loading ends; what loads is validated, redacted and written, and what was written reads as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config::encode::{Options, to_yaml};
use talos_config::validate::{self, Mode, validate};
use talos_config::{diagnostic, lint, load};

fuzz_target!(|bytes: &[u8]| {
    let container = match load(bytes) {
        Ok(container) => container,
        Err(error) => {
            let _ = (error.to_string(), diagnostic::load_error(&error));
            return;
        }
    };
    let (warnings, verdict) = validate(&container, Mode::Metal, validate::Options::default());
    let _ = diagnostic::findings(&container, &warnings, diagnostic::Severity::Warning);
    let _ = verdict.map_err(|errors| errors.to_string());
    let _ = (container.redacted("******"), lint::lint(&container, None), format!("{container:?}"));
    let _ = to_yaml(&container, Options::documented());
    let text = to_yaml(&container, Options { readable: true, ..Options::plain() });
    let again = load(text.clone()).expect("what was written loads");
    assert_eq!(to_yaml(&again, Options { readable: true, ..Options::plain() }), text);
});
