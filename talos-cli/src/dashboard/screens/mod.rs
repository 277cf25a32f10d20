//! Screens: a line at the top about the node, one at the bottom with nodes and screens, between them what was chosen.

mod footer;
mod header;
mod monitor;
mod summary;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::model::Model;
use super::view::{Moment, Screen, View};

/// Draws what is in view. What a terminal is too small for is left out or cut.
///
/// `view` learns where the ends of its lists are, so that scrolling stops there.
pub fn draw(area: Rect, buffer: &mut Buffer, model: &Model, view: &mut View, now: Moment) {
    let [top, middle, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    footer::draw(bottom, buffer, model, view);
    let Some(node) = view.node(model) else { return };
    header::draw(top, buffer, node, now);
    match view.screen {
        Screen::Summary => summary::draw(middle, buffer, node, view),
        Screen::Monitor => monitor::draw(middle, buffer, node, view, model.order()),
    }
}
