//! The command line of the kernel.

/// A command line, taken apart into its words. A word is a key, or `key=value`; a key may come several times. Quotes mean
/// nothing, other than to the kernel. Source: `siderolabs/go-procfs`, `procfs/cmdline.go` (0.1.1).
///
/// # Examples
/// ```
/// use talos_node::command_line::CommandLine;
///
/// let line = CommandLine::parse("panic=0 console=tty0 console=ttyS0 quiet");
/// assert_eq!(line.first("console"), Some("tty0"));
/// assert_eq!(line.all("console").collect::<Vec<_>>(), ["tty0", "ttyS0"]);
/// assert_eq!((line.first("quiet"), line.first("pan")), (Some(""), None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine<'t> {
    /// Keys and values in their order; the value of a word without one is empty.
    words: Vec<(&'t str, &'t str)>,
}

impl<'t> CommandLine<'t> {
    /// Takes a line apart. Every text is a command line.
    pub fn parse(text: &'t str) -> Self {
        let words = text.split_whitespace().map(|word| word.split_once('=').unwrap_or((word, "")));
        Self { words: words.collect() }
    }

    /// The first value of a key, empty for a bare word; `None` if the key is not there.
    pub fn first(&self, key: &str) -> Option<&'t str> {
        self.all(key).next()
    }

    /// All values of a key, in their order.
    pub fn all(&self, key: &str) -> impl Iterator<Item = &'t str> {
        self.words.iter().filter(move |(known, _)| *known == key).map(|(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_everything_but_blanks() {
        let line = CommandLine::parse(" ip=[::1]::=  a=b=c\ta= \n");
        assert_eq!(line.first("ip"), Some("[::1]::="));
        assert_eq!(line.all("a").collect::<Vec<_>>(), ["b=c", ""]);
        assert_eq!(CommandLine::parse(" \n"), CommandLine::default());
    }
}
