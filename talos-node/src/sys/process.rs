//! A machine seen by an ordinary process.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::system::RebootCommand;

use super::disk_statistics::DiskStatistics;
use super::disks::{self, Disk};
use super::error::{Error, Reason};
use super::firmware::Firmware;
use super::host::{Host, Reboot};
use super::kernel;
use super::kernel_log::{KernelLog, Start};
use super::load::LoadAverage;
use super::memory::Memory;
use super::mounts::{Capacity, Mount};
use super::netlink::{self, Address, Changes, Link, LinkDevice, LinkSettings, Route, Subjects};
use super::network_devices::NetworkDevice;
use super::packets::{Deaf, Packets, Tap};
use super::processes::{self, RunningProcess};
use super::processors::Processor;
use super::root::Root;
use super::sockets::{self, Socket, SocketOwner, Transport};
use super::statistics::Statistics;

/// The machine that this process runs on, as far as it may look. Needs no rights, and changes nothing, unless the process
/// is root of a container.
#[derive(Clone, Debug)]
pub struct Process {
    root: Root,
    owned: Owned,
}

/// What of the machine is the node's own. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owned {
    Nothing,
    Namespaces,
    Computer,
}

impl Process {
    /// A machine whose `/` is a folder: `/` itself, or one with recorded files. The network is always that of this process.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: Root::new(root), owned: Owned::Nothing }
    }

    /// The machine that this process runs on as root of namespaces that are its own: it is named, and the parameters of its
    /// kernel are set. Those that have no namespace are those of the whole computer.
    pub fn in_container(root: impl Into<PathBuf>) -> Self {
        Self { root: Root::new(root), owned: Owned::Namespaces }
    }

    /// The machine that this process is the first one of, and that it may end.
    pub fn on_own_computer(root: impl Into<PathBuf>) -> Self {
        Self { root: Root::new(root), owned: Owned::Computer }
    }

    fn needs(&self, owned: Owned, operation: &'static str) -> Result<(), Error> {
        if self.owned >= owned { Ok(()) } else { Err(Error::Unsupported { operation }) }
    }

    fn word(&self, path: &str) -> Result<String, Error> {
        let bytes = self.root.read(path)?;
        Ok(String::from_utf8_lossy(bytes.trim_ascii()).into_owned())
    }
}

impl Host for Process {
    fn path(&self, path: &Path) -> PathBuf {
        self.root.path(path)
    }

    fn memory(&self) -> Result<Memory, Error> {
        self.root.parse("/proc/meminfo", Memory::parse)
    }

    fn processors(&self) -> Result<Vec<Processor>, Error> {
        Ok(Processor::parse(&self.root.read("/proc/cpuinfo")?))
    }

    fn load_average(&self) -> Result<LoadAverage, Error> {
        self.root.parse("/proc/loadavg", LoadAverage::parse)
    }

    fn statistics(&self) -> Result<Statistics, Error> {
        self.root.parse("/proc/stat", Statistics::parse)
    }

    fn processes(&self) -> Result<Vec<RunningProcess>, Error> {
        processes::list(&self.root, rustix::param::page_size() as u64)
    }

    fn mounts(&self) -> Result<Vec<Mount>, Error> {
        Ok(Mount::parse(&self.root.read("/proc/mounts")?))
    }

    fn capacity(&self, mount: &Mount) -> Result<Option<Capacity>, Error> {
        let path = self.root.path(&mount.target);
        let metadata = fs::metadata(&path).map_err(|source| Error::io("stat", &mount.target, source))?;
        if !metadata.is_dir() {
            return Ok(None);
        }
        let stat = rustix::fs::statfs(&path).map_err(|source| Error::io("statfs", &mount.target, source))?;
        let block = u64::try_from(stat.f_bsize).unwrap_or_default();
        let size = block.saturating_mul(stat.f_blocks);
        Ok(Some(Capacity { size, available: block.saturating_mul(stat.f_bavail) }))
    }

    fn network_devices(&self) -> Result<Vec<NetworkDevice>, Error> {
        self.root.parse("/proc/net/dev", NetworkDevice::parse)
    }

    fn disk_statistics(&self) -> Result<Vec<DiskStatistics>, Error> {
        self.root.parse("/proc/diskstats", DiskStatistics::parse)
    }

    fn disks(&self) -> Result<Vec<Disk>, Error> {
        disks::list(&self.root)
    }

    fn sockets(&self, transport: Transport, process: Option<u32>) -> Result<Vec<Socket>, Error> {
        let name = transport.name();
        let path = match process {
            None => format!("/proc/net/{name}"),
            Some(pid) => format!("/proc/{pid}/net/{name}"),
        };
        self.root.parse(&path, |bytes| Socket::parse(transport, bytes))
    }

    fn socket_owners(&self) -> HashMap<u64, SocketOwner> {
        sockets::owners(&self.root)
    }

    fn network_namespaces(&self) -> BTreeMap<String, u32> {
        sockets::namespaces(&self.root)
    }

    fn kernel_release(&self) -> Result<String, Error> {
        self.word("/proc/sys/kernel/osrelease")
    }

    fn command_line(&self) -> Result<String, Error> {
        self.word("/proc/cmdline")
    }

    fn uptime(&self) -> Result<Duration, Error> {
        self.root.parse("/proc/uptime", kernel::parse_uptime)
    }

    fn boot_id(&self) -> Result<String, Error> {
        self.word("/proc/sys/kernel/random/boot_id")
    }

    fn machine_uuid(&self) -> Option<String> {
        self.root.word("/sys/class/dmi/id/product_uuid")
    }

    fn firmware(&self) -> Result<Firmware, Error> {
        Firmware::read(&self.root)
    }

    fn kernel_parameter(&self, path: &Path) -> Result<String, Error> {
        match fs::read(self.root.path(path)) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            // Some are only for those who own the machine.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Err(Error::Unsupported { operation: "read kernel parameter" })
            }
            Err(source) => Err(Error::io("open", path, source)),
        }
    }

    fn packets(&self, tap: &Tap) -> Result<Packets, Deaf> {
        Packets::open(tap)
    }

    fn kernel_log(&self, start: Start) -> Result<KernelLog, Error> {
        const PATH: &str = "/dev/kmsg";
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        let file = options.open(self.root.path(PATH)).map_err(|source| Error::io("open", PATH, source))?;
        KernelLog::new(file, start).map_err(|source| Error::io("seek", PATH, source))
    }

    fn links(&self) -> Result<Vec<Link>, Error> {
        netlink::links()
    }

    fn link_device(&self, link: &str) -> LinkDevice {
        netlink::device(&self.root, link)
    }

    fn link_settings(&self) -> Result<BTreeMap<u32, LinkSettings>, Error> {
        netlink::settings()
    }

    fn addresses(&self) -> Result<Vec<Address>, Error> {
        netlink::addresses()
    }

    fn routes(&self) -> Result<Vec<Route>, Error> {
        netlink::routes()
    }

    fn network_changes(&self, subjects: Subjects) -> Result<Changes, Error> {
        Changes::new(subjects).map_err(|source| Error::Netlink { subject: "changes", source: Reason(source) })
    }

    fn set_kernel_parameter(&self, path: &Path, value: &str) -> Result<(), Error> {
        self.needs(Owned::Namespaces, "set kernel parameter")?;
        // Opened without being made: a parameter that is missing is one that the kernel does not have.
        let written = OpenOptions::new().write(true).open(self.root.path(path));
        let written = written.and_then(|mut file| file.write_all(value.as_bytes()));
        written.map_err(|source| Error::io("write", path, source))
    }

    fn set_hostname(&self, hostname: &str, domainname: &str) -> Result<(), Error> {
        self.needs(Owned::Namespaces, "set hostname")?;
        rustix::system::sethostname(hostname.as_bytes())
            .map_err(|source| Error::io("sethostname", hostname, source))?;
        rustix::system::setdomainname(domainname.as_bytes())
            .map_err(|source| Error::io("setdomainname", domainname, source))
    }

    fn sync(&self) -> Result<(), Error> {
        self.needs(Owned::Computer, "sync")?;
        rustix::fs::sync();
        Ok(())
    }

    fn reboot(&self, command: Reboot) -> Result<(), Error> {
        self.needs(Owned::Computer, "reboot")?;
        let command = match command {
            Reboot::Restart => RebootCommand::Restart,
            Reboot::PowerOff => RebootCommand::PowerOff,
            Reboot::Halt => RebootCommand::Halt,
            Reboot::Kexec => RebootCommand::Kexec,
        };
        rustix::system::reboot(command).map_err(|source| Error::io("reboot", "/", source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_its_own_a_node_does_not_change() {
        let unsupported = |outcome: Result<(), Error>| matches!(outcome, Err(Error::Unsupported { .. }));
        let nowhere = Path::new("/proc/sys/no/such");
        let hosts = [Process::new("/"), Process::in_container("/"), Process::on_own_computer("/")];
        let refused =
            hosts.map(|host| (unsupported(host.set_kernel_parameter(nowhere, "1")), unsupported(host.sync())));
        assert_eq!(refused, [(true, true), (false, true), (false, false)]);
    }
}
