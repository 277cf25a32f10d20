//! Progress for people: a block that is drawn again on terminals, lines elsewhere.

use std::io::Write;

use crate::go;
use crate::io::Io;

/// How something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Succeeded,
    Failed,
    Skipped,
}

const SPINNER: [char; 4] = ['◰', '◳', '◲', '◱'];
/// Columns of a terminal that does not tell.
const WIDTH: usize = 80;

impl Status {
    fn colour(self) -> &'static str {
        match self {
            Self::Running => "\x1b[33m",
            Self::Succeeded => "\x1b[32m",
            Self::Failed => "\x1b[31m",
            Self::Skipped => "\x1b[34m",
        }
    }

    /// Whether the text may change again.
    fn is_temporary(self) -> bool {
        matches!(self, Self::Running | Self::Failed)
    }
}

/// Shows texts of which each replaces the one before, unless that was final.
#[derive(Debug, Default)]
pub(crate) struct Reporter {
    last: Option<String>,
    /// Lines of the terminal that the last temporary text takes.
    drawn: usize,
    frame: usize,
}

impl Reporter {
    /// Shows a text unless it is shown already.
    pub(crate) fn report(&mut self, status: Status, text: &str, io: &mut Io<'_>) {
        let text = text.trim().replace('\t', "    ");
        if self.last.as_ref() == Some(&text) && (status.is_temporary() || self.drawn == 0) {
            return;
        }
        if io.stderr.is_terminal() {
            self.draw(status, &text, io);
        } else {
            io.note(&text);
        }
        self.last = Some(text);
    }

    fn draw(&mut self, status: Status, text: &str, io: &mut Io<'_>) {
        let mut out = "\x1b[A\x1b[K".repeat(self.drawn);
        let shown = if status.is_temporary() {
            self.frame = (self.frame + 1) % SPINNER.len();
            format!("{} {text}", SPINNER[self.frame])
        } else {
            text.to_owned()
        };
        if io.coloured() {
            out += &format!("{}{shown}\x1b[0m\n", status.colour());
        } else {
            out += &format!("{shown}\n");
        }
        let width = width();
        let lines = |line: &str| line.chars().count().div_ceil(width).max(1);
        self.drawn = if status.is_temporary() { shown.split('\n').map(lines).sum() } else { 0 };
        // A lost line is no reason to stop.
        let _ = io.stderr.write_all(out.as_bytes());
    }
}

#[cfg(unix)]
fn width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stderr()).map_or(WIDTH, |size| usize::from(size.ws_col)).max(1)
}

#[cfg(not(unix))]
fn width() -> usize {
    WIDTH
}

/// What is known about each of several nodes.
#[derive(Debug)]
pub(super) struct Board {
    nodes: Vec<(String, Status, String)>,
    /// Order in which nodes are shown.
    order: Vec<usize>,
    reporter: Option<Reporter>,
}

impl Board {
    pub(super) fn new(names: &[&str], io: &Io<'_>) -> Self {
        let nodes: Vec<_> = names.iter().map(|name| ((*name).to_owned(), Status::Running, String::new())).collect();
        let mut order: Vec<usize> = (0..nodes.len()).collect();
        order.sort_by_key(|at| names[*at]);
        Self { nodes, order, reporter: io.stderr.is_terminal().then(Reporter::default) }
    }

    /// Takes news. Without a terminal they are shown at once. An empty message leaves the last one.
    pub(super) fn update(&mut self, at: usize, status: Status, message: String, io: &mut Io<'_>) {
        let node = &mut self.nodes[at];
        node.1 = status;
        if message.is_empty() {
            return;
        }
        if self.reporter.is_none() {
            io.note(format_args!("{}: {message}", go::quote(&node.0)));
        }
        node.2 = message;
    }

    /// Draws the block again if there is a terminal.
    pub(super) fn refresh(&mut self, io: &mut Io<'_>) {
        let (status, text) = (self.status(), self.text());
        if let Some(reporter) = &mut self.reporter {
            reporter.report(status, &text, io);
        }
    }

    fn status(&self) -> Status {
        let any = |wanted| self.nodes.iter().any(|(_, status, _)| *status == wanted);
        match () {
            () if any(Status::Failed) => Status::Failed,
            () if any(Status::Running) => Status::Running,
            () => Status::Succeeded,
        }
    }

    fn text(&self) -> String {
        let nodes: Vec<_> = self.order.iter().map(|at| &self.nodes[*at]).collect();
        let names: Vec<_> = nodes.iter().map(|(name, ..)| name.as_str()).collect();
        let lines = nodes.iter().map(|(name, _, message)| format!("\n    * {name}: {message}"));
        format!("watching nodes: [{}]{}", names.join(" "), lines.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Format;
    use crate::global::Environment;
    use crate::io::Output;

    fn shown(terminal: bool, with: impl FnOnce(&mut Io<'_>)) -> String {
        let mut bytes = Vec::new();
        let mut io = Io {
            stdin: Box::new(std::io::empty()),
            stdout: Output::new(Box::new(std::io::sink()), terminal),
            stderr: Output::new(Box::new(&mut bytes), terminal),
            environment: Environment::empty(),
            diagnostics: Format::Text,
        };
        with(&mut io);
        drop(io);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn lines_without_a_terminal() {
        let text = shown(false, |io| {
            let mut reporter = Reporter::default();
            for text in ["a\tb", "a\tb", "c"] {
                reporter.report(Status::Running, text, io);
            }
            let mut board = Board::new(&["n"], io);
            board.update(0, Status::Running, "x".into(), io);
            board.refresh(io);
        });
        assert_eq!(text, "a    b\nc\n\"n\": x\n");
    }

    #[test]
    fn a_block_on_a_terminal() {
        let text = shown(true, |io| {
            let mut board = Board::new(&["b", "a"], io);
            board.update(0, Status::Running, "x".into(), io);
            board.refresh(io);
            board.refresh(io);
            board.update(0, Status::Succeeded, String::new(), io);
            board.update(1, Status::Succeeded, "done".into(), io);
            board.refresh(io);
        });
        assert_eq!(
            text,
            "\x1b[33m◳ watching nodes: [a b]\n    * a: \n    * b: x\x1b[0m\n\
             \x1b[A\x1b[K\x1b[A\x1b[K\x1b[A\x1b[K\x1b[32mwatching nodes: [a b]\n    * a: done\n    * b: x\x1b[0m\n"
        );
    }
}
