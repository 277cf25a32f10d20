//! Any bytes: the reader ends, positions are in the text, and what it read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Layout, emit_value};
use talos_config_yaml::resolve::Dialect;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

fuzz_target!(|bytes: &[u8]| {
    for (dialect, comments) in [(Dialect::V3, true), (Dialect::V2, false)] {
        let source = Source::new("", bytes);
        let (tree, _) = Tree::parse(&source, Options { dialect, comments });
        for document in tree.documents() {
            let Some(root) = tree.root(*document) else { continue };
            let position = tree.position(root);
            assert!(position.line >= 1 && position.column >= 1);
            let mut decoder = Decoder::new(&tree);
            let value = decoder.value(root);
            let outcome = decoder.finish();
            let _ = outcome.go_text(&tree);
            if let (Some(value), None) = (value, outcome.fatal) {
                let _ = emit_value(&value, Layout::TALOS);
                let _ = emit_value(&value, Layout::V2);
            }
        }
    }
});
