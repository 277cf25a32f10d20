//! The line at the top: who the node is, how big, how busy.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dashboard::model::{Node, Reach};
use crate::dashboard::sample::memory_used;
use crate::dashboard::units;
use crate::dashboard::view::Moment;
use crate::dashboard::widgets::fields::UNKNOWN;
use crate::dashboard::widgets::text::{after, put, width};
use crate::dashboard::widgets::theme;
use crate::size;

/// Draws the line. Where it does not fit it loses what changes least.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, node: &Node, now: Moment) {
    let name = node.facts.host.as_deref().unwrap_or_else(|| shown_name(node));
    let taken = put(area, buffer, name, theme::HOST);
    let rest = after(area, taken);
    match &node.reach {
        Reach::Unknown => {
            put(rest, buffer, ": connecting …", theme::PLAIN);
        }
        Reach::Down { since, reason } => {
            let ago = units::span(now.instant.duration_since(*since));
            put(rest, buffer, &format!(": does not answer for {ago}: {reason}"), theme::BAD);
        }
        Reach::Up => draw_parts(rest, buffer, parts(node, now)),
    }
}

/// What a node is called as long as its own name is not known.
fn shown_name(node: &Node) -> &str {
    if node.name.is_empty() { "(no hostname)" } else { &node.name }
}

fn draw_parts(area: Rect, buffer: &mut Buffer, mut parts: Vec<(u8, String)>) {
    let room = usize::from(area.width);
    let joined = |parts: &[(u8, String)]| {
        let texts: Vec<_> = parts.iter().map(|(_, text)| text.as_str()).collect();
        texts.join(", ")
    };
    let mut text = joined(&parts);
    while width(&text) > room && parts.len() > 1 {
        let least = (0..parts.len()).min_by_key(|at| parts[*at].0).expect("there are parts");
        parts.remove(least);
        text = joined(&parts);
    }
    put(area, buffer, &text, Style::new());
}

/// Texts with their importance; the first is never left out.
fn parts(node: &Node, now: Moment) -> Vec<(u8, String)> {
    let sample = &node.sample;
    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| UNKNOWN.to_owned());
    let uptime = sample.kernel.as_ref().map(|kernel| {
        let since_1970 = now.time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        units::span(since_1970.saturating_sub(Duration::from_secs(kernel.boot_time)))
    });
    let processors =
        sample.processors.map(|processors| format!("{}x{}", processors.count, units::frequency(processors.frequency)));
    let memory = sample.memory.as_ref();
    let total = memory.map(|memory| size::binary(memory.memtotal.saturating_mul(1024)));
    let count = sample.processes.as_ref().map(|list| list.len().to_string());
    vec![
        (9, format!(" ({}): uptime {}", or_unknown(sample.version.clone()), or_unknown(uptime))),
        (1, or_unknown(processors)),
        (2, format!("{} RAM", or_unknown(total))),
        (3, format!("PROCS {}", or_unknown(count))),
        (5, format!("CPU {}", or_unknown(node.usage.busy().map(units::percent)))),
        (4, format!("RAM {}", or_unknown(memory.map(|memory| units::percent(memory_used(memory)))))),
    ]
}
