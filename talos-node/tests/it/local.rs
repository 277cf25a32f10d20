//! Clusters inside of this process.

use std::net::TcpListener;
use std::time::Duration;

use talos_config::bundle::Patches;
use talos_config::patch;
use talos_node::local::network::API_PORT;
use talos_node::local::{Cluster, cluster};

use crate::machines::{Folder, SystemClock, SystemRandom};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_answers_and_leaves_nothing() {
    let folder = Folder::new();
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let cluster = Cluster::builder();
    let cluster = cluster::Builder { control_planes: 2, workers: 1, ..cluster };
    let cluster = cluster.start(folder.path(), SystemClock, SystemRandom).await.unwrap();
    assert!(tasks() > before);
    let addresses: Vec<String> = cluster.nodes().iter().map(|node| node.planned().address.to_string()).collect();
    assert_eq!(cluster.talosconfig().contexts["talos-default"].endpoints, addresses[..2]);
    let replies = cluster.client().nodes(&addresses).hostname().await.unwrap().all().unwrap();
    let mut names: Vec<String> = replies.into_iter().map(|reply| reply.value.hostname).collect();
    names.sort();
    assert_eq!(names, ["controlplane-1", "controlplane-2", "worker-1"].map(|name| format!("talos-default-{name}")));
    let first = &cluster.nodes()[0];
    assert!(first.console().iter().any(|line| line.contains("apid: serving the API on")), "{:?}", first.console());
    assert!(!format!("{cluster:?}").contains("BEGIN"), "secrets are shown");
    cluster.stop().await;
    // Connections of the client that was dropped end a moment later.
    while tasks() > before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for address in addresses {
        TcpListener::bind((address.as_str(), API_PORT)).unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn clusters_are_beside_each_other_and_configured_as_wanted() {
    let folder = Folder::new();
    let patch = patch::load("machine:\n  network:\n    nameservers: [192.0.2.53]\n").unwrap();
    let patches = Patches { all: vec![patch], ..Patches::default() };
    let builder = cluster::Builder { name: "lab".into(), patches, ..Cluster::builder() };
    let first = builder.start(folder.path(), SystemClock, SystemRandom).await.unwrap();
    let second = Cluster::start(folder.path(), SystemClock, SystemRandom).await.unwrap();
    assert_ne!(first.network(), second.network());
    let config = first.client().machine_configuration().await.unwrap();
    assert!(config.contains("192.0.2.53"), "{config}");
    // Each has its own authority.
    let stranger = talos_api::client::Client::builder()
        .context(&(&second.talosconfig().contexts["talos-default"]).into())
        .endpoints([first.nodes()[0].planned().address.to_string()])
        .build()
        .unwrap();
    assert_eq!(stranger.version().await.unwrap_err().code(), tonic::Code::Unavailable);
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn machines_that_are_late_say_what_they_wait_for() {
    let folder = Folder::new();
    // The time is over before anything can answer.
    let builder = cluster::Builder { control_planes: 2, timeout: Duration::ZERO, ..Cluster::builder() };
    let late = builder.start(folder.path(), SystemClock, SystemRandom).await.unwrap_err().to_string();
    let lines: Vec<&str> = late.lines().collect();
    assert_eq!(lines.len(), 3, "{late}");
    assert_eq!(lines[0], "not all machines are ready in time");
    assert!(lines[1].starts_with("  talos-default-controlplane-1: "), "{late}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let none = cluster::Builder { control_planes: 0, ..Cluster::builder() };
    let none = none.start(folder.path(), SystemClock, SystemRandom).await.unwrap_err();
    assert_eq!(none.to_string(), "number of controlplanes can't be less than 1");
}
