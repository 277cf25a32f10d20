//! The folder of what lasts. One writer; readers take whatever stands there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The machine configuration.
pub const CONFIG: &str = "config.yaml";

/// The identity of the machine.
pub const NODE_IDENTITY: &str = "node-identity.yaml";

/// Writes a file, readable by its owner only. Either the old or the new one is there at any moment, and when this
/// returns the new one outlives a crash.
///
/// # Errors
/// When the file cannot be written; the old one is still there then.
pub fn save(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, folder.join(name))?;
    File::open(folder)?.sync_all()
}
