//! From flags and client configuration to the machines a command is about.

use anyhow::Context as _;
use talos_api::client::{BasicAuth, Client, Credentials};
use talos_config::talosconfig::{Context, Talosconfig};
use talos_pki::Random;

use super::{Access, groups, roots};
use crate::call::Call;
use crate::commands::global;
use crate::global::SystemRandom;
use crate::go;
use crate::io::Io;
use crate::talosconfig::File;

/// Whom to dial, whom to ask for, and with which credentials.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) access: Access,
    /// Machines whose API is dialled.
    pub(super) endpoints: Vec<String>,
    /// Machines the command is about, `@` groups among them; none in maintenance mode, where the endpoint is meant.
    pub(super) nodes: Vec<String>,
    /// Where credentials come from; `None` in maintenance mode.
    pub(super) context: Option<Context>,
    /// Name of the context, empty in maintenance mode.
    pub(super) context_name: String,
    /// Name of the cluster for front ends, empty if there is none.
    cluster: String,
}

/// A command cannot go on without a machine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Neither flags nor context name an endpoint.
    #[error("failed to determine endpoints")]
    NoEndpoints,
    /// Neither flags nor context name a node.
    #[error(
        "nodes are not set for the command: please use `--nodes` flag or configuration file to set the nodes to run the \
         command against"
    )]
    NoNodes,
    /// The command is about one machine.
    #[error("command {} is not supported with multiple nodes", go::quote(.0))]
    SeveralNodes(&'static str),
    /// A machine without a configuration belongs to no cluster.
    #[error("{} stands for nodes of a cluster, name the address of a machine", go::quote(.0))]
    GroupWithoutCluster(String),
    /// Requests of the context have to be signed with a user's key.
    #[error("context {} wants signed requests (siderov1), which this program cannot make", go::quote(.0))]
    SignedRequests(String),
}

impl Target {
    /// Finds out whom to talk to. The maintenance service is dialled at the nodes of the command line.
    pub(super) fn resolve(call: &Call<'_>, access: Access, io: &Io<'_>) -> anyhow::Result<Self> {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let given = owned(call.get(&global::NODES));
        let cluster = call.get(&global::CLUSTER).to_owned();
        if matches!(access, Access::Maintenance(_)) {
            if given.is_empty() {
                return Err(Error::NoEndpoints).context("error constructing client");
            }
            if let Some(group) = given.iter().find(|node| groups::is_group(node)) {
                return Err(Error::GroupWithoutCluster(group.clone()).into());
            }
            let (endpoints, nodes) = (given, Vec::new());
            return Ok(Self { access, endpoints, nodes, context: None, context_name: String::new(), cluster });
        }
        let path = call.get(&global::TALOSCONFIG);
        let file = File::open(call, &io.environment)
            .with_context(|| format!("failed to open config file {}", go::quote(path)))?;
        let name = Some(call.get(&global::CONTEXT)).filter(|name| !name.is_empty());
        let (endpoints, context) =
            resolve_context(&file.config, name, call.get(&global::ENDPOINTS)).context("error constructing client")?;
        let nodes = if given.is_empty() { context.nodes.clone() } else { given };
        let cluster = if cluster.is_empty() { context.cluster.clone() } else { cluster };
        let context_name = name.unwrap_or(&file.config.context).to_owned();
        Ok(Self { access, endpoints, nodes, context: Some(context), context_name, cluster })
    }

    /// A client for the endpoints, without nodes.
    pub(super) fn client(&self, io: &Io<'_>) -> anyhow::Result<Client> {
        let mut seed = [0; 8];
        SystemRandom.fill(&mut seed)?;
        let builder = Client::builder().endpoints(&self.endpoints).seed(u64::from_ne_bytes(seed));
        let builder = match (&self.access, &self.context) {
            (Access::Maintenance(fingerprints), _) => builder.maintenance(fingerprints.iter().copied()),
            (_, Some(context)) => {
                if context.auth.sidero_v1.is_some() {
                    return Err(Error::SignedRequests(self.context_name.clone()).into());
                }
                let trusted = if context.ca.is_empty() { roots::system(&io.environment) } else { Vec::new() };
                builder.cluster(&self.cluster).credentials(credentials(context)).roots(&trusted)
            }
            (_, None) => builder,
        };
        builder.build().map_err(super::Failure::from).context("failed to create client connection")
    }
}

fn credentials(context: &Context) -> Credentials {
    let basic = context
        .auth
        .basic
        .as_ref()
        .map(|basic| BasicAuth { username: basic.username.clone(), password: basic.password.clone().into() });
    Credentials { ca: context.ca.clone(), crt: context.crt.clone(), key: context.key.clone().into(), basic }
}

/// Endpoints and context. Without endpoints of the command line, whatever is wrong with the context shows as missing
/// endpoints.
fn resolve_context(
    config: &Talosconfig,
    name: Option<&str>,
    endpoints: Vec<&str>,
) -> anyhow::Result<(Vec<String>, Context)> {
    let context = config.resolve(name);
    let endpoints: Vec<String> = if endpoints.is_empty() {
        context.as_ref().map_or(Vec::new(), |context| context.endpoints.clone())
    } else {
        endpoints.into_iter().map(str::to_owned).collect()
    };
    if endpoints.is_empty() {
        return Err(Error::NoEndpoints.into());
    }
    let context =
        context.context("failed to resolve configuration context").context("failed to create client connection")?;
    Ok((endpoints, context.clone()))
}

#[cfg(test)]
impl Target {
    pub(super) fn for_tests(access: Access, context_name: &str, endpoints: &[&str]) -> Self {
        Self {
            access,
            endpoints: endpoints.iter().map(|&endpoint| endpoint.to_owned()).collect(),
            nodes: Vec::new(),
            context: None,
            context_name: context_name.to_owned(),
            cluster: String::new(),
        }
    }
}
