//! Whether a running machine can take a configuration without a reboot.
//!
//! Only the main document decides: everything in other documents takes effect at once. The field tables say for each
//! field whether a change needs a reboot; formatting and comments are no change, but an empty list, map or section differs
//! from one that is absent.

use crate::container::Container;
use crate::diff::{Change, Hunks, diff};

/// Why a running machine cannot take a configuration without a reboot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The machine has no configuration yet.
    #[error("no current config")]
    NoCurrent,
    /// The configuration of the machine has no main document.
    #[error("current config is not v1alpha1")]
    CurrentWithoutConfig,
    /// The new configuration has no main document.
    #[error("new config is not v1alpha1")]
    NewWithoutConfig,
    /// Some of what changes takes effect only after a reboot.
    #[error("this config change can't be applied in immediate mode\ndiff:\n{}", Hunks(.0))]
    NeedsReboot(
        /// The changes that need the reboot; never empty.
        Vec<Change>,
    ),
}

/// Compares the configuration of a running machine with a new one.
///
/// ```
/// use talos_config::{immediate, load};
///
/// let current = load("machine:\n  type: worker\n  token: a\n")?;
/// let new = load("machine:\n  type: worker\n  token: b\n  network:\n    hostname: worker-1\n")?;
/// let refusal = immediate::check(Some(&current), &new).unwrap_err();
/// assert_eq!(
///     refusal.to_string(),
///     "this config change can't be applied in immediate mode\ndiff:\n@@ machine.token @@\n-******\n+******",
/// );
/// # Ok::<_, talos_config::load::Error>(())
/// ```
///
/// # Errors
/// [`Refusal::NeedsReboot`] with the changes that need the reboot, or another refusal when there is nothing to compare.
pub fn check(current: Option<&Container>, new: &Container) -> Result<(), Refusal> {
    let current = current.ok_or(Refusal::NoCurrent)?;
    if current.config().is_none() {
        return Err(Refusal::CurrentWithoutConfig);
    }
    if new.config().is_none() {
        return Err(Refusal::NewWithoutConfig);
    }
    let changes: Vec<Change> = diff(current, new).into_iter().filter(|change| change.reboot).collect();
    if changes.is_empty() { Ok(()) } else { Err(Refusal::NeedsReboot(changes)) }
}
