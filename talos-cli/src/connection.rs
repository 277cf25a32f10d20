//! From flags and client configuration to the machines a command is about.

use anyhow::Context as _;
use talos_config::talosconfig::{Context, Talosconfig};

use crate::call::Call;
use crate::commands::global;
use crate::go;
use crate::io::Io;
use crate::talosconfig::File;

/// Whom to dial, whom to ask for, and with which credentials.
#[derive(Debug)]
pub(crate) struct Target {
    /// Machines whose API is dialled.
    pub(crate) endpoints: Vec<String>,
    /// Machines the command is about; empty in maintenance mode, where the endpoint itself is meant.
    pub(crate) nodes: Vec<String>,
    /// Where credentials come from; `None` in maintenance mode.
    pub(crate) context: Option<Context>,
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
    /// The library has no client yet.
    #[error("this build of talosctl does not talk to machines")]
    NotAvailable,
}

impl Target {
    /// Finds out whom to talk to. The maintenance service is dialled at the nodes of the command line.
    pub(crate) fn resolve(call: &Call<'_>, maintenance: bool, io: &Io<'_>) -> anyhow::Result<Self> {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let given = owned(call.get(&global::NODES));
        if maintenance {
            if given.is_empty() {
                return Err(Error::NoEndpoints).context("error constructing client");
            }
            return Ok(Self { endpoints: given, nodes: Vec::new(), context: None });
        }
        let path = call.get(&global::TALOSCONFIG);
        let file = File::open(call, &io.environment)
            .with_context(|| format!("failed to open config file {}", go::quote(path)))?;
        let context = call.get(&global::CONTEXT);
        let (endpoints, context) =
            resolve_context(&file.config, Some(context).filter(|name| !name.is_empty()), call.get(&global::ENDPOINTS))
                .context("error constructing client")?;
        let nodes = if given.is_empty() { context.nodes.clone() } else { given };
        if nodes.is_empty() {
            return Err(Error::NoNodes.into());
        }
        Ok(Self { endpoints, nodes, context: Some(context) })
    }

    /// Makes sure that the command called `name` in messages is about one machine.
    pub(crate) fn single_node(&self, name: &'static str) -> Result<(), Error> {
        if self.nodes.len() > 1 { Err(Error::SeveralNodes(name)) } else { Ok(()) }
    }
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
