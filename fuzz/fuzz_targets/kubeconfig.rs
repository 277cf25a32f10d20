//! Any two texts: a kubeconfig from a node is merged into one that is there, or refused; a second time it changes nothing.
#![no_main]

use std::convert::Infallible;

use libfuzzer_sys::fuzz_target;
use talos_cli::kubeconfig::{Decision, Kubeconfig};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

/// What stands between the two texts.
const BORDER: &str = "\u{0}";

fn parse(text: &str) -> Option<Kubeconfig> {
    let source = Source::new("kubeconfig", text.as_bytes());
    let (tree, error) = Tree::parse(&source, Options::default());
    if error.is_some() {
        return None;
    }
    let root = tree.root(*tree.documents().first()?)?;
    let mut decoder = Decoder::new(&tree);
    let value = decoder.value(root)?;
    if decoder.finish().go_text(&tree).is_some() {
        return None;
    }
    Kubeconfig::from_value(value).ok()
}

fuzz_target!(|text: &str| {
    let (old, new) = text.split_once(BORDER).unwrap_or(("", text));
    let Some(new) = parse(new) else { return };
    for decision in [Decision::Overwrite, Decision::Rename] {
        let mut merged = parse(old).unwrap_or_default();
        merged.merge(new.clone(), None, |_, _| Ok::<_, Infallible>(decision)).expect("nothing else fails");
        let written = merged.to_text();
        assert!(written.len() <= 64 * (text.len() + 64), "{} bytes from {}", written.len(), text.len());
        let read = parse(&written).unwrap_or_else(|| panic!("what was written is no kubeconfig:\n{written}"));
        assert_eq!(read.to_text(), written);
        if decision == Decision::Overwrite {
            merged.merge(new.clone(), None, |_, _| Ok::<_, Infallible>(decision)).expect("nothing else fails");
            assert_eq!(merged.to_text(), written, "merging again changes nothing");
        }
    }
});
