//! The second screen: processors, memory, load, network, disks, and what the processes take.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use talos_api::proto::machine::MemInfo;

use crate::dashboard::model::Node;
use crate::dashboard::sample::memory_used;
use crate::dashboard::units;
use crate::dashboard::usage::{Order, Row};
use crate::dashboard::view::View;
use crate::dashboard::widgets::fields::UNKNOWN;
use crate::dashboard::widgets::graph;
use crate::dashboard::widgets::numbers::{self, Pair, Widths, table_width};
use crate::dashboard::widgets::text::{line, put};
use crate::dashboard::widgets::theme;
use crate::size;

const CPU: [Widths; 2] = [(6, 7), (6, 7)];
const LOAD: [Widths; 1] = [(7, 7)];
const MEMORY: [Widths; 2] = [(6, 7), (7, 8)];

/// Draws the screen.
pub(super) fn draw(area: Rect, buffer: &mut Buffer, node: &Node, view: &mut View, order: Order) {
    let area = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(1), ..area }.intersection(area);
    let tall = area.height > 22;
    let [_, tables, graphs, rest] = Layout::vertical([
        Constraint::Length(u16::from(tall)),
        Constraint::Length(if tall { 6 } else { 5 }),
        Constraint::Fill(1),
        Constraint::Fill(2),
    ])
    .areas(area);
    draw_tables(tables, buffer, node);
    draw_graphs(graphs, buffer, node);
    let [traffic, processes] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(3)]).spacing(1).areas(rest);
    draw_traffic(traffic, buffer, node);
    draw_processes(processes, buffer, node, view, order);
}

fn draw_tables(area: Rect, buffer: &mut Buffer, node: &Node) {
    let columns = [
        Constraint::Length(table_width(&CPU)),
        Constraint::Length(table_width(&LOAD)),
        Constraint::Length(table_width(&LOAD)),
        Constraint::Length(table_width(&MEMORY)),
    ];
    let wide = area.width >= table_width(&CPU) + 2 * table_width(&LOAD) + table_width(&MEMORY) + 9;
    let below = |area: Rect| Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }.intersection(area);
    let (load, tasks) = (load(node), tasks(node));
    let (cpu, memory) = if wide {
        let flex = ratatui::layout::Flex::SpaceBetween;
        let [cpu, first, second, memory] = Layout::horizontal(columns).flex(flex).areas(area);
        for (area, title, rows) in [(first, "LOAD", &load), (second, "PROCS", &tasks)] {
            put(line(area, 0), buffer, title, theme::TITLE);
            for (at, pair) in rows.iter().enumerate() {
                numbers::draw(line(below(area), at as u16), buffer, &LOAD, &[std::slice::from_ref(pair)]);
            }
        }
        (cpu, memory)
    } else {
        // One column for both: load on its first line.
        let columns = [columns[0], Constraint::Fill(1), columns[3]];
        let [cpu, middle, memory] = Layout::horizontal(columns).spacing(2).areas(area);
        put(line(middle, 0), buffer, "LOAD, PROCS", theme::TITLE);
        let numbers: Vec<&str> = load.iter().map(|(_, number)| number.as_str()).collect();
        put(line(middle, 1), buffer, &numbers.join(" "), theme::PLAIN);
        for (at, pair) in tasks.iter().enumerate() {
            numbers::draw(line(middle, at as u16 + 2), buffer, &LOAD, &[std::slice::from_ref(pair)]);
        }
        (cpu, memory)
    };
    let busy = node.usage.busy();
    numbers::bar(cpu, buffer, "CPU", busy, &or_unknown(busy.map(units::percent)));
    let rows = processors(node);
    numbers::draw(below(cpu), buffer, &CPU, &[&rows[0], &rows[1], &rows[2], &rows[3]]);
    let used = node.sample.memory.as_ref().map(memory_used);
    numbers::bar(memory, buffer, "MEM", used, &or_unknown(used.map(units::percent)));
    let rows = amounts(node);
    numbers::draw(below(memory), buffer, &MEMORY, &[&rows[0], &rows[1], &rows[2], &rows[3]]);
}

fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| UNKNOWN.to_owned())
}

fn processors(node: &Node) -> [[Pair; 2]; 4] {
    let cpu = node.usage.cpu;
    let share = |of: fn(&talos_api::proto::machine::CpuStat) -> f64| {
        or_unknown(cpu.as_ref().map(|cpu| units::percent(of(cpu))))
    };
    [
        [("User", share(|cpu| cpu.user)), ("Nice", share(|cpu| cpu.nice))],
        [("System", share(|cpu| cpu.system)), ("IRQ", share(|cpu| cpu.irq + cpu.soft_irq))],
        [("Idle", share(|cpu| cpu.idle)), ("Iowait", share(|cpu| cpu.iowait))],
        [("Steal", share(|cpu| cpu.steal)), ("CtxSw", per_second(node.usage.context_switches))],
    ]
}

fn per_second(rate: Option<f64>) -> String {
    or_unknown(rate.map(|rate| format!("{}/s", units::count(rate))))
}

fn load(node: &Node) -> [Pair; 3] {
    let load = |at: usize| or_unknown(node.sample.load.map(|load| units::load(load[at])));
    [("1 min", load(0)), ("5 min", load(1)), ("15 min", load(2))]
}

fn tasks(node: &Node) -> [Pair; 3] {
    let kernel = node.sample.kernel.as_ref();
    [
        ("Created", per_second(node.usage.created)),
        ("Running", or_unknown(kernel.map(|kernel| kernel.running.to_string()))),
        ("Blocked", or_unknown(kernel.map(|kernel| kernel.blocked.to_string()))),
    ]
}

fn amounts(node: &Node) -> [[Pair; 2]; 4] {
    let memory = node.sample.memory.as_ref();
    let amount =
        |of: fn(&MemInfo) -> u64| or_unknown(memory.map(|memory| size::decimal(of(memory).saturating_mul(1024))));
    let used = |memory: &MemInfo| memory.memtotal.saturating_sub(memory.memfree + memory.cached + memory.buffers);
    [
        [("Total", amount(|memory| memory.memtotal)), ("Buffers", amount(|memory| memory.buffers))],
        [("Used", amount(used)), ("Cache", amount(|memory| memory.cached))],
        [("Free", amount(|memory| memory.memfree)), ("Avail", amount(|memory| memory.memavailable))],
        [("", String::new()), ("Shared", amount(|memory| memory.shmem))],
    ]
}

fn draw_graphs(area: Rect, buffer: &mut Buffer, node: &Node) {
    let [cpu, memory, load] = Layout::horizontal([Constraint::Fill(1); 3]).spacing(2).areas(area);
    let series = &node.series;
    let shares = node.usage.cpu.map(|cpu| format!("{:.0}%/{:.0}%", cpu.user * 100.0, cpu.system * 100.0));
    let used = node.sample.memory.as_ref().map(memory_used).map(units::percent);
    let load_now = node.sample.load.map(|[one, ..]| units::load(one));
    let text = Option::unwrap_or_default;
    graph::lines(cpu, buffer, "CPU USER/SYSTEM", &text(shares), &[&series.user, &series.system], 1.0);
    graph::lines(memory, buffer, "MEM USED", &text(used), &[&series.memory], 1.0);
    graph::lines(load, buffer, "LOAD AVG 60sec", &text(load_now), &[&series.load], 1.0);
}

fn draw_traffic(area: Rect, buffer: &mut Buffer, node: &Node) {
    let (network, disk) = (node.usage.network, node.usage.disk);
    let series = &node.series;
    let [received, sent, read, written] = Layout::vertical([Constraint::Fill(1); 4]).areas(area);
    let rows = [
        (received, "NET RX", &series.received, network.map(|rates| rates.inward), theme::LINES[0]),
        (sent, "NET TX", &series.sent, network.map(|rates| rates.outward), theme::LINES[1]),
        (read, "DISK READ", &series.read, disk.map(|rates| rates.inward), theme::LINES[0]),
        (written, "DISK WRITE", &series.written, disk.map(|rates| rates.outward), theme::LINES[1]),
    ];
    for (area, title, measure, rate, style) in rows {
        graph::bars(area, buffer, title, &or_unknown(rate.map(units::rate)), measure, style);
    }
}

/// A column of processes: its title, how wide it is, from which width of the table on it is shown, and its cells.
struct Column {
    title: &'static str,
    width: usize,
    from: u16,
    order: Option<Order>,
    cell: fn(&Row) -> String,
}

const COLUMNS: [Column; 8] = [
    Column { title: "PID", width: 7, from: 0, order: Some(Order::Pid), cell: |row| row.pid.to_string() },
    Column { title: "S", width: 1, from: 0, order: None, cell: |row| row.state.clone() },
    Column { title: "CPU%", width: 5, from: 0, order: Some(Order::Cpu), cell: |row| format!("{:.1}", row.cpu * 100.0) },
    Column {
        title: "MEM%",
        width: 5,
        from: 0,
        order: Some(Order::Memory),
        cell: |row| format!("{:.1}", row.memory * 100.0),
    },
    Column { title: "VIRT", width: 7, from: 75, order: None, cell: |row| size::decimal(row.virtual_memory) },
    Column { title: "RES", width: 7, from: 50, order: Some(Order::Memory), cell: |row| size::decimal(row.resident) },
    Column { title: "TIME+", width: 9, from: 40, order: Some(Order::Time), cell: |row| units::time(row.time) },
    Column { title: "THR", width: 4, from: 65, order: None, cell: |row| row.threads.to_string() },
];

fn draw_processes(area: Rect, buffer: &mut Buffer, node: &Node, view: &mut View, order: Order) {
    let columns = COLUMNS.iter().filter(|column| area.width >= column.from);
    let row_text = |cell: &dyn Fn(&Column) -> String, command: &str| {
        let mut text = String::new();
        for column in columns.clone() {
            text += &format!("{:>width$} ", cell(column), width = column.width);
        }
        text + " " + command
    };
    let title = |column: &Column| {
        // The order is marked at the first column that shows it.
        let is_order = column.order == Some(order) && (order != Order::Memory || column.title == "MEM%");
        if is_order { format!("{}↓", column.title) } else { column.title.to_owned() }
    };
    put(line(area, 0), buffer, &row_text(&title, "COMMAND"), theme::TITLE);
    view.page = usize::from(area.height.saturating_sub(1));
    view.processes_above = view.processes_above.min(node.processes.len().saturating_sub(view.page));
    for (at, row) in node.processes.iter().skip(view.processes_above).take(view.page).enumerate() {
        put(line(area, at as u16 + 1), buffer, &row_text(&|column| (column.cell)(row), &row.command), theme::PLAIN);
    }
}
