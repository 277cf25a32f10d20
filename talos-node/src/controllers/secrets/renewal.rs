//! When certificates are to be issued again.

use std::time::{Duration, SystemTime};

use talos_api::resources::secrets::{CertSanSpec, CertSans, OsRootSecrets, OsRootSpec};
use talos_api::resources::time::{StatusSpec, TimeStatuses};
use talos_pki::certificate::Validity;

use super::{API, LIFETIME};
use crate::cosi::controller::{Context, Inputs};

/// How often the clock is looked at. Whoever sets it need not tell.
const LOOK: Duration = Duration::from_secs(60);

/// Waits until there may be a reason to issue certificates: something has changed, or a minute has passed.
pub(super) async fn may_be_due(context: &Context) {
    tokio::select! {
        () = context.changed() => {}
        // Cancel-safe: nothing is done before it ends.
        () = tokio::time::sleep(LOOK) => {}
    }
}

/// Certificates that were issued: what they follow from, and how long they are valid.
pub(super) struct Issued<B> {
    pub(super) basis: B,
    pub(super) validity: Validity,
}

impl<B: PartialEq> Issued<B> {
    /// Whether they are still good: they would follow from the same, and the clock is in the first half of their life.
    pub(super) fn is_good(&self, basis: &B, now: SystemTime) -> bool {
        let Validity { not_before, .. } = self.validity;
        // Certificates keep whole seconds, so that a new one may begin a moment before it was issued, never after.
        self.basis == *basis && not_before <= now && now < not_before + LIFETIME / 2
    }
}

/// What the certificates of a machine's services follow from.
#[derive(Clone, PartialEq)]
pub(super) struct Basis {
    pub(super) root: OsRootSpec,
    pub(super) names: CertSanSpec,
    /// What is known about the clock. When it was set, certificates are issued anew.
    time: Option<StatusSpec>,
}

/// What there is of it.
pub(super) enum Ground {
    /// There shall be no certificates.
    None,
    /// Something is still missing; certificates that are there stay.
    Incomplete,
    /// All of it.
    Complete(Box<Basis>),
}

impl Ground {
    /// What there is now.
    pub(super) fn now(inputs: &Inputs<'_>) -> Self {
        let Some(root) = inputs.get::<OsRootSecrets>("os") else { return Self::None };
        let Some(names) = inputs.get::<CertSans>(API) else { return Self::Incomplete };
        let time = inputs.get::<TimeStatuses>("node").map(|time| (*time).clone());
        Self::Complete(Box::new(Basis { root: (*root).clone(), names: (*names).clone(), time }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_good_for_half_their_life_and_not_before_it() {
        let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let issued = Issued { basis: 1, validity: Validity::starting_at(begin, LIFETIME).unwrap() };
        let hour = Duration::from_secs(3600);
        let cases = [
            (begin, 1, true),
            (begin + 11 * hour, 1, true),
            (begin + 12 * hour, 1, false),
            (begin - hour, 1, false),
            (begin, 2, false),
        ];
        for (now, basis, expected) in cases {
            assert_eq!(issued.is_good(&basis, now), expected);
        }
    }
}
