//! From `TalosConfig` to bootstrap data.

use std::fmt;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use talos_config::generate::{Input, Options};
use talos_config::patch::{self, Patch, json6902};
use talos_config::{Container, MachineType, VersionContract, constants, encode, load, secrets};
use talos_pki::PemCertificateAndKey;
use talos_pki::secrets::{self as bundle, Bundle};

/// `spec` of a `TalosConfig`.
#[derive(Clone, Debug, Default)]
pub(crate) struct TalosConfigSpec {
    /// `controlplane`, `worker`, `init`, or `none` for a configuration of the user.
    pub(crate) generate_type: String,
    /// Release of the machines, empty for the newest one known.
    pub(crate) talos_version: String,
    /// The configuration of the user.
    pub(crate) data: String,
    /// Operations of RFC 6902.
    pub(crate) config_patches: Vec<Operation>,
    /// Parts of configurations to merge.
    pub(crate) strategic_patches: Vec<String>,
    /// Where the host name comes from.
    pub(crate) hostname: HostnameSource,
}

/// One of `configPatches`. There is no `from`, so nothing can be moved or copied.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) op: String,
    pub(crate) path: String,
    pub(crate) value: Option<Value>,
}

/// `hostname.source`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum HostnameSource {
    /// The machine finds its name by itself.
    #[default]
    None,
    /// The name of the Machine.
    MachineName,
    /// The name of the object that stands for the machine in its infrastructure.
    InfrastructureName,
}

/// What a `Cluster` says.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) endpoint_host: String,
    pub(crate) endpoint_port: u16,
    pub(crate) service_domain: Option<String>,
    pub(crate) pod_cidrs: Vec<String>,
    pub(crate) service_cidrs: Vec<String>,
}

/// What a `Machine` or `MachinePool` says.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) infrastructure_kind: String,
    /// Absent for pools.
    pub(crate) infrastructure_name: Option<String>,
    pub(crate) kubernetes_version: Option<String>,
}

/// What comes out.
pub(crate) struct BootstrapData {
    /// Content of the secret `OWNER-bootstrap-data`, key `value`.
    pub(crate) value: Vec<u8>,
    /// Content of the secret `CLUSTER-ca`, if the configuration has the authority of Kubernetes with its key.
    pub(crate) kubernetes_authority: Option<PemCertificateAndKey>,
}

/// The value holds secrets, and is not shown.
impl fmt::Debug for BootstrapData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BootstrapData")
            .field("value", &self.value.len())
            .field("kubernetes_authority", &self.kubernetes_authority)
            .finish()
    }
}

/// Kinds of infrastructure whose user data has to say that it is for Talos.
const MARKED_KINDS: [&str; 2] = ["PacketMachine", "PacketMachinePool"];

impl TalosConfigSpec {
    /// What new secrets of the cluster consist of.
    pub(crate) fn secrets_options(&self) -> anyhow::Result<bundle::Options> {
        Ok(secrets::options(self.contract()?, true))
    }

    fn contract(&self) -> anyhow::Result<VersionContract> {
        match self.talos_version.as_str() {
            "" => Ok(VersionContract::Current),
            version => version.parse().context("invalid talos-version"),
        }
    }
}

/// The bootstrap data of one machine.
pub(crate) fn bootstrap(
    spec: &TalosConfigSpec,
    cluster: &Cluster,
    machine: &Machine,
    secrets: &Bundle,
) -> anyhow::Result<BootstrapData> {
    let mut configuration = match spec.generate_type.as_str() {
        "none" if spec.data.is_empty() => bail!("failed to specify config data with none generate type"),
        "none" => load(spec.data.as_bytes())?,
        kind => match kind.parse() {
            Ok(machine_type @ (MachineType::Init | MachineType::ControlPlane | MachineType::Worker)) => {
                generated(machine_type, spec, cluster, machine, secrets)?
            }
            _ => bail!("unknown generate type specified: {kind:?}"),
        },
    };
    if let Some(name) = hostname(spec, machine) {
        set_hostname(&mut configuration, name);
    }
    let kubernetes_authority = kubernetes_authority(&configuration);
    let mut value = patched(configuration, spec)?;
    if MARKED_KINDS.contains(&machine.infrastructure_kind.as_str()) {
        value.splice(0..0, *b"#!talos\n");
    }
    Ok(BootstrapData { value, kubernetes_authority })
}

fn generated(
    machine_type: MachineType,
    spec: &TalosConfigSpec,
    cluster: &Cluster,
    machine: &Machine,
    secrets: &Bundle,
) -> anyhow::Result<Container> {
    let contract = spec.contract()?;
    let mut options = Options { version_contract: contract, later_contracts: true, ..Options::default() };
    if let Some(domain) = &cluster.service_domain {
        options.dns_domain.clone_from(domain);
    }
    // Clusters as old as this have no identity with which they could be discovered.
    if contract < VersionContract::release(0, 14) {
        options.cluster_discovery = Some(false);
    }
    let host = &cluster.endpoint_host;
    let endpoint = match host.contains(':') && !host.starts_with('[') {
        true => format!("https://[{host}]:{}", cluster.endpoint_port),
        false => format!("https://{host}:{}", cluster.endpoint_port),
    };
    let version = machine.kubernetes_version.as_deref().unwrap_or(constants::KUBERNETES_VERSION);
    let mut input = Input::new(&cluster.name, &endpoint, &options, secrets);
    input.kubernetes_version = version.strip_prefix('v').unwrap_or(version);

    let mut configuration = input.config(machine_type)?;
    let network = configuration.config_mut().and_then(|config| config.cluster.as_mut()?.network.as_mut());
    if let Some(network) = network {
        let replace = |subnets: &mut Option<Vec<String>>, wanted: &Vec<String>| {
            if !wanted.is_empty() {
                *subnets = Some(wanted.clone());
            }
        };
        replace(&mut network.pod_subnets, &cluster.pod_cidrs);
        replace(&mut network.service_subnets, &cluster.service_cidrs);
    }
    Ok(configuration)
}

fn hostname<'m>(spec: &TalosConfigSpec, machine: &'m Machine) -> Option<&'m str> {
    // All machines of a pool would get the same name.
    let infrastructure_name = machine.infrastructure_name.as_deref()?;
    match spec.hostname {
        HostnameSource::None => None,
        HostnameSource::MachineName => Some(&machine.name),
        HostnameSource::InfrastructureName => Some(infrastructure_name),
    }
}

fn set_hostname(configuration: &mut Container, name: &str) {
    if let Some(machine) = configuration.config_mut().and_then(|config| config.machine.as_mut()) {
        name.clone_into(&mut machine.network.get_or_insert_default().hostname);
    }
}

fn kubernetes_authority(configuration: &Container) -> Option<PemCertificateAndKey> {
    let authority = configuration.config()?.cluster.as_ref()?.ca.as_deref()?;
    (!authority.crt.is_empty() && !authority.key.is_empty()).then(|| authority.clone())
}

/// All operations as one JSON patch, then the strategic patches. Comments would take too much of what clouds allow.
fn patched(configuration: Container, spec: &TalosConfigSpec) -> anyhow::Result<Vec<u8>> {
    let mut patches = Vec::new();
    if !spec.config_patches.is_empty() {
        patches.push(Patch::Json(json_patch(&spec.config_patches)?));
    }
    for text in &spec.strategic_patches {
        match patch::load(text.as_bytes()).context("failure loading StrategicPatch")? {
            patch @ Patch::Strategic(_) => patches.push(patch),
            Patch::Json(_) => bail!("failure loading StrategicPatch: it is a list of operations"),
        }
    }
    if patches.is_empty() {
        return Ok(encode::to_yaml(&configuration, encode::Options::plain()).into_bytes());
    }
    Ok(patch::apply(configuration, &patches)?.into_text())
}

fn json_patch(operations: &[Operation]) -> anyhow::Result<json6902::Patch> {
    let operation = |operation: &Operation| {
        let mut object = json!({ "op": operation.op, "path": operation.path });
        if let Some(value) = &operation.value {
            object["value"] = value.clone();
        }
        object
    };
    let list = Value::Array(operations.iter().map(operation).collect());
    Ok(json6902::Patch::from_json(list.to_string().as_bytes())?)
}

#[cfg(test)]
mod tests {
    use talos_config::validate::{self, Mode};

    use super::*;
    use crate::secret::{self, SecretData};
    use crate::system::{SystemClock, SystemRandom};

    fn cluster() -> Cluster {
        Cluster {
            name: "capi".to_owned(),
            endpoint_host: "fd00::10".to_owned(),
            endpoint_port: 6443,
            service_domain: Some("corp.example".to_owned()),
            pod_cidrs: vec!["fd01::/56".to_owned(), "172.16.0.0/16".to_owned()],
            service_cidrs: vec![],
        }
    }

    fn machine() -> Machine {
        Machine {
            name: "machine".to_owned(),
            infrastructure_kind: "MetalMachine".to_owned(),
            infrastructure_name: Some("rack-3".to_owned()),
            kubernetes_version: Some("v1.27.4".to_owned()),
        }
    }

    fn spec(kind: &str) -> TalosConfigSpec {
        TalosConfigSpec { generate_type: kind.to_owned(), ..TalosConfigSpec::default() }
    }

    fn secrets() -> Bundle {
        let options = spec("worker").secrets_options().unwrap();
        Bundle::generate(&options, &SystemClock, &mut SystemRandom).unwrap()
    }

    fn made(spec: &TalosConfigSpec, machine: &Machine) -> anyhow::Result<Container> {
        let data = bootstrap(spec, &cluster(), machine, &secrets())?;
        let configuration = load(data.value)?;
        let options = validate::Options { strict: true, ..validate::Options::default() };
        validate::validate(&configuration, Mode::Cloud, options).1?;
        Ok(configuration)
    }

    #[test]
    fn the_objects_decide_about_name_networks_and_versions() {
        let spec = TalosConfigSpec { hostname: HostnameSource::InfrastructureName, ..spec("controlplane") };
        let configuration = made(&spec, &machine()).unwrap();
        let config = configuration.config().unwrap();
        let (machine, cluster) = (config.machine.as_ref().unwrap(), config.cluster.as_ref().unwrap());
        assert_eq!(machine.network.as_ref().unwrap().hostname, "rack-3");
        assert_eq!(machine.kubelet.as_ref().unwrap().image, "ghcr.io/siderolabs/kubelet:v1.27.4");
        let endpoint = cluster.control_plane.as_ref().unwrap().endpoint.as_ref().unwrap();
        assert_eq!(endpoint.to_string(), "https://[fd00::10]:6443");
        let network = cluster.network.as_ref().unwrap();
        assert_eq!(network.dns_domain, "corp.example");
        assert_eq!(network.pod_subnets.as_deref().unwrap(), ["fd01::/56", "172.16.0.0/16"]);
        assert_eq!(network.service_subnets.as_deref().unwrap(), ["10.96.0.0/12"]);
    }

    #[test]
    fn operations_come_before_parts() {
        let remove = Operation { op: "remove".to_owned(), path: "/machine/install".to_owned(), value: None };
        let spec = TalosConfigSpec {
            config_patches: vec![remove],
            strategic_patches: vec!["machine: {install: {disk: /dev/vdb}}".to_owned()],
            ..spec("worker")
        };
        let configuration = made(&spec, &machine()).unwrap();
        let install = configuration.config().unwrap().machine.as_ref().unwrap().install.as_ref().unwrap();
        assert_eq!((install.disk.as_str(), install.wipe), ("/dev/vdb", None));
    }

    #[test]
    fn a_configuration_of_the_user_is_normalised_and_checked() {
        let user = encode::to_yaml(&made(&spec("controlplane"), &machine()).unwrap(), encode::Options::documented());
        let none = TalosConfigSpec { data: user.clone(), ..spec("none") };
        let data = bootstrap(&none, &cluster(), &machine(), &Bundle::default()).unwrap();
        assert!(data.kubernetes_authority.is_some());
        assert!(!String::from_utf8(data.value).unwrap().contains('#'));

        let broken = TalosConfigSpec { data: "machine: {nope: 1}".to_owned(), ..spec("none") };
        let error = bootstrap(&broken, &cluster(), &machine(), &Bundle::default()).unwrap_err();
        assert!(error.to_string().starts_with("unknown keys found during decoding"), "{error}");
    }

    #[test]
    fn workers_hand_out_no_authority() {
        let data = bootstrap(&spec("worker"), &cluster(), &machine(), &secrets()).unwrap();
        assert!(data.kubernetes_authority.is_none());
    }

    #[test]
    fn some_infrastructure_needs_a_mark() {
        let marked = Machine { infrastructure_kind: "PacketMachine".to_owned(), ..machine() };
        let data = bootstrap(&spec("worker"), &cluster(), &marked, &secrets()).unwrap();
        assert!(data.value.starts_with(b"#!talos\nversion: v1alpha1\n"));
    }

    #[test]
    fn requests_that_cannot_be_met() {
        for (spec, text) in [
            (spec("none"), "failed to specify config data with none generate type"),
            (spec("unknown"), "unknown generate type specified: \"unknown\""),
            (spec("x"), "unknown generate type specified: \"x\""),
            (
                TalosConfigSpec { talos_version: "1.5".to_owned(), ..spec("worker") },
                "invalid talos-version: error parsing version \"1.5\"",
            ),
            (
                TalosConfigSpec { strategic_patches: vec!["a: [".to_owned()], ..spec("worker") },
                "failure loading StrategicPatch: decode error: yaml: line 1: did not find expected node content",
            ),
        ] {
            let error = bootstrap(&spec, &cluster(), &machine(), &secrets()).unwrap_err();
            assert_eq!(format!("{error:#}"), text);
        }
    }

    #[test]
    fn both_forms_of_the_secret_are_read() {
        let bundle = secrets();
        assert_eq!(secret::read(&secret::write(&bundle)).unwrap(), bundle);

        // The parts of the text, each a document of its own.
        let text = bundle.to_yaml();
        let part = |key: &str| {
            let lines = text.lines().skip_while(|line| *line != format!("{key}:")).skip(1);
            let part: Vec<_> = lines.take_while(|line| line.starts_with("    ")).map(|line| &line[4..]).collect();
            (part.join("\n") + "\n").into_bytes()
        };
        let keys = [("certs", "certs"), ("kubeSecrets", "secrets"), ("trustdInfo", "trustdinfo")];
        let mut legacy: SecretData = keys.iter().map(|(key, section)| ((*key).to_owned(), part(section))).collect();
        let read = secret::read(&legacy).unwrap();
        assert_eq!(read, Bundle { cluster: Some(bundle::Cluster::default()), ..bundle });
        // Such clusters are older than discovery.
        let old = TalosConfigSpec { talos_version: "v0.13".to_owned(), ..spec("worker") };
        let data = bootstrap(&old, &cluster(), &machine(), &read).unwrap();
        assert!(String::from_utf8(data.value).unwrap().contains("discovery:\n        enabled: false\n"));

        legacy.remove("certs");
        assert_eq!(secret::read(&legacy).unwrap_err().to_string(), "the secret has no key \"certs\"");
    }
}
