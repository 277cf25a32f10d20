//! Documents that set up services of the running system.

mod event_sink;
mod kmsg_log;

pub use self::event_sink::EventSinkConfig;
pub use self::kmsg_log::KmsgLogConfig;
