//! The first screen: what the node is, what its parts are doing, and its kernel log.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use talos_api::resources::runtime::MachineStage;

use crate::dashboard::log::{Line, Log, Severity};
use crate::dashboard::model::Node;
use crate::dashboard::view::View;
use crate::dashboard::widgets::fields::{self, Field};
use crate::dashboard::widgets::text::{line, put, wrap};
use crate::dashboard::widgets::theme;

/// Lines of the panels: six, and one for a value that needs two.
const PANELS: u16 = 7;

/// Columns of the number the firmware gives a machine, with its name.
const UUID: u16 = 45;

/// Columns of the longest state of a part of Kubernetes.
const STATE: u16 = 9;

/// From this width on every panel has room for what it usually shows.
const WIDE: u16 = 110;

/// Draws the screen.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, node: &Node, view: &mut View) {
    let [_, panels, rule, log] = Layout::vertical([
        Constraint::Length(u16::from(area.height > 22)),
        Constraint::Length(PANELS),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(area);
    draw_panels(panels, buffer, node);
    put(rule, buffer, &"─".repeat(usize::from(rule.width)), theme::FAINT);
    let below = draw_log(log, buffer, &node.log, view);
    if below > 0 {
        let text = format!(" {below} lines below, End follows ");
        let from = Rect { x: rule.right().saturating_sub(text.len() as u16 + 2), ..rule }.intersection(rule);
        put(from, buffer, &text, theme::WARNING);
    }
}

fn draw_panels(area: Rect, buffer: &mut Buffer, node: &Node) {
    let (machine, kubernetes, network) = (machine(node), kubernetes(node), network(node));
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }.intersection(area);
    if area.width >= WIDE {
        let shares = [Constraint::Length(UUID), Constraint::Fill(2), Constraint::Fill(3)];
        let [left, middle, right] = Layout::horizontal(shares).spacing(1).areas(area);
        fields::draw(left, buffer, &machine);
        fields::draw(middle, buffer, &kubernetes);
        return fields::draw(right, buffer, &network);
    }
    // The number of the machine is long; beside it the middle panel, which is shorter, leaves its first line free.
    let shares =
        [Constraint::Fill(3), Constraint::Length(fields::name_width(&kubernetes) + STATE), Constraint::Fill(4)];
    let [left, middle, right] = Layout::horizontal(shares).spacing(1).areas(area);
    let rest = |area: Rect| Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }.intersection(area);
    let (first, others) = machine.split_at(1);
    let across = Rect { width: middle.right().saturating_sub(left.x), height: 1, ..left }.intersection(area);
    let indent = fields::name_width(&machine);
    fields::draw_indented(across, buffer, first, indent);
    fields::draw(rest(left), buffer, others);
    fields::draw(rest(middle), buffer, &kubernetes);
    fields::draw(right, buffer, &network);
}

fn machine(node: &Node) -> Vec<Field> {
    let facts = &node.facts;
    let stage = facts.status.map(|(stage, _)| stage);
    let stage_style = match stage {
        Some(MachineStage::RUNNING) => theme::GOOD,
        _ => theme::PLAIN,
    };
    vec![
        Field::text("UUID", facts.uuid.clone()),
        Field::text("CLUSTER", facts.cluster.clone()),
        Field::text("STAGE", stage.map(|stage| capitalised(&stage.to_string()))).styled(stage_style),
        Field::verdict("READY", facts.status.map(|(_, ready)| ready), "True", "False"),
        Field::text("TYPE", facts.machine_type.map(|machine_type| machine_type.to_string())),
        Field::text("MACHINES", facts.members.map(|count| count.to_string())),
    ]
}

fn kubernetes(node: &Node) -> Vec<Field> {
    let health = |name, value| Field::verdict(name, value, "Healthy", "Unhealthy");
    let mut fields =
        vec![Field::text("KUBERNETES", node.facts.kubernetes.clone()), health("KUBELET", node.sample.kubelet)];
    if node.facts.is_control_plane() {
        let parts = node.facts.control_plane;
        fields.extend([
            health("APISERVER", parts.api_server),
            health("CONTROLLER-MANAGER", parts.controller_manager),
            health("SCHEDULER", parts.scheduler),
        ]);
    }
    fields
}

fn network(node: &Node) -> Vec<Field> {
    let facts = &node.facts;
    vec![
        Field::text("HOST", facts.host.clone()),
        Field::list("IP", facts.addresses.as_ref()),
        Field::list("GW", facts.gateways.as_ref()),
        Field::verdict("CONNECTIVITY", facts.is_connected, "OK", "FAILED"),
        Field::list("DNS", facts.resolvers.as_ref()),
        Field::list("NTP", facts.time_servers.as_ref()),
    ]
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Draws the end of the log, or the part of it the user scrolled to. Returns the number of lines below that.
fn draw_log(area: Rect, buffer: &mut Buffer, log: &Log, view: &mut View) -> usize {
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area }.intersection(area);
    let (height, room) = (usize::from(area.height), usize::from(area.width));
    let lines = log.lines();
    view.page = height;
    // Someone who reads old lines is not moved by new ones.
    if view.log_below > 0 {
        let new = log.count().saturating_sub(view.log_count);
        view.log_below = view.log_below.saturating_add(usize::try_from(new).unwrap_or(usize::MAX));
    }
    view.log_count = log.count();
    let mut first_page = 0;
    let mut filled = 0;
    while first_page < lines.len() && filled < height {
        filled += wrap(&lines[first_page].text, room).len();
        first_page += 1;
    }
    view.log_below = view.log_below.min(lines.len() - first_page);
    let mut rows: Vec<(&str, &Line)> = Vec::new();
    for shown in lines.iter().take(lines.len() - view.log_below).rev() {
        if rows.len() >= height {
            break;
        }
        rows.extend(wrap(&shown.text, room).into_iter().rev().map(|row| (row, shown)));
    }
    rows.truncate(height);
    for (at, (row, shown)) in rows.iter().rev().enumerate() {
        let style = match shown.severity {
            Severity::Error => theme::BAD,
            Severity::Warning => theme::WARNING,
            Severity::Normal => theme::PLAIN,
        };
        put(line(area, at as u16), buffer, row, style);
    }
    view.log_below
}
