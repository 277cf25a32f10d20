//! Authorities and certificates.

mod api;
mod api_cert_sans;
mod maintenance;
mod maintenance_cert_sans;
mod maintenance_root;
mod renewal;
mod root_os;
mod trustd;

use std::time::Duration;

use talos_api::resources::config::{MachineType, MachineTypes};
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::secrets::CertSanSpec;
use talos_pki::certificate::AlternativeNames;
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;

use crate::cosi::controller::Inputs;

pub use api::ApiController;
pub use api_cert_sans::ApiCertSansController;
pub use maintenance::MaintenanceController;
pub use maintenance_cert_sans::MaintenanceCertSansController;
pub use maintenance_root::MaintenanceRootController;
pub use root_os::RootOsController;
pub use trustd::TrustdController;

/// Id of all that belongs to the API.
pub(crate) const API: &str = "api";

/// Id of all that belongs to the service that signs for workers.
pub(crate) const TRUSTD: &str = "trustd";

/// How long certificates of a machine's services are valid; they are renewed half-way.
pub(crate) const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// What the machine is configured to be.
fn machine_type(inputs: &Inputs<'_>) -> MachineType {
    inputs.get::<MachineTypes>("machine-type").map_or(MachineType::UNKNOWN, |spec| spec.machine_type)
}

/// Whether the machine has an address and a name. Until then, certificates would have to be issued twice.
fn network_is_ready(inputs: &Inputs<'_>) -> bool {
    inputs.get::<NetworkStatuses>("status").is_some_and(|status| status.address_ready && status.hostname_ready)
}

/// What a certificate shown to clients is about.
fn server_request(names: &CertSanSpec) -> RequestParams {
    RequestParams {
        subject: DistinguishedName::from_common_name(names.fqdn.clone()),
        names: AlternativeNames {
            dns_names: names.dns_names.clone(),
            ip_addresses: names.ips.iter().filter_map(|ip| ip.address()).collect(),
        },
    }
}

/// Id of all that belongs to maintenance mode.
const MAINTENANCE: &str = "maintenance";
