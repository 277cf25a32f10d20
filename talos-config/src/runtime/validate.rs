//! Rules of the documents; the first that is broken is reported.

use super::{EventSinkConfig, KmsgLogConfig};
use crate::predicate::host_port;
use crate::validate::{Findings, Mode, Options};

/// Checks where events are sent.
pub(crate) fn validate_event_sink(config: &EventSinkConfig, _: Mode, _: Options<'_>) -> Findings {
    let mut findings = Findings::default();
    if let Err(error) = host_port::split(&config.endpoint) {
        findings.error("endpoint".into(), format!("event sink endpoint: {error}"));
    }
    findings
}

/// Checks where the kernel's log is sent.
pub(crate) fn validate_kmsg_log(config: &KmsgLogConfig, _: Mode, _: Options<'_>) -> Findings {
    let (key, problem) = match (&*config.name, &config.url.0) {
        ("", _) => ("name", "name is required"),
        (_, None) => ("url", "url is required"),
        (_, Some(url)) if !matches!(url.scheme(), "tcp" | "udp") => ("url", "url scheme must be tcp:// or udp://"),
        (_, Some(url)) if !matches!(&*url.path(), "" | "/") => ("url", "url path must be empty"),
        (_, Some(url)) if url.port().is_empty() => ("url", "url port is required"),
        _ => return Findings::default(),
    };
    let mut findings = Findings::default();
    findings.error(key.into(), problem);
    findings
}
