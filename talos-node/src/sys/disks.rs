//! Disks: `/sys/block`.

use std::path::{Component, Path, PathBuf};

use super::error::Error;
use super::root::Root;

/// A disk, as far as the kernel describes it. Texts are empty when it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Name of the device without folder: `sda`.
    pub device: String,
    /// Size in bytes.
    pub size: u64,
    /// Model.
    pub model: String,
    /// Name that the device gives itself; memory cards have one.
    pub name: String,
    /// Serial number.
    pub serial: String,
    /// What drivers are found by.
    pub modalias: String,
    /// Identifier of NVMe namespaces.
    pub uuid: String,
    /// Identifier unique in the world.
    pub wwid: String,
    /// Kind of storage.
    pub medium: Medium,
    /// Place below `/sys/devices`, with a slash at both ends: `/pci0000:00/0000:00:02.0/virtio1/`.
    pub bus_path: String,
    /// Path of the subsystem: `/sys/class/block`.
    pub subsystem: String,
    /// Whether it refuses to be written.
    pub is_read_only: bool,
}

/// Kind of storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Medium {
    /// The kernel does not tell.
    #[default]
    Unknown,
    /// Without moving parts.
    SolidState,
    /// Turning disks.
    Rotating,
    /// NVMe.
    Nvme,
    /// Memory card.
    Card,
}

/// Names of devices that are no disks: tapes, optical drives, and what the kernel makes of other devices or of memory.
const NO_DISKS: [&str; 6] = ["sg", "sr", "loop", "md", "dm-", "ram"];

/// The kernel counts sizes in sectors of this many bytes, whatever the disk's are.
const SECTOR: u64 = 512;

/// All disks that hold something, by name.
///
/// # Errors
/// When `/sys/block` cannot be listed.
pub(crate) fn list(root: &Root) -> Result<Vec<Disk>, Error> {
    let mut names = root.names("/sys/block")?;
    names.retain(|name| !NO_DISKS.iter().any(|prefix| name.starts_with(prefix)));
    Ok(names.into_iter().map(|name| describe(root, name)).filter(|disk| disk.size > 0).collect())
}

fn describe(root: &Root, device: String) -> Disk {
    let word = |name: &str| root.word(&format!("/sys/block/{device}/{name}")).unwrap_or_default();
    let either = |name: &str| match word(name) {
        word if !word.is_empty() => word,
        _ => word(&format!("device/{name}")),
    };
    let medium = match word("queue/rotational").as_str() {
        _ if device.contains("nvme") => Medium::Nvme,
        _ if device.contains("mmc") => Medium::Card,
        "1" => Medium::Rotating,
        "0" => Medium::SolidState,
        _ => Medium::Unknown,
    };
    let sectors = word("size").parse::<u64>().unwrap_or_default();
    Disk {
        size: sectors.saturating_mul(SECTOR),
        model: word("device/model"),
        name: word("device/name"),
        serial: either("serial"),
        modalias: word("device/modalias"),
        uuid: either("uuid"),
        wwid: either("wwid"),
        medium,
        bus_path: bus_path(root, &device).unwrap_or_default(),
        subsystem: subsystem(root, &device).unwrap_or_default(),
        is_read_only: word("ro") == "1",
        device,
    }
}

fn bus_path(root: &Root, device: &str) -> Option<String> {
    let target = root.link(&format!("/sys/block/{device}"))?;
    let target = target.to_str()?;
    let target = target.strip_prefix("../devices").unwrap_or(target);
    Some(target.strip_suffix(&format!("block/{device}")).unwrap_or(target).to_owned())
}

/// The subsystem is a link below the folder that `/sys/block/<device>` is a link to.
fn subsystem(root: &Root, device: &str) -> Option<String> {
    let folder = Path::new("/sys/block").join(root.link(&format!("/sys/block/{device}"))?);
    let folder = fold(&folder);
    let target = root.link(folder.join("subsystem").to_str()?)?;
    Some(fold(&folder.join(target)).to_str()?.to_owned())
}

/// Resolves `..` in an absolute path whose folders are no links.
fn fold(path: &Path) -> PathBuf {
    let mut folded = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => _ = folded.pop(),
            Component::Normal(name) => folded.push(name),
            _ => {}
        }
    }
    folded
}
