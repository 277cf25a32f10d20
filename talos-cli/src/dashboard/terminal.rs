//! The terminal: taken over, and given back whatever happens.

use std::io::{self, IsTerminal};
use std::panic;
use std::sync::Once;
use std::thread;

use anyhow::{Context as _, bail};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyEvent};
use ratatui::crossterm::{cursor, execute, terminal};
use tokio::sync::mpsc;

/// A terminal in full-screen mode. Dropping it gives the terminal back.
#[derive(Debug)]
pub(super) struct Terminal {
    inner: ratatui::Terminal<CrosstermBackend<io::Stdout>>,
    input: mpsc::Receiver<Input>,
}

/// What comes from a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// It has another size.
    Resize,
    /// Nothing more will come.
    End,
}

/// Keys that wait to be taken; a program that is behind does not need more.
const WAITING: usize = 64;

impl Terminal {
    /// Takes over the terminal that standard input and output are.
    pub(super) fn open() -> anyhow::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            bail!("the dashboard needs a terminal as standard input and output");
        }
        restore_on_panic();
        terminal::enable_raw_mode().context("error setting up the terminal")?;
        // From here on whatever fails gives the terminal back.
        let guard = Restore;
        execute!(io::stdout(), terminal::EnterAlternateScreen, cursor::Hide)
            .context("error setting up the terminal")?;
        let inner =
            ratatui::Terminal::new(CrosstermBackend::new(io::stdout())).context("error setting up the terminal")?;
        let (sender, input) = mpsc::channel(WAITING);
        // Reading cannot be given up, so the thread ends with the process.
        thread::Builder::new()
            .name("keys".into())
            .spawn(move || while sender.blocking_send(read()).is_ok_and(|()| !sender.is_closed()) {})
            .context("error listening for keys")?;
        std::mem::forget(guard);
        Ok(Self { inner, input })
    }

    /// What is drawn on.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame<'_>)) -> anyhow::Result<()> {
        self.inner.draw(draw).context("error drawing")?;
        Ok(())
    }

    /// What comes next.
    pub(super) async fn input(&mut self) -> Input {
        self.input.recv().await.unwrap_or(Input::End)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back when it is dropped.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        restore();
    }
}

fn read() -> Input {
    loop {
        match event::read() {
            Ok(Event::Key(key)) => return Input::Key(key),
            Ok(Event::Resize(..)) => return Input::Resize,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Input::End,
        }
    }
}

/// Gives the terminal back. There is nobody left to tell about failures.
fn restore() {
    let _ = terminal::disable_raw_mode();
    let _ = execute!(io::stdout(), terminal::LeaveAlternateScreen, cursor::Show);
}

/// A panic ends the process at once in releases; its message must not be lost with the screen.
fn restore_on_panic() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            before(info);
        }));
    });
}
