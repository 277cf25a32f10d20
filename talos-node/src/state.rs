//! The folder of what lasts. One writer; readers take whatever stands there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
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
    write(&folder.join(name), content, 0o600)
}

/// Writes a file as [`save`] does, with other permission bits. The folder it stands in is made if it is missing.
///
/// # Errors
/// When the file cannot be written; the old one is still there then.
pub fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidFilename.into());
    };
    fs::create_dir_all(folder)?;
    let temporary = folder.join(format!(".{}.new", name.display()));
    // What is left of an attempt that was cut off may have other bits.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
    // The bits are meant, whatever the process withholds from the files it makes.
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}
