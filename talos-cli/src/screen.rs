//! The whole terminal, for programs that draw it again and again.

use std::io::{self, IsTerminal, Read, Write};
use std::thread;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;

/// A key that matters to programs with a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Char(char),
    /// Ctrl-C.
    Interrupt,
    /// There will be no more keys.
    End,
    Other,
}

/// A terminal that shows a screen of its own until it is dropped.
#[derive(Debug)]
pub(crate) struct Screen {
    keys: mpsc::UnboundedReceiver<u8>,
    #[cfg(unix)]
    before: rustix::termios::Termios,
}

const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE: &[u8] = b"\x1b[?7h\x1b[?25h\x1b[?1049l";

#[cfg(unix)]
impl Screen {
    /// Takes over the terminal that standard input and output are.
    pub(crate) fn open() -> anyhow::Result<Self> {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            bail!("a terminal is needed to watch");
        }
        let before = tcgetattr(io::stdin()).context("error asking for the state of the terminal")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw).context("error setting up the terminal")?;
        let (sender, keys) = mpsc::unbounded_channel();
        let screen = Self { keys, before };
        // Reading cannot be given up, so the thread ends with the process.
        thread::Builder::new()
            .name("keys".into())
            .spawn(move || {
                let mut byte = [0];
                while io::stdin().lock().read(&mut byte).is_ok_and(|count| count > 0) && sender.send(byte[0]).is_ok() {}
            })
            .context("error listening for keys")?;
        let mut out = io::stdout().lock();
        out.write_all(ENTER)?;
        out.flush()?;
        Ok(screen)
    }

    /// Lines the terminal has.
    fn height() -> usize {
        rustix::termios::tcgetwinsize(io::stdout()).map_or(24, |size| usize::from(size.ws_row).max(1))
    }
}

#[cfg(not(unix))]
impl Screen {
    /// Fails: nobody has taught this program how to.
    pub(crate) fn open() -> anyhow::Result<Self> {
        bail!("watching needs a Unix terminal")
    }

    fn height() -> usize {
        24
    }
}

impl Screen {
    /// Shows the first lines of a text, as many as there is room for.
    pub(crate) fn show(&mut self, text: &str) -> io::Result<()> {
        let mut frame = String::from("\x1b[H");
        for (at, line) in text.lines().take(Self::height()).enumerate() {
            if at > 0 {
                frame.push_str("\r\n");
            }
            frame.push_str("\x1b[K");
            frame.extend(line.chars().map(|character| if character.is_control() { ' ' } else { character }));
        }
        frame.push_str("\x1b[J");
        let mut out = io::stdout().lock();
        out.write_all(frame.as_bytes())?;
        out.flush()
    }

    /// The next key.
    pub(crate) async fn key(&mut self) -> Key {
        match self.keys.recv().await {
            None => Key::End,
            Some(3) => Key::Interrupt,
            Some(byte) if byte.is_ascii_graphic() => Key::Char(char::from(byte)),
            Some(_) => Key::Other,
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // The program is about to end, whatever comes of it.
        #[cfg(unix)]
        let _ = rustix::termios::tcsetattr(io::stdin(), rustix::termios::OptionalActions::Flush, &self.before);
        let mut out = io::stdout().lock();
        let _ = out.write_all(LEAVE).and_then(|()| out.flush());
    }
}
