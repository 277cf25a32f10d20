//! What has been collected so far, and how far each source is.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime};

use talos_pki::Clock as _;

use crate::io::Io;
use crate::zip::Entry;

/// Results of all sources, and their progress for people.
pub(super) struct Board<'b, 'io> {
    io: &'b mut Io<'io>,
    is_verbose: bool,
    sources: Vec<Source>,
    entries: Vec<Entry>,
    begun: Instant,
    drawn: Option<Instant>,
}

/// A node, or Kubernetes.
#[derive(Default)]
struct Source {
    name: String,
    /// What is being collected.
    state: String,
    done: usize,
    total: usize,
    failures: Vec<String>,
}

/// Columns of a bar.
const WIDTH: usize = 20;
/// The first picture comes after this time, for what is over soon needs none.
const FIRST: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_millis(100);

impl<'b, 'io> Board<'b, 'io> {
    pub(super) fn new<'s>(sources: impl Iterator<Item = &'s str>, is_verbose: bool, io: &'b mut Io<'io>) -> Self {
        let sources = sources.map(|name| Source { name: name.to_owned(), ..Source::default() }).collect();
        Self { io, is_verbose, sources, entries: Vec::new(), begun: Instant::now(), drawn: None }
    }

    /// So much more is to be collected from a source.
    pub(super) fn expect(&mut self, source: usize, count: usize) {
        self.sources[source].total += count;
    }

    /// Something is being collected now.
    pub(super) fn begin(&mut self, source: usize, name: &str) {
        let entry = &mut self.sources[source];
        name.clone_into(&mut entry.state);
        if self.is_verbose {
            // Nobody may be reading.
            let _ = writeln!(self.io.stdout, "{}: {name}", entry.name);
        } else if self.io.stdout.is_terminal() {
            self.draw();
        }
    }

    /// Something has been collected, or there is nothing of it.
    pub(super) fn end(&mut self, source: usize, entry: Option<Entry>) {
        self.sources[source].done += 1;
        self.entries.extend(entry);
    }

    /// Something cannot be had.
    pub(super) fn fail(&mut self, source: usize, error: impl Into<String>) {
        self.sources[source].failures.push(error.into());
    }

    /// The time, for what is told by age.
    pub(super) fn now(&self) -> SystemTime {
        self.io.environment.now()
    }

    /// The path of a file of the archive.
    pub(super) fn path(&self, source: usize, name: &str) -> String {
        format!("{}/{name}", self.sources[source].name)
    }

    /// The files, and what each source failed with.
    pub(super) fn finish(mut self) -> (Vec<Entry>, Vec<(String, String)>) {
        if self.drawn.is_some() {
            self.sources.iter_mut().for_each(|source| source.state.clear());
            self.drawn = Some(self.begun);
            self.draw();
        }
        let failures = self.sources.into_iter().flat_map(|source| {
            let Source { name, failures, .. } = source;
            failures.into_iter().map(move |failure| (name.clone(), failure))
        });
        (self.entries, failures.collect())
    }

    /// Draws a bar for each source, over those drawn before.
    fn draw(&mut self) {
        let now = Instant::now();
        let due = self.drawn.map_or(self.begun + FIRST, |drawn| drawn + BETWEEN);
        if now < due {
            return;
        }
        let mut picture = if self.drawn.is_some() { format!("\x1b[{}A", self.sources.len()) } else { String::new() };
        let elapsed = self.begun.elapsed().as_secs();
        for source in &self.sources {
            picture.push_str(&format!("{elapsed:>4}s {}\x1b[K\n", source.bar()));
        }
        self.drawn = Some(now);
        let _ = self.io.stdout.write_all(picture.as_bytes()).and_then(|()| self.io.stdout.flush());
    }
}

impl Source {
    fn bar(&self) -> String {
        let total = self.total.max(1);
        let done = self.done.min(total);
        let full = WIDTH * done / total;
        let (bar, rest) = ("=".repeat(full), " ".repeat(WIDTH - full));
        format!("[{bar}{rest}] {:>3}% {}: {}", 100 * done / total, self.name, self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow() {
        let source = |done, total| Source { name: "a".into(), state: "x".into(), done, total, ..Source::default() };
        assert_eq!(source(0, 0).bar(), "[                    ]   0% a: x");
        assert_eq!(source(1, 4).bar(), "[=====               ]  25% a: x");
        assert_eq!(source(9, 4).bar(), "[====================] 100% a: x");
    }
}
