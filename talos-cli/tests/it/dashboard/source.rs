//! How nodes are asked and watched.

use std::time::Duration;

use serde_json::json;
use talos_api::testing::{Answer, Scenario, TestNode};
use talos_cli::dashboard::model::Reach;

use super::{Watched, scenario};

fn calls(node: &TestNode, method: &str) -> usize {
    node.calls().iter().filter(|call| call.method.ends_with(method)).count()
}

#[tokio::test]
async fn a_node_that_is_down_stops_no_other() {
    let node = TestNode::start(scenario()).await.unwrap();
    let mut watched = Watched::start(&node.client(), &["10.5.0.8", "10.5.0.2"], Duration::from_millis(100));
    watched
        .until("one node down and one up", |model| {
            matches!(&model.nodes[0].reach, Reach::Down { reason, .. } if reason.contains("connection refused"))
                && model.nodes[1].facts.members == Some(3)
                && model.nodes[1].log.lines().len() == 3
                && model.nodes[1].series.load.len() > 2
        })
        .await;
    assert!(!watched.model.nodes[0].was_seen());
    assert_eq!(watched.model.nodes[1].reach, Reach::Up);
}

#[tokio::test]
async fn streams_that_end_are_started_again() {
    let node = TestNode::start(scenario()).await.unwrap();
    let mut watched = Watched::start(&node.client(), &["10.5.0.2"], Duration::from_secs(600));
    // The log of the scripted node ends; read again it replaces what was there.
    watched.until("a first log", |model| model.nodes[0].log.lines().len() == 3).await;
    watched.source = super::Source::start([node.client().node("10.5.0.2")], Duration::from_millis(100));
    watched.until("a second and a third log", |model| model.nodes[0].log.count() == 9).await;
    assert_eq!(watched.model.nodes[0].log.lines().len(), 3);
}

#[tokio::test]
async fn nothing_is_asked_too_often() {
    let held = Scenario::typical().answer("machine.MachineService/Dmesg", Answer::messages([json!({})]).and_hold());
    let node = TestNode::start(held).await.unwrap();
    let client = node.client();
    let mut watched = Watched::start(&client, &["10.5.0.2"], Duration::from_secs(600));
    watched.until("a sample", |model| model.nodes[0].was_seen()).await;
    // 13 watches and the log stay open.
    node.held(14).await;
    assert_eq!(watched.source.tasks(), 15);
    for method in ["Memory", "Processes", "SystemStat", "Version", "Dmesg"] {
        assert_eq!(calls(&node, &format!("MachineService/{method}")), 1, "{method}");
    }
    drop(watched);
    node.released(14).await;
}
