//! The program: news in, keys in, screens out.

use std::time::{Duration, Instant};

use talos_pki::Clock;

use super::keys;
use super::model::Model;
use super::screens::draw;
use super::source::Source;
use super::terminal::{Input, Terminal};
use super::view::{Moment, View};
use crate::connect::Session;

/// News within this time is shown at once.
const FRAME: Duration = Duration::from_millis(50);

/// How often the screen is drawn without news, for the times it shows.
const TICK: Duration = Duration::from_secs(1);

/// Shows the nodes of the command line until the user leaves.
pub(crate) async fn run(session: &Session, interval: Duration, clock: &impl Clock) -> anyhow::Result<()> {
    let mut nodes = session.each_node();
    nodes.sort_by(|(a, _), (b, _)| in_order(a).cmp(&in_order(b)));
    nodes.dedup_by(|(a, _), (b, _)| a == b);
    let mut model = Model::new(nodes.iter().map(|(name, _)| *name));
    let mut view = View::default();
    let mut terminal = Terminal::open()?;
    let mut source = Source::start(nodes.into_iter().map(|(_, client)| client), interval);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = Moment { instant: Instant::now(), time: clock.now() };
        terminal.draw(|frame| draw(frame.area(), frame.buffer_mut(), &model, &mut view, now))?;
        // Keys are answered at once, news is gathered for the length of a frame.
        let frame = tokio::time::Instant::now() + FRAME;
        let mut has_news = false;
        loop {
            tokio::select! {
                input = terminal.input() => match input {
                    Input::End => return Ok(()),
                    Input::Resize => break,
                    Input::Key(key) => match keys::action(key) {
                        Some(action) if view.act(action, &mut model) => return Ok(()),
                        Some(_) => break,
                        None => {}
                    },
                },
                Some((node, update)) = source.next() => {
                    model.apply(node, update, Instant::now());
                    has_news = true;
                }
                () = tokio::time::sleep_until(frame), if has_news => break,
                _ = ticks.tick() => break,
                () = session.interrupt().wait() => return Ok(()),
            }
        }
    }
}

/// Addresses come first, by number; then names.
fn in_order(name: &str) -> (bool, Option<std::net::IpAddr>, &str) {
    let address = name.parse().ok();
    (address.is_none(), address, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_sorted_by_number() {
        let mut names = ["b", "10.5.0.10", "fd00::1", "10.5.0.9", "a"];
        names.sort_by(|a, b| in_order(a).cmp(&in_order(b)));
        assert_eq!(names, ["10.5.0.9", "10.5.0.10", "fd00::1", "a", "b"]);
    }
}
