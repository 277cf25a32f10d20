//! Clusters of processes on this computer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use talos_config::Source;
use talos_config::talosconfig::Talosconfig;

use crate::session::{Outcome, Session};

/// The folder of the program of machines, which is built if it is not there.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        // target/debug/deps/it-…
        let own = std::env::current_exe().unwrap();
        let folder = own.ancestors().nth(2).unwrap().to_owned();
        if !folder.join("talos-node").exists() {
            let mut build = Command::new(env!("CARGO"));
            build.args(["build", "--quiet", "-p", "talos-node", "--bin", "talos-node"]);
            build.env("CARGO_TARGET_DIR", folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
            assert!(build.status().unwrap().success());
        }
        folder
    })
}

/// A session that finds the program of machines, and whose clusters end with it.
struct Lab(Session);

impl Lab {
    fn new() -> Self {
        let mut session = Session::new();
        let search = format!("{}:{}", programs().display(), std::env::var("PATH").unwrap_or_default());
        session.set("PATH", search);
        session.now = std::time::SystemTime::now();
        Self(session)
    }

    fn run(&self, line: &str) -> Outcome {
        self.0.run(line)
    }

    fn create(&self, flags: &str) -> Outcome {
        self.run(&format!("cluster create --network loopback --wait-timeout 30s --talosconfig tc {flags}"))
    }

    fn folder(&self, cluster: &str) -> PathBuf {
        self.0.path("home/.talos/clusters").join(cluster)
    }

    fn talosconfig(&self) -> Talosconfig {
        Talosconfig::from_yaml(&Source::new("tc", self.0.read("tc"))).unwrap()
    }

    /// Processes that go on, by the mark that all its clusters' processes bear.
    fn processes(&self) -> usize {
        let mark = self.0.path("home/.talos/clusters").display().to_string();
        let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let variables = entries.filter_map(|entry| fs::read(entry.path().join("environ")).ok());
        variables.filter(|variables| String::from_utf8_lossy(variables).contains(&mark)).count()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for name in ["talos-default", "lab"] {
            self.run(&format!("cluster destroy --force --name {name}"));
        }
    }
}

#[test]
fn a_cluster_is_made_shown_used_and_removed() {
    let lab = Lab::new();
    let outcome = lab.create("");
    assert_eq!(outcome.status, 0, "{outcome:?}");
    let steps: Vec<&str> = outcome.stderr.lines().collect();
    for step in ["validating CIDR and reserving IPs", "generating PKI and tokens", "creating controlplane nodes"] {
        assert!(steps.contains(&step), "{step}: {}", outcome.stderr);
    }
    for goal in ["the API", "members"] {
        assert!(steps.contains(&format!("waiting for {goal} on all machines: OK").as_str()), "{}", outcome.stderr);
    }
    let talosconfig = lab.talosconfig();
    assert_eq!(talosconfig.context, "talos-default");
    let endpoints = talosconfig.contexts["talos-default"].endpoints.clone();
    let [first] = &endpoints[..] else { panic!("{endpoints:?}") };
    let network = first.strip_suffix(".2").unwrap();
    let second = &format!("{network}.3");
    let table = format!(
        "PROVISIONER       local\nNAME              talos-default\nNETWORK NAME      talos-default\nNETWORK CIDR      {network}.0/24\n\
         NETWORK GATEWAY   {network}.1\nNETWORK MTU       1500\n\nNODES:\n\n\
         NAME                           TYPE           IP{gap}   CPU   RAM   DISK\n\
         talos-default-controlplane-1   controlplane   {first}   -     -     -\n\
         talos-default-worker-1         worker         {second}   -     -     -\n",
        gap = " ".repeat(first.len() - 2),
    );
    assert_eq!(outcome.stdout, table);
    assert_eq!(lab.run("cluster show").printed(), table);
    let version = lab.run(&format!("--talosconfig tc -n {first},{second} version --short"));
    assert_eq!((version.status, version.stdout.matches("Tag:").count()), (0, 2), "{version:?}");
    assert!(version.stdout.contains(&format!("NODE:        {second}")), "{}", version.stdout);
    let members = lab.run(&format!("--talosconfig tc -n {second} get members"));
    assert_eq!((members.status, members.stdout.matches("Talos (v1.5.5)").count()), (0, 2), "{members:?}");

    let again = lab.create("");
    let text = format!(
        "state directory \"{}\" already exists, is the cluster \"talos-default\" already running? remove cluster state with \
         talosctl cluster destroy",
        lab.folder("talos-default").display()
    );
    assert_eq!((again.status, again.stderr.lines().nth(1)), (1, Some(text.as_str())));
    assert_eq!(lab.processes(), PROCESSES + 2);

    let destroyed = lab.run("cluster destroy");
    let steps = "destroying node talos-default-controlplane-1\ndestroying node talos-default-worker-1\nremoving state \
                 directory\n";
    assert_eq!((destroyed.status, destroyed.stderr.as_str()), (0, steps));
    assert_eq!(lab.processes(), 0);
    assert!(!lab.folder("talos-default").exists());
    // The addresses are free again.
    for address in [first, second] {
        std::net::TcpListener::bind((address.as_str(), 50000)).unwrap();
    }
    let gone = lab.run("cluster destroy");
    let text = format!(
        "cluster \"talos-default\" not found: stat {}: no such file or directory\n",
        lab.folder("talos-default").display()
    );
    assert_eq!((gone.status, gone.stderr.as_str()), (1, text.as_str()));
}

#[test]
fn configurations_are_applied_later_or_written_down() {
    let lab = Lab::new();
    let outcome = lab.create("--name lab --workers 0 --with-apply-config --skip-kubeconfig");
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(!outcome.stderr.contains("kubeconfig"), "{}", outcome.stderr);
    let log = fs::read_to_string(lab.folder("lab").join("lab-controlplane-1.log")).unwrap();
    assert!(log.contains("entering maintenance service") && log.contains("apid: serving the API on"), "{log}");
    let written = lab.create("--workers 0 --skip-injecting-config --with-init-node");
    assert_eq!(written.status, 0, "{written:?}");
    assert!(
        written.stderr.contains("created init.yaml\ncreated controlplane.yaml\ncreated worker.yaml\n"),
        "{written:?}"
    );
    assert!(written.stderr.contains("waiting for maintenance mode on all machines: OK\n"), "{written:?}");
    assert!(written.stdout.contains("   init   "), "{}", written.stdout);
    assert!(lab.0.read("init.yaml").contains("    type: init # "));
    let taken = lab.talosconfig();
    assert_eq!(taken.contexts.keys().collect::<Vec<_>>(), ["lab", "talos-default"]);
}

#[test]
fn machines_that_do_not_start_say_why() {
    let lab = Lab::new();
    let own = std::net::TcpListener::bind("127.201.7.2:50000").unwrap();
    let outcome = lab.create("--workers 0 --cidr 127.201.7.0/24 --wait-timeout 300ms --crashdump");
    drop(own);
    assert_eq!(outcome.status, 1, "{outcome:?}");
    assert!(
        outcome.stderr.contains("talos-default-controlplane-1\n============================\n"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("Address already in use"), "{}", outcome.stderr);
    let (_, late) = outcome.stderr.split_once("not all machines are ready in time\n").unwrap();
    assert_eq!(late, "  talos-default-controlplane-1: it has not answered in time\n");
    // It can be looked at, and removed.
    assert_eq!(lab.run("cluster show").status, 0);
    fs::write(lab.folder("talos-default").join("state.yaml"), "x: [").unwrap();
    assert_eq!(
        lab.run("cluster destroy").error(),
        "error unmarshalling state file: yaml: line 1: did not find expected node content"
    );
    assert_eq!(lab.run("cluster destroy -f").status, 0);
    assert_eq!(lab.processes(), 0);
}

#[test]
fn a_program_that_ends_is_noticed() {
    let mut lab = Lab::new();
    let programs = lab.0.path("programs");
    fs::create_dir(&programs).unwrap();
    lab.0.set("PATH", format!("{}:/bin:/usr/bin", programs.display()));
    let missing = lab.create("--workers 0");
    assert_eq!(missing.status, 1);
    let last = missing.stderr.lines().last().unwrap();
    assert!(last.ends_with("build it with `cargo build --release -p talos-node`"), "{last}");
    assert!(!lab.folder("talos-default").exists());
    let program = programs.join("talos-node");
    fs::write(&program, "#!/bin/sh\n[ $1 = discovery ] && exec sleep 60\necho no such thing\nexit 3\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let ended = lab.create("--workers 0");
    let log = lab.folder("talos-default").join("talos-default-controlplane-1.log");
    let text =
        format!("talos-default-controlplane-1 has ended, its log {} ends with:\n  no such thing\n", log.display());
    assert!(ended.status == 1 && ended.stderr.ends_with(&text), "{ended:?}");
}

#[test]
fn what_processes_cannot_be_given_is_refused() {
    let lab = Lab::new();
    for (flags, reason) in [
        ("--controlplanes 0", "number of controlplanes can't be less than 1"),
        ("--masters 0", "number of controlplanes can't be less than 1"),
        ("--cidr x", "error validating cidr block: netip.ParsePrefix(\"x\"): no '/'"),
        ("--cidr fd00::/64", "--cidr is expected to be IPV4 CIDR"),
        ("--ipv4=false", "neither IPv4 nor IPv6 network was enabled"),
        ("--nameservers x", "failed parsing nameserver IP \"x\": ParseAddr(\"x\"): unable to parse IP"),
        ("--with-network-jitter 1s", "network chaos flags can only be used with --with-network-chaos"),
        (
            "--provisioner docker",
            "the provisioner docker is not available: use local, which makes machines of processes",
        ),
        ("--provisioner x", "unsupported provisioner \"x\""),
        ("-p 80:80/tcp", "exposed-ports flag only supported with docker provisioner"),
        (
            "--with-network-chaos",
            "--with-network-chaos needs the provisioner qemu: machines of the provisioner local are processes",
        ),
        ("--cpus 2", "--cpus needs the provisioner docker or qemu: machines of the provisioner local are processes"),
        (
            "--arch sparc",
            &format!(
                "--arch sparc needs the provisioner qemu: processes run on the processor of this computer, {}",
                if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" }
            ),
        ),
        ("-i d --dns-domain x --mtu 9", "flag --dns-domain is not supported with generated configs(--input-dir)"),
        ("--name a/b", "--name \"a/b\": machines are named after the cluster, use letters, digits and -"),
        ("--state=", "the home folder is not known: name a folder for clusters with --state"),
        ("--mtu 9000", "--mtu needs namespaces: the loopback has its own"),
        ("--cidr 10.77.0.0/24", "network 10.77.0.0/24 needs namespaces, loopback addresses are in 127.0.0.0/8"),
        (
            "--network namespaces --cidr 127.9.9.0/24",
            "network 127.9.9.0/24 is that of the loopback, which is not joined by a bridge",
        ),
        ("--cidr 127.9.9.0/31", "network 127.9.9.0/31 has no address number 2, use a larger one"),
        ("--registry-mirror x", "invalid registry mirror spec: \"x\""),
        ("--talos-version x", "error parsing Talos version \"x\": error parsing version \"x\""),
        ("-i none", "open none/controlplane.yaml: no such file or directory"),
    ] {
        let outcome = lab.create(flags);
        assert_eq!(outcome.status, 1, "{flags}");
        let told = outcome.stderr.lines().any(|line| line == reason);
        assert!(told, "{flags}: {}", outcome.stderr);
    }
    assert!(!lab.folder("talos-default").exists());
    let refused = lab.run("cluster show --provisioner qemu");
    assert_eq!(refused.error(), "the provisioner qemu is not available: use local, which makes machines of processes");
}

#[test]
fn configurations_of_a_folder_are_used() {
    let lab = Lab::new();
    assert_eq!(lab.run("gen config lab https://10.5.0.2:6443 -o made").status, 0);
    let outcome = lab.create(
        r#"--name lab -i made --cidr 127.201.8.0/24 --workers 0 --config-patch {"machine":{"sysctls":{"a.b":"c"}}}"#,
    );
    // --cidr goes with configurations that are made here.
    assert_eq!(outcome.error(), "validating CIDR and reserving IPs");
    assert!(outcome.stderr.contains("flag --cidr is not supported with generated configs(--input-dir)"), "{outcome:?}");
    let outcome = lab.create(r#"--name lab -i made --workers 0 --config-patch {"machine":{"sysctls":{"a.b":"c"}}}"#);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert!(!outcome.stderr.contains("generating PKI"), "{outcome:?}");
    let state = fs::read_to_string(lab.folder("lab").join("lab-controlplane-1/config.yaml")).unwrap();
    assert!(state.contains("a.b: c"), "{state}");
}

/// Processes of a cluster that are no machines.
const PROCESSES: usize = 1;
