//! Facts of machines: one that is made of files, and the one that the tests run on.

use std::time::Duration;

use talos_node::sys::disks::Medium;
use talos_node::sys::kernel_log::Start;
use talos_node::sys::sockets::{SocketOwner, Transport};
use talos_node::sys::{Host, Process};

use crate::recorded::Recorded;

#[test]
fn missing_files_are_named_as_on_the_machine() {
    let machine = Recorded::new();
    let error = machine.host().memory().unwrap_err();
    assert!(error.is_missing());
    assert_eq!(talos_api::server::failure::chain(&error), "open /proc/meminfo: no such file or directory");
    machine.file("/proc/stat", "ctxt many\n");
    let error = machine.host().statistics().unwrap_err();
    assert_eq!(talos_api::server::failure::chain(&error), "/proc/stat: line 1: \"many\" is no number");
}

#[test]
fn disks_are_described_by_their_folders() {
    let machine = Recorded::new();
    for (name, size) in [("sda", "2048\n"), ("sdb", "0\n"), ("loop0", "8\n"), ("dm-0", "8\n"), ("nvme0n1", "8\n")] {
        let folder = format!("/sys/devices/pci0000:00/0000:00:02.0/{name}x/block/{name}");
        machine.file(&format!("{folder}/size"), size);
        machine.link(&format!("{folder}/subsystem"), "../../../../../../class/block");
        machine
            .link(&format!("/sys/block/{name}"), &format!("../devices/pci0000:00/0000:00:02.0/{name}x/block/{name}"));
    }
    machine
        .file("/sys/block/sda/queue/rotational", "1\n")
        .file("/sys/block/sda/device/model", "QEMU HARDDISK   \n")
        .file("/sys/block/sda/device/serial", "of the device\n")
        .file("/sys/block/sda/device/modalias", "scsi:t-0x00\n")
        .file("/sys/block/sda/ro", "1\n")
        .file("/sys/block/nvme0n1/serial", "of the namespace\n")
        .file("/sys/block/nvme0n1/device/serial", "of the controller\n")
        .file("/sys/block/nvme0n1/wwid", "eui.1\n");
    let disks = machine.host().disks().unwrap();
    assert_eq!(disks.iter().map(|disk| disk.device.as_str()).collect::<Vec<_>>(), ["nvme0n1", "sda"]);
    let [nvme, sda] = &disks[..] else { unreachable!() };
    assert_eq!((sda.size, sda.model.as_str(), sda.serial.as_str()), (1 << 20, "QEMU HARDDISK", "of the device"));
    assert_eq!((sda.medium, sda.is_read_only, sda.modalias.as_str()), (Medium::Rotating, true, "scsi:t-0x00"));
    assert_eq!(sda.bus_path, "/pci0000:00/0000:00:02.0/sdax/");
    assert_eq!(sda.subsystem, "/sys/class/block");
    assert_eq!((nvme.medium, nvme.serial.as_str(), nvme.wwid.as_str()), (Medium::Nvme, "of the namespace", "eui.1"));
}

#[test]
fn processes_that_cannot_be_read_are_left_out() {
    let machine = Recorded::new();
    let stat = "S 1 7 7 0 -1 0 0 0 0 0 120 30 0 0 20 0 3 0 246015 4096 2";
    machine.process(20, "/bin/x", "/bin/x\0-a\0", stat).process(3, "/sbin/init", "init\0", stat);
    // A thread of the kernel has no program; this one is just ending.
    machine.file("/proc/4/comm", "kthreadd\n").process(5, "/bin/y", "", stat);
    let processes = machine.host().processes().unwrap();
    assert_eq!(processes.iter().map(|process| process.pid).collect::<Vec<_>>(), [3, 20]);
    let x = &processes[1];
    assert_eq!((x.command.as_str(), x.executable.as_str(), x.arguments.as_str()), ("x", "/bin/x", "/bin/x -a"));
    assert_eq!((x.parent, x.threads, x.virtual_memory), (1, 3, 4096));
}

#[test]
fn sockets_have_owners() {
    let machine = Recorded::new();
    machine.process(7, "/bin/server", "server\0", "S 1").link("/proc/7/fd/3", "socket:[99]");
    machine.link("/proc/7/fd/4", "pipe:[98]").link("/proc/8/fd/0", "socket:[97]");
    let owners = machine.host().socket_owners();
    assert_eq!(owners[&99], SocketOwner { pid: 7, name: "server".into() });
    assert_eq!(owners[&97], SocketOwner { pid: 8, name: String::new() });
    assert_eq!(owners.len(), 2);
    let line = "sl\n 0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 0 0 99 1 0\n";
    machine.file("/proc/8/net/tcp", line);
    assert_eq!(machine.host().sockets(Transport::Tcp, Some(8)).unwrap()[0].inode, 99);
    assert!(machine.host().sockets(Transport::Tcp, None).unwrap_err().is_missing());
}

#[test]
fn devices_of_links_are_described() {
    let machine = Recorded::new();
    machine
        .file("/sys/class/net/eth0/device/uevent", "DRIVER=e1000\nPCI_ID=8086:100E\nPCI_SLOT_NAME=0000:00:02.0\n")
        .file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n")
        .file("/sys/bus/pci/devices/0000:00:02.0/device", "0x100e\n")
        .file("/sys/class/net/dummy0/mtu", "1500\n");
    let device = machine.host().link_device("eth0");
    assert_eq!((device.driver.as_str(), device.pci_id.as_str()), ("e1000", "8086:100E"));
    assert_eq!(device.bus_path, "0000:00:02.0");
    assert_eq!((device.vendor_id.as_str(), device.product_id.as_str()), ("0x8086", "0x100e"));
    assert_eq!(machine.host().link_device("dummy0"), Default::default());
}

#[test]
fn words_of_the_kernel_have_no_line_ends() {
    let machine = Recorded::new();
    machine
        .file("/proc/sys/kernel/osrelease", "6.1.45-talos\n")
        .file("/proc/cmdline", "talos.platform=metal console=ttyS0\n")
        .file("/proc/uptime", "2460.14 577.89\n")
        .file("/proc/sys/kernel/random/boot_id", "6dbd60b9-7c05-4e0c-b9a1-5b1e4e7a0d5c\n");
    let host = machine.host();
    assert_eq!(host.kernel_release().unwrap(), "6.1.45-talos");
    assert_eq!(host.command_line().unwrap(), "talos.platform=metal console=ttyS0");
    assert_eq!(host.uptime().unwrap(), Duration::from_millis(2_460_140));
    assert_eq!(host.boot_id().unwrap(), "6dbd60b9-7c05-4e0c-b9a1-5b1e4e7a0d5c");
    assert_eq!(host.machine_uuid(), None);
    machine.file("/sys/class/dmi/id/product_uuid", "fd1c3c1e-8f5c-4e0c-b9a1-5b1e4e7a0d5c\n");
    assert_eq!(host.machine_uuid().as_deref(), Some("fd1c3c1e-8f5c-4e0c-b9a1-5b1e4e7a0d5c"));
}

#[test]
fn the_machine_of_the_tests_answers() {
    let host = Process::new("/");
    assert!(host.memory().unwrap().get("MemTotal").unwrap() > 1024);
    assert!(!host.processors().unwrap().is_empty());
    assert!(host.load_average().unwrap().one >= 0.0);
    let statistics = host.statistics().unwrap();
    assert!(statistics.boot_time > 1_500_000_000 && statistics.total.user > 0);
    let this = std::process::id() as i32;
    let processes = host.processes().unwrap();
    let this = processes.iter().find(|process| process.pid == this).unwrap();
    assert!(this.resident_memory > 0 && this.threads > 0, "{this:?}");
    assert!(host.network_devices().unwrap().iter().any(|device| device.name == "lo"));
    let mounts = host.mounts().unwrap();
    let root = mounts.iter().find(|mount| mount.target == "/").unwrap();
    let capacity = host.capacity(root).unwrap().unwrap();
    assert!(capacity.size >= capacity.available);
    assert!(host.uptime().unwrap() > Duration::ZERO);
    // Not everybody may read it.
    if let Ok(mut log) = host.kernel_log(Start::Oldest) {
        assert!(log.next_record().unwrap().unwrap().is_ok());
    }
}
