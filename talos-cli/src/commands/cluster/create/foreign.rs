//! Flags about machines that are no processes. Each is refused when it is used, with the provisioners that can follow it.

use anyhow::bail;
use talos_config::constants;

use crate::call::Call;
use crate::flag::{Flag, FlagOf};
use crate::global::Environment;
use crate::go::Duration;

pub(super) static BAD_RTC: FlagOf<bool> = FlagOf::switch("bad-rtc", "Give machines a clock that shows a time long ago");
pub(super) static CNI_BIN_PATH: FlagOf<[String]> =
    FlagOf::list("cni-bin-path", "Folders with the plugins of the network").default(&["~/.talos/cni/bin"]);
pub(super) static CNI_BUNDLE_URL: FlagOf<str> =
    FlagOf::text("cni-bundle-url", "Where the plugins of the network are loaded from")
        .default("https://github.com/siderolabs/talos/releases/download/v1.5.5/talosctl-cni-bundle-${ARCH}.tar.gz");
pub(super) static CNI_CACHE_DIR: FlagOf<str> =
    FlagOf::text("cni-cache-dir", "Folder for what the plugins of the network remember").default("~/.talos/cni/cache");
pub(super) static CNI_CONF_DIR: FlagOf<str> =
    FlagOf::text("cni-conf-dir", "Folder with the settings of the plugins of the network")
        .default("~/.talos/cni/conf.d");
pub(super) static CPUS: FlagOf<str> =
    FlagOf::text("cpus", "Processors of each control plane machine, also a fraction").default("2.0");
pub(super) static CPUS_WORKERS: FlagOf<str> =
    FlagOf::text("cpus-workers", "Processors of each worker, also a fraction").default("2.0");
pub(super) static DISABLE_DHCP_HOSTNAME: FlagOf<bool> =
    FlagOf::switch("disable-dhcp-hostname", "Do not tell machines their names by DHCP");
pub(super) static DISK: FlagOf<i64> = FlagOf::int("disk", "Size of the disk of each machine, in MiB").default(6144);
pub(super) static DISK_ENCRYPTION_KEY_TYPES: FlagOf<[String]> = FlagOf::repeated(
    "disk-encryption-key-types",
    "Where keys of disks come from: uuid or kms, in the order of their slots",
)
.default(&["uuid"]);
pub(super) static DISK_IMAGE_PATH: FlagOf<str> =
    FlagOf::text("disk-image-path", "Image that the disk of each machine begins with");
pub(super) static DOCKER_DISABLE_IPV6: FlagOf<bool> =
    FlagOf::switch("docker-disable-ipv6", "Leave IPv6 off in containers");
pub(super) static DOCKER_HOST_IP: FlagOf<str> =
    FlagOf::text("docker-host-ip", "Address of this computer whose ports lead to containers").default("0.0.0.0");
pub(super) static ENCRYPT_EPHEMERAL: FlagOf<bool> =
    FlagOf::switch("encrypt-ephemeral", "Encrypt the partition of what does not last");
pub(super) static ENCRYPT_STATE: FlagOf<bool> = FlagOf::switch("encrypt-state", "Encrypt the partition of what lasts");
pub(super) static EXTRA_BOOT_KERNEL_ARGS: FlagOf<str> =
    FlagOf::text("extra-boot-kernel-args", "Further words for the kernel");
pub(super) static EXTRA_DISKS: FlagOf<i64> = FlagOf::int("extra-disks", "Further disks of each worker");
pub(super) static EXTRA_DISKS_SIZE: FlagOf<i64> =
    FlagOf::int("extra-disks-size", "Size of each further disk, in MiB").default(5120);
pub(super) static EXTRA_UEFI_SEARCH_PATHS: FlagOf<[String]> =
    FlagOf::list("extra-uefi-search-paths", "Further folders where firmware is looked for");
pub(super) static IMAGE: FlagOf<str> =
    FlagOf::text("image", "Image that containers are made of").computed(default_image);
pub(super) static INITRD_PATH: FlagOf<str> =
    FlagOf::text("initrd-path", "Initial file system of the kernel").default("_out/initramfs-${ARCH}.xz");
pub(super) static IPV6: FlagOf<bool> = FlagOf::switch("ipv6", "Give machines IPv6 addresses");
pub(super) static ISO_PATH: FlagOf<str> = FlagOf::text("iso-path", "Image of a disc to start machines from");
pub(super) static MEMORY: FlagOf<i64> =
    FlagOf::int("memory", "Memory of each control plane machine, in MiB").default(2048);
pub(super) static MEMORY_WORKERS: FlagOf<i64> =
    FlagOf::int("memory-workers", "Memory of each worker, in MiB").default(2048);
pub(super) static SKIP_BOOT_PHASE_FINISHED_CHECK: FlagOf<bool> =
    FlagOf::switch("skip-boot-phase-finished-check", "Do not wait until machines have finished booting");
pub(super) static USE_VIP: FlagOf<bool> =
    FlagOf::switch("use-vip", "Reach the control plane through an address that its machines share");
pub(super) static USER_DISK: FlagOf<[String]> =
    FlagOf::list("user-disk", "Further disk of each machine, as MOUNT:SIZE pairs joined by colons");
pub(super) static VMLINUZ_PATH: FlagOf<str> =
    FlagOf::text("vmlinuz-path", "Kernel to start machines with").default("_out/vmlinuz-${ARCH}");
pub(super) static WIREGUARD_CIDR: FlagOf<str> =
    FlagOf::text("wireguard-cidr", "Network of tunnels between all machines");
pub(super) static WITH_BOOTLOADER: FlagOf<bool> =
    FlagOf::switch("with-bootloader", "Start machines from their disk once they are installed").on();
pub(super) static WITH_NETWORK_BANDWIDTH: FlagOf<i64> =
    FlagOf::int("with-network-bandwidth", "Limit of the network in kilobits per second");
pub(super) static WITH_NETWORK_CHAOS: FlagOf<bool> =
    FlagOf::switch("with-network-chaos", "Make the network as bad as the other flags say");
pub(super) static WITH_NETWORK_JITTER: FlagOf<Duration> =
    FlagOf::duration("with-network-jitter", "How much delays differ");
pub(super) static WITH_NETWORK_LATENCY: FlagOf<Duration> = FlagOf::duration("with-network-latency", "Delay of packets");
pub(super) static WITH_NETWORK_PACKET_CORRUPT: FlagOf<f64> =
    FlagOf::float("with-network-packet-corrupt", "Share of packets that are damaged");
pub(super) static WITH_NETWORK_PACKET_LOSS: FlagOf<f64> =
    FlagOf::float("with-network-packet-loss", "Share of packets that are lost");
pub(super) static WITH_NETWORK_PACKET_REORDER: FlagOf<f64> =
    FlagOf::float("with-network-packet-reorder", "Share of packets that change places");
pub(super) static WITH_TPM2: FlagOf<bool> = FlagOf::switch("with-tpm2", "Give machines a TPM");
pub(super) static WITH_UEFI: FlagOf<bool> = FlagOf::switch("with-uefi", "Start machines with UEFI").on();

/// Each with the provisioners that it needs.
static FOREIGN: &[(&Flag, &str)] = &[
    (BAD_RTC.row(), "qemu"),
    (CNI_BIN_PATH.row(), "qemu"),
    (CNI_BUNDLE_URL.row(), "qemu"),
    (CNI_CACHE_DIR.row(), "qemu"),
    (CNI_CONF_DIR.row(), "qemu"),
    (CPUS.row(), "docker or qemu"),
    (CPUS_WORKERS.row(), "docker or qemu"),
    (DISABLE_DHCP_HOSTNAME.row(), "qemu"),
    (DISK.row(), "qemu"),
    (DISK_ENCRYPTION_KEY_TYPES.row(), "qemu"),
    (DISK_IMAGE_PATH.row(), "qemu"),
    (DOCKER_DISABLE_IPV6.row(), "docker"),
    (DOCKER_HOST_IP.row(), "docker"),
    (ENCRYPT_EPHEMERAL.row(), "qemu"),
    (ENCRYPT_STATE.row(), "qemu"),
    (EXTRA_BOOT_KERNEL_ARGS.row(), "qemu"),
    (EXTRA_DISKS.row(), "qemu"),
    (EXTRA_DISKS_SIZE.row(), "qemu"),
    (EXTRA_UEFI_SEARCH_PATHS.row(), "qemu"),
    (IMAGE.row(), "docker"),
    (INITRD_PATH.row(), "qemu"),
    (IPV6.row(), "qemu"),
    (ISO_PATH.row(), "qemu"),
    (MEMORY.row(), "docker or qemu"),
    (MEMORY_WORKERS.row(), "docker or qemu"),
    (SKIP_BOOT_PHASE_FINISHED_CHECK.row(), "docker or qemu"),
    (USE_VIP.row(), "docker or qemu"),
    (USER_DISK.row(), "qemu"),
    (VMLINUZ_PATH.row(), "qemu"),
    (WIREGUARD_CIDR.row(), "docker or qemu"),
    (WITH_BOOTLOADER.row(), "qemu"),
    (WITH_NETWORK_BANDWIDTH.row(), "qemu"),
    (WITH_NETWORK_CHAOS.row(), "qemu"),
    (WITH_NETWORK_JITTER.row(), "qemu"),
    (WITH_NETWORK_LATENCY.row(), "qemu"),
    (WITH_NETWORK_PACKET_CORRUPT.row(), "qemu"),
    (WITH_NETWORK_PACKET_LOSS.row(), "qemu"),
    (WITH_NETWORK_PACKET_REORDER.row(), "qemu"),
    (WITH_TPM2.row(), "qemu"),
    (WITH_UEFI.row(), "qemu"),
];

/// Settings of a network that is made bad on purpose.
static CHAOS: &[&Flag] = &[
    WITH_NETWORK_BANDWIDTH.row(),
    WITH_NETWORK_JITTER.row(),
    WITH_NETWORK_LATENCY.row(),
    WITH_NETWORK_PACKET_CORRUPT.row(),
    WITH_NETWORK_PACKET_LOSS.row(),
    WITH_NETWORK_PACKET_REORDER.row(),
];

/// Refuses settings of a bad network without the flag that makes it bad.
///
/// # Errors
/// At the first.
pub(super) fn check_chaos(call: &Call<'_>) -> anyhow::Result<()> {
    if !call.get(&WITH_NETWORK_CHAOS) && CHAOS.iter().any(|flag| call.given(flag)) {
        bail!("network chaos flags can only be used with --with-network-chaos");
    }
    Ok(())
}

/// Refuses what processes cannot be given.
///
/// # Errors
/// At the first, by name.
pub(super) fn refuse(call: &Call<'_>) -> anyhow::Result<()> {
    match FOREIGN.iter().find(|(flag, _)| call.given(flag)) {
        Some((flag, needs)) => {
            bail!("--{} needs the provisioner {needs}: machines of the provisioner local are processes", flag.name)
        }
        None => Ok(()),
    }
}

/// The image of this release, or of the tag in the variable `TAG`.
fn default_image(environment: &Environment) -> String {
    let tag = environment.variable("TAG").map(|tag| tag.to_string_lossy().into_owned());
    format!("{}:{}", constants::TALOS_IMAGE, tag.as_deref().unwrap_or(constants::TALOS_VERSION))
}
