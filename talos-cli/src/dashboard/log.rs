//! The newest lines of a log.

use std::collections::VecDeque;

use super::tidy;

/// The newest lines of a node's kernel log, the oldest first. Never holds more than [`LONGEST`](Self::LONGEST).
#[derive(Clone, Debug, Default)]
pub struct Log {
    lines: VecDeque<Line>,
    count: u64,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The text, without control characters.
    pub text: String,
    /// How bad it is.
    pub severity: Severity,
}

/// How bad a line of the kernel log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// `emerg`, `alert`, `crit`, `err`.
    Error,
    /// `warning`.
    Warning,
    /// All others.
    Normal,
}

/// Names of levels that are not normal.
const LEVELS: [(&str, Severity); 6] = [
    ("emerg", Severity::Error),
    ("alert", Severity::Error),
    ("crit", Severity::Error),
    ("err", Severity::Error),
    ("warning", Severity::Warning),
    ("warn", Severity::Warning),
];

impl Log {
    /// The original keeps as many.
    pub const LONGEST: usize = 1_000;

    /// Longer lines are cut, so that the log stays small whatever a node sends. In characters.
    const WIDEST: usize = 2_048;

    /// Adds what a node sent: a record, or several.
    pub fn push(&mut self, bytes: &[u8]) {
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if self.lines.len() == Self::LONGEST {
                self.lines.pop_front();
            }
            // A character has four bytes at most.
            let line = &line[..line.len().min(4 * Self::WIDEST)];
            self.lines.push_back(Line::new(&tidy(&String::from_utf8_lossy(line), Self::WIDEST)));
            self.count += 1;
        }
    }

    /// Forgets everything, for a log that begins anew.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// The lines.
    pub fn lines(&self) -> &VecDeque<Line> {
        &self.lines
    }

    /// How many lines were ever added.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Line {
    /// Reads `facility:  level: [time]: text`.
    fn new(text: &str) -> Self {
        let level = text.split(':').nth(1).map(str::trim).unwrap_or_default();
        let severity =
            LEVELS.iter().find(|(name, _)| *name == level).map_or(Severity::Normal, |(_, severity)| *severity);
        Self { text: text.trim_end().to_owned(), severity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_told_apart() {
        let mut log = Log::default();
        log.push(b"user:     err: [2023-11-22T06:00:01Z]: failed\nkern: warning: x\r\n\nkern:    info: y");
        log.push("none: \x1b[31mred\t\u{7}\n".as_bytes());
        let severities: Vec<_> = log.lines().iter().map(|line| line.severity).collect();
        assert_eq!(severities, [Severity::Error, Severity::Warning, Severity::Normal, Severity::Normal]);
        assert_eq!(log.lines()[1].text, "kern: warning: x");
        assert_eq!(log.lines()[3].text, "none:  [31mred");
    }

    #[test]
    fn stays_small() {
        let mut log = Log::default();
        for _ in 0..1_100 {
            log.push(&[b'x'; 10_000]);
        }
        assert_eq!((log.lines().len(), log.count()), (Log::LONGEST, 1_100));
        assert!(log.lines().iter().all(|line| line.text.capacity() <= 4 * Log::WIDEST));
    }
}
