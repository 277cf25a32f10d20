//! Speed of the store: what a change costs, with and without somebody who watches.
//!
//! `cargo bench -p talos-node --profile quick --bench store`

use std::time::SystemTime;

use divan::{Bencher, black_box};
use talos_api::resources::Kind;
use talos_api::resources::network::{HostnameSpecSpec, HostnameSpecs};
use talos_node::cosi::watch::Start;
use talos_node::cosi::{Query, Reference, Store};
use talos_pki::FixedClock;

fn main() {
    divan::main();
}

fn reference(id: usize) -> Reference {
    Reference::new("network", HostnameSpecs::DEFINITION.type_name, id.to_string())
}

fn spec(hostname: usize) -> HostnameSpecSpec {
    HostnameSpecSpec { hostname: hostname.to_string(), ..HostnameSpecSpec::default() }
}

/// A store of 400 resources, as a node has them.
fn store() -> Store {
    let store = Store::new(FixedClock(SystemTime::UNIX_EPOCH));
    for id in 0..400 {
        store.put(&reference(id), "bench", spec(id)).unwrap();
    }
    store
}

#[divan::bench]
fn get(bencher: Bencher) {
    let store = store();
    let wanted = reference(200);
    bencher.bench(|| store.get(black_box(&wanted)).unwrap());
}

#[divan::bench]
fn list(bencher: Bencher) {
    let store = store();
    let kind = HostnameSpecs::DEFINITION.type_name;
    bencher.bench(|| store.list("network", black_box(kind), &Query::default()));
}

#[divan::bench]
fn write_the_same(bencher: Bencher) {
    let store = store();
    let wanted = reference(200);
    bencher.bench(|| store.put(&wanted, "bench", spec(200)).unwrap());
}

/// A change, told to so many watchers.
#[divan::bench(args = [0, 10, 1000])]
fn change(bencher: Bencher, watchers: usize) {
    let store = store();
    let kind = HostnameSpecs::DEFINITION.type_name;
    let mut watches: Vec<_> =
        (0..watchers).map(|_| store.watch_all("network", kind, Query::default(), Start::Now)).collect();
    let wanted = reference(200);
    let mut count = 0;
    bencher.bench_local(|| {
        count += 1;
        store.put(&wanted, "bench", spec(count)).unwrap();
        watches.iter_mut().for_each(|watch| drop(black_box(watch.take())));
    });
}
