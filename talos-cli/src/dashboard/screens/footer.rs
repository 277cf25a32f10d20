//! The line at the bottom: nodes and screens to choose from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::dashboard::model::{Model, Reach};
use crate::dashboard::view::{SCREENS, View};
use crate::dashboard::widgets::text::{after, put, width};
use crate::dashboard::widgets::theme;

const SEPARATOR: &str = " --- ";

/// A text and its colour.
type Part = (String, Style);

/// Draws the line. Where not all nodes fit, those around the chosen one are shown.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, model: &Model, view: &View) {
    let screens: Vec<Part> = SCREENS.iter().flat_map(|screen| shown_screen(screen, view)).collect();
    let room = usize::from(area.width).saturating_sub(total(&screens));
    let mut rest = area;
    for (text, style) in nodes(model, view, room).into_iter().chain(screens) {
        let taken = put(rest, buffer, &text, style);
        rest = after(rest, taken);
    }
    put(rest, buffer, &"─".repeat(usize::from(rest.width)), theme::FAINT);
}

fn shown_screen((screen, name, key): &(crate::dashboard::view::Screen, &str, &str), view: &View) -> [Part; 2] {
    let separator = (SEPARATOR.to_owned(), theme::PLAIN);
    if *screen == view.screen {
        [separator, (format!("[{name}]"), theme::CHOSEN)]
    } else {
        [separator, (format!("[{key}: {name}]"), theme::PLAIN)]
    }
}

/// `[a | b | c]`, in `room` columns.
fn nodes(model: &Model, view: &View, room: usize) -> Vec<Part> {
    let names: Vec<Part> = model
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| {
            let name = if node.name.is_empty() { "(local)" } else { &node.name };
            let style = if at == view.node { theme::CHOSEN } else { theme::PLAIN };
            match node.reach {
                Reach::Down { .. } => (format!("{name}!"), style.add_modifier(Modifier::DIM)),
                _ => (name.to_owned(), style),
            }
        })
        .collect();
    // From the chosen one to both sides, as long as there is room for the brackets and both ellipses.
    let (mut from, mut to) = (view.node.min(names.len()), (view.node + 1).min(names.len()));
    let mut taken: usize =
        names[from..to].iter().map(|(name, _)| width(name)).sum::<usize>() + "[… | … | ]".chars().count();
    loop {
        let next = to < names.len() && taken + width(&names[to].0) + 3 <= room;
        if next {
            taken += width(&names[to].0) + 3;
            to += 1;
        }
        let previous = from > 0 && taken + width(&names[from - 1].0) + 3 <= room;
        if previous {
            from -= 1;
            taken += width(&names[from].0) + 3;
        }
        if !next && !previous {
            break;
        }
    }
    let mut parts = vec![(if from > 0 { "[… | " } else { "[" }.to_owned(), theme::PLAIN)];
    for (at, name) in names[from..to].iter().enumerate() {
        if at > 0 {
            parts.push((" | ".to_owned(), theme::PLAIN));
        }
        parts.push(name.clone());
    }
    parts.push((if to < names.len() { " | …]" } else { "]" }.to_owned(), theme::PLAIN));
    parts
}

fn total(parts: &[Part]) -> usize {
    parts.iter().map(|(text, _)| width(text)).sum()
}
