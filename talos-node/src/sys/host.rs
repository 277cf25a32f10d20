//! What a node asks its machine.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::disk_statistics::DiskStatistics;
use super::disks::Disk;
use super::error::Error;
use super::firmware::Firmware;
use super::kernel_log::{KernelLog, Start};
use super::load::LoadAverage;
use super::memory::Memory;
use super::mounts::{Capacity, Mount};
use super::netlink::{Address, Changes, Link, LinkDevice, LinkSettings, Route, Subjects};
use super::network_devices::NetworkDevice;
use super::packets::{Deaf, Packets, Tap};
use super::processes::RunningProcess;
use super::processors::Processor;
use super::sockets::{Socket, SocketOwner, Transport};
use super::statistics::Statistics;

/// What comes after the kernel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reboot {
    /// The machine starts again.
    Restart,
    /// The machine is switched off.
    PowerOff,
    /// The machine stands still.
    Halt,
    /// The kernel that was loaded before.
    Kexec,
}

/// A machine. Everything is asked for anew and nothing is kept; answers come within microseconds, those about all processes
/// within milliseconds. Only [`capacity`](Self::capacity) may wait for storage, or for another machine.
///
/// Every method fails with [`Error`] when the machine does not answer, or not in a form that can be read. What changes the
/// machine fails with [`Error::Unsupported`] where it is not the node's own.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Host: Debug + Send + Sync + 'static {
    /// Where a path of the machine is for this process. Links lead where this process finds them.
    fn path(&self, path: &Path) -> PathBuf;

    /// How memory is used.
    fn memory(&self) -> Result<Memory, Error>;

    /// All processors.
    fn processors(&self) -> Result<Vec<Processor>, Error>;

    /// How busy it is.
    fn load_average(&self) -> Result<LoadAverage, Error>;

    /// What the kernel counts.
    fn statistics(&self) -> Result<Statistics, Error>;

    /// All processes that can be looked at, by number.
    fn processes(&self) -> Result<Vec<RunningProcess>, Error>;

    /// What is mounted where, in the order of mounting.
    fn mounts(&self) -> Result<Vec<Mount>, Error>;

    /// How much fits into what is mounted at a place; `None` if the place is no folder.
    fn capacity(&self, mount: &Mount) -> Result<Option<Capacity>, Error>;

    /// What went through links.
    fn network_devices(&self) -> Result<Vec<NetworkDevice>, Error>;

    /// What went to block devices and back.
    fn disk_statistics(&self) -> Result<Vec<DiskStatistics>, Error>;

    /// All disks that hold something, by name.
    fn disks(&self) -> Result<Vec<Disk>, Error>;

    /// Sockets of one kind. `process` names a process whose network is meant; `None` is the machine's own.
    fn sockets(&self, transport: Transport, process: Option<u32>) -> Result<Vec<Socket>, Error>;

    /// Who has which socket open, by inode, as far as that may be seen.
    fn socket_owners(&self) -> HashMap<u64, SocketOwner>;

    /// Network namespaces that have a name, each with a process that is in it.
    fn network_namespaces(&self) -> BTreeMap<String, u32>;

    /// Release of the kernel: `6.1.45-talos`.
    fn kernel_release(&self) -> Result<String, Error>;

    /// What the kernel was started with, in one line.
    fn command_line(&self) -> Result<String, Error>;

    /// How long the kernel runs.
    fn uptime(&self) -> Result<Duration, Error>;

    /// Differs with each start of the kernel; a UUID.
    fn boot_id(&self) -> Result<String, Error>;

    /// UUID of the machine as its firmware tells it; `None` if it does not, or only tells root.
    fn machine_uuid(&self) -> Option<String>;

    /// What the firmware says the machine is made of, as far as it tells.
    fn firmware(&self) -> Result<Firmware, Error>;

    /// A parameter of the kernel, as it stands in its file below `/proc/sys` or `/sys`.
    fn kernel_parameter(&self, path: &Path) -> Result<String, Error>;

    /// A reader of the kernel's log.
    fn kernel_log(&self, start: Start) -> Result<KernelLog, Error>;

    /// All links.
    fn links(&self) -> Result<Vec<Link>, Error>;

    /// The device behind a link.
    fn link_device(&self, link: &str) -> LinkDevice;

    /// How drivers have set links, by number of the link. Fails on kernels that were made without it.
    fn link_settings(&self) -> Result<BTreeMap<u32, LinkSettings>, Error>;

    /// All addresses.
    fn addresses(&self) -> Result<Vec<Address>, Error>;

    /// All routes.
    fn routes(&self) -> Result<Vec<Route>, Error>;

    /// Hears of changes from now on. Needs a runtime.
    fn network_changes(&self, subjects: Subjects) -> Result<Changes, Error>;

    /// Listens to what goes through a link from now on. Needs a runtime, and rights.
    fn packets(&self, tap: &Tap) -> Result<Packets, Deaf>;

    /// Sets a parameter of the kernel.
    fn set_kernel_parameter(&self, path: &Path, value: &str) -> Result<(), Error>;

    /// Tells the kernel how the machine is called, and its domain.
    fn set_hostname(&self, hostname: &str, domainname: &str) -> Result<(), Error>;

    /// Writes to storage what waits to be written.
    fn sync(&self) -> Result<(), Error>;

    /// Ends the kernel. Returns only if that fails.
    fn reboot(&self, command: Reboot) -> Result<(), Error>;
}
