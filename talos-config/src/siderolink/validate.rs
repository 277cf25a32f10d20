//! Rules of the document; the first that is broken is reported.

use super::SideroLinkConfig;
use crate::validate::{Findings, Mode, Options};

/// Checks the document.
pub(crate) fn validate(config: &SideroLinkConfig, _: Mode, _: Options<'_>) -> Findings {
    let problem = match &config.api_url.0 {
        None => "apiUrl is required",
        Some(url) if !matches!(url.scheme(), "https" | "grpc") => "apiUrl scheme must be https:// or grpc://",
        Some(url) if !matches!(&*url.path(), "" | "/") => "apiUrl path must be empty",
        Some(_) => return Findings::default(),
    };
    let mut findings = Findings::default();
    findings.error("apiUrl".into(), problem);
    findings
}
