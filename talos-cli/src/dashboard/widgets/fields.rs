//! A list of names and values.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::text::{after, line, put, split, width};
use super::theme;

/// What stands for a value that is not known.
pub(in crate::dashboard) const UNKNOWN: &str = "n/a";

/// What stands for a list without items.
const NONE: &str = "<none>";

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dashboard) struct Field {
    name: &'static str,
    /// Parts of the value that lines may break between.
    items: Vec<String>,
    style: Style,
}

impl Field {
    /// A text.
    pub(in crate::dashboard) fn text(name: &'static str, value: Option<impl Into<String>>) -> Self {
        Self { name, items: vec![value.map_or(UNKNOWN.to_owned(), Into::into)], style: theme::PLAIN }
    }

    /// A list.
    pub(in crate::dashboard) fn list(name: &'static str, list: Option<&Vec<String>>) -> Self {
        let items = match list {
            None => vec![UNKNOWN.to_owned()],
            Some(list) if list.is_empty() => vec![NONE.to_owned()],
            Some(list) => list.clone(),
        };
        Self { name, items, style: theme::PLAIN }
    }

    /// Something that is well or not.
    pub(in crate::dashboard) fn verdict(name: &'static str, value: Option<bool>, good: &str, bad: &str) -> Self {
        let (text, style) = match value {
            None => (UNKNOWN, theme::PLAIN),
            Some(true) => (good, theme::GOOD),
            Some(false) => (bad, theme::BAD),
        };
        Self { name, items: vec![text.to_owned()], style }
    }

    /// The same in another colour.
    pub(in crate::dashboard) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// The value in lines of `room` columns, `most` at most; the last may be longer. A line ends after an item, or inside of
    /// one that is longer than a line.
    fn lines(&self, room: usize, most: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut begun = String::new();
        for (at, item) in self.items.iter().enumerate() {
            let comma = if at + 1 < self.items.len() { "," } else { "" };
            let mut item = format!("{item}{comma}");
            if !begun.is_empty() && width(&begun) + 1 + width(&item) > room && lines.len() + 1 < most {
                lines.push(std::mem::take(&mut begun));
            }
            while begun.is_empty() && width(&item) > room && lines.len() + 1 < most {
                let (head, tail) = split(&item, room);
                if head.is_empty() {
                    break;
                }
                lines.push(head.to_owned());
                item = tail.to_owned();
            }
            if !begun.is_empty() {
                begun.push(' ');
            }
            begun.push_str(&item);
        }
        lines.push(begun);
        lines
    }
}

/// Columns that names take, the blank behind them included.
pub(in crate::dashboard) fn name_width(fields: &[Field]) -> u16 {
    fields.iter().map(|field| field.name.len() as u16 + 1).max().unwrap_or_default()
}

/// Draws fields one below the other. Lines that are left go to values that need more than one, the first first.
pub(in crate::dashboard) fn draw(area: Rect, buffer: &mut Buffer, fields: &[Field]) {
    draw_indented(area, buffer, fields, name_width(fields));
}

/// The same with values that begin after so many columns.
pub(in crate::dashboard) fn draw_indented(area: Rect, buffer: &mut Buffer, fields: &[Field], names: u16) {
    let room = usize::from(area.width.saturating_sub(names));
    let mut spare = usize::from(area.height).saturating_sub(fields.len());
    let mut top = 0;
    for field in fields {
        let lines = field.lines(room, spare + 1);
        spare -= lines.len() - 1;
        put(line(area, top), buffer, field.name, theme::TITLE);
        for text in lines {
            put(after(line(area, top), names), buffer, &text, field.style);
            top += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_take_what_is_left() {
        let list = vec!["10.5.0.2/24".to_owned(), "fd00::2/64".to_owned(), "192.168.100.200/16".to_owned()];
        let fields = [
            Field::text("HOST", Some("a")),
            Field::list("IP", Some(&list)),
            Field::list("NTP", Some(&Vec::new())),
            Field::text("UUID", None::<String>),
        ];
        let mut buffer = Buffer::empty(Rect::new(0, 0, 22, 6));
        draw(buffer.area, &mut buffer, &fields);
        let text: Vec<String> = (0..6)
            .map(|y| (0..22).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned())
            .collect();
        assert_eq!(
            text,
            ["HOST a", "IP   10.5.0.2/24,", "     fd00::2/64,", "     192.168.100.200/…", "NTP  <none>", "UUID n/a"]
        );
    }
}
