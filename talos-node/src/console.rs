//! Lines that a user sees while a node works.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::log::{Log, Logs};
use crate::machine::SharedClock;

/// What is given whole lines without their ends.
pub type Sink = Arc<dyn Fn(&str) + Send + Sync>;

/// Where lines go: to a sink, and into the logs of the machine's own services. Clones are the same console.
#[derive(Clone)]
pub struct Console {
    clock: SharedClock,
    sink: Sink,
    machined: Log,
    controllers: Log,
}

/// Value of a field of a line.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// Several.
    List(&'a [&'a str]),
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").finish_non_exhaustive()
    }
}

impl Console {
    /// A console.
    pub fn new(clock: SharedClock, sink: Sink, logs: &Logs) -> Self {
        Self { clock, sink, machined: logs.service("machined"), controllers: logs.service("controller-runtime") }
    }

    /// A line of the machine: `[talos] 2026/01/02 15:04:05 text`.
    pub fn line(&self, text: &str) {
        let now = OffsetDateTime::from(self.clock.now());
        let (date, (hour, minute, second)) = (now.date(), now.time().as_hms());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let line = format!("[talos] {year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02} {text}");
        (self.sink)(&line);
        self.machined.line(&line);
    }

    /// A line of a controller, with the fields that go with it.
    pub fn controller(&self, name: &str, text: &str, fields: &[(&str, Value<'_>)]) {
        let mut line = format!("{text} {{\"component\": \"controller-runtime\", \"controller\": {}", quoted(name));
        for (key, value) in fields {
            let value = match value {
                Value::Text(text) => quoted(text),
                Value::List(texts) => {
                    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                    format!("[{}]", texts.join(", "))
                }
            };
            line += &format!(", {}: {value}", quoted(key));
        }
        line.push('}');
        let now = OffsetDateTime::from(self.clock.now());
        let (date, (hour, minute, second, milli)) = (now.date(), now.time().as_hms_milli());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let moment = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z");
        self.controllers.line(&format!("{moment} {line}"));
        self.line(&line);
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character if character < ' ' => out += &format!("\\u{:04x}", u32::from(character)),
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, SystemTime};

    use talos_pki::clock::FixedClock;

    use super::*;

    #[test]
    fn lines_have_a_date_and_fields() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let clock = FixedClock(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        let into = lines.clone();
        let sink = Arc::new(move |line: &str| into.lock().unwrap().push(line.to_owned()));
        let console = Console::new(Arc::new(clock), sink, &Logs::default());
        console.line("booting");
        console.controller(
            "a.B",
            "tab\tbed",
            &[("fingerprint", Value::Text("x\"y")), ("sources", Value::List(&["a", "b"]))],
        );
        let expected = [
            "[talos] 2023/11/14 22:13:20 booting",
            "[talos] 2023/11/14 22:13:20 tab\tbed {\"component\": \"controller-runtime\", \"controller\": \"a.B\", \
             \"fingerprint\": \"x\\\"y\", \"sources\": [\"a\", \"b\"]}",
        ];
        assert_eq!(*lines.lock().unwrap(), expected);
    }
}
