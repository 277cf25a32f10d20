//! A program with a screen of its own in a hundred lines: nodes with their version, load and memory.
//!
//! `cargo run -p talos-examples --example tui [TALOSCONFIG]`; `q` ends it. Without a file a node inside of the process answers.
//! For more than this, `talos_cli::dashboard` has sources, models and screens to build on.

use std::time::Duration;

use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode};
use ratatui::layout::Constraint;
use ratatui::style::{Color, Style};
use ratatui::widgets::{Block, Row, Table};
use serde_json::json;
use talos_api::client::{Client, Context, Error};
use talos_api::testing::{Answer, Scenario, TestNode};
use talos_config::talosconfig::Talosconfig;
use talos_config_yaml::source::Source;
use tokio::sync::mpsc;

/// What a node answered: version, load, share of memory in use; or why it did not.
type Answers = Result<(String, f64, f64), String>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // The node must be kept: dropping it ends it.
    let (client, nodes, _node) = connect().await?;
    let (sender, mut news) = mpsc::channel(16);
    for (at, node) in nodes.iter().enumerate() {
        // A task for each node, so that one that does not answer holds up nobody.
        let (client, sender) = (client.node(node).with_timeout(Duration::from_secs(5)), sender.clone());
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_secs(2));
            loop {
                ticks.tick().await;
                let answers = ask(&client).await.map_err(|error| error.code().to_string());
                if sender.send((at, answers)).await.is_err() {
                    return;
                }
            }
        });
    }
    let (sender, mut keys) = mpsc::channel(16);
    std::thread::spawn(move || while event::read().is_ok_and(|event| sender.blocking_send(event).is_ok()) {});

    let mut answers: Vec<Option<Answers>> = vec![None; nodes.len()];
    let mut terminal = ratatui::try_init()?;
    let outcome = loop {
        if let Err(error) = terminal.draw(|frame| draw(frame, &nodes, &answers)) {
            break Err(error.into());
        }
        tokio::select! {
            Some((at, answer)) = news.recv() => answers[at] = Some(answer),
            key = keys.recv() => match key {
                Some(Event::Key(key)) if key.code == KeyCode::Char('q') => break Ok(()),
                Some(_) => {}
                None => break Ok(()),
            },
        }
    };
    ratatui::restore();
    outcome
}

/// Makes three calls at the same time.
async fn ask(client: &Client) -> Result<(String, f64, f64), Error> {
    let (version, load, memory) = tokio::try_join!(client.version(), client.load_avg(), client.memory())?;
    let memory = memory.one()?.meminfo.unwrap_or_default();
    let used = 1.0 - memory.memavailable as f64 / memory.memtotal.max(1) as f64;
    Ok((version.one()?.version.unwrap_or_default().tag, load.one()?.load1, used))
}

fn draw(frame: &mut Frame<'_>, nodes: &[String], answers: &[Option<Answers>]) {
    let rows = nodes.iter().zip(answers).map(|(node, answers)| match answers {
        None => Row::new([node.clone(), "…".to_owned()]),
        Some(Err(reason)) => Row::new([node.clone(), reason.clone()]).style(Style::new().fg(Color::Red)),
        Some(Ok((version, load, memory))) => {
            Row::new([node.clone(), version.clone(), format!("{load:.2}"), format!("{:.0}%", memory * 100.0)])
        }
    });
    let widths = [Constraint::Length(24), Constraint::Fill(1), Constraint::Length(8), Constraint::Length(8)];
    let table = Table::new(rows, widths)
        .header(Row::new(["NODE", "VERSION", "LOAD", "MEMORY"]).style(Style::new().fg(Color::Yellow)))
        .block(Block::bordered().title(" Nodes ").title_bottom(" q: leave "));
    frame.render_widget(table, frame.area());
}

/// The cluster of a client file, or two nodes inside of the process, one of which is down.
async fn connect() -> anyhow::Result<(Client, Vec<String>, Option<TestNode>)> {
    if let Some(path) = std::env::args().nth(1) {
        let file = Talosconfig::from_yaml(&Source::new(path.clone(), std::fs::read(path)?))?;
        let context = Context::from(file.resolve(None)?);
        return Ok((Client::builder().context(&context).build()?, context.nodes, None));
    }
    let load = Answer::message(json!({"messages": [{"load1": 0.42}]}));
    let gone = Answer::error("Unavailable", "connection refused");
    let scenario =
        Scenario::typical().answer_per_node("machine.MachineService/LoadAvg", [("10.5.0.2", load), ("10.5.0.3", gone)]);
    let node = TestNode::start(scenario).await?;
    Ok((node.client(), vec!["10.5.0.2".to_owned(), "10.5.0.3".to_owned()], Some(node)))
}
