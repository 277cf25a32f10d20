//! `talosctl copy`: a file or folder of a machine, with its permissions.

use std::io::Write;

use anyhow::{Context as _, bail};
use flate2::write::MultiGzDecoder;
use talos_api::client::Chunks;

use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::connect::{self, Access, Failure, Session};
use crate::files;
use crate::go;
use crate::io::Io;
use crate::untar::{Extract, ExtractError, Reader};

pub(crate) static COMMAND: Command = Command {
    aliases: &["cp"],
    long: "Copy a file, or a folder with all that is in it, from a machine into a folder here. With - in place of the folder the
archive goes to standard output as it comes: tar, compressed by gzip. Files that exist are never overwritten.",
    arguments: Arguments::Exactly(2),
    run: Some(run),
    completer: Completer::Dynamic(connect::completion::path_then_file),
    ..Command::new("copy <src-path> -|<local-path>", "Copy a file or folder from a machine")
};

/// Mode of a target folder that is made, less the mask of the process.
const FOLDER_MODE: u32 = 0o777;

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let [source, target] = call.arguments else { unreachable!("two arguments were checked") };
    connect::run(call, Access::Nodes, io, async |session, io| {
        session.single_node("copy")?;
        let mut archive = session.ask(session.client().copy(source)).await.context("error copying")?;
        if target == "-" {
            return pass_on(session, &mut archive, io).await;
        }
        let folder = go::path::clean(target);
        match std::fs::metadata(io.environment.path(&folder)) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => bail!("local path {} should be a directory", go::quote(target)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                files::make_folders(&io.environment, &folder, FOLDER_MODE)
                    .with_context(|| format!("error creating local path {}", go::quote(&folder)))?;
            }
            Err(error) => {
                return Err(files::failure("stat", &folder, error)).context("failed to stat local path");
            }
        }
        unpack(session, &mut archive, &folder, io).await
    })
}

/// What a machine reports about files it had to leave out is shown at once and is no failure of the command.
fn show_reports(archive: &mut Chunks, io: &mut Io<'_>) {
    for failure in archive.take_failures() {
        io.note(failure.text());
    }
}

async fn pass_on(session: &Session, archive: &mut Chunks, io: &mut Io<'_>) -> anyhow::Result<()> {
    while let Some(chunk) = session.next(archive).await {
        show_reports(archive, io);
        io.stdout.write_all(&chunk.map_err(Failure::from)?)?;
    }
    show_reports(archive, io);
    Ok(())
}

async fn unpack(session: &Session, archive: &mut Chunks, folder: &str, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = io.environment.clone();
    let sink = Sink { reader: Reader::new(), extract: Extract::new(&environment, folder), error: None };
    let mut decoder = MultiGzDecoder::new(sink);
    let mut received = 0;
    loop {
        let chunk = session.next(archive).await;
        show_reports(archive, io);
        match chunk {
            Some(Ok(chunk)) => {
                received += chunk.len();
                decoder.write_all(&chunk).map_err(|error| broken(decoder.get_mut(), error, received))?;
            }
            Some(Err(error)) => {
                let failure = anyhow::Error::from(Failure::from(error));
                return Err(failure.context(phase(decoder.get_ref(), received)));
            }
            None => break,
        }
    }
    if session.interrupt().is_set() {
        return Err(Failure::interrupted().into());
    }
    if received == 0 {
        bail!("error initializing gzip: EOF");
    }
    let sink = decoder.get_mut();
    if sink.error.is_none() {
        decoder.try_finish().map_err(|error| broken(decoder.get_mut(), error, received))?;
    }
    let sink = decoder.get_mut();
    sink.reader.finish().with_context(|| phase(sink, received))
}

/// What was going on, for errors.
fn phase(sink: &Sink<'_>, received: usize) -> String {
    match sink.extract.current() {
        Some(path) => format!("error copying data to {}", go::quote(path)),
        None if received < GZIP_HEADER => "error initializing gzip".to_owned(),
        None => "error reading tar header".to_owned(),
    }
}

/// A compressed stream is not told from others before this many bytes.
const GZIP_HEADER: usize = 10;

/// The error behind a failed write: that of the unpacking, else one of the compression.
fn broken(sink: &mut Sink<'_>, error: std::io::Error, received: usize) -> anyhow::Error {
    if let Some(error) = sink.error.take() {
        return error.into();
    }
    let text = match error.kind() {
        std::io::ErrorKind::InvalidInput if !sink.begun() => {
            return anyhow::anyhow!("error initializing gzip: gzip: invalid header");
        }
        std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::BrokenPipe => "unexpected EOF".to_owned(),
        _ => format!("gzip: {error}"),
    };
    anyhow::anyhow!(text).context(phase(sink, received))
}

/// Takes the archive without compression.
struct Sink<'e> {
    reader: Reader,
    extract: Extract<'e>,
    error: Option<ExtractError>,
}

impl Sink<'_> {
    /// Whether anything has come out of the compression.
    fn begun(&self) -> bool {
        self.reader.has_begun()
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        match self.reader.push(piece, &mut self.extract) {
            Ok(()) => Ok(piece.len()),
            Err(error) => {
                self.error = Some(error);
                Err(std::io::Error::other("unpacking failed"))
            }
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
