//! Time synchronisation.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Whether the clock is synchronised.
    TimeStatuses: StatusSpec = "TimeStatuses.v1alpha1.talos.dev" in "runtime" {
        display: "TimeStatus",
        aliases: [],
        columns: [("Synced", "{.synced}")],
    }
}

spec! {
    /// What [`TimeStatuses`] say.
    StatusSpec = "talos.resource.definitions.time.StatusSpec" {
        1 synced: bool = "synced",
        /// Grows with every jump of the clock.
        2 epoch: i64 = "epoch",
        3 sync_disabled: bool = "syncDisabled",
    }
}
