//! A machine for tests.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use tokio::net::unix::pipe::Receiver;

use super::disk_statistics::DiskStatistics;
use super::disks::Disk;
use super::error::{Error, Reason};
use super::firmware::Firmware;
use super::host::{Host, Reboot};
use super::kernel_log::{KernelLog, Start};
use super::load::LoadAverage;
use super::memory::Memory;
use super::mounts::{Capacity, Mount};
use super::netlink::{Address, Changes, Link, LinkDevice, LinkSettings, Route, Subjects};
use super::network_devices::NetworkDevice;
use super::packets::{Deaf, Packets, Tap};
use super::process::Process;
use super::processes::RunningProcess;
use super::processors::Processor;
use super::sockets::{Socket, SocketOwner, Transport};
use super::statistics::Statistics;

/// A machine that says what it is told, and keeps what is done to it instead of doing it. Clones are the same machine.
///
/// Files are those of a folder; the network is what [`set_network`](Self::set_network) says, at first nothing.
///
/// # Examples
/// ```
/// use std::path::Path;
/// use talos_node::sys::{Effect, Host, Recording};
///
/// # let folder = std::env::temp_dir().join(format!("recording-{}", std::process::id()));
/// # std::fs::create_dir_all(folder.join("proc/sys/kernel"))?;
/// # std::fs::write(folder.join("proc/sys/kernel/panic"), "0\n")?;
/// let machine = Recording::new(&folder);
/// machine.set_kernel_parameter(Path::new("/proc/sys/kernel/panic"), "10")?;
/// assert_eq!(machine.kernel_parameter(Path::new("/proc/sys/kernel/panic"))?, "10");
/// assert_eq!(machine.effects().len(), 1);
/// assert!(machine.set_kernel_parameter(Path::new("/proc/sys/no/such"), "1").unwrap_err().is_missing());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recording {
    files: Process,
    told: Arc<Mutex<Told>>,
}

/// Something that was done to a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A parameter of the kernel was set.
    KernelParameter {
        /// Its file.
        path: PathBuf,
        /// Its value.
        value: String,
    },
    /// The machine was named.
    Hostname {
        /// Its name.
        hostname: String,
        /// Its domain.
        domainname: String,
    },
    /// Storage was brought up to date.
    Sync,
    /// The kernel was ended.
    Reboot(Reboot),
}

/// The network of a machine.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// All links.
    pub links: Vec<Link>,
    /// How drivers have set them, by number.
    pub settings: BTreeMap<u32, LinkSettings>,
    /// All addresses.
    pub addresses: Vec<Address>,
    /// All routes.
    pub routes: Vec<Route>,
}

#[derive(Debug, Default)]
struct Told {
    network: Network,
    listeners: Vec<OwnedFd>,
    effects: Vec<Effect>,
}

impl Recording {
    /// A machine whose `/` is a folder. What is missing there, the machine does not tell.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { files: Process::new(root), told: Arc::default() }
    }

    /// Changes the network, and tells all who listen.
    pub fn set_network(&self, network: Network) {
        let mut told = self.told();
        told.network = network;
        // Who does not listen any more is forgotten; who has a byte waiting needs no second one.
        told.listeners.retain(|listener| matches!(rustix::io::write(listener, &[1]), Ok(_) | Err(Errno::AGAIN)));
    }

    /// What was done to it so far.
    pub fn effects(&self) -> Vec<Effect> {
        self.told().effects.clone()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, effect: Effect) -> Result<(), Error> {
        self.told().effects.push(effect);
        Ok(())
    }
}

/// What files tell.
macro_rules! from_files {
    ($(fn $name:ident(&self $(, $argument:ident: $kind:ty)*) -> $answer:ty;)*) => {
        $(fn $name(&self $(, $argument: $kind)*) -> $answer {
            self.files.$name($($argument),*)
        })*
    };
}

impl Host for Recording {
    from_files! {
        fn path(&self, path: &Path) -> PathBuf;
        fn memory(&self) -> Result<Memory, Error>;
        fn processors(&self) -> Result<Vec<Processor>, Error>;
        fn load_average(&self) -> Result<LoadAverage, Error>;
        fn statistics(&self) -> Result<Statistics, Error>;
        fn processes(&self) -> Result<Vec<RunningProcess>, Error>;
        fn mounts(&self) -> Result<Vec<Mount>, Error>;
        fn capacity(&self, mount: &Mount) -> Result<Option<Capacity>, Error>;
        fn network_devices(&self) -> Result<Vec<NetworkDevice>, Error>;
        fn disk_statistics(&self) -> Result<Vec<DiskStatistics>, Error>;
        fn disks(&self) -> Result<Vec<Disk>, Error>;
        fn sockets(&self, transport: Transport, process: Option<u32>) -> Result<Vec<Socket>, Error>;
        fn socket_owners(&self) -> HashMap<u64, SocketOwner>;
        fn network_namespaces(&self) -> BTreeMap<String, u32>;
        fn kernel_release(&self) -> Result<String, Error>;
        fn command_line(&self) -> Result<String, Error>;
        fn uptime(&self) -> Result<Duration, Error>;
        fn boot_id(&self) -> Result<String, Error>;
        fn machine_uuid(&self) -> Option<String>;
        fn firmware(&self) -> Result<Firmware, Error>;
        fn kernel_parameter(&self, path: &Path) -> Result<String, Error>;
        fn kernel_log(&self, start: Start) -> Result<KernelLog, Error>;
        fn link_device(&self, link: &str) -> LinkDevice;
    }

    fn packets(&self, _: &Tap) -> Result<Packets, Deaf> {
        Err(Deaf::Unsupported)
    }

    fn links(&self) -> Result<Vec<Link>, Error> {
        Ok(self.told().network.links.clone())
    }

    fn link_settings(&self) -> Result<BTreeMap<u32, LinkSettings>, Error> {
        Ok(self.told().network.settings.clone())
    }

    fn addresses(&self) -> Result<Vec<Address>, Error> {
        Ok(self.told().network.addresses.clone())
    }

    fn routes(&self) -> Result<Vec<Route>, Error> {
        Ok(self.told().network.routes.clone())
    }

    fn network_changes(&self, _: Subjects) -> Result<Changes, Error> {
        let failed = |source| Error::Netlink { subject: "changes", source: Reason(source) };
        let (told, tells) =
            pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK).map_err(|error| failed(error.into()))?;
        let told = Receiver::from_owned_fd(told).map_err(failed)?;
        self.told().listeners.push(tells);
        Ok(Changes::told(told))
    }

    /// A parameter that is there takes any value.
    fn set_kernel_parameter(&self, path: &Path, value: &str) -> Result<(), Error> {
        let file = self.files.path(path);
        fs::metadata(&file).and_then(|_| fs::write(&file, value)).map_err(|source| Error::io("open", path, source))?;
        self.keep(Effect::KernelParameter { path: path.to_owned(), value: value.to_owned() })
    }

    fn set_hostname(&self, hostname: &str, domainname: &str) -> Result<(), Error> {
        self.keep(Effect::Hostname { hostname: hostname.to_owned(), domainname: domainname.to_owned() })
    }

    fn sync(&self) -> Result<(), Error> {
        self.keep(Effect::Sync)
    }

    fn reboot(&self, command: Reboot) -> Result<(), Error> {
        self.keep(Effect::Reboot(command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_of_the_network_are_heard_of() {
        let machine = Recording::new("/nowhere");
        assert!(machine.links().unwrap().is_empty() && machine.memory().unwrap_err().is_missing());
        let mut changes = machine.network_changes(Subjects::LINKS).unwrap();
        let link = Link { name: "eth0".into(), ..Link::default() };
        machine.set_network(Network { links: vec![link], ..Network::default() });
        machine.clone().set_network(Network::default());
        changes.changed().await.unwrap();
        assert!(machine.links().unwrap().is_empty());
        drop(machine);
        assert!(changes.changed().await.is_err(), "nobody is left who could change it");
    }

    #[test]
    fn what_is_done_is_kept() {
        let machine = Recording::new("/nowhere");
        machine.set_hostname("a", "b").unwrap();
        machine.sync().unwrap();
        machine.reboot(Reboot::Kexec).unwrap();
        let hostname = Effect::Hostname { hostname: "a".into(), domainname: "b".into() };
        assert_eq!(machine.effects(), [hostname, Effect::Sync, Effect::Reboot(Reboot::Kexec)]);
    }

    #[test]
    fn a_process_changes_nothing() {
        let refused = Process::new("/nowhere").reboot(Reboot::Halt).unwrap_err();
        assert_eq!(refused.to_string(), "reboot: this node shares its computer, and may not");
    }
}
