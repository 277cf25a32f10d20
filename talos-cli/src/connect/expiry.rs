//! A warning, for people only, when the client certificate ends soon.

use talos_pki::{Certificate, Clock, base64, pem};

use super::target::Target;
use crate::diagnostics::Format;
use crate::expiry;
use crate::io::Io;

pub(super) fn warn(target: &Target, io: &mut Io<'_>) {
    // Programs that read the output of the original know no warning here.
    if !io.stderr.is_terminal() && io.diagnostics != Format::Json {
        return;
    }
    let Some(end) = end(target) else { return };
    let now = io.environment.now();
    if expiry::is_near(end, now, expiry::SOON) {
        io.warn(expiry::warning("the client certificate", end, now));
    }
}

/// When the client certificate ends. What is wrong with it is not said here.
fn end(target: &Target) -> Option<std::time::SystemTime> {
    let text = base64::decode(&target.context.as_ref()?.crt).ok()?;
    let block = pem::decode(&text)?;
    Some(Certificate::from_der(block.contents.to_vec()).ok()?.not_after())
}
