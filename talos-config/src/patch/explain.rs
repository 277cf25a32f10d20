//! Which patch set what.

use super::Patch;
use super::apply::{ApplyError, Input, apply_one};
use crate::container::Container;
use crate::diff::{Change, diff};

/// What became of a configuration, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Every change in the order of the patches.
    pub steps: Vec<Step>,
}

/// A change with the patch that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Position of the patch in the list.
    pub patch: usize,
    /// What it changed.
    pub change: Change,
    /// The patch says nothing about this value: it is lost by a fault of 1.5 that is kept so that results stay equal.
    pub lost: bool,
}

impl Explanation {
    /// For each value that differs in the end, the change from the first to the last state with the patch that set it.
    pub fn summary(&self) -> Vec<Step> {
        let mut summary: Vec<Step> = Vec::new();
        for step in &self.steps {
            let same = |known: &&mut Step| {
                known.change.document == step.change.document && known.change.path == step.change.path
            };
            match summary.iter_mut().find(same) {
                Some(known) => {
                    known.patch = step.patch;
                    known.lost = step.lost;
                    known.change.after.clone_from(&step.change.after);
                }
                None => summary.push(step.clone()),
            }
        }
        summary.retain(|step| step.change.before != step.change.after);
        summary
    }
}

/// Applies patches as [`apply`](super::apply()) does, and tells what each changed.
///
/// # Errors
/// As [`apply`](super::apply()); and when a state in between is not a configuration, because only typed values can be told
/// apart.
pub fn explain(input: impl Into<Input>, patches: &[Patch]) -> Result<(Input, Explanation), ApplyError> {
    let mut input = input.into();
    let mut before = input.clone().into_configuration()?;
    let mut steps = Vec::new();
    for (number, patch) in patches.iter().enumerate() {
        input = apply_one(input, number, patch)?;
        let after = input.clone().into_configuration()?;
        let lost = audit_policy_is_lost(&before, &after, patch);
        steps.extend(diff(&before, &after).into_iter().map(|change| {
            let lost = lost && change.path.to_string().starts_with("cluster.apiServer.auditPolicy");
            Step { patch: number, change, lost }
        }));
        before = after;
    }
    Ok((input, Explanation { steps }))
}

/// A patch of `cluster.apiServer` without an audit policy deletes the policy of the base.
pub fn audit_policy_is_lost(before: &Container, after: &Container, patch: &Patch) -> bool {
    let has = |container: &Container| {
        let cluster = container.config().and_then(|config| config.cluster.as_deref());
        cluster.and_then(|cluster| cluster.api_server.as_deref()).is_some_and(|server| server.audit_policy.is_some())
    };
    matches!(patch, Patch::Strategic(patch) if !has(patch)) && has(before) && !has(after)
}
