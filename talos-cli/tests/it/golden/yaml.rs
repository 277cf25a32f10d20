//! YAML as data: comments, styles, quotes and the order of keys do not count, scalars are texts.

use talos_config::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Tree};

/// One line for every scalar, with its path in front.
pub(super) fn data(text: &str) -> String {
    let source = Source::new("case", text);
    let (tree, fault) = Tree::parse(&source, Options::default());
    if let Some(fault) = fault {
        return format!("not YAML: {fault}\n");
    }
    let mut out = String::new();
    for (number, document) in tree.documents().iter().enumerate() {
        let mut lines = Vec::new();
        match tree.root(*document) {
            Some(root) => walk(&tree, root, "", &mut lines),
            None => lines.push(" = \n".to_owned()),
        }
        lines.sort();
        out += &format!("--- {number}\n{}", lines.concat());
    }
    out
}

fn walk(tree: &Tree<'_>, at: NodeId, path: &str, lines: &mut Vec<String>) {
    let at = tree.target(at);
    match tree.kind(at) {
        Kind::Mapping => {
            lines.push(format!("{path} {{}}\n"));
            for (key, value) in tree.pairs(at) {
                walk(tree, value, &format!("{path}.{}", tree.text(key)), lines);
            }
        }
        Kind::Sequence => {
            lines.push(format!("{path} []\n"));
            for (index, item) in tree.children(at).enumerate() {
                walk(tree, item, &format!("{path}[{index:04}]"), lines);
            }
        }
        _ => lines.push(format!("{path} = {:?}\n", tree.text(at))),
    }
}
