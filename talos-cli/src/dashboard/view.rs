//! What a user looks at: screen, node, position; and what moves it.

use std::time::{Instant, SystemTime};

use super::model::{Model, Node};
use super::usage::Order;

/// What is in view.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The screen.
    pub screen: Screen,
    /// Position of the node among those of the model.
    pub node: usize,
    /// Lines of the log below the one at the bottom; 0 follows the log.
    pub(super) log_below: usize,
    /// Number of lines the log had ever had when it was drawn.
    pub(super) log_count: u64,
    /// Processes above the first one in view.
    pub(super) processes_above: usize,
    /// Lines that scroll by with a page, as of the last drawing.
    pub(super) page: usize,
}

/// The screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// What the node is, and its kernel log.
    #[default]
    Summary,
    /// How busy it is.
    Monitor,
}

/// All screens, with their names and keys.
pub(super) const SCREENS: [(Screen, &str, &str); 2] =
    [(Screen::Summary, "Summary", "F1"), (Screen::Monitor, "Monitor", "F2")];

/// What a user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// To leave.
    Quit,
    /// Another screen.
    Show(Screen),
    /// The node beside this one.
    Node(Way),
    /// Another part of the log, or of the processes.
    Scroll(Distance, Way),
    /// Another order of processes.
    Sort,
}

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Distance {
    Line,
    HalfPage,
    Page,
    All,
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the left, or up.
    Back,
    /// To the right, or down.
    On,
}

/// When a screen is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// For how long something has lasted.
    pub instant: Instant,
    /// For how long machines have been up.
    pub time: SystemTime,
}

impl View {
    /// A screen of the node at this position.
    pub fn new(screen: Screen, node: usize) -> Self {
        Self { screen, node, ..Self::default() }
    }

    /// The node in view; `None` only if there is none at all.
    pub fn node<'m>(&self, model: &'m Model) -> Option<&'m Node> {
        model.nodes.get(self.node)
    }

    /// Does what a user wants. True for [`Action::Quit`], which is left to the caller.
    pub fn act(&mut self, action: Action, model: &mut Model) -> bool {
        match action {
            Action::Quit => return true,
            Action::Show(screen) => self.screen = screen,
            Action::Node(way) => {
                let last = model.nodes.len().saturating_sub(1);
                let next = moved(self.node, 1, way).min(last);
                if next != self.node {
                    *self = Self { screen: self.screen, node: next, page: self.page, ..Self::default() };
                }
            }
            Action::Scroll(distance, way) => self.scroll(distance, way),
            Action::Sort => {
                model.sort_by(match model.order() {
                    Order::Cpu => Order::Memory,
                    Order::Memory => Order::Time,
                    Order::Time => Order::Pid,
                    Order::Pid => Order::Cpu,
                });
                self.processes_above = 0;
            }
        }
        false
    }

    /// Drawing finds out where the end is.
    fn scroll(&mut self, distance: Distance, way: Way) {
        let lines = match distance {
            Distance::Line => 1,
            Distance::HalfPage => (self.page / 2).max(1),
            Distance::Page => self.page.max(1),
            Distance::All => usize::MAX,
        };
        match (self.screen, way) {
            (Screen::Monitor, way) => self.processes_above = moved(self.processes_above, lines, way),
            // The log is counted from its end.
            (Screen::Summary, Way::Back) => self.log_below = moved(self.log_below, lines, Way::On),
            (Screen::Summary, Way::On) => self.log_below = moved(self.log_below, lines, Way::Back),
        }
    }
}

fn moved(from: usize, by: usize, way: Way) -> usize {
    match way {
        Way::Back => from.saturating_sub(by),
        Way::On => from.saturating_add(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_not_left_at_either_end() {
        let mut model = Model::new(["a", "b"]);
        let mut view = View::default();
        view.act(Action::Scroll(Distance::Line, Way::Back), &mut model);
        assert_eq!(view.log_below, 1);
        for (way, want) in [(Way::Back, 0), (Way::On, 1), (Way::On, 1), (Way::Back, 0)] {
            assert!(!view.act(Action::Node(way), &mut model));
            assert_eq!(view.node, want);
        }
        assert_eq!(view.log_below, 0);
        assert!(view.act(Action::Quit, &mut model));
    }

    #[test]
    fn every_order_has_its_turn() {
        let (mut model, mut view) = (Model::new(["a"]), View { screen: Screen::Monitor, page: 10, ..View::default() });
        view.act(Action::Scroll(Distance::HalfPage, Way::On), &mut model);
        assert_eq!(view.processes_above, 5);
        let orders = [Order::Memory, Order::Time, Order::Pid, Order::Cpu];
        for want in orders {
            view.act(Action::Sort, &mut model);
            assert_eq!((model.order(), view.processes_above), (want, 0));
        }
    }
}
