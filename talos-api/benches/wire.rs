//! Speed of what stands between a socket and a caller: frames, specs of resources, answers of several nodes.
//!
//! `cargo bench -p talos-api --profile quick --features testing --bench wire`

use bytes::{Bytes, BytesMut};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use talos_api::grpc::{Deframer, frame};
use talos_api::resources::Spec;
use talos_api::resources::cluster::MemberSpec;
use talos_api::resources::config::MachineType;
use talos_api::server::aggregate::append_answer;

fn main() {
    divan::main();
}

fn member() -> MemberSpec {
    MemberSpec {
        node_id: "7x1SuC8Ege5BGXdAfTEff5iQnlWZLfv9h1LGMxA2pYkC".into(),
        hostname: "talos-default-controlplane-1".into(),
        addresses: ["172.20.0.2", "fd50:8d60:4238:6302:f857:23ff:fe21:d1e0"].map(|text| text.parse().unwrap()).into(),
        machine_type: MachineType::CONTROL_PLANE,
        operating_system: "Talos (v1.5.5)".into(),
        ..MemberSpec::default()
    }
}

#[divan::bench]
fn write_spec(bencher: Bencher) {
    let member = member();
    bencher.bench(|| black_box(&member).to_proto());
}

#[divan::bench]
fn read_spec(bencher: Bencher) {
    let bytes = member().to_proto();
    bencher.bench(|| MemberSpec::from_proto(black_box(&bytes)).unwrap());
}

#[divan::bench]
fn write_spec_as_yaml(bencher: Bencher) {
    let member = member();
    bencher.bench(|| black_box(&member).to_yaml());
}

/// A megabyte of log lines in messages of 1,024 bytes, as it comes from the connection: in pieces of 16 KiB.
#[divan::bench]
fn cut_frames(bencher: Bencher) {
    let message = frame(&[b'x'; 1024]);
    let stream: Bytes = std::iter::repeat_n(message, 1024).flatten().collect();
    bencher.counter(BytesCount::new(stream.len())).bench(|| {
        let mut deframer = Deframer::new(1 << 20);
        let mut messages = 0;
        for start in (0..stream.len()).step_by(16 << 10) {
            deframer.push(stream.slice(start..stream.len().min(start + (16 << 10))));
            while let Some(message) = deframer.next().unwrap() {
                messages += usize::from(!black_box(message).is_empty());
            }
        }
        assert_eq!(messages, 1024);
    });
}

/// The answers of a hundred nodes to one call, without a look into them.
#[divan::bench]
fn merge_answers(bencher: Bencher) {
    let element = [&[0x0a, 0x7e][..], &[0x12, 0x7c], &[b'x'; 124]].concat();
    bencher.counter(ItemsCount::new(100_usize)).bench(|| {
        let mut merged = BytesMut::new();
        for _ in 0..100 {
            append_answer(black_box(&element), "10.5.0.2", &mut merged).unwrap();
        }
        merged
    });
}
