//! Generated configurations against recorded ones, byte for byte.

use std::path::PathBuf;

use talos_config::generate::{InterfaceChange, InterfaceSelector, NetworkOption, Options};
use talos_config::v1alpha1::{
    CniConfig, DeviceWireguardConfig, DiskPartition, EncryptionConfig, EncryptionKey, EncryptionKeyNodeId, MachineDisk,
    NetworkDeviceSelector, SystemDiskEncryptionConfig,
};
use talos_config::value::size::DiskSize;
use talos_config::{List, MachineType, VersionContract, encode, generate, kubernetes_version};
use talos_pki::secrets::Bundle;

const CONFIGURED: [MachineType; 2] = [MachineType::ControlPlane, MachineType::Worker];

pub(crate) fn recorded(case: &str, file: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "testdata/generate", case, file].iter().collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn secrets(case: &str) -> Bundle {
    Bundle::from_yaml(recorded(case, "secrets.yaml")).unwrap()
}

/// What the command line sets when no flag is given.
fn command_line() -> Options {
    Options {
        install_disk: "/dev/sda".to_owned(),
        install_image: "ghcr.io/siderolabs/installer:v1.5.5".to_owned(),
        cluster_discovery: Some(true),
        ..Options::default()
    }
}

struct Case<'a> {
    folder: &'a str,
    secrets: &'a str,
    endpoint: &'a str,
    kubernetes_version: &'a str,
    options: Options,
}

impl<'a> Case<'a> {
    fn of_command(folder: &'a str, options: Options) -> Self {
        Self { folder, secrets: folder, endpoint: "https://10.5.0.2:6443", kubernetes_version: "1.28.3", options }
    }

    fn of_library(folder: &'a str, kubernetes_version: &'a str, options: Options) -> Self {
        Self { kubernetes_version, secrets: "contract-v1.5", ..Self::of_command(folder, options) }
    }

    fn generated(&self, machine_type: MachineType) -> String {
        let secrets = secrets(self.secrets);
        let mut input = generate::Input::new("demo", self.endpoint, &self.options, &secrets);
        input.kubernetes_version = self.kubernetes_version;
        encode::to_yaml(&input.config(machine_type).unwrap(), encode::Options::plain())
    }

    #[track_caller]
    fn check(&self, types: &[MachineType]) {
        for machine_type in types {
            let expected = recorded(self.folder, &machine_type.file_name());
            let (folder, generated) = (self.folder, self.generated(*machine_type));
            assert!(generated == expected, "{folder} {machine_type}\n{generated}\ninstead of\n{expected}");
        }
    }
}

#[test]
fn every_contract() {
    for version in [
        "v0.8", "v0.9", "v0.10", "v0.11", "v0.12", "v0.13", "v0.14", "v1.0", "v1.1", "v1.2", "v1.3", "v1.4", "v1.5",
        "v1.6",
    ] {
        let options = Options { version_contract: version.parse().unwrap(), ..command_line() };
        Case::of_command(&format!("contract-{version}"), options).check(&CONFIGURED);
    }
}

#[test]
fn flags_of_the_command() {
    let mut mirrors = command_line();
    mirrors.mirror("quay.io", ["https://m2/path?x=1".to_owned()]);
    mirrors.mirror("docker.io", ["https://m1".to_owned()]);
    let sans = ["a", "b", "c", "10.0.0.1"].map(str::to_owned).to_vec();
    for (folder, options) in [
        ("opt-discovery-off", Options { cluster_discovery: Some(false), ..command_line() }),
        ("opt-dns-domain", Options { dns_domain: "corp.example".to_owned(), ..command_line() }),
        ("opt-kubespan", Options { network: vec![NetworkOption::KubeSpan], ..command_line() }),
        ("opt-mirror-two", mirrors),
        ("opt-persist-off", Options { persist: false, ..command_line() }),
        ("opt-sans-repeat", Options { additional_subject_alt_names: sans, ..command_line() }),
    ] {
        Case::of_command(folder, options).check(&CONFIGURED);
    }
    let mut without_images = Case::of_command("opt-k8s-empty", command_line());
    without_images.kubernetes_version = "";
    without_images.check(&CONFIGURED);
}

#[test]
fn endpoints() {
    for (folder, endpoint) in [
        ("endpoint-ok-ipv6", "https://[fd00::10]:6443"),
        ("endpoint-ok-path-query", "https://cp.example:6443/a b?x=1&y=%20z#frag"),
    ] {
        Case { endpoint, ..Case::of_command(folder, command_line()) }.check(&CONFIGURED);
    }
    for (folder, endpoint, version) in [("library-relative", "cp/x", ""), ("library-link-local", "fe80::1", "1.28.3")] {
        Case { endpoint, ..Case::of_library(folder, version, Options::default()) }.check(&MachineType::CONFIGURED);
    }
}

#[test]
fn bundles_that_lack_something() {
    for folder in
        ["bundle-both-secrets", "bundle-no-aggregator-current", "bundle-no-encryption", "bundle-old-with-current"]
    {
        Case::of_command(folder, command_line()).check(&CONFIGURED);
    }
    let options = Options { version_contract: VersionContract::release(1, 2), ..command_line() };
    Case::of_command("bundle-both-secrets-v1.2", options).check(&CONFIGURED);
}

#[test]
fn the_library_without_options() {
    Case::of_library("library-none", "1.28.3", Options::default()).check(&MachineType::CONFIGURED);
    for (folder, contract) in [("library-v0.13", (0, 13)), ("library-v0.14", (0, 14))] {
        let version_contract = VersionContract::release(contract.0, contract.1);
        let options = Options { version_contract, ..Options::default() };
        Case::of_library(folder, "1.23.0", options).check(&MachineType::CONFIGURED);
    }
}

#[test]
fn the_library_with_all_options() {
    for (folder, version, version_contract) in [
        ("library-all", "1.28.3", VersionContract::Current),
        ("library-all-v0.12", "1.22.0", VersionContract::release(0, 12)),
        ("library-all-v1.1", "1.24.0", VersionContract::release(1, 1)),
    ] {
        let options = Options { version_contract, ..all_options() };
        Case::of_library(folder, version, options).check(&MachineType::CONFIGURED);
    }
}

#[test]
fn a_mirror_of_the_user_stays() {
    let mut options = Options { version_contract: VersionContract::release(1, 2), ..Options::default() };
    options.mirror("k8s.gcr.io", ["https://mine".to_owned()]);
    Case::of_library("library-mirror-v1.2", "1.25.0", options).check(&MachineType::CONFIGURED);
}

/// The fields of later releases that do not exist here are taken out of what was recorded.
#[test]
fn later_contracts_write_what_there_are_fields_for() {
    for (folder, minor, absent) in [
        ("later-v1.6", 6, &[][..]),
        ("later-v1.7", 7, &["        hostDNS:", "            enabled: true"]),
        ("later-v1.8", 8, &["        hostDNS:", "            enabled: true", "            forwardKubeDNSToHost: true"]),
    ] {
        let version_contract = VersionContract::release(1, minor);
        let options = Options { version_contract, later_contracts: true, ..Options::default() };
        let case = Case::of_library(folder, "1.28.3", options);
        for machine_type in CONFIGURED {
            let mut expected = recorded(folder, &machine_type.file_name());
            if !absent.is_empty() {
                let block = format!("{}\n", absent.join("\n"));
                assert!(expected.contains(&block), "{folder}");
                expected = expected.replacen(&block, "", 1);
            }
            assert_eq!(case.generated(machine_type), expected, "{folder} {machine_type}");
        }
        let off = Options { kube_prism_port: Some(0), ..case.options.clone() };
        assert!(!Case { options: off, ..case }.generated(MachineType::Worker).contains("kubePrism"));
    }
}

#[test]
fn the_input_of_the_benchmarks() {
    let secrets = secrets("bench");
    let options = Options { cluster_discovery: None, ..command_line() };
    let input = generate::Input::new("bench", "https://10.5.0.2:6443", &options, &secrets);
    let text = encode::to_yaml(&input.config(MachineType::ControlPlane).unwrap(), encode::Options::plain());
    assert_eq!(text, recorded("bench", "config-7k.yaml"));
}

#[test]
fn unusable_input() {
    let secrets = secrets("contract-v1.5");
    let options = Options::default();
    let error = |endpoint, machine_type| {
        generate::Input::new("demo", endpoint, &options, &secrets).config(machine_type).unwrap_err().to_string()
    };
    let unknown = error("https://a", MachineType::Unknown);
    assert_eq!(unknown, "failed to determine config type to generate");
    assert_eq!(error("%zz", MachineType::Worker), "parse \"%zz\": invalid URL escape \"%zz\"");
    assert_eq!(
        error("2001:db8::1", MachineType::ControlPlane),
        "parse \"2001:db8::1\": first path segment in URL cannot contain colon"
    );
}

#[test]
fn the_default_version_of_kubernetes_is_one_that_the_release_runs() {
    let version = talos_config::constants::KUBERNETES_VERSION.parse().unwrap();
    assert_eq!(kubernetes_version::check(&version, &talos_config::constants::TALOS_VERSION.parse().unwrap()), Ok(()));
}

fn all_options() -> Options {
    let virtio =
        || InterfaceSelector::Device(NetworkDeviceSelector { driver: "virtio_net".to_owned(), ..Default::default() });
    let on_virtio = |change| NetworkOption::Interface { selector: virtio(), change };
    let on_eth0 = |change| NetworkOption::interface("eth0", change);
    let wireguard = DeviceWireguardConfig { private_key: "key".to_owned(), listen_port: 51111, ..Default::default() };
    let partition = DiskPartition { size: DiskSize(1 << 30), mountpoint: "/var/mnt/extra".to_owned() };
    let key = EncryptionKey { node_id: Some(Box::new(EncryptionKeyNodeId {})), ..Default::default() };
    let ephemeral =
        EncryptionConfig { provider: "luks2".to_owned(), keys: Some(List::from([key])), ..Default::default() };
    let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mut options = Options {
        endpoints: strings(&["10.5.0.2", "10.5.0.3"]),
        local_api_server_port: 7443,
        kube_prism_port: Some(7445),
        install_disk: "/dev/vda".to_owned(),
        install_image: "ghcr.io/siderolabs/installer:v1.5.5".to_owned(),
        install_extra_kernel_args: strings(&["console=ttyS0", "panic=1"]),
        additional_subject_alt_names: strings(&["cp.example.org", "10.5.0.2"]),
        network: vec![
            NetworkOption::Nameservers(strings(&["1.1.1.1"])),
            on_eth0(InterfaceChange::Ignore),
            on_virtio(InterfaceChange::Dhcp),
            on_virtio(InterfaceChange::DhcpIpv4(true)),
            on_virtio(InterfaceChange::DhcpIpv6(false)),
            on_eth0(InterfaceChange::Address("10.5.0.2/24".to_owned())),
            on_eth0(InterfaceChange::Address("fd00::2/64".to_owned())),
            on_eth0(InterfaceChange::Mtu(9000)),
            NetworkOption::interface("wg0", InterfaceChange::Wireguard(Box::new(wireguard))),
            on_virtio(InterfaceChange::VirtualIp("10.5.0.100".to_owned())),
            NetworkOption::KubeSpan,
            NetworkOption::Nameservers(strings(&["9.9.9.9"])),
        ],
        dns_domain: "corp.example".to_owned(),
        debug: true,
        persist: false,
        cni: Some(CniConfig { name: "custom".to_owned(), urls: Some(strings(&["https://example.org/cni.yaml"])) }),
        user_disks: List::from([MachineDisk {
            device: "/dev/vdb".to_owned(),
            partitions: Some(List::from([partition])),
        }]),
        allow_scheduling_on_control_planes: true,
        system_disk_encryption: Some(SystemDiskEncryptionConfig {
            ephemeral: Some(Box::new(ephemeral)),
            ..Default::default()
        }),
        cluster_discovery: Some(false),
        sysctls: [("kernel.kexec_load_disabled".to_owned(), "1".to_owned())].into(),
        ..Options::default()
    };
    options.mirror("docker.io", strings(&["https://m1", "https://m2"]));
    options.trust("r.example:5000", "-----BEGIN CERTIFICATE-----\nZg==\n-----END CERTIFICATE-----\n");
    options.skip_verification("r.example:5000");
    options.skip_verification("other.example");
    options
}
