//! `GenerateConfiguration`, `GenerateClientConfiguration`: configurations for machines, and for those who manage them.

use std::fs;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use talos_api::proto::machine as wire;
use talos_api::server::failure;
use talos_config::generate::{self, Input, NetworkOption, Options};
use talos_config::talosconfig::{Context, Talosconfig};
use talos_config::v1alpha1::{self, CniConfig, Device, DhcpOptions, Route};
use talos_config::value::url::{ParseError, Url};
use talos_config::{MachineType, VersionContract, encode, load, secrets};
use talos_pki::certificate::Validity;
use talos_pki::clock::FixedClock;
use talos_pki::secrets::Bundle;
use talos_pki::{RoleSet, authority, client};
use tonic::Status;

use crate::machine::Machine;
use crate::state;
use crate::sys;

/// Why a configuration cannot be generated.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("config can't be generated on worker nodes")]
    Worker,
    #[error("join config can't be generated in the maintenance mode")]
    WorkerInMaintenance,
    #[error("invalid generate request")]
    Incomplete,
    #[error("unsupported config version {0}")]
    Version(String),
    #[error("invalid override_time")]
    Time(#[source] prost_types::TimestampError),
    #[error(transparent)]
    Endpoint(#[from] ParseError),
    #[error(transparent)]
    Stored(#[from] sys::Error),
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error(transparent)]
    Secrets(#[from] secrets::Error),
    #[error("the configuration of this machine has no v1alpha1 document")]
    NoDocument,
    #[error(transparent)]
    NewSecrets(#[from] talos_pki::secrets::GenerateError),
    #[error(transparent)]
    Generate(#[from] generate::Error),
    #[error(transparent)]
    Validity(#[from] talos_pki::certificate::Error),
    #[error(transparent)]
    Authority(#[from] authority::Error),
}

/// Where the configuration of this machine stands for others.
const CONFIG: &str = "/system/state/config.yaml";

/// A configuration for a machine of the same cluster, and one for its administrator.
///
/// # Errors
/// `Unknown` on workers, and for requests that lack something or make no sense.
pub fn configuration(
    machine: &Machine,
    request: wire::GenerateConfigurationRequest,
) -> Result<wire::GenerateConfigurationResponse, Status> {
    if machine.config().is_some_and(|config| !config.is_control_plane()) {
        return Err(failure::unknown(&Error::Worker));
    }
    generated(machine, request).map_err(|error| failure::unknown(&error))
}

/// A configuration for a machine that has none, of a cluster that there is not yet.
///
/// # Errors
/// `Unknown` for workers, which need a cluster, and for requests that lack something or make no sense.
pub fn first_configuration(
    machine: &Machine,
    request: wire::GenerateConfigurationRequest,
) -> Result<wire::GenerateConfigurationResponse, Status> {
    let checked = match &request.machine_config {
        None => Err(Error::Incomplete),
        Some(wanted) if wanted.r#type() == wire::machine_config::MachineType::TypeWorker => {
            Err(Error::WorkerInMaintenance)
        }
        Some(_) => generated(machine, request),
    };
    checked.map_err(|error| failure::unknown(&error))
}

fn generated(
    machine: &Machine,
    request: wire::GenerateConfigurationRequest,
) -> Result<wire::GenerateConfigurationResponse, Error> {
    let wire::GenerateConfigurationRequest { config_version, cluster_config, machine_config, override_time } = request;
    let (Some(cluster), Some(wanted)) = (cluster_config, machine_config) else { return Err(Error::Incomplete) };
    let Some(control_plane) = &cluster.control_plane else { return Err(Error::Incomplete) };
    if config_version != v1alpha1::API_VERSION {
        return Err(Error::Version(config_version));
    }
    let now = match override_time {
        Some(time) => SystemTime::try_from(time).map_err(Error::Time)?,
        None => machine.clock.now(),
    };
    let endpoint: Url = control_plane.endpoint.parse()?;
    let options = options(&wanted, &cluster, &endpoint);
    let secrets = bundle(machine, &FixedClock(now))?;
    let input = Input {
        kubernetes_version: &wanted.kubernetes_version,
        ..Input::new(&cluster.name, &control_plane.endpoint, &options, &secrets)
    };
    let config = input.config(machine_type(wanted.r#type()))?;
    let validity = Validity::from_now(&FixedClock(now), client::CLIENT_LIFETIME)?;
    let pair = client::talos(input.client_authority()?, &options.roles, validity, &mut machine.random.clone())?;
    let talosconfig = input.talosconfig(&pair)?;
    let message = wire::GenerateConfiguration {
        metadata: None,
        data: vec![encode::to_yaml(&config, encode::Options::documented()).into()],
        talosconfig: talosconfig.to_yaml().into(),
    };
    Ok(wire::GenerateConfigurationResponse { messages: vec![message] })
}

fn machine_type(wanted: wire::machine_config::MachineType) -> MachineType {
    use wire::machine_config::MachineType as Wanted;
    match wanted {
        Wanted::TypeUnknown => MachineType::Unknown,
        Wanted::TypeInit => MachineType::Init,
        Wanted::TypeControlPlane => MachineType::ControlPlane,
        Wanted::TypeWorker => MachineType::Worker,
    }
}

fn options(wanted: &wire::MachineConfig, cluster: &wire::ClusterConfig, endpoint: &Url) -> Options {
    let mut options = Options {
        endpoints: vec![endpoint.hostname().into_owned()],
        allow_scheduling_on_control_planes: cluster.allow_scheduling_on_control_planes,
        ..Options::default()
    };
    if let Some(network) = &wanted.network_config {
        options.network.push(NetworkOption::Config(Box::new(section(network))));
    }
    if let Some(install) = &wanted.install_config {
        replace(&mut options.install_disk, &install.install_disk);
        replace(&mut options.install_image, &install.install_image);
    }
    if let Some(network) = &cluster.cluster_network {
        replace(&mut options.dns_domain, &network.dns_domain);
        options.cni = network
            .cni_config
            .as_ref()
            .map(|plugin| CniConfig { name: plugin.name.clone(), urls: filled(plugin.urls.clone()) });
    }
    options
}

/// What is not said stays as it is.
fn replace(option: &mut String, wanted: &str) {
    if !wanted.is_empty() {
        wanted.clone_into(option);
    }
}

/// What is not said is no list; an empty one would be written.
fn filled<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn section(network: &wire::NetworkConfig) -> v1alpha1::NetworkConfig {
    let devices: Vec<Device> = network.interfaces.iter().map(device).collect();
    v1alpha1::NetworkConfig {
        hostname: network.hostname.clone(),
        interfaces: filled(devices).map(|devices| devices.into_iter().collect()),
        ..v1alpha1::NetworkConfig::default()
    }
}

fn device(device: &wire::NetworkDeviceConfig) -> Device {
    let routes = device.routes.iter().map(|route| Route {
        network: route.network.clone(),
        gateway: route.gateway.clone(),
        metric: route.metric,
        ..Route::default()
    });
    let dhcp_options = device.dhcp_options.as_ref();
    Device {
        interface: device.interface.clone(),
        mtu: device.mtu.into(),
        cidr: device.cidr.clone(),
        dhcp: Some(device.dhcp),
        ignore: Some(device.ignore),
        routes: filled(routes.collect()).map(|routes| routes.into_iter().collect()),
        dhcp_options: dhcp_options
            .map(|options| Box::new(DhcpOptions { route_metric: options.route_metric, ..DhcpOptions::default() })),
        ..Device::default()
    }
}

/// The secrets of the stored configuration, or new ones if there is none.
fn bundle(machine: &Machine, clock: &FixedClock) -> Result<Bundle, Error> {
    match fs::read(machine.settings.state.join(state::CONFIG)) {
        Ok(text) => {
            let stored = load(text)?;
            Ok(secrets::from_config(stored.config().ok_or(Error::NoDocument)?)?)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parts = secrets::options(VersionContract::Current, false);
            Ok(Bundle::generate(&parts, clock, &mut machine.random.clone())?)
        }
        Err(error) => Err(sys::Error::io("open", CONFIG, error).into()),
    }
}

/// Credentials for a client of this cluster, who has the roles that are asked for.
///
/// # Errors
/// `FailedPrecondition` on workers, `InvalidArgument` without a lifetime, `Unknown` when nothing can be signed.
pub fn client_configuration(
    machine: &Machine,
    request: wire::GenerateClientConfigurationRequest,
) -> Result<wire::GenerateClientConfigurationResponse, Status> {
    let config = machine.config();
    if config.as_ref().is_some_and(|config| !config.is_control_plane()) {
        let text = "client configuration (talosconfig) can't be generated on worker nodes";
        return Err(Status::failed_precondition(text));
    }
    let lifetime = request.crt_ttl.and_then(|lifetime| Duration::try_from(lifetime).ok());
    let Some(lifetime) = lifetime.filter(|lifetime| !lifetime.is_zero()) else {
        return Err(Status::invalid_argument("crt_ttl should be positive"));
    };
    let roles = RoleSet::parse(&request.roles).0;
    let document = config.as_ref().and_then(|config| config.container().config());
    let signed = document.ok_or(Error::NoDocument).and_then(|config| signed(machine, config, &roles, lifetime));
    signed.map_err(|error| failure::unknown(&error))
}

fn signed(
    machine: &Machine,
    config: &v1alpha1::Config,
    roles: &RoleSet,
    lifetime: Duration,
) -> Result<wire::GenerateClientConfigurationResponse, Error> {
    let authority = config.machine.as_deref().and_then(|machine| machine.ca.as_deref());
    let authority = authority.filter(|authority| !authority.key.is_empty()).ok_or(secrets::Error::NoKey)?;
    let validity = Validity::from_now(&*machine.clock, lifetime)?;
    let pair = client::talos(authority, roles, validity, &mut machine.random.clone())?;
    let cluster = config.cluster.as_deref().map_or("", |cluster| cluster.cluster_name.as_str());
    let name = context_name(roles, cluster);
    let context = Context::with_credentials(&authority.crt, &pair.crt, &pair.key);
    let talosconfig = Talosconfig { context: name.clone(), contexts: [(name, context)].into() };
    let message = wire::GenerateClientConfiguration {
        metadata: None,
        ca: authority.crt.to_vec(),
        crt: pair.crt.to_vec(),
        key: pair.key.to_vec(),
        talosconfig: talosconfig.to_yaml().into(),
    };
    Ok(wire::GenerateClientConfigurationResponse { messages: vec![message] })
}

/// The cluster's name; who has a single role is named by it.
fn context_name(roles: &RoleSet, cluster: &str) -> String {
    match &roles.to_strings()[..] {
        [role] => format!("{}@{cluster}", role.strip_prefix("os:").unwrap_or(role)),
        _ => cluster.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::machine;

    #[test]
    fn contexts_are_named_after_a_single_role() {
        for (roles, expected) in [
            (&["os:admin"][..], "admin@c"),
            (&["os:etcd:backup"], "etcd:backup@c"),
            (&["custom"], "custom@c"),
            (&["os:admin", "os:reader"], "c"),
            (&[], "c"),
        ] {
            assert_eq!(context_name(&RoleSet::parse(roles).0, "c"), expected);
        }
    }

    fn request(kind: wire::machine_config::MachineType) -> wire::GenerateConfigurationRequest {
        let mut wanted = wire::MachineConfig { kubernetes_version: "1.28.3".into(), ..Default::default() };
        wanted.set_type(kind);
        wanted.install_config = Some(wire::InstallConfig { install_disk: "/dev/vda".into(), ..Default::default() });
        wanted.network_config = Some(wire::NetworkConfig {
            hostname: "first".into(),
            interfaces: vec![wire::NetworkDeviceConfig {
                interface: "eth0".into(),
                cidr: "10.5.0.2/24".into(),
                mtu: 1400,
                routes: vec![wire::RouteConfig { network: "0.0.0.0/0".into(), gateway: "10.5.0.1".into(), metric: 7 }],
                ..Default::default()
            }],
        });
        wire::GenerateConfigurationRequest {
            config_version: "v1alpha1".into(),
            cluster_config: Some(wire::ClusterConfig {
                name: "new".into(),
                control_plane: Some(wire::ControlPlaneConfig { endpoint: "https://[fd00::1]:6443".into() }),
                cluster_network: Some(wire::ClusterNetworkConfig {
                    dns_domain: "example.local".into(),
                    cni_config: Some(wire::CniConfig { name: "none".into(), urls: vec![] }),
                }),
                allow_scheduling_on_control_planes: true,
            }),
            machine_config: Some(wanted),
            override_time: Some(prost_types::Timestamp { seconds: 1_600_000_000, nanos: 0 }),
        }
    }

    #[test]
    fn a_first_configuration_says_what_was_asked_for() {
        let kind = wire::machine_config::MachineType::TypeControlPlane;
        let mut reply = first_configuration(&machine(), request(kind)).unwrap();
        let message = reply.messages.remove(0);
        let text = String::from_utf8(message.data[0].to_vec()).unwrap();
        let config = load(text).unwrap();
        let (machine, cluster) = {
            let config = config.config().unwrap();
            (config.machine.as_deref().unwrap(), config.cluster.as_deref().unwrap())
        };
        assert_eq!((&*machine.r#type, &*cluster.cluster_name), ("controlplane", "new"));
        assert_eq!(cluster.allow_scheduling_on_control_planes, Some(true));
        let device = &machine.network.as_ref().unwrap().interfaces.as_ref().unwrap().iter().next().unwrap();
        assert_eq!((device.mtu, device.dhcp, &*device.cidr), (1400, Some(false), "10.5.0.2/24"));
        assert_eq!(device.routes.as_ref().unwrap().iter().next().unwrap().metric, 7);
        let source = talos_config::Source::new("talosconfig", message.talosconfig.to_vec());
        let talosconfig = Talosconfig::from_yaml(&source).unwrap();
        assert_eq!(talosconfig.context, "new");
        let context = &talosconfig.contexts["new"];
        assert_eq!(context.endpoints, ["fd00::1"]);
        let certificate = talos_pki::certificate::Certificate::from_pem(&context.crt_pem().unwrap()).unwrap();
        let valid = certificate.validity();
        assert_eq!(valid.not_before, SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000));
        assert_eq!(certificate.subject().organizations, ["os:admin"]);
    }

    #[test]
    fn what_cannot_be_generated_is_told() {
        use wire::machine_config::MachineType as Kind;
        let change = |change: &dyn Fn(&mut wire::GenerateConfigurationRequest)| {
            let mut request = request(Kind::TypeControlPlane);
            change(&mut request);
            let refused = first_configuration(&machine(), request).unwrap_err();
            assert_eq!(refused.code(), tonic::Code::Unknown);
            refused.message().to_owned()
        };
        assert_eq!(change(&|request| request.machine_config = None), "invalid generate request");
        assert_eq!(change(&|request| request.cluster_config = None), "invalid generate request");
        let no_control_plane = change(&|request| request.cluster_config.as_mut().unwrap().control_plane = None);
        assert_eq!(no_control_plane, "invalid generate request");
        assert_eq!(change(&|request| request.config_version = "v2".into()), "unsupported config version v2");
        let kind = |kind: Kind| change(&|request| request.machine_config.as_mut().unwrap().set_type(kind));
        assert_eq!(kind(Kind::TypeWorker), "join config can't be generated in the maintenance mode");
        assert_eq!(kind(Kind::TypeUnknown), "failed to determine config type to generate");
    }
}
