//! Authorities and certificates.

mod api;
mod api_cert_sans;
mod maintenance;
mod maintenance_cert_sans;
mod maintenance_root;
mod root_os;

use std::time::Duration;

use talos_api::resources::secrets::CertSanSpec;
use talos_pki::certificate::AlternativeNames;
use talos_pki::csr::RequestParams;
use talos_pki::name::DistinguishedName;

use crate::cosi::controller::Context;

pub use api::ApiController;
pub use api_cert_sans::ApiCertSansController;
pub use maintenance::MaintenanceController;
pub use maintenance_cert_sans::MaintenanceCertSansController;
pub use maintenance_root::MaintenanceRootController;
pub use root_os::RootOsController;

/// Id of all that belongs to the API.
pub(crate) const API: &str = "api";

/// How long certificates of the API are valid; they are renewed half-way.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Waits until certificates are to be issued: something they depend on has changed, or half of their life is over.
async fn issue_is_due(context: &Context) {
    tokio::select! {
        () = context.changed() => {}
        // Cancel-safe: nothing is done before it ends.
        () = tokio::time::sleep(LIFETIME / 2) => {}
    }
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
