//! Speed of reading: bytes a second from text to tree.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

const SIZES: [usize; 4] = [7_000, 60_000, 1_000_000, 10_000_000];

fn main() {
    divan::main();
}

/// Text in the manner of a cluster's configuration, of at least so many bytes.
fn configuration(size: usize) -> String {
    let mut text = String::from("version: v1alpha1\ndebug: false\nmachine:\n    type: worker\n    files:\n");
    let mut number = 0;
    while text.len() < size {
        number += 1;
        text.push_str(&format!(
            "        - content: |-\n            [plugins]\n              [plugins.{number}]\n            # end\n          \
             permissions: 0o644\n          path: /etc/cri/conf.d/{number}.toml\n          op: create\n          network:\n              \
             addresses:\n                - 10.5.{}.{}/24\n              routes: []\n              vip: {{}}\n              \
             certificate: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJQekNCOHFBREFnRUNBaEVBZ29WWGYrbitJSnh5NEpCNkpVYm11REFGQmdN\n",
            number % 250,
            number / 250 % 250,
        ));
    }
    text
}

/// Everything in brackets, as JSON has it.
fn brackets(size: usize) -> String {
    let mut text = String::from("[");
    while text.len() < size {
        text.push_str(
            "{\"name\": \"eth0\", \"dhcp\": true, \"addresses\": [\"10.5.0.2/24\", \"10.5.0.3/24\"], \"mtu\": 1500},\n",
        );
    }
    text + "]"
}

fn parse(bencher: Bencher<'_, '_>, text: &str, options: Options) {
    let source = Source::new("bench", text);
    bencher.counter(BytesCount::of_str(text)).bench_local(|| {
        let (tree, error) = Tree::parse(black_box(&source), options);
        assert_eq!(error, None);
        tree
    });
}

#[divan::bench(args = SIZES)]
fn source(bencher: Bencher<'_, '_>, size: usize) {
    let text = configuration(size);
    let bytes = text.as_bytes();
    bencher
        .counter(BytesCount::of_slice(bytes))
        .with_inputs(|| bytes.to_vec())
        .bench_local_values(|bytes| Source::new("bench", bytes));
}

#[divan::bench(args = SIZES)]
fn tree(bencher: Bencher<'_, '_>, size: usize) {
    parse(bencher, &configuration(size), Options::default());
}

#[divan::bench(args = SIZES)]
fn tree_with_comments(bencher: Bencher<'_, '_>, size: usize) {
    parse(bencher, &configuration(size), Options { comments: true, ..Options::default() });
}

#[divan::bench(args = SIZES)]
fn tree_of_brackets(bencher: Bencher<'_, '_>, size: usize) {
    parse(bencher, &brackets(size), Options::default());
}

#[divan::bench(args = SIZES)]
fn value(bencher: Bencher<'_, '_>, size: usize) {
    let text = configuration(size);
    let source = Source::new("bench", text.as_str());
    let (tree, _) = Tree::parse(&source, Options::default());
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| Decoder::new(&tree).value(tree.documents()[0]));
}
