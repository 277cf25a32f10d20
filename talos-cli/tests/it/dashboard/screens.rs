//! What screens show, at the size terminals have and at a larger one.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use talos_api::resources::config::MachineType;
use talos_api::testing::TestNode;
use talos_cli::dashboard::facts::Fact;
use talos_cli::dashboard::model::{Model, Reach, Update};
use talos_cli::dashboard::sample::Sample;
use talos_cli::dashboard::source::ask;
use talos_cli::dashboard::view::{Action, Distance, Moment, Screen, View, Way};

use super::{BOOTED, Watched, drawn, scenario};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

fn moment(instant: Instant) -> Moment {
    Moment { instant, time: SystemTime::UNIX_EPOCH + Duration::from_secs(BOOTED + 93_784) }
}

/// A model that knows all, of nodes 10.5.0.2 and 10.5.0.3, with two samples of the first.
async fn known() -> (Model, Instant) {
    let node = TestNode::start(scenario()).await.unwrap();
    let names = ["10.5.0.2", "10.5.0.3"];
    let mut watched = Watched::start(&node.client(), &names, Duration::from_secs(600));
    watched
        .until("facts and logs", |model| {
            let facts = &model.nodes[0].facts;
            let known = facts.uuid.is_some()
                && facts.kubernetes.is_some()
                && facts.members.is_some()
                && facts.machine_type.is_some()
                && facts.status.is_some()
                && facts.addresses.is_some()
                && facts.gateways.is_some()
                && facts.is_connected.is_some()
                && facts.resolvers.is_some()
                && facts.time_servers.is_some()
                && facts.control_plane.controller_manager.is_some();
            known && model.nodes[0].log.lines().len() == 3 && model.nodes.iter().all(|node| node.was_seen())
        })
        .await;
    // The same samples again, at moments that do not depend on the test's speed.
    let mut model = Model::new(names);
    for (at, node) in watched.model.nodes.iter().enumerate() {
        model.nodes[at].facts = node.facts.clone();
        model.nodes[at].log = node.log.clone();
    }
    let first = ask(&node.client().node(names[0])).await.unwrap();
    let start = Instant::now();
    model.apply(0, Update::Sample(Box::new(first.clone())), start);
    for at in 1..=60 {
        model.apply(0, Update::Sample(Box::new(later(&first, at))), start + Duration::from_secs(4) * at);
    }
    let second = ask(&node.client().node(names[1])).await.unwrap();
    model.apply(1, Update::Sample(Box::new(second)), start);
    (model, start + Duration::from_secs(243))
}

/// What a node answers so many intervals of 4 seconds later.
fn later(first: &Sample, at: u32) -> Sample {
    let mut sample = first.clone();
    let (now, wave) = (f64::from(at), f64::from(at % 20));
    let kernel = sample.kernel.as_mut().unwrap();
    kernel.cpu.user += now * 2.0;
    kernel.cpu.system += now;
    kernel.cpu.idle += now * 5.0;
    kernel.context_switches += u64::from(at) * 50_000;
    kernel.created += u64::from(at) * 10;
    let network = sample.network.as_mut().unwrap();
    network.inward += u64::from(at * at) * 4_000;
    network.outward += u64::from(at) * 400;
    sample.disk.as_mut().unwrap().outward += u64::from(at) * 8_000_000;
    sample.load = Some([wave / 5.0, 0.75, 12.08]);
    sample.processes.as_mut().unwrap()[3].cpu_time += now * 1.5;
    sample
}

#[tokio::test]
async fn screens_show_what_is_known() {
    let (model, now) = known().await;
    let mut faults = String::new();
    for (width, height) in SIZES {
        for (screen, name) in [(Screen::Summary, "summary"), (Screen::Monitor, "monitor")] {
            let mut view = View::new(screen, 0);
            let got = drawn(&model, &mut view, (width, height), moment(now)).join("\n") + "\n";
            let file = format!("tests/it/dashboard/{name}-{width}x{height}.txt");
            let want = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap_or_default();
            if got != want {
                faults += &format!("{file} should be\n{got}");
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[tokio::test]
async fn a_worker_that_says_little_is_shown_too() {
    let (model, now) = known().await;
    let mut view = View::default();
    view.act(Action::Node(Way::On), &mut model.clone());
    let lines = drawn(&model, &mut view, (80, 24), moment(now));
    assert!(lines[0].contains("(v1.5.5): uptime n/a, ") && lines[0].contains("PROCS 2"), "{}", lines[0]);
    view.act(Action::Show(Screen::Monitor), &mut model.clone());
    let lines = drawn(&model, &mut view, (80, 24), moment(now));
    assert!(lines.iter().any(|line| line.contains("/bin/busybox") || line.contains("sh -c true")), "{lines:#?}");
    assert!(lines[1].contains("n/a"), "{}", lines[1]);
}

#[tokio::test]
async fn parts_of_a_control_plane_fit() {
    let (mut model, now) = known().await;
    model.apply(0, Update::Fact(Fact::MachineType(Some(MachineType::CONTROL_PLANE))), now);
    for size in SIZES {
        let lines = drawn(&model, &mut View::default(), size, moment(now));
        for want in ["CONTROLLER-MANAGER Healthy", "APISERVER          n/a", "192.168.100.2", "-b4c04f4d3132 "] {
            assert!(lines.iter().any(|line| line.contains(want)), "{want}: {lines:#?}");
        }
    }
}

#[tokio::test]
async fn logs_scroll_and_stay_where_they_are() {
    let (mut model, now) = known().await;
    let text: String = (0..100).map(|number| format!("kern: info: line {number:03}\n")).collect();
    model.apply(0, Update::Log(text.into()), now);
    let mut view = View::default();
    let mut shown = |model: &mut Model, action: Option<Action>| {
        if let Some(action) = action {
            view.act(action, model);
        }
        drawn(model, &mut view, (80, 24), moment(now))
    };
    let last = |lines: &[String]| lines[lines.len() - 2].clone();
    assert!(last(&shown(&mut model, None)).ends_with("line 099"));
    let scroll = |distance, way| Some(Action::Scroll(distance, way));
    shown(&mut model, scroll(Distance::Page, Way::Back));
    let lines = shown(&mut model, scroll(Distance::Line, Way::Back));
    let height = lines.iter().filter(|line| line.contains("info: line")).count();
    let want = format!("line {:03}", 99 - height - 1);
    assert!(last(&lines).ends_with(&want), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(&format!(" {} lines below", height + 1))), "{lines:#?}");
    // New lines do not move old ones.
    model.apply(0, Update::Log(b"kern: info: new\n".to_vec()), now);
    assert!(last(&shown(&mut model, None)).ends_with(&want));
    let lines = shown(&mut model, scroll(Distance::All, Way::Back));
    assert!(lines.iter().any(|line| line.contains("Linux version")), "{lines:#?}");
    assert!(last(&shown(&mut model, scroll(Distance::All, Way::On))).ends_with("new"));
}

#[tokio::test]
async fn no_size_is_too_small() {
    let (mut model, now) = known().await;
    let reason = "漢字".repeat(40);
    model.apply(1, Update::Unreachable(reason), now);
    model.apply(0, Update::Log("漢字漢字 \u{301}\u{200b} x\n".as_bytes().to_vec()), now);
    for width in [0, 1, 2, 3, 5, 8, 13, 21, 34, 47, 60, 79, 111, 500] {
        for height in [0, 1, 2, 3, 5, 8, 9, 10, 11, 12, 22, 23, 24, 100] {
            for screen in [Screen::Summary, Screen::Monitor] {
                for node in [0, 1, 7] {
                    let mut view = View::new(screen, node);
                    drawn(&model, &mut view, (width, height), moment(now));
                }
            }
        }
    }
}

#[test]
fn chosen_nodes_stay_in_view() {
    let names: Vec<String> = (0..50).map(|number| format!("10.5.0.{number}")).collect();
    let mut model = Model::new(names);
    let start = Instant::now();
    model.apply(20, Update::Unreachable("gone".into()), start);
    for (node, want) in
        [(0, "[10.5.0.0 | 10.5.0.1 | "), (20, "10.5.0.20! | "), (49, " | 10.5.0.49] --- [Summary] --- [F2: Monitor]")]
    {
        let mut view = View::new(Screen::Summary, node);
        let lines = drawn(&model, &mut view, (80, 24), moment(start + Duration::from_secs(12)));
        assert!(lines[23].contains(want) && lines[23].contains("[F2: Monitor]"), "{}", lines[23]);
    }
    let mut view = View::new(Screen::Summary, 20);
    let lines = drawn(&model, &mut view, (80, 24), moment(start + Duration::from_secs(12)));
    assert_eq!(lines[0], "10.5.0.20: does not answer for 12s: gone");
    assert!(matches!(model.nodes[20].reach, Reach::Down { .. }));
}
