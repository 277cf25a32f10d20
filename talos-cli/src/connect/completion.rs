//! Completion with words from the live cluster. A failure is an empty list, and so is a cluster that takes too long.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::bail;
use talos_api::client::{Error, ListOptions};
use talos_api::proto::machine::ListRequest;
use tokio::time::timeout;

use super::{Access, Session, groups, run};
use crate::completion::{Candidates, Request, directive};
use crate::diagnostics::Format;
use crate::io::{Io, Output};

/// A person waits at the prompt meanwhile.
const LONGEST: Duration = Duration::from_secs(5);

/// Files of a folder that are offered.
const MOST_FILES: usize = 500;

/// Asks the cluster of the unfinished line for words.
pub(crate) fn words(
    request: &Request<'_>,
    access: Access,
    ask: impl AsyncFnOnce(&Session) -> anyhow::Result<Vec<String>>,
) -> Candidates {
    let mut io = Io {
        stdin: Box::new(std::io::empty()),
        stdout: Output::new(Box::new(std::io::sink()), false),
        stderr: Output::new(Box::new(std::io::sink()), false),
        environment: request.environment.clone(),
        diagnostics: Format::Text,
    };
    let words = run(request.call, access, &mut io, async |session, _| timeout(LONGEST, ask(session)).await?);
    words.map_or_else(|_| Candidates::none(), Candidates::words)
}

/// `--nodes`: host names and addresses of the cluster's members, and groups of them.
pub(crate) fn nodes(request: &Request<'_>) -> Candidates {
    // Only the last of several is being typed, and the shell wants the whole word back.
    let (before, begun) = request.begun.rsplit_once(',').map_or(("", request.begun), |(before, begun)| (before, begun));
    let before = if before.is_empty() { String::new() } else { format!("{before},") };
    let mut found = words(request, Access::Endpoints, async |session| {
        let mut names = BTreeSet::new();
        for member in groups::list(session).await? {
            names.insert(member.hostname);
            names.extend(member.addresses);
        }
        names.extend(groups::names().map(str::to_owned));
        Ok(names.into_iter().filter(|name| !name.is_empty() && name.starts_with(begun)).collect())
    });
    found.words.iter_mut().for_each(|word| word.insert_str(0, &before));
    found
}

/// `get`: types of resources, then ids of one type. Short names of types come once something is typed.
pub(crate) fn resources(request: &Request<'_>) -> Candidates {
    match request.call.arguments {
        [] => words(request, Access::Endpoints, async |session| {
            let mut names = Vec::new();
            let node = session.client().without_nodes();
            for definition in session.ask(node.definitions()).await? {
                names.push(definition.metadata.id);
                if !request.begun.is_empty() {
                    names.extend(definition.spec.aliases);
                }
            }
            Ok(names)
        }),
        [kind] => words(request, Access::Nodes, async |session| {
            let Some((_, node)) = session.each_node().into_iter().next() else { bail!("no node") };
            let definition = session.ask(node.definition(kind)).await?;
            let api = node.dynamic(definition.default_namespace, definition.resource_type);
            let found = session.ask(api.list(&ListOptions::default())).await?;
            Ok(found.into_iter().map(|resource| resource.metadata.id).collect())
        }),
        _ => Candidates::none(),
    }
}

/// Types of resources that the commands for configurations take.
pub(crate) fn machine_configurations(request: &Request<'_>) -> Candidates {
    match request.call.arguments {
        [] => Candidates::words(vec!["machineconfig".to_owned()]),
        _ => resources(request),
    }
}

/// A path on the machine, as the first argument.
pub(crate) fn path(request: &Request<'_>) -> Candidates {
    if request.call.arguments.is_empty() { paths(request, false) } else { Candidates::none() }
}

/// A path on the machine, then one here.
pub(crate) fn path_then_file(request: &Request<'_>) -> Candidates {
    match request.call.arguments {
        [] => paths(request, false),
        _ => Candidates { words: Vec::new(), directive: directive::DEFAULT },
    }
}

/// A folder on the machine, as the first argument.
pub(crate) fn folder(request: &Request<'_>) -> Candidates {
    if request.call.arguments.is_empty() { paths(request, true) } else { Candidates::none() }
}

/// Entries of the folder that is being typed; folders end with a slash.
fn paths(request: &Request<'_>, folders_only: bool) -> Candidates {
    let folder = match request.begun.rfind('/') {
        Some(at) => &request.begun[..=at],
        None => "/",
    };
    words(request, Access::Nodes, async |session| {
        // The original names its nodes twice here.
        let twice: Vec<&String> = session.nodes().iter().chain(session.nodes()).collect();
        let listing = ListRequest { root: folder.to_owned(), ..ListRequest::default() };
        let mut entries = session.ask(session.client().nodes(twice).list(listing)).await?;
        let mut names = BTreeSet::new();
        while let Some(entry) = session.next(&mut entries).await {
            let entry = match entry {
                Ok(reply) => reply.value,
                Err(Error::Node(_)) => continue,
                Err(error) => bail!(error),
            };
            // The folder itself comes first, as a dot.
            if !entry.error.is_empty() || entry.relative_name == "." || (folders_only && !entry.is_dir) {
                continue;
            }
            let slash = if entry.is_dir { "/" } else { "" };
            let path = format!("{folder}{}{slash}", entry.relative_name);
            if path.starts_with(request.begun) {
                names.insert(path);
            }
            if names.len() == MOST_FILES {
                break;
            }
        }
        Ok(names.into_iter().collect())
    })
}
