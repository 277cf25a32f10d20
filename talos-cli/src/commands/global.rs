//! Flags every command takes.

use crate::completion::Completer;
use crate::diagnostics::Format;
use crate::flag::{FlagOf, Values};
use crate::talosconfig;

pub(crate) static TALOSCONFIG: FlagOf<str> = FlagOf::text(
    "talosconfig",
    "Client configuration file; without it the first of $TALOSCONFIG, ~/.talos/config and \
     /var/run/secrets/talos.dev/config that exists",
);

pub(crate) static CONTEXT: FlagOf<str> =
    FlagOf::text("context", "Context of the client configuration to use instead of the current one")
        .completed_by(Completer::Dynamic(talosconfig::context_names));

pub(crate) static NODES: FlagOf<[String]> =
    FlagOf::list("nodes", "Machines the command is about, instead of those of the context")
        .short('n')
        .completed_by(NODE_NAMES);

#[cfg(feature = "online")]
const NODE_NAMES: Completer = Completer::Dynamic(crate::connect::completion::nodes);
#[cfg(not(feature = "online"))]
const NODE_NAMES: Completer = Completer::Nothing;

pub(crate) static ENDPOINTS: FlagOf<[String]> =
    FlagOf::list("endpoints", "Machines to connect to, instead of those of the context").short('e');

pub(crate) static CLUSTER: FlagOf<str> =
    FlagOf::text("cluster", "Cluster to talk to when the endpoint is a proxy for several");

pub(crate) static DIAGNOSTICS: FlagOf<str> =
    FlagOf::choice("diagnostics", "Form of errors and warnings on standard error", &["json", "text"], "text")
        .addition();

/// The form of errors and warnings.
pub(crate) fn diagnostics(values: &Values) -> Format {
    if values.get(&DIAGNOSTICS) == "json" { Format::Json } else { Format::Text }
}
