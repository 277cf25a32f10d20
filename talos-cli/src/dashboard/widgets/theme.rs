//! Colours. Terminals that forbid them (`NO_COLOR`) show what they stand for by words and places, too.

use ratatui::style::{Color, Modifier, Style};

pub(in crate::dashboard) const PLAIN: Style = Style::new();
pub(in crate::dashboard) const TITLE: Style = Style::new().add_modifier(Modifier::BOLD);
pub(in crate::dashboard) const HOST: Style = Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD);
pub(in crate::dashboard) const CHOSEN: Style = Style::new().fg(Color::Red);
pub(in crate::dashboard) const GOOD: Style = Style::new().fg(Color::Green);
pub(in crate::dashboard) const BAD: Style = Style::new().fg(Color::Red);
pub(in crate::dashboard) const WARNING: Style = Style::new().fg(Color::Yellow);
pub(in crate::dashboard) const FAINT: Style = Style::new().fg(Color::DarkGray);
/// Lines of graphs, the first, the second.
pub(in crate::dashboard) const LINES: [Style; 2] = [Style::new().fg(Color::Green), Style::new().fg(Color::Yellow)];
