use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_core::future::BoxFuture;
use talos_api::proto::machine::ServiceHealth;

use crate::cosi::controller::Failure;
use crate::machine::Machine;

/// How a service is looked after.
#[derive(Clone, Copy, Debug)]
pub struct Health {
    /// Before the first look.
    pub initial_delay: Duration,
    /// From one look to the next.
    pub period: Duration,
    /// How long a look may take.
    pub timeout: Duration,
    /// Fails for a service that is not well.
    pub check: fn(Arc<Machine>) -> BoxFuture<'static, Result<(), Failure>>,
}

impl Health {
    /// Looks as often as at most services.
    pub(super) const fn usual(check: fn(Arc<Machine>) -> BoxFuture<'static, Result<(), Failure>>) -> Self {
        Self {
            initial_delay: Duration::from_secs(1),
            period: Duration::from_secs(5),
            timeout: Duration::from_millis(500),
            check,
        }
    }
}

/// How a service fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthState {
    /// `None` before the first look.
    pub is_healthy: Option<bool>,
    /// Why it is not well.
    pub message: String,
    /// When it became well, or stopped being so.
    pub changed: Option<SystemTime>,
}

impl HealthState {
    /// Not looked at yet.
    pub(super) fn unknown(now: SystemTime) -> Self {
        Self { is_healthy: None, message: "Unknown".to_owned(), changed: Some(now) }
    }

    /// As it travels.
    pub(super) fn message(&self) -> ServiceHealth {
        ServiceHealth {
            unknown: self.is_healthy.is_none(),
            healthy: self.is_healthy == Some(true),
            last_message: self.message.clone(),
            // A moment that never was is the first of year 1 on the wire.
            last_change: Some(self.changed.map_or(NEVER, prost_types::Timestamp::from)),
        }
    }
}

const NEVER: prost_types::Timestamp = prost_types::Timestamp { seconds: -62_135_596_800, nanos: 0 };
