//! Calls that look at machines.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use flate2::read::GzDecoder;
use futures_core::Stream;
use talos_api::proto::common::Data;
use talos_api::proto::machine::list_request::Type;
use talos_api::proto::machine::netstat_request::{Feature, Filter, L4proto, NetNs};
use talos_api::proto::machine::*;
use talos_api::proto::storage::disk::DiskType;
use talos_node::server::machine::{self, Pieces};
use talos_node::server::storage;
use talos_node::sys::Process as Machine;
use tonic::{Code, Status};

use crate::recorded::Recorded;

/// All that a stream gives.
async fn all<S: Stream<Item = Result<T, Status>> + Unpin, T>(mut stream: S) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
        items.push(item.unwrap());
    }
    items
}

fn refused<T>(result: Result<T, Status>) -> (Code, String) {
    let Err(status) = result else { panic!("it is answered") };
    (status.code(), status.message().to_owned())
}

#[test]
fn names_and_versions_are_told() {
    assert_eq!(machine::hostname("node-1").messages[0].hostname, "node-1");
    let info = VersionInfo { tag: "v1.5.5".into(), ..Default::default() };
    let bare = machine::version(info.clone(), None, None);
    let [Version { platform: None, features: None, version: Some(_), .. }] = &bare.messages[..] else {
        panic!("{bare:?}")
    };
    let platform = PlatformInfo { name: "metal".into(), mode: "metal".into() };
    let whole = machine::version(info, Some(platform), Some(true));
    assert_eq!(whole.messages[0].features, Some(FeaturesInfo { rbac: true }));
}

#[test]
fn memory_is_in_kibibytes() {
    let recorded = Recorded::new();
    recorded
        .file("/proc/meminfo", "MemTotal: 2048 kB\nInactive(file): 7 kB\nHugePages_Surp: 3\nDirectMap1G: 1048576 kB\n");
    let reply = machine::memory(&recorded.host()).unwrap();
    let wanted =
        MemInfo { memtotal: 2048, inactivefile: 7, hugepagessurp: 3, directmap1g: 1 << 20, ..Default::default() };
    assert_eq!(reply.messages[0].meminfo, Some(wanted));
}

#[test]
fn processors_of_both_architectures_are_described() {
    let recorded = Recorded::new();
    recorded.file(
        "/proc/cpuinfo",
        "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu MHz\t\t: 2599.998\nsiblings\t: 2\ncpu cores\t: 2\nflags\t\t: fpu vme\n\
         bugs\t\t: spectre_v1\nbogomips\t: 5199.99\npower management:\n\n",
    );
    let reply = machine::cpu_info(&recorded.host()).unwrap();
    let intel = CpuInfo {
        vendor_id: "GenuineIntel".into(),
        cpu_mhz: 2599.998,
        siblings: 2,
        flags: vec!["fpu".into(), "vme".into()],
        bugs: vec!["spectre_v1".into()],
        bogo_mips: 5199.99,
        ..Default::default()
    };
    assert_eq!(reply.messages[0].cpu_info, [intel]);
    let recorded = Recorded::new();
    recorded.file("/proc/cpuinfo", "processor\t: 3\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n");
    let reply = machine::cpu_info(&recorded.host()).unwrap();
    let flags = vec!["fp".into(), "asimd".into()];
    let arm = CpuInfo { processor: 3, bogo_mips: 50.0, flags, ..Default::default() };
    assert_eq!(reply.messages[0].cpu_info, [arm]);
}

#[test]
fn times_are_in_seconds() {
    let recorded = Recorded::new();
    recorded.file("/proc/loadavg", "11.55 8.24 6.16 17/178 5976\n").file(
        "/proc/stat",
        "cpu 150 0 0 50\ncpu1 150 0 0 50\nintr 3 1 2\nbtime 1700000000\nsoftirq 9 1 1 1 1 1 1 1 1 1 0\n",
    );
    let load = &machine::load_avg(&recorded.host()).unwrap().messages[0];
    assert_eq!([load.load1, load.load5, load.load15], [11.55, 8.24, 6.16]);
    let stat = &machine::system_stat(&recorded.host()).unwrap().messages[0];
    let time = CpuStat { user: 1.5, idle: 0.5, ..Default::default() };
    assert_eq!((stat.cpu_total.as_ref(), &stat.cpu[..]), (Some(&time), &[CpuStat::default(), time][..]));
    assert_eq!((stat.boot_time, stat.irq_total, &stat.irq[..]), (1_700_000_000, 3, &[1, 2][..]));
    assert_eq!(stat.soft_irq.as_ref().map(|soft| (soft.hi, soft.rcu)), Some((1, 0)));
}

#[test]
fn processes_are_described() {
    let recorded = Recorded::new();
    recorded.process(20, "/bin/x", "/bin/x\0-a\0", "S 1 7 7 0 -1 0 0 0 0 0 120 30 0 0 20 0 3 0 246015 4096 2");
    let reply = machine::processes(&recorded.host()).unwrap();
    let [process] = &reply.messages[0].processes[..] else { panic!("{reply:?}") };
    assert_eq!((process.pid, process.ppid, process.state.as_str(), process.threads), (20, 1, "S", 3));
    assert_eq!((process.cpu_time, process.virtual_memory), (1.5, 4096));
    let texts = [&process.command, &process.executable, &process.args];
    assert_eq!(texts, ["x", "/bin/x", "/bin/x -a"]);
}

#[test]
fn mounts_are_all_told_or_none() {
    let recorded = Recorded::new();
    recorded.file("/var/file", "").file("/proc/mounts", "/dev/sda1 /var ext4 rw 0 0\ntmpfs /var/file tmpfs rw 0 0\n");
    let reply = machine::mounts(&recorded.host()).unwrap();
    let [mount] = &reply.messages[0].stats[..] else { panic!("{reply:?}") };
    assert_eq!((mount.filesystem.as_str(), mount.mounted_on.as_str()), ("/dev/sda1", "/var"));
    assert!(mount.size >= mount.available && mount.size > 0);
    recorded.file("/proc/mounts", "a /gone ext4 rw 0 0\nb /var ext4 rw 0 0\nc /lost ext4 rw 0 0\n");
    let text =
        "2 errors occurred:\n\t* stat /gone: no such file or directory\n\t* stat /lost: no such file or directory\n\n";
    assert_eq!(refused(machine::mounts(&recorded.host())), (Code::Unknown, text.into()));
}

#[test]
fn counters_are_added_up() {
    let recorded = Recorded::new();
    recorded
        .file(
            "/proc/net/dev",
            "a\nb\n lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0: 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n",
        )
        .file(
            "/proc/diskstats",
            "254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n8 0 sda 1 0 0 0 0 0 0 0 0 0 0 0 0 0 1\n",
        );
    let reply = machine::network_device_stats(&recorded.host()).unwrap().messages.remove(0);
    let lo = &reply.devices[0];
    assert_eq!((lo.rx_bytes, lo.rx_multicast, lo.tx_bytes, lo.tx_collisions, lo.tx_compressed), (1, 8, 9, 14, 16));
    let total = reply.total.unwrap();
    assert_eq!((total.name.as_str(), total.rx_bytes, total.tx_compressed), ("eth0, lo", 2, 17));
    let reply = machine::disk_stats(&recorded.host()).unwrap().messages.remove(0);
    let vda = &reply.devices[0];
    assert_eq!((vda.read_time_ms, vda.write_completed, vda.io_in_progress), (4, 5, 9));
    assert_eq!((vda.discard_completed, vda.discard_time_ms), (12, 15));
    let total = reply.total.unwrap();
    assert_eq!((total.name.as_str(), total.read_completed, total.discard_time_ms), ("", 2, 16));
}

#[test]
#[cfg(target_endian = "little")]
fn sockets_are_filtered() {
    let recorded = Recorded::new();
    let listening = " 0: 00000000:0016 00000000:0000 0A 0:0 00:0 0 0 0 5 1 0\n";
    let connected = " 1: 0100007F:0016 0100007F:1234 01 0:0 00:0 0 0 0 6 1 0\n";
    let half = " 2: 0100007F:0016 0100007F:0000 07 0:0 00:0 0 0 0 7 1 0\n";
    recorded.file("/proc/net/tcp", format!("sl\n{listening}{connected}{half}"));
    recorded.file(
        "/proc/net/tcp6",
        "sl\n 0: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF000000000000:0000 0A 0:0 00:0 0 0 0 8 1 0\n",
    );
    recorded.process(9, "/bin/sshd", "sshd\0", "S 1").link("/proc/9/fd/3", "socket:[6]");
    let request = |filter: Filter, pid| NetstatRequest {
        filter: filter.into(),
        feature: Some(Feature { pid }),
        l4proto: Some(L4proto { tcp: true, tcp6: true, udp: true, ..Default::default() }),
        netns: Some(NetNs { hostnetwork: true, ..Default::default() }),
    };
    let ask = |request| machine::netstat(&recorded.host(), request).unwrap().messages.remove(0).connectrecord;
    let inodes = |filter| ask(request(filter, false)).iter().map(|record| record.inode).collect::<Vec<_>>();
    assert_eq!(inodes(Filter::All), [5, 6, 7, 8]);
    assert_eq!(inodes(Filter::Listening), [5, 8]);
    assert_eq!(inodes(Filter::Connected), [6]);
    let records = ask(request(Filter::All, true));
    let owner = records[1].process.as_ref().map(|process| (process.pid, process.name.as_str()));
    assert_eq!(owner, Some((9, "sshd")));
    assert_eq!(records[0].process, Some(connect_record::Process::default()));
    assert_eq!((records[3].l4proto.as_str(), records[3].localip.as_str()), ("tcp6", "127.0.0.1"));
    assert_eq!(records[1].state(), connect_record::State::Established);
    let elsewhere = NetstatRequest { netns: Some(NetNs::default()), ..request(Filter::All, false) };
    assert_eq!(ask(elsewhere), []);
    let text = "runtime error: invalid memory address or nil pointer dereference";
    let part = NetstatRequest { netns: None, ..request(Filter::All, false) };
    assert_eq!(refused(machine::netstat(&recorded.host(), part)), (Code::Internal, text.into()));
}

#[test]
#[cfg(target_endian = "little")]
fn sockets_of_namespaces_bear_their_names() {
    let recorded = Recorded::new();
    for (name, pid) in [("blue", 12), ("red", 7)] {
        recorded.file(&format!("/var/run/netns/{name}"), "");
        let inode = std::fs::metadata(recorded.path(&format!("/var/run/netns/{name}"))).unwrap().ino();
        recorded.link(&format!("/proc/{pid}/ns/net"), &format!("net:[{inode}]"));
        let line = format!("sl\n 0: 0100007F:0016 00000000:0000 0A 0:0 00:0 0 0 0 {pid} 1 0\n");
        recorded.file(&format!("/proc/{pid}/net/udp"), line);
    }
    // Nobody is in this one.
    recorded.file("/var/run/netns/empty", "").link("/proc/1/ns/net", "net:[1]").file("/proc/net/udp", "sl\n");
    let ask = |netns| {
        let l4proto = Some(L4proto { udp: true, ..Default::default() });
        let request = NetstatRequest { filter: 0, feature: Some(Feature { pid: false }), l4proto, netns: Some(netns) };
        let records = machine::netstat(&recorded.host(), request).unwrap().messages.remove(0).connectrecord;
        records.into_iter().map(|record| (record.netns, record.inode)).collect::<Vec<_>>()
    };
    let all = NetNs { hostnetwork: true, allnetns: true, netns: Vec::new() };
    assert_eq!(ask(all), [("blue".to_owned(), 12), ("red".to_owned(), 7)]);
    let red = NetNs { netns: vec!["red".into(), "empty".into()], ..Default::default() };
    assert_eq!(ask(red), [("red".to_owned(), 7)]);
}

#[test]
fn disks_are_described() {
    let recorded = Recorded::new();
    for name in ["sda", "nvme0n1"] {
        recorded.file(&format!("/sys/block/{name}/size"), "2048\n").file(&format!("/sys/block/{name}/wwid"), "x\n");
    }
    let reply = storage::disks(&recorded.host(), Some("/dev/sda")).unwrap();
    let told: Vec<_> =
        reply.messages[0].disks.iter().map(|disk| (&*disk.device_name, disk.r#type(), disk.system_disk)).collect();
    assert_eq!(told, [("/dev/nvme0n1", DiskType::Nvme, false), ("/dev/sda", DiskType::Unknown, true)]);
    assert_eq!((reply.messages[0].disks[1].size, reply.messages[0].disks[1].wwid.as_str()), (1 << 20, ""));
    let text = "failed to read /sys/block directory: open /sys/block: no such file or directory";
    assert_eq!(refused(storage::disks(&Recorded::new().host(), None)), (Code::Unknown, text.into()));
}

fn folders() -> Recorded {
    let recorded = Recorded::new();
    recorded
        .file("/etc/b/deep/file", "12345")
        .file("/etc/b/x", "")
        .file("/etc/a", "123")
        .link("/etc/link", "b/deep/file")
        .link("/conf", "etc/b");
    recorded
}

async fn listed(host: &Machine, request: ListRequest) -> Vec<String> {
    let items = all(machine::list(host, request).unwrap()).await;
    items.into_iter().map(|info| format!("{} {}", info.name, info.relative_name)).collect()
}

#[tokio::test]
async fn lists_go_as_deep_as_asked() {
    let recorded = folders();
    let host = recorded.host();
    let list = |root: &str, recurse, recursion_depth| ListRequest {
        root: root.into(),
        recurse,
        recursion_depth,
        types: Vec::new(),
    };
    let flat = ["/etc .", "/etc/a a", "/etc/b b", "/etc/link link"];
    assert_eq!(listed(&host, list("etc/", false, 7)).await, flat);
    assert_eq!(listed(&host, list("/etc", true, 1)).await, flat);
    let two = ["/etc .", "/etc/a a", "/etc/b b", "/etc/b/deep b/deep", "/etc/b/x b/x", "/etc/link link"];
    assert_eq!(listed(&host, list("/etc", true, 2)).await, two);
    assert_eq!(listed(&host, list("/etc", true, 0)).await.len(), 7);
    // The root itself ends in a slash, which the reference counts.
    let top = ["/ .", "/conf conf", "/etc etc", "/etc/a etc/a", "/etc/b etc/b", "/etc/link etc/link"];
    assert_eq!(listed(&host, list("", true, 1)).await, top);
    assert_eq!(listed(&host, list("/", false, 0)).await, ["/ .", "/conf conf", "/etc etc"]);
    assert_eq!(listed(&host, list("/etc/a", false, 0)).await, ["/etc/a a"]);
    // A root that is a link is shown as what it leads to.
    assert_eq!(listed(&host, list("/conf", false, 0)).await, ["/etc/b .", "/etc/b/deep deep", "/etc/b/x x"]);
    let files = ListRequest { types: vec![Type::Regular.into(), Type::Symlink.into()], ..list("/etc", true, 0) };
    let found = ["/etc/a a", "/etc/b/deep/file b/deep/file", "/etc/b/x b/x", "/etc/link link"];
    assert_eq!(listed(&host, files).await, found);
    let gone = (Code::Unknown, "lstat /gone: no such file or directory".to_owned());
    assert_eq!(refused(machine::list(&host, list("/gone", false, 0))), gone);
}

#[tokio::test]
async fn files_are_described_with_bits_of_go() {
    let recorded = folders();
    for (path, mode) in [("/etc/a", 0o4755), ("/etc/b", 0o1777)] {
        std::fs::set_permissions(recorded.path(path), PermissionsExt::from_mode(mode)).unwrap();
    }
    let request = ListRequest { root: "/etc".into(), ..Default::default() };
    let infos = all(machine::list(&recorded.host(), request).unwrap()).await;
    let infos: BTreeMap<String, FileInfo> = infos.into_iter().map(|info| (info.relative_name.clone(), info)).collect();
    assert_eq!((infos["a"].mode, infos["a"].size, infos["a"].is_dir), (1 << 23 | 0o755, 3, false));
    // As `/tmp` is in the reference.
    assert_eq!((infos["b"].mode, infos["b"].is_dir), (2_148_532_735, true));
    assert_eq!((infos["link"].mode, infos["link"].link.as_str()), (1 << 27 | 0o777, "b/deep/file"));
    let modified = std::fs::metadata(recorded.path("/etc/a")).unwrap().modified().unwrap();
    let seconds = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(infos["a"].modified, seconds as i64);
    let null = ListRequest { root: "/dev/null".into(), ..Default::default() };
    let null = all(machine::list(&Machine::new("/"), null).unwrap()).await;
    assert_eq!(null[0].mode, 69_206_454);
}

#[tokio::test]
async fn files_are_read_in_chunks() {
    let recorded = folders();
    let content: Vec<u8> = (0..200_000u32).map(|number| number as u8).collect();
    recorded.file("/etc/large", &content);
    let host = recorded.host();
    let request = |path: &str| ReadRequest { path: path.into() };
    let data: Vec<Data> = all(machine::read(&host, &request("/etc/large")).unwrap()).await;
    assert!(data.iter().all(|data| data.metadata.is_none() && (1..=1024).contains(&data.bytes.len())));
    assert!(data.iter().flat_map(|data| data.bytes.iter()).eq(&content));
    let linked = all(machine::read(&host, &request("/etc/link")).unwrap()).await;
    assert_eq!(linked[0].bytes, "12345");
    assert_eq!(all(machine::read(&host, &request("/etc/b/x")).unwrap()).await, []);
    for (path, text) in [
        ("/etc", "path must be a regular file"),
        ("/etc/gone", "stat /etc/gone: no such file or directory"),
        ("/etc/a/x", "stat /etc/a/x: not a directory"),
    ] {
        assert_eq!(refused(machine::read(&host, &request(path))), (Code::Unknown, text.into()));
    }
    // Files of the kernel have no size.
    let uptime = all(machine::read(&Machine::new("/"), &request("/proc/uptime")).unwrap()).await;
    assert!(!uptime[0].bytes.is_empty());
}

/// Names, kinds, sizes and contents of an archive, and what failed.
async fn copied(host: &Machine, root_path: &str) -> (Vec<(String, tar::EntryType, Vec<u8>)>, Option<String>) {
    let data = all(machine::copy(host, &CopyRequest { root_path: root_path.into() }).unwrap()).await;
    let mut archive = Vec::new();
    let mut failure = None;
    for data in data {
        assert!(failure.is_none(), "nothing follows a failure");
        assert!(data.bytes.len() <= 1024);
        archive.extend_from_slice(&data.bytes);
        failure = data.metadata.map(|metadata| metadata.error);
    }
    let mut entries = Vec::new();
    if !archive.is_empty() {
        let mut archive = tar::Archive::new(GzDecoder::new(&archive[..]));
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            content.extend_from_slice(&entry.link_name_bytes().unwrap_or_default());
            entries.push((name, entry.header().entry_type(), content));
        }
    }
    (entries, failure)
}

#[tokio::test]
async fn archives_hold_what_is_there() {
    use tar::EntryType::{Directory, Fifo, Regular, Symlink};
    let recorded = folders();
    let host = recorded.host();
    let (entries, failure) = copied(&host, "/etc/").await;
    let wanted = [
        ("a", Regular, "123"),
        ("b/", Directory, ""),
        ("b/deep/", Directory, ""),
        ("b/deep/file", Regular, "12345"),
        ("b/x", Regular, ""),
        ("link", Symlink, "b/deep/file"),
    ];
    assert_eq!(entries, wanted.map(|(name, kind, content)| (name.to_owned(), kind, content.as_bytes().to_vec())));
    assert_eq!(failure, None);
    let (entries, _) = copied(&host, "/etc/link").await;
    assert_eq!(entries, [("file".to_owned(), Regular, b"12345".to_vec())]);

    let long = "long/".repeat(40);
    let content: Vec<u8> = (0..300_001u32).map(|number| (number / 7) as u8).collect();
    recorded.file(&format!("/more/{long}file"), &content).link("/more/link", &long);
    rustix::fs::mknodat(rustix::fs::CWD, recorded.path("/more/fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
        .unwrap();
    let _listener = UnixListener::bind(recorded.path("/more/socket")).unwrap();
    let (entries, failure) = copied(&host, "/more").await;
    assert_eq!(entries.first(), Some(&("fifo".to_owned(), Fifo, Vec::new())));
    assert_eq!(entries.last(), Some(&(format!("{long}file"), Regular, content)));
    assert!(entries.contains(&("link".to_owned(), Symlink, long.into_bytes())));
    let text = "1 error occurred:\n\t* skipping \"/more/socket\": archive/tar: sockets not supported\n\n";
    assert_eq!(failure.as_deref(), Some(text));
}

#[tokio::test]
async fn archives_of_nothing_say_so() {
    let host = folders().host();
    let (entries, failure) = copied(&host, "/gone").await;
    assert!(entries.is_empty());
    assert_eq!(failure.as_deref(), Some("lstat /gone: no such file or directory"));
    let request = CopyRequest { root_path: "etc/../x".into() };
    assert_eq!(refused(machine::copy(&host, &request)), (Code::Unknown, "path is not absolute x".into()));
    // Files of the kernel say that they are empty.
    let (entries, _) = copied(&Machine::new("/"), "/proc/self/comm").await;
    assert_eq!((entries[0].0.as_str(), entries[0].2.is_empty()), ("comm", false));
}

#[tokio::test]
async fn folders_are_told_after_what_they_hold() {
    let recorded = Recorded::new();
    recorded.file("/var/a/one", [0; 1000]).file("/var/a/two", [0; 10]).file("/var/b", [0; 5]).file("/var/ab/c/x", "");
    let host = recorded.host();
    let folder = std::fs::metadata(recorded.path("/var/ab/c")).unwrap().len() as i64;
    let usage = async |recursion_depth, all_files, threshold, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let request = DiskUsageRequest { recursion_depth, all: all_files, threshold, paths };
        let infos = all(machine::disk_usage(&host, &request)).await;
        infos
            .into_iter()
            .map(|info| (info.name, info.size - folder, info.relative_name, info.error))
            .collect::<Vec<_>>()
    };
    let names = |told: Vec<(String, i64, String, String)>| told.into_iter().map(|(name, ..)| name).collect::<Vec<_>>();
    let told = usage(0, true, 0, &["var"]).await;
    let order = ["/var/a/one", "/var/a/two", "/var/a", "/var/ab/c/x", "/var/ab/c", "/var/ab", "/var/b", "/var"];
    assert_eq!(names(told.clone()), order);
    assert_eq!((told[2].1, told[2].2.as_str(), told[7].2.as_str()), (1010, "a", "."));
    assert!(told[7].1 >= 1015 + 2 * folder);
    assert_eq!(names(usage(2, false, 0, &["/var"]).await), ["/var/a", "/var/ab", "/var"]);
    assert_eq!(names(usage(1, false, 0, &["/var"]).await), ["/var"]);
    assert_eq!(names(usage(0, true, -10, &["/var"]).await), ["/var/a/two", "/var/ab/c/x", "/var/b"]);
    assert_eq!(names(usage(0, false, folder + 1000, &["/var/a", "/var/ab/c"]).await), ["/var/a"]);
    // What is in the root is as deep as the root.
    assert_eq!(names(usage(1, false, 0, &["/"]).await), ["/var", "/"]);
    let told = usage(0, false, 0, &["/gone", "/var/ab/c"]).await;
    assert_eq!((told[0].0.as_str(), told[0].3.as_str()), ("/gone", "lstat /gone: no such file or directory"));
    assert_eq!(told[1].0, "/var/ab/c");
}

#[tokio::test]
async fn logs_of_the_kernel_that_cannot_be_opened_are_refused() {
    let recorded = Recorded::new();
    recorded.file("/proc/uptime", "1.5 1\n");
    let refused = refused(machine::dmesg(&recorded.host(), DmesgRequest::default(), SystemTime::UNIX_EPOCH));
    let text = "error opening /dev/kmsg reader: open /dev/kmsg: no such file or directory";
    assert_eq!(refused, (Code::Unknown, text.into()));
}

#[tokio::test]
async fn the_log_of_this_kernel_is_told() {
    let host = Machine::new("/");
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    // Not everybody may read it.
    let Ok(log) = machine::dmesg(&host, DmesgRequest::default(), now) else { return };
    let records = all(log).await;
    assert!(!records.is_empty());
    for record in records {
        let text = String::from_utf8_lossy(&record.bytes).into_owned();
        let columns: Vec<&str> = text.splitn(4, ": ").collect();
        assert_eq!((columns.len(), columns[1].len()), (4, 7), "{text}");
        assert!(columns[2].starts_with("[20") && columns[2].ends_with("Z]"), "{text}");
        assert!(text.ends_with('\n'));
    }
    let newest = DmesgRequest { tail: true, follow: false };
    let records = all(machine::dmesg(&host, newest, now).unwrap()).await;
    assert!(records.len() < 64, "somebody may write meanwhile, but not all of it");
}

#[tokio::test]
async fn streams_go_on_where_a_piece_ended() {
    let recorded = Recorded::new();
    for number in 0..200 {
        recorded.file(&format!("/many/{number:03}"), "");
    }
    let request = ListRequest { root: "/many".into(), ..Default::default() };
    let mut stream: Pieces<_> = machine::list(&recorded.host(), request.clone()).unwrap();
    let first = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await.unwrap().unwrap();
    assert_eq!(first.relative_name, ".");
    // Names were taken down when the folder was entered; what is gone since is told as gone.
    std::fs::remove_file(recorded.path("/many/199")).unwrap();
    let rest = all(stream).await;
    assert_eq!(rest.len(), 200);
    let last = rest.last().unwrap();
    assert_eq!((last.name.as_str(), last.relative_name.as_str()), ("/many/199", ""));
    assert_eq!(last.error, "lstat /many/199: no such file or directory");
    assert_eq!(listed(&recorded.host(), request).await.len(), 200);
}
