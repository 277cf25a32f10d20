//! The streams of one run and its surroundings, handed to every command.

use std::fmt;
use std::io::{self, BufRead, IsTerminal, Write};

use crate::diagnostics::{self, Diagnostic, Format, Severity};
use crate::global::Environment;

/// Streams and surroundings of one run.
pub struct Io<'a> {
    /// Standard input.
    pub stdin: Box<dyn BufRead + 'a>,
    /// Data goes here.
    pub stdout: Output<'a>,
    /// Messages go here.
    pub stderr: Output<'a>,
    /// Variables, working folder, clock.
    pub environment: Environment,
    /// How errors and warnings are shown; the frame sets it from the command line.
    pub diagnostics: Format,
}

impl Io<'_> {
    /// The streams and surroundings of the process.
    pub fn system() -> Io<'static> {
        Io {
            stdin: Box::new(io::stdin().lock()),
            stdout: Output::new(Box::new(io::stdout()), io::stdout().is_terminal()),
            stderr: Output::new(Box::new(io::stderr()), io::stderr().is_terminal()),
            environment: Environment::system(),
            diagnostics: Format::Text,
        }
    }

    /// True if texts may be coloured: standard output is a terminal that can, and nobody forbade it.
    pub fn coloured(&self) -> bool {
        self.stdout.is_terminal()
            && self.environment.variable("TERM").is_none_or(|terminal| terminal != "dumb")
            && self.environment.variable("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// Writes a line to standard error. A closed or full standard error does not stop a command.
    pub fn note(&mut self, line: impl fmt::Display) {
        let _ = writeln!(self.stderr, "{line}");
    }

    /// Writes `WARNING: TEXT` to standard error, or the warning as a JSON line.
    pub fn warn(&mut self, text: impl fmt::Display) {
        match self.diagnostics {
            Format::Text => self.note(format_args!("WARNING: {text}")),
            Format::Json => {
                let record = Diagnostic { severity: Severity::Warning, ..Diagnostic::error(text.to_string()) };
                self.note(diagnostics::json(&record));
            }
        }
    }
}

impl fmt::Debug for Io<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io")
            .field("stdout", &self.stdout)
            .field("stderr", &self.stderr)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// An output stream that knows whether a person reads it, and whether its reader has gone.
pub struct Output<'a> {
    to: Box<dyn Write + 'a>,
    terminal: bool,
    reader_gone: bool,
}

impl<'a> Output<'a> {
    /// Wraps a stream.
    pub fn new(to: Box<dyn Write + 'a>, terminal: bool) -> Self {
        Self { to, terminal, reader_gone: false }
    }

    /// True if it is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// True once a write failed because nobody reads any more (`talosctl … | head`).
    pub fn reader_gone(&self) -> bool {
        self.reader_gone
    }

    fn noticing<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            self.reader_gone = true;
        }
        result
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.to.write(bytes);
        self.noticing(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.to.flush();
        self.noticing(result)
    }
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("terminal", &self.terminal)
            .field("reader_gone", &self.reader_gone)
            .finish_non_exhaustive()
    }
}
