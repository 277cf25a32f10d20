//! What may help after a failure of the connection. Shown to people only, below the error.

use std::fmt;

use tonic::Code;

use super::Access;
use super::failure::Failure;
use super::target::Target;
use crate::go;

/// A failure with advice.
#[derive(Debug)]
pub(crate) struct Hinted {
    error: anyhow::Error,
    /// One sentence each.
    pub(crate) hints: Vec<String>,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// Its causes are part of its text.
impl std::error::Error for Hinted {}

/// Adds advice to an error that a wrong connection explains.
pub(super) fn attach(error: anyhow::Error, target: &Target) -> anyhow::Error {
    let Some(failure) = error.chain().find_map(|cause| cause.downcast_ref::<Failure>()) else { return error };
    let hints = find(failure.code(), &failure.to_string(), target);
    if hints.is_empty() { error } else { Hinted { error, hints }.into() }
}

fn find(code: Code, text: &str, target: &Target) -> Vec<String> {
    let mut hints = Vec::new();
    let maintenance = matches!(target.access, Access::Maintenance(_));
    let used = format!(
        "the connection used context {} with the endpoints {}",
        go::quote(&target.context_name),
        target.endpoints.join(", ")
    );
    match code {
        Code::Unimplemented if text.contains("maintenance mode") => {
            hints.push(
                "the machine has no configuration yet: `--insecure` works for apply-config, disks, get and version"
                    .to_owned(),
            );
        }
        Code::PermissionDenied if !maintenance => {
            hints.push("`talosctl config info` shows the roles of the certificate in use".to_owned());
        }
        Code::Unavailable if text.contains("certificate signed by unknown authority") => {
            hints.push(used);
            hints.push(
                "the machine belongs to another cluster, or has no configuration yet; for the latter use `--insecure`"
                    .to_owned(),
            );
        }
        Code::Unavailable if text.contains("x509: certificate is valid for") => {
            hints.push(
                "dial the machine by a name or address that its certificate holds, or add it to `certSANs`".into(),
            );
        }
        Code::Unavailable if text.contains("certificate has expired or is not yet valid") => {
            hints.push("compare the clocks of this computer and of the machine".to_owned());
        }
        Code::Unavailable if text.contains("remote error: tls:") && !maintenance => {
            hints.push(used);
            hints.push(
                "the machine does not accept the client certificate: it comes from another cluster or has expired"
                    .into(),
            );
        }
        Code::Unavailable if text.contains("connection refused") || text.contains("no route to host") => {
            hints.push(if maintenance {
                "no machine listens there; in maintenance mode it shows its address on the console".to_owned()
            } else {
                format!("{used}; a node that is named in the error was asked by one of them")
            });
        }
        _ => {}
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(access: Access) -> Target {
        Target::for_tests(access, "home", &["10.5.0.2"])
    }

    #[test]
    fn advice_fits_the_failure() {
        let hints = |code, text: &str, access| find(code, text, &target(access)).join("; ");
        let unknown = "x509: certificate signed by unknown authority";
        assert!(hints(Code::Unavailable, unknown, Access::Nodes).contains("context \"home\""));
        assert!(hints(Code::Unavailable, unknown, Access::Nodes).contains("--insecure"));
        assert!(
            hints(Code::Unimplemented, "not implemented in maintenance mode", Access::Nodes).contains("--insecure")
        );
        assert!(hints(Code::Unavailable, "connection refused", Access::Nodes).contains("10.5.0.2"));
        assert_eq!(hints(Code::NotFound, "connection refused", Access::Nodes), "");
        assert_eq!(hints(Code::PermissionDenied, "", Access::Maintenance(Vec::new())), "");
    }

    #[test]
    fn the_text_stays() {
        let error = anyhow::Error::from(Failure::from(tonic::Status::permission_denied("not authorized")));
        let hinted = attach(error.context("error getting it"), &target(Access::Nodes));
        assert_eq!(format!("{hinted:#}"), "error getting it: rpc error: code = PermissionDenied desc = not authorized");
        assert!(hinted.is::<Hinted>());
    }
}
