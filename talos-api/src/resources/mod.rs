//! Resources: what nodes want and report.
//!
//! A type of resources is a [`Kind`]: [`cluster::Members`] is the type, [`cluster::MemberSpec`] what each of its
//! resources says. Every field of a spec is one row of a table that holds its protobuf number, its YAML key and its form;
//! both forms, and the columns that tables show, follow from it:
//!
//! ```
//! use talos_api::resources::cluster::{MemberSpec, Members};
//! use talos_api::resources::config::MachineType;
//! use talos_api::resources::{Kind, Spec};
//!
//! let member = MemberSpec {
//!     hostname: "cp-1".into(),
//!     addresses: vec!["10.5.0.2".parse().unwrap()],
//!     machine_type: MachineType::CONTROL_PLANE,
//!     ..MemberSpec::default()
//! };
//! assert!(member.to_yaml().contains("addresses:\n    - 10.5.0.2\n"));
//! assert_eq!(MemberSpec::from_proto(&member.to_proto()), Ok(member));
//! assert_eq!(Members::DEFINITION.columns[1], ("Machine Type", "{.machineType}"));
//! ```
//!
//! Names of fields are those of the wire format, which also says what they mean; they carry documentation where that is
//! not enough. All 108 types of Talos 1.5 are in [`DEFINITIONS`].

pub mod cluster;
pub mod config;
pub mod cri;
pub mod etcd;
pub mod extensions;
pub mod files;
pub mod hardware;
pub mod k8s;
pub mod kubeaccess;
pub mod kubespan;
pub mod meta;
pub mod network;
pub mod perf;
pub mod runtime;
pub mod secrets;
pub mod siderolink;
pub mod time;
pub mod v1alpha1;

mod free_form;
mod kinds;
mod net;
mod secret;
mod spec;
mod texts;
mod time_value;
mod value;
mod wire;

pub use self::free_form::FreeForm;
pub use self::kinds::{Definition, Kind};
pub use self::net::{HardwareAddr, Ip, IpPort, IpPrefix, ParseError};
pub use self::secret::Url;
pub use self::spec::{DecodeError, DecodeProblem, Field, Form, Message, Options, Shape, Spec, Value};
pub use self::time_value::{Duration, Timestamp};
pub use self::value::{ByteList, Document};
pub use self::wire::{Payload, Problem};
use crate::proto::cosi::resource as wire_format;
pub use talos_config_yaml::value::Value as Node;

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource<S> {
    /// Who it is.
    pub metadata: wire_format::Metadata,
    /// What it says.
    pub spec: S,
}

/// Content as it travels: protobuf bytes and YAML text.
pub type Dynamic = wire_format::Spec;

/// Content that can be read from its wire form.
pub trait FromWire: Sized {
    /// Reads the content.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    fn from_wire(spec: wire_format::Spec) -> Result<Self, DecodeError>;
}

impl FromWire for Dynamic {
    fn from_wire(spec: wire_format::Spec) -> Result<Self, DecodeError> {
        Ok(spec)
    }
}

impl<S: Spec> FromWire for S {
    fn from_wire(spec: wire_format::Spec) -> Result<Self, DecodeError> {
        S::from_proto(&spec.proto_spec)
    }
}

/// A word that an enumeration does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no {kind}")]
pub struct UnknownWord {
    word: String,
    kind: &'static str,
}

/// `TYPE(NAMESPACE/ID@VERSION)`, as messages name a resource.
pub fn name(metadata: &wire_format::Metadata) -> String {
    format!("{}({}/{}@{})", metadata.r#type, metadata.namespace, metadata.id, metadata.version)
}

/// Reads bytes as a message of the same type as `message` and writes it again in our own form.
///
/// # Errors
/// [`DecodeError`] when the bytes are damaged.
pub fn recode(message: &dyn Message, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut read = message.empty();
    spec::decode(read.as_mut(), bytes, 0)?;
    let mut out = Vec::new();
    spec::encode(read.as_ref(), &mut out);
    Ok(out)
}

/// The YAML form of a spec of the given type, from its protobuf form.
///
/// # Errors
/// [`DecodeError`] when the bytes are damaged.
pub fn to_yaml(definition: &Definition, bytes: &[u8]) -> Result<String, DecodeError> {
    let mut spec = definition.empty_spec();
    spec::decode(spec.as_mut(), bytes, 0)?;
    Ok(spec::yaml(spec.as_ref()))
}

/// The definition of a type, by its full name in any case.
pub fn definition(type_name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().copied().find(|definition| definition.type_name.eq_ignore_ascii_case(type_name))
}

/// All types.
pub static DEFINITIONS: &[&Definition] = &[
    <cluster::Affiliates as Kind>::DEFINITION,
    <cluster::DiscoveryConfigs as Kind>::DEFINITION,
    <cluster::Identities as Kind>::DEFINITION,
    <cluster::Infos as Kind>::DEFINITION,
    <kubeaccess::KubernetesAccessConfigs as Kind>::DEFINITION,
    <cluster::Members as Kind>::DEFINITION,
    <config::MachineConfigs as Kind>::DEFINITION,
    <config::MachineTypes as Kind>::DEFINITION,
    <cri::SeccompProfiles as Kind>::DEFINITION,
    <etcd::EtcdConfigs as Kind>::DEFINITION,
    <etcd::EtcdMembers as Kind>::DEFINITION,
    <etcd::EtcdSpecs as Kind>::DEFINITION,
    <etcd::PkiStatuses as Kind>::DEFINITION,
    <files::EtcFileSpecs as Kind>::DEFINITION,
    <files::EtcFileStatuses as Kind>::DEFINITION,
    <hardware::MemoryModules as Kind>::DEFINITION,
    <hardware::Processors as Kind>::DEFINITION,
    <hardware::SystemInformations as Kind>::DEFINITION,
    <k8s::NodeCordonedSpecs as Kind>::DEFINITION,
    <k8s::NodeLabelSpecs as Kind>::DEFINITION,
    <k8s::NodeTaintSpecs as Kind>::DEFINITION,
    <k8s::ApiServerConfigs as Kind>::DEFINITION,
    <k8s::AdmissionControlConfigs as Kind>::DEFINITION,
    <k8s::AuditPolicyConfigs as Kind>::DEFINITION,
    <k8s::BootstrapManifestsConfigs as Kind>::DEFINITION,
    <k8s::ConfigStatuses as Kind>::DEFINITION,
    <k8s::ControllerManagerConfigs as Kind>::DEFINITION,
    <k8s::Endpoints as Kind>::DEFINITION,
    <k8s::ExtraManifestsConfigs as Kind>::DEFINITION,
    <k8s::KubePrismConfigs as Kind>::DEFINITION,
    <k8s::KubePrismEndpoints as Kind>::DEFINITION,
    <k8s::KubePrismStatuses as Kind>::DEFINITION,
    <k8s::KubeletConfigs as Kind>::DEFINITION,
    <k8s::KubeletLifecycles as Kind>::DEFINITION,
    <k8s::KubeletSpecs as Kind>::DEFINITION,
    <k8s::ManifestStatuses as Kind>::DEFINITION,
    <k8s::Manifests as Kind>::DEFINITION,
    <k8s::NodeIpConfigs as Kind>::DEFINITION,
    <k8s::NodeIps as Kind>::DEFINITION,
    <k8s::NodeStatuses as Kind>::DEFINITION,
    <k8s::Nodenames as Kind>::DEFINITION,
    <k8s::SchedulerConfigs as Kind>::DEFINITION,
    <k8s::SecretStatuses as Kind>::DEFINITION,
    <k8s::StaticPodServerStatuses as Kind>::DEFINITION,
    <k8s::StaticPodStatuses as Kind>::DEFINITION,
    <k8s::StaticPods as Kind>::DEFINITION,
    <kubespan::KubeSpanConfigs as Kind>::DEFINITION,
    <kubespan::KubeSpanEndpoints as Kind>::DEFINITION,
    <kubespan::KubeSpanIdentities as Kind>::DEFINITION,
    <kubespan::KubeSpanPeerSpecs as Kind>::DEFINITION,
    <kubespan::KubeSpanPeerStatuses as Kind>::DEFINITION,
    <meta::Namespaces as Kind>::DEFINITION,
    <meta::ResourceDefinitions as Kind>::DEFINITION,
    <network::AddressSpecs as Kind>::DEFINITION,
    <network::AddressStatuses as Kind>::DEFINITION,
    <network::DeviceConfigSpecs as Kind>::DEFINITION,
    <network::HardwareAddresses as Kind>::DEFINITION,
    <network::HostnameSpecs as Kind>::DEFINITION,
    <network::HostnameStatuses as Kind>::DEFINITION,
    <network::LinkRefreshes as Kind>::DEFINITION,
    <network::LinkSpecs as Kind>::DEFINITION,
    <network::LinkStatuses as Kind>::DEFINITION,
    <network::NetworkStatuses as Kind>::DEFINITION,
    <network::NodeAddressFilters as Kind>::DEFINITION,
    <network::NodeAddresses as Kind>::DEFINITION,
    <network::OperatorSpecs as Kind>::DEFINITION,
    <network::ProbeSpecs as Kind>::DEFINITION,
    <network::ProbeStatuses as Kind>::DEFINITION,
    <network::ResolverSpecs as Kind>::DEFINITION,
    <network::ResolverStatuses as Kind>::DEFINITION,
    <network::RouteSpecs as Kind>::DEFINITION,
    <network::RouteStatuses as Kind>::DEFINITION,
    <network::TimeServerSpecs as Kind>::DEFINITION,
    <network::TimeServerStatuses as Kind>::DEFINITION,
    <perf::CpuStats as Kind>::DEFINITION,
    <perf::MemoryStats as Kind>::DEFINITION,
    <runtime::DevicesStatuses as Kind>::DEFINITION,
    <runtime::EventSinkConfigs as Kind>::DEFINITION,
    <extensions::ExtensionStatuses as Kind>::DEFINITION,
    <runtime::KernelModuleSpecs as Kind>::DEFINITION,
    <runtime::KernelParamDefaultSpecs as Kind>::DEFINITION,
    <runtime::KernelParamSpecs as Kind>::DEFINITION,
    <runtime::KernelParamStatuses as Kind>::DEFINITION,
    <runtime::KmsgLogConfigs as Kind>::DEFINITION,
    <runtime::MachineStatuses as Kind>::DEFINITION,
    <runtime::MaintenanceServiceConfigs as Kind>::DEFINITION,
    <runtime::MaintenanceServiceRequests as Kind>::DEFINITION,
    <runtime::MetaKeys as Kind>::DEFINITION,
    <runtime::MountStatuses as Kind>::DEFINITION,
    <secrets::ApiCertificates as Kind>::DEFINITION,
    <secrets::CertSans as Kind>::DEFINITION,
    <secrets::EtcdRootSecrets as Kind>::DEFINITION,
    <secrets::EtcdSecrets as Kind>::DEFINITION,
    <secrets::KubeletSecrets as Kind>::DEFINITION,
    <secrets::KubernetesDynamicCerts as Kind>::DEFINITION,
    <secrets::KubernetesRootSecrets as Kind>::DEFINITION,
    <secrets::KubernetesSecrets as Kind>::DEFINITION,
    <secrets::MaintenanceRootSecrets as Kind>::DEFINITION,
    <secrets::MaintenanceServiceCertificates as Kind>::DEFINITION,
    <secrets::OsRootSecrets as Kind>::DEFINITION,
    <secrets::TrustdCertificates as Kind>::DEFINITION,
    <siderolink::SiderolinkConfigs as Kind>::DEFINITION,
    <runtime::PlatformMetadatas as Kind>::DEFINITION,
    <runtime::SecurityStates as Kind>::DEFINITION,
    <v1alpha1::AcquireConfigSpecs as Kind>::DEFINITION,
    <v1alpha1::AcquireConfigStatuses as Kind>::DEFINITION,
    <v1alpha1::Services as Kind>::DEFINITION,
    <time::TimeStatuses as Kind>::DEFINITION,
];
