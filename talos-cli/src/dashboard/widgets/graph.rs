//! Measures over time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Sparkline, Widget};

use super::text::{after, line, put};
use super::theme;
use crate::dashboard::history::History;

/// Dots of a character, from left to right.
const DOTS: usize = 2;

/// Draws lines below a title and a text on the right. The top is `highest`, or the largest value if that is more.
pub(in crate::dashboard) fn lines(
    area: Rect,
    buffer: &mut Buffer,
    title: &str,
    text: &str,
    measures: &[&History],
    highest: f64,
) {
    head(area, buffer, title, text);
    let area = below(area);
    let count = usize::from(area.width) * DOTS;
    let points: Vec<Vec<(f64, f64)>> = measures.iter().map(|measure| points(measure, count)).collect();
    let top = points.iter().flatten().map(|(_, value)| *value).fold(highest, f64::max);
    #[expect(clippy::cast_precision_loss, reason = "columns of a terminal")]
    let right = count.saturating_sub(1).max(1) as f64;
    let sets = points.iter().zip(theme::LINES).map(|(points, style)| {
        Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).style(style).data(points)
    });
    Chart::new(sets.collect())
        .x_axis(Axis::default().bounds([0.0, right]))
        .y_axis(Axis::default().bounds([0.0, top]))
        .legend_position(None)
        .render(area, buffer);
}

/// Draws bars below a title and a text on the right. The highest bar is the largest value in view.
pub(in crate::dashboard) fn bars(
    area: Rect,
    buffer: &mut Buffer,
    title: &str,
    text: &str,
    measure: &History,
    style: Style,
) {
    head(area, buffer, title, text);
    let area = below(area);
    let count = usize::from(area.width);
    let tail = measure.tail(count);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
    let values: Vec<u64> =
        std::iter::repeat_n(0, count - tail.len()).chain(tail.map(|value| value.max(0.0) as u64)).collect();
    Sparkline::default().data(values).style(style).render(area, buffer);
}

fn head(area: Rect, buffer: &mut Buffer, title: &str, text: &str) {
    let area = line(area, 0);
    let taken = put(area, buffer, title, theme::TITLE);
    let rest = after(area, taken + 1);
    let right = rest.width.saturating_sub(text.chars().count() as u16);
    put(after(rest, right), buffer, text, theme::PLAIN);
}

fn below(area: Rect) -> Rect {
    Rect { y: area.y.saturating_add(1), ..area }.intersection(area)
}

/// The newest value is at the right.
#[expect(clippy::cast_precision_loss, reason = "columns of a terminal")]
fn points(measure: &History, count: usize) -> Vec<(f64, f64)> {
    let tail = measure.tail(count);
    let first = count - tail.len();
    tail.enumerate().map(|(at, value)| ((first + at) as f64, value)).collect()
}
