//! Documents that set up services of the running system.

mod event_sink;
mod kmsg_log;
mod validate;

pub use self::event_sink::EventSinkConfig;
pub use self::kmsg_log::KmsgLogConfig;
pub(crate) use self::validate::{validate_event_sink, validate_kmsg_log};
