//! Small tables of numbers under a title, perhaps with a bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{after, line, put};
use super::theme;

/// A name and its number.
pub(in crate::dashboard) type Pair = (&'static str, String);

/// How wide names and numbers of each column are.
pub(in crate::dashboard) type Widths = (u16, u16);

/// Blanks between columns.
const GAP: u16 = 2;

/// Columns that a table takes.
pub(in crate::dashboard) const fn table_width(columns: &[Widths]) -> u16 {
    let mut total = 0;
    let mut at = 0;
    while at < columns.len() {
        total += columns[at].0 + columns[at].1 + if at > 0 { GAP } else { 0 };
        at += 1;
    }
    total
}

/// Draws rows of pairs; a pair without a name leaves its place free.
pub(in crate::dashboard) fn draw(area: Rect, buffer: &mut Buffer, columns: &[Widths], rows: &[&[Pair]]) {
    for (at, row) in rows.iter().enumerate() {
        let mut rest = line(area, at as u16);
        for ((name, number), (names, numbers)) in row.iter().zip(columns) {
            let cell = Rect { width: (names + numbers).min(rest.width), ..rest };
            put(cell, buffer, name, theme::PLAIN);
            let number = format!("{number:>width$}", width = usize::from(*numbers));
            put(after(cell, *names), buffer, &number, theme::PLAIN);
            rest = after(rest, names + numbers + GAP);
        }
    }
}

/// Draws a title, a bar for a share from 0 to 1, and a text after it.
pub(in crate::dashboard) fn bar(area: Rect, buffer: &mut Buffer, title: &str, share: Option<f64>, text: &str) {
    let area = line(area, 0);
    let taken = put(area, buffer, title, theme::TITLE);
    let label = text.chars().count() as u16;
    let rest = after(area, taken + 1);
    let bar = Rect { width: rest.width.saturating_sub(label + 1), ..rest };
    if bar.intersection(buffer.area) != bar || bar.is_empty() {
        return;
    }
    let eighths = (share.unwrap_or_default().clamp(0.0, 1.0) * f64::from(bar.width) * 8.0).round() as u16;
    for at in 0..bar.width {
        let filled = eighths.saturating_sub(at * 8).min(8);
        let symbol = PARTS[usize::from(filled)];
        let style = if filled > 0 { level(share.unwrap_or_default()) } else { theme::FAINT };
        buffer[(bar.x + at, bar.y)].set_symbol(symbol).set_style(style);
    }
    put(after(rest, bar.width + 1), buffer, text, theme::PLAIN);
}

/// Parts of a full character, in eighths; the first shows where the bar can go.
const PARTS: [&str; 9] = ["·", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// The colour of a share.
fn level(share: f64) -> ratatui::style::Style {
    match share {
        ..0.7 => theme::GOOD,
        ..0.9 => theme::WARNING,
        _ => theme::BAD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_by_eighths() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 16, 1));
        bar(buffer.area, &mut buffer, "CPU", Some(0.4), "40.0%");
        let text: String = (0..16).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(text, "CPU ██▍··· 40.0%");
    }

    #[test]
    fn narrow_areas_are_no_fault() {
        for width in 0..16 {
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
            bar(buffer.area, &mut buffer, "CPU", Some(7.0), "700.0%");
            draw(buffer.area, &mut buffer, &[(4, 4), (4, 4)], &[&[("User", "1".into()), ("Nice", "2".into())]]);
        }
    }
}
