//! Speed of writing, on text like that of a machine configuration.
//!
//! `cargo bench -p talos-config-yaml --profile quick --bench emit`

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use talos_config_yaml::emit::{Emitter, Layout, emit_tree};
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Options, Tree};

fn main() {
    divan::main();
}

#[divan::bench(args = [Layout::TALOS, Layout::V2])]
fn configuration(bencher: Bencher<'_, '_>, layout: Layout) {
    let text = write(layout, 0);
    bencher.counter(BytesCount::of_str(&text)).bench(|| write(black_box(layout), text.len()));
}

#[divan::bench]
fn read_tree(bencher: Bencher<'_, '_>) {
    let source = Source::new("", write(Layout::TALOS, 0));
    let (tree, _) = Tree::parse(&source, Options::default());
    bencher.counter(BytesCount::of_str(source.text())).bench(|| emit_tree(black_box(&tree), Layout::TALOS));
}

/// Interfaces with addresses, routes and VLANs, and files with scripts.
fn write(layout: Layout, capacity: usize) -> String {
    let mut out = Emitter::with_capacity(layout, capacity);
    out.mapping_start();
    out.field("machine");
    out.mapping_start();
    out.field("network");
    out.mapping_start();
    out.field("interfaces");
    out.sequence_start();
    for _ in 0..40 {
        interface(&mut out);
    }
    out.sequence_end();
    out.mapping_end();
    out.field("files");
    out.sequence_start();
    for _ in 0..20 {
        out.mapping_start();
        text(&mut out, "content", SCRIPT);
        out.field("permissions");
        out.plain("0o644");
        text(&mut out, "path", "/var/etc/tuning.d/10-network.conf");
        out.mapping_end();
    }
    out.sequence_end();
    out.mapping_end();
    out.mapping_end();
    out.finish()
}

fn interface(out: &mut Emitter) {
    out.mapping_start();
    text(out, "interface", "enp1s0f0");
    out.field("addresses");
    out.sequence_start();
    out.string("10.5.0.21/24");
    out.string("fd00:10:5::21/64");
    out.sequence_end();
    out.field("routes");
    out.sequence_start();
    for network in ["0.0.0.0/0", "192.168.0.0/16"] {
        out.mapping_start();
        text(out, "network", network);
        text(out, "gateway", "10.5.0.1");
        out.field("metric");
        out.integer(1024);
        out.mapping_end();
    }
    out.sequence_end();
    out.field("mtu");
    out.unsigned(9000);
    out.field("dhcp");
    out.boolean(false);
    out.mapping_end();
}

fn text(out: &mut Emitter, field: &'static str, text: &str) {
    out.field(field);
    out.string(text);
}

const SCRIPT: &str = "\
# Settings for the storage network.
net.core.rmem_max = 134217728
net.core.wmem_max = 134217728
net.ipv4.tcp_rmem = 4096 87380 67108864
net.ipv4.tcp_wmem = 4096 65536 67108864

net.core.netdev_max_backlog = 250000
";
