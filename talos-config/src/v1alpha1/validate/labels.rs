//! Labels of the Kubernetes node.

use super::at::At;
use crate::predicate::label;
use crate::v1alpha1::MachineConfig;
use crate::validate::{Findings, error_list};

/// All problems of labels are one problem of the document. It is placed at the label if there is only one.
pub(super) fn check(machine: &MachineConfig, out: &mut Findings) {
    let at = At::root("machine.nodeLabels");
    let mut messages = Vec::new();
    let mut place = None;
    for (name, value) in machine.node_labels.iter().flatten() {
        for error in [label::check_name(name), label::check_value(value)].into_iter().filter_map(Result::err) {
            messages.push(error.to_string());
            place = Some(name);
        }
    }
    let Some(name) = place else { return };
    let path = if messages.len() == 1 { at.entry(name).path() } else { at.path() };
    let list = error_list(messages.iter().map(String::as_str));
    out.error(path, format!("invalid machine node labels: {list}"));
}
