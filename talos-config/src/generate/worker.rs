//! Configurations of workers.

use super::input::{Error, Parts};
use super::{Input, machine};
use crate::machine_type::MachineType;
use crate::v1alpha1::{ClusterConfig, Config};
use crate::version_contract::Feature;

/// The configuration of a worker: certificates without their keys, and nothing of the control plane.
pub(super) fn config(input: &Input<'_>, parts: &Parts<'_>) -> Result<Config, Error> {
    let endpoint = input.endpoint_url()?;
    let ca = parts.os.without_key();
    let machine = machine::section(input, parts, MachineType::Worker, ca, input.subject_alt_names());
    let name = if input.has_later(Feature::WorkerClusterName) { input.cluster_name } else { "" };
    let cluster = ClusterConfig {
        id: parts.cluster.id.clone(),
        secret: parts.cluster.secret.clone(),
        control_plane: Some(input.control_plane(endpoint, 0)),
        cluster_name: name.to_owned(),
        network: Some(input.cluster_network()),
        token: parts.secrets.bootstrap_token.clone(),
        ca: Some(Box::new(parts.k8s.without_key())),
        discovery: Some(input.discovery()),
        ..ClusterConfig::default()
    };
    Ok(input.document(machine, Box::new(cluster)))
}
