//! `Kubeconfig`: credentials of an administrator of Kubernetes.

use std::io;
use std::time::{Duration, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use talos_api::proto::common::Data;
use talos_api::server::failure;
use talos_config::v1alpha1::ClusterConfig;
use talos_pki::authority;
use talos_pki::client::{self, CLIENT_LIFETIME, KubernetesUser};
use talos_pki::kubeconfig::Kubeconfig;
use tonic::Status;
use zeroize::Zeroizing;

use crate::machine::Machine;

/// Why there is no kubeconfig.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("error getting Kubernetes CA: the configuration has no cluster.ca with a key")]
    NoAuthority,
    #[error("error generating Kubernetes client certificate")]
    Certificate(#[source] authority::Error),
    #[error("error archiving kubeconfig")]
    Archive(#[source] io::Error),
}

/// What the call is called where it is refused.
const NAME: &str = "kubeconfig";

/// A compressed archive with one file, `kubeconfig`. The client certificate in it is made for this call.
///
/// Signing takes seconds when the authority of Kubernetes has an RSA key.
///
/// # Errors
/// `Unimplemented` on workers; `Unknown` when nothing can be signed.
pub fn kubeconfig(machine: &Machine) -> Result<Data, Status> {
    let config = machine.config().filter(crate::machine_config::MachineConfig::is_control_plane);
    let config = config.ok_or_else(|| failure::control_plane_only(NAME))?;
    let cluster = config.container().config().and_then(|config| config.cluster.as_deref());
    let text = cluster.ok_or(Error::NoAuthority).and_then(|cluster| administrator(machine, cluster));
    let archived = text.and_then(|text| archive(machine, text.as_bytes()).map_err(Error::Archive));
    let bytes = archived.map_err(|error| failure::unknown(&error))?;
    Ok(Data { metadata: None, bytes: bytes.into() })
}

fn administrator(machine: &Machine, cluster: &ClusterConfig) -> Result<Zeroizing<String>, Error> {
    let authority = cluster.ca.as_deref().filter(|authority| !authority.key.is_empty()).ok_or(Error::NoAuthority)?;
    let wanted = cluster.admin_kubeconfig.as_deref().map(|config| config.cert_lifetime).unwrap_or_default();
    let wanted = Duration::try_from(wanted).unwrap_or_default();
    let lifetime = if wanted.is_zero() { CLIENT_LIFETIME } else { wanted };
    let random = &mut machine.random.clone();
    let credentials = client::kubernetes(authority, &KubernetesUser::ADMIN, lifetime, &*machine.clock, random)
        .map_err(Error::Certificate)?;
    let endpoint = cluster.control_plane.as_deref().and_then(|control_plane| control_plane.endpoint.as_ref());
    let kubeconfig = Kubeconfig {
        cluster: &cluster.cluster_name,
        server: &endpoint.map(ToString::to_string).unwrap_or_default(),
        authorities: &authority.crt,
        credentials: &credentials,
        user: KubernetesUser::ADMIN.name,
        context: None,
    };
    Ok(kubeconfig.to_yaml())
}

/// The reference leaves its archive open; this one ends as archives do, which all readers take.
fn archive(machine: &Machine, text: &[u8]) -> io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    let now = machine.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    header.set_mtime(now.as_secs());
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    archive.append_data(&mut header, NAME, text)?;
    archive.into_inner()?.finish()
}
