//! Where logs are sent.

use super::at::At;
use crate::v1alpha1::MachineConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(machine: &MachineConfig, out: &mut Findings) {
    let Some(logging) = &machine.logging else { return };
    let at = At::root("machine.logging.destinations");
    for (position, destination) in logging.destinations.iter().flatten().enumerate() {
        let at = at.index(position);
        match &destination.endpoint {
            None => out.error(at.key("endpoint").path(), "empty logging endpoint"),
            Some(url) => {
                if url.host().is_empty() {
                    out.error(at.key("endpoint").path(), "empty logging endpoint's host");
                }
                if !matches!(url.scheme(), "tcp" | "udp") {
                    let message = format!("unexpected logging endpoint scheme {}", go_quote(url.scheme()));
                    out.error(at.key("endpoint").path(), message);
                }
            }
        }
        if destination.format != "json_lines" {
            let message = format!("unknown logging format {}", go_quote(&destination.format));
            out.error(at.key("format").path(), message);
        }
    }
}
