//! Texts cut to the room they have.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

/// Columns a text takes.
pub(in crate::dashboard) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { Span::raw(text).width() }
}

/// The beginning of a text that takes `most` columns at most, and the rest.
pub(in crate::dashboard) fn split(text: &str, most: usize) -> (&str, &str) {
    if text.is_ascii() {
        return text.split_at(text.len().min(most));
    }
    let mut taken = 0;
    let mut bytes = [0; 4];
    for (at, character) in text.char_indices() {
        taken += width(character.encode_utf8(&mut bytes));
        if taken > most {
            return text.split_at(at);
        }
    }
    (text, "")
}

/// Writes one line, with an ellipsis at its end when it is too long. Returns the columns it took.
pub(in crate::dashboard) fn put(area: Rect, buffer: &mut Buffer, text: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    let room = usize::from(area.width);
    if area.is_empty() {
        return 0;
    }
    let end = if width(text) <= room {
        buffer.set_stringn(area.x, area.y, text, room, style).0
    } else {
        let (shown, _) = split(text, room - 1);
        let (end, _) = buffer.set_stringn(area.x, area.y, shown, room - 1, style);
        buffer.set_stringn(end, area.y, "…", 1, style).0
    };
    end - area.x
}

/// One line of an area, counted from its top; empty below its end.
pub(in crate::dashboard) fn line(area: Rect, at: u16) -> Rect {
    Rect { y: area.y.saturating_add(at), height: 1, ..area }.intersection(area)
}

/// The area without its first columns.
pub(in crate::dashboard) fn after(area: Rect, columns: u16) -> Rect {
    let columns = columns.min(area.width);
    Rect { x: area.x + columns, width: area.width - columns, ..area }
}

/// Lines of `room` columns, broken at blanks where there are any in the last third.
pub(in crate::dashboard) fn wrap(text: &str, room: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while room > 0 && width(rest) > room {
        let (head, tail) = split(rest, room);
        let (head, tail) = match head.rfind(' ') {
            _ if tail.starts_with(' ') => (head, &tail[1..]),
            Some(blank) if blank * 3 >= head.len() * 2 => (&rest[..blank], &rest[blank + 1..]),
            _ => (head, tail),
        };
        if head.is_empty() {
            // Not even one character fits.
            break;
        }
        lines.push(head);
        rest = tail;
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(split("ab漢字", 4), ("ab漢", "字"));
        assert_eq!(split("ab漢字", 3), ("ab", "漢字"));
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        assert_eq!(put(buffer.area, &mut buffer, "ab漢字c", PLAIN), 5);
        assert_eq!(buffer, Buffer::with_lines(["ab漢… "]));
    }

    #[test]
    fn lines_break_at_blanks_or_anywhere() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("aaaaaaaaaa b", 6), ["aaaaaa", "aaaa b"]);
        assert_eq!(wrap("a bbbbbbbbbb", 6), ["a bbbb", "bbbbbb"]);
        assert_eq!(wrap("", 6), [""]);
        assert_eq!(wrap("漢字", 1), ["漢字"]);
        assert_eq!(wrap("x", 0), ["x"]);
    }

    const PLAIN: Style = Style::new();
}
