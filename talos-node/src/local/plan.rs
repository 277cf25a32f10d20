//! What a cluster is made of, before anything of it runs.

use std::fmt;
use std::net::Ipv4Addr;

use talos_config::bundle::{self, ConfigBundle, Patches};
use talos_config::generate::{self, Input, Options};
use talos_config::patch::{self, Patch};
use talos_config::talosconfig::Talosconfig;
use talos_config::{MachineType, encode, secrets};
use talos_pki::certificate::Validity;
use talos_pki::secrets::Bundle;
use talos_pki::{Clock, Random, client};

use super::network::{self, DISCOVERY_PORT, Network};

/// Names and addresses of the machines of a cluster.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Name of the cluster.
    pub name: String,
    /// Where its machines are.
    pub network: Network,
    /// How many machines run its control plane; the first ones of the network.
    pub control_planes: usize,
    /// How many others there are.
    pub workers: usize,
    /// Whether the first machine has the type `init`.
    pub init_node: bool,
}

/// A machine of a cluster.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedNode {
    /// Its name, which is its host name, too: `CLUSTER-controlplane-1`.
    pub name: String,
    /// What it is in the cluster.
    pub machine_type: MachineType,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its configuration; `None` for one that waits for it in maintenance mode.
    pub config: Option<String>,
}

impl fmt::Debug for PlannedNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Configurations are full of secrets.
        f.debug_struct("PlannedNode").field("name", &self.name).field("address", &self.address).finish_non_exhaustive()
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There must be a machine to ask.
    #[error("number of controlplanes can't be less than 1")]
    NoControlPlane,
    /// The network has no room.
    #[error(transparent)]
    Network(#[from] network::Error),
    /// Configurations cannot be made.
    #[error(transparent)]
    Bundle(#[from] bundle::Error),
    /// Configurations cannot be made.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// Secrets cannot be made.
    #[error(transparent)]
    Secrets(#[from] talos_pki::secrets::GenerateError),
    /// The time is beyond what certificates can say.
    #[error(transparent)]
    Validity(#[from] talos_pki::certificate::Error),
    /// The administrator's certificate cannot be made.
    #[error(transparent)]
    Authority(#[from] talos_pki::authority::Error),
}

/// What configurations are made from, besides the layout.
#[derive(Clone, Debug)]
pub struct Contents<'a> {
    /// All that can differ.
    pub options: &'a Options,
    /// Version of Kubernetes without a leading `v`.
    pub kubernetes_version: &'a str,
    /// Port of the Kubernetes API.
    pub control_plane_port: u16,
    /// What is changed afterwards.
    pub patches: &'a Patches,
}

impl Layout {
    /// Addresses of the machines that run the control plane.
    ///
    /// # Errors
    /// When the network has no room, or there is none of them.
    pub fn control_plane_addresses(&self) -> Result<Vec<Ipv4Addr>, Error> {
        if self.control_planes == 0 {
            return Err(Error::NoControlPlane);
        }
        Ok((0..self.control_planes).map(|index| self.network.node(index)).collect::<Result<_, _>>()?)
    }

    /// The patch that makes machines find each other through the discovery service on the gateway. It comes before those of
    /// users, so that what they say wins.
    ///
    /// # Errors
    /// When the network has no room.
    pub fn discovery_patch(&self) -> Result<Patch, Error> {
        let endpoint = format!("http://{}:{DISCOVERY_PORT}/", self.network.gateway()?);
        let text = format!("cluster:\n  discovery:\n    registries:\n      service:\n        endpoint: {endpoint}\n");
        Ok(patch::load(text).expect("the text above is a patch"))
    }

    /// All machines, with the configurations that they get from a bundle; without one they get none.
    ///
    /// # Errors
    /// When the network has no room, or the bundle lacks a configuration.
    pub fn nodes(&self, bundle: Option<&ConfigBundle>) -> Result<Vec<PlannedNode>, Error> {
        self.control_plane_addresses()?;
        let plain = encode::Options::plain();
        let mut nodes = Vec::with_capacity(self.control_planes + self.workers);
        for index in 0..self.control_planes + self.workers {
            let machine_type = match index {
                0 if self.init_node => MachineType::Init,
                index if index < self.control_planes => MachineType::ControlPlane,
                _ => MachineType::Worker,
            };
            let (kind, number) = match machine_type {
                MachineType::Worker => ("worker", index - self.control_planes),
                _ => ("controlplane", index),
            };
            nodes.push(PlannedNode {
                name: format!("{}-{kind}-{}", self.name, number + 1),
                machine_type,
                address: self.network.node(index)?,
                config: bundle.map(|bundle| bundle.to_yaml(machine_type, plain)).transpose()?,
            });
        }
        Ok(nodes)
    }

    /// Makes the secrets and configurations of the cluster, and the credentials of its administrator.
    ///
    /// # Errors
    /// When a patch cannot be applied, or randomness fails.
    pub fn generate(
        &self,
        contents: &Contents<'_>,
        clock: &dyn Clock,
        random: &mut dyn Random,
    ) -> Result<(ConfigBundle, Talosconfig), Error> {
        let mut options = contents.options.clone();
        let addresses = self.control_plane_addresses()?;
        if options.endpoints.is_empty() {
            options.endpoints = addresses.iter().map(ToString::to_string).collect();
        }
        let endpoint = format!("https://{}:{}", addresses[0], contents.control_plane_port);
        let parts = secrets::options(options.version_contract, options.later_contracts);
        let secrets = Bundle::generate(&parts, clock, random)?;
        let input = Input {
            cluster_name: &self.name,
            endpoint: &endpoint,
            kubernetes_version: contents.kubernetes_version,
            options: &options,
            secrets: &secrets,
        };
        let bundle = ConfigBundle::generate(&input, contents.patches)?;
        let validity = Validity::from_now(clock, client::CLIENT_LIFETIME)?;
        let client = client::talos(input.client_authority()?, &options.roles, validity, random)?;
        Ok((bundle, input.talosconfig(&client)?))
    }
}
