//! `talosctl cluster create`: a cluster on this computer.

mod configs;
mod foreign;
mod place;
mod ready;

use std::net::IpAddr;

use anyhow::{Context as _, bail};
use talos_config::{constants, images};
use talos_node::local::network::{self, Network};
use talos_node::local::plan::{self, Layout};
use talos_node::local::process::{self, Request};

use self::foreign::*;
use self::place::Place;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::flag::{Flag, FlagOf};
use crate::global::Environment;
use crate::go::{self, Duration};
use crate::io::Io;
use crate::talosconfig::File;

static ARCH: FlagOf<str> = FlagOf::text("arch", "Processor of the machines, amd64 or arm64").computed(default_arch);
static CIDR: FlagOf<str> = FlagOf::text("cidr", "Network of the cluster, IPv4").default("10.5.0.0/24");
static CONFIG_PATCH: FlagOf<[String]> =
    FlagOf::repeated("config-patch", "Patch for all machines; @file reads it from a file");
static CONFIG_PATCH_CONTROL_PLANE: FlagOf<[String]> =
    FlagOf::repeated("config-patch-control-plane", "Patch for control plane machines; @file reads it from a file");
static CONFIG_PATCH_WORKER: FlagOf<[String]> =
    FlagOf::repeated("config-patch-worker", "Patch for workers; @file reads it from a file");
static CONTROL_PLANE_PORT: FlagOf<i64> =
    FlagOf::int("control-plane-port", "Port of the Kubernetes API").default(constants::CONTROL_PLANE_PORT as i64);
static CONTROLPLANES: FlagOf<i64> = FlagOf::int("controlplanes", "Number of control plane machines").default(1);
static CRASHDUMP: FlagOf<bool> =
    FlagOf::switch("crashdump", "Show the logs of the machines when the cluster does not become ready");
static CUSTOM_CNI_URL: FlagOf<str> =
    FlagOf::text("custom-cni-url", "Manifest of a network plugin, instead of the built-in one");
static DNS_DOMAIN: FlagOf<str> =
    FlagOf::text("dns-domain", "Domain of services and pods").default(constants::DNS_DOMAIN);
static ENDPOINT: FlagOf<str> =
    FlagOf::text("endpoint", "Host that clients dial, instead of the control plane machines");
static EXPOSED_PORTS: FlagOf<str> =
    FlagOf::text("exposed-ports", "Ports of this computer that lead to containers, each HOST:CONTAINER/PROTOCOL")
        .short('p');
static INIT_NODE_AS_ENDPOINT: FlagOf<bool> =
    FlagOf::switch("init-node-as-endpoint", "Let clients dial the first machine alone");
static INPUT_DIR: FlagOf<str> =
    FlagOf::text("input-dir", "Folder with controlplane.yaml, worker.yaml and talosconfig to use, instead of new ones")
        .short('i');
static INSTALL_IMAGE: FlagOf<str> =
    FlagOf::text("install-image", "Image that installs Talos").computed(default_installer);
static IPV4: FlagOf<bool> = FlagOf::switch("ipv4", "Give machines IPv4 addresses").on();
static KUBEPRISM_PORT: FlagOf<i64> = FlagOf::int("kubeprism-port", "Port of KubePrism on each machine, 0 is off");
static KUBERNETES_VERSION: FlagOf<str> =
    FlagOf::text("kubernetes-version", "Version of Kubernetes to run").default(constants::KUBERNETES_VERSION);
static MASTERS: FlagOf<i64> =
    FlagOf::int("masters", "Number of control plane machines").default(1).deprecated("use --controlplanes instead");
static MTU: FlagOf<i64> = FlagOf::int("mtu", "Size of packets in the network of the cluster").default(1500);
static NAMESERVERS: FlagOf<[String]> = FlagOf::list("nameservers", "Name servers of the machines").default(&[
    "8.8.8.8",
    "1.1.1.1",
    "2001:4860:4860::8888",
    "2606:4700:4700::1111",
]);
static NETWORK: FlagOf<str> = FlagOf::choice(
    "network",
    "Where machines are: on loopback addresses, in namespaces joined by a bridge (needs root and ip), or there if possible",
    &["auto", "loopback", "namespaces"],
    "auto",
)
.addition();
static REGISTRY_INSECURE_SKIP_VERIFY: FlagOf<[String]> =
    FlagOf::list("registry-insecure-skip-verify", "Registries whose certificates are not checked");
static REGISTRY_MIRROR: FlagOf<[String]> =
    FlagOf::list("registry-mirror", "Mirrors of image registries, each HOST=URL");
static SKIP_INJECTING_CONFIG: FlagOf<bool> = FlagOf::switch(
    "skip-injecting-config",
    "Write configurations into the working folder, and leave machines without them in maintenance mode",
);
static SKIP_KUBECONFIG: FlagOf<bool> =
    FlagOf::switch("skip-kubeconfig", "Neither merge a kubeconfig nor say why there is none");
static TALOS_VERSION: FlagOf<str> =
    FlagOf::text("talos-version", "Release whose configurations are made (default that of the installer's tag)");
static TALOSCONFIG: FlagOf<str> = FlagOf::text(
    "talosconfig",
    "Client configuration that the context of the cluster is added to (default the usual one)",
);
static WAIT: FlagOf<bool> = FlagOf::switch("wait", "Wait until the cluster is ready").on();
static WAIT_TIMEOUT: FlagOf<Duration> =
    FlagOf::duration("wait-timeout", "How long the cluster may take to be ready").default(Duration::from_minutes(20));
static WITH_APPLY_CONFIG: FlagOf<bool> = FlagOf::switch(
    "with-apply-config",
    "Start machines in maintenance mode, and apply their configurations through the API",
);
static WITH_CLUSTER_DISCOVERY: FlagOf<bool> =
    FlagOf::switch("with-cluster-discovery", "Whether the machines of the cluster find each other").on();
static WITH_DEBUG: FlagOf<bool> = FlagOf::switch("with-debug", "Let machines say more");
static WITH_INIT_NODE: FlagOf<bool> = FlagOf::switch("with-init-node", "Give the first machine the type init");
static WITH_KUBESPAN: FlagOf<bool> = FlagOf::switch("with-kubespan", "Connect the machines through KubeSpan");
static WORKERS: FlagOf<i64> = FlagOf::int("workers", "Number of workers").default(1);

pub(crate) static COMMAND: Command = Command {
    long: "Make a cluster on this computer, and add its context to the client configuration.

Its machines are processes that go on until `talosctl cluster destroy`. As root they are in networks of their own, which
the program ip makes; else they have loopback addresses that nobody uses.

The cluster is ready when every machine answers the API and knows the others. Etcd and Kubernetes do not run yet: nothing
is bootstrapped, and there is no kubeconfig.",
    examples: "  talosctl cluster create
  talosctl cluster create --name lab --controlplanes 3 --workers 2 --config-patch @patch.yaml",
    arguments: Arguments::None,
    flags: &[
        ARCH.row(),
        BAD_RTC.row(),
        CIDR.row(),
        CNI_BIN_PATH.row(),
        CNI_BUNDLE_URL.row(),
        CNI_CACHE_DIR.row(),
        CNI_CONF_DIR.row(),
        CONFIG_PATCH.row(),
        CONFIG_PATCH_CONTROL_PLANE.row(),
        CONFIG_PATCH_WORKER.row(),
        CONTROL_PLANE_PORT.row(),
        CONTROLPLANES.row(),
        CPUS.row(),
        CPUS_WORKERS.row(),
        CRASHDUMP.row(),
        CUSTOM_CNI_URL.row(),
        DISABLE_DHCP_HOSTNAME.row(),
        DISK.row(),
        DISK_ENCRYPTION_KEY_TYPES.row(),
        DISK_IMAGE_PATH.row(),
        DNS_DOMAIN.row(),
        DOCKER_DISABLE_IPV6.row(),
        DOCKER_HOST_IP.row(),
        ENCRYPT_EPHEMERAL.row(),
        ENCRYPT_STATE.row(),
        ENDPOINT.row(),
        EXPOSED_PORTS.row(),
        EXTRA_BOOT_KERNEL_ARGS.row(),
        EXTRA_DISKS.row(),
        EXTRA_DISKS_SIZE.row(),
        EXTRA_UEFI_SEARCH_PATHS.row(),
        IMAGE.row(),
        INIT_NODE_AS_ENDPOINT.row(),
        INITRD_PATH.row(),
        INPUT_DIR.row(),
        INSTALL_IMAGE.row(),
        IPV4.row(),
        IPV6.row(),
        ISO_PATH.row(),
        KUBEPRISM_PORT.row(),
        KUBERNETES_VERSION.row(),
        MASTERS.row(),
        MEMORY.row(),
        MEMORY_WORKERS.row(),
        MTU.row(),
        NAMESERVERS.row(),
        NETWORK.row(),
        REGISTRY_INSECURE_SKIP_VERIFY.row(),
        REGISTRY_MIRROR.row(),
        SKIP_BOOT_PHASE_FINISHED_CHECK.row(),
        SKIP_INJECTING_CONFIG.row(),
        SKIP_KUBECONFIG.row(),
        TALOS_VERSION.row(),
        TALOSCONFIG.row(),
        USE_VIP.row(),
        USER_DISK.row(),
        VMLINUZ_PATH.row(),
        WAIT.row(),
        WAIT_TIMEOUT.row(),
        WIREGUARD_CIDR.row(),
        WITH_APPLY_CONFIG.row(),
        WITH_BOOTLOADER.row(),
        WITH_CLUSTER_DISCOVERY.row(),
        WITH_DEBUG.row(),
        WITH_INIT_NODE.row(),
        WITH_KUBESPAN.row(),
        WITH_NETWORK_BANDWIDTH.row(),
        WITH_NETWORK_CHAOS.row(),
        WITH_NETWORK_JITTER.row(),
        WITH_NETWORK_LATENCY.row(),
        WITH_NETWORK_PACKET_CORRUPT.row(),
        WITH_NETWORK_PACKET_LOSS.row(),
        WITH_NETWORK_PACKET_REORDER.row(),
        WITH_TPM2.row(),
        WITH_UEFI.row(),
        WORKERS.row(),
    ],
    run: Some(run),
    ..Command::new("create", "Make a cluster on this computer")
};

/// Flags that say what configurations are made; there is nothing to make of those in a folder. In the order in which they
/// are refused.
static OF_GENERATION: &[&Flag] = &[
    INSTALL_IMAGE.row(),
    WITH_DEBUG.row(),
    DNS_DOMAIN.row(),
    WITH_CLUSTER_DISCOVERY.row(),
    REGISTRY_MIRROR.row(),
    REGISTRY_INSECURE_SKIP_VERIFY.row(),
    IPV4.row(),
    IPV6.row(),
    MTU.row(),
    CIDR.row(),
    NAMESERVERS.row(),
    DISK.row(),
    USER_DISK.row(),
    CUSTOM_CNI_URL.row(),
    TALOS_VERSION.row(),
    ENCRYPT_STATE.row(),
    ENCRYPT_EPHEMERAL.row(),
    USE_VIP.row(),
    WITH_KUBESPAN.row(),
    WITH_BOOTLOADER.row(),
    ENDPOINT.row(),
    CONTROL_PLANE_PORT.row(),
    KUBEPRISM_PORT.row(),
];

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let control_planes = call.get(if call.given(MASTERS.row()) { &MASTERS } else { &CONTROLPLANES });
    let control_planes = usize::try_from(control_planes).unwrap_or(0);
    if control_planes < 1 {
        return Err(plan::Error::NoControlPlane.into());
    }
    let workers = call.get(&WORKERS);
    let workers = usize::try_from(workers).with_context(|| format!("number of workers can't be {workers}"))?;
    io.note("validating CIDR and reserving IPs");
    let wanted: Network = call.get(&CIDR).parse().map_err(|error| match error {
        network::Error::NotV4 => error.into(),
        error => anyhow::Error::new(error).context("error validating cidr block"),
    })?;
    if !call.get(&IPV4) && !call.get(&IPV6) {
        bail!("neither IPv4 nor IPv6 network was enabled");
    }
    let nameservers = nameservers(call)?;
    foreign::check_chaos(call)?;
    super::check_provisioner(call)?;
    if !call.get(&EXPOSED_PORTS).is_empty() {
        bail!("exposed-ports flag only supported with docker provisioner");
    }
    foreign::refuse(call)?;
    check_arch(call, &io.environment)?;
    if !call.get(&INPUT_DIR).is_empty()
        && let Some(flag) = OF_GENERATION.iter().find(|flag| call.given(flag))
    {
        bail!("flag --{} is not supported with generated configs(--input-dir)", flag.name);
    }
    let name = super::name(call)?;
    let clusters = super::clusters(call, &io.environment)?;
    process::refuse_existing(&clusters.join(name), name)?;
    let Place { network, isolation, held } = Place::choose(call, name, wanted, io)?;
    let layout =
        Layout { name: name.to_owned(), network, control_planes, workers, init_node: call.get(&WITH_INIT_NODE) };
    let configs = configs::make(call, &layout, nameservers, io)?;
    if call.get(&SKIP_INJECTING_CONFIG) {
        configs.write(layout.init_node, &io.environment.clone(), io)?;
    }
    let nodes = layout.nodes(Some(&configs.bundle))?;
    let mut started = nodes.clone();
    if call.get(&SKIP_INJECTING_CONFIG) || call.get(&WITH_APPLY_CONFIG) {
        started.iter_mut().for_each(|node| node.config = None);
    }
    let own = std::env::current_exe().ok();
    let search = io.environment.variable("PATH");
    let program = process::find_program(own.as_deref().and_then(|own| own.parent()), search.as_deref())?;
    drop(held);
    let request = Request {
        name,
        network,
        mtu: call.get(&MTU),
        nodes: &started,
        discovery: call.get(&INPUT_DIR).is_empty() && call.get(&WITH_CLUSTER_DISCOVERY),
        program: &program,
        isolation: isolation.as_ref(),
        clusters: &clusters,
    };
    let state = process::create(&request, |step| io.note(step))?;
    let mut file = File::open_given(call.get(&TALOSCONFIG), &io.environment).context("error opening talos config")?;
    for rename in file.config.merge(configs.talosconfig.clone()) {
        io.note(rename);
    }
    file.save(&io.environment)?;
    let folder = clusters.join(name);
    if let Err(error) = ready::wait(call, &nodes, &configs.talosconfig, &folder, io) {
        if call.get(&CRASHDUMP) {
            ready::crash_dump(&nodes, &folder, io);
        }
        return Err(error);
    }
    super::show_cluster(&state, io)
}

/// Addresses of name servers, as far as machines have addresses of their kind.
fn nameservers(call: &Call<'_>) -> anyhow::Result<Vec<String>> {
    let mut usable = Vec::new();
    for text in call.get(&NAMESERVERS) {
        let quoted = go::quote(text);
        let address: IpAddr = text.parse().map_err(|_| {
            anyhow::anyhow!("failed parsing nameserver IP {quoted}: ParseAddr({quoted}): unable to parse IP")
        })?;
        if address.is_ipv4() {
            usable.push(text.to_owned());
        }
    }
    Ok(usable)
}

fn check_arch(call: &Call<'_>, environment: &Environment) -> anyhow::Result<()> {
    let (wanted, here) = (call.get(&ARCH), default_arch(environment));
    if wanted != here {
        bail!("--arch {wanted} needs the provisioner qemu: processes run on the processor of this computer, {here}");
    }
    Ok(())
}

fn default_arch(_: &Environment) -> String {
    let arch = std::env::consts::ARCH;
    match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
    .to_owned()
}

/// The installer of this release, or of the tag in the variable `TAG`.
fn default_installer(environment: &Environment) -> String {
    match environment.variable("TAG") {
        Some(tag) => images::installer(&tag.to_string_lossy()),
        None => images::installer(constants::TALOS_VERSION),
    }
}
