//! Which status a failure becomes.

use std::error::Error;

use tonic::{Code, Status};

/// A failure with a code, and the texts of all its causes.
///
/// ```
/// use talos_api::server::failure;
/// use tonic::Code;
///
/// let status = failure::status(Code::NotFound, &std::fmt::Error);
/// assert_eq!(status.code(), Code::NotFound);
/// ```
pub fn status(code: Code, error: &(dyn Error + 'static)) -> Status {
    Status::new(code, chain(error))
}

/// A failure that nobody gave a code: a status somewhere among its causes decides, else it is `Unknown`.
pub fn unknown(error: &(dyn Error + 'static)) -> Status {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(status) = error.downcast_ref::<Status>() {
            return status.clone();
        }
        cause = error.source();
    }
    status(Code::Unknown, error)
}

/// The texts of a failure and of its causes, joined by `: `.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A method that a registered service does not implement.
pub fn not_implemented(method: &str) -> Status {
    Status::unimplemented(format!("method {method} not implemented"))
}

/// A call to something that is not registered; `path` is `/package.Service/Method`.
pub fn not_registered(path: &str, is_known_service: bool) -> Status {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    if is_known_service {
        Status::unimplemented(format!("unknown method {method} for service {service}"))
    } else {
        Status::unimplemented(format!("unknown service {service}"))
    }
}

/// A handler that panicked; the text is that of the panic.
pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Status {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "panic".to_owned());
    Status::internal(text)
}

/// A call that only control plane nodes answer; `name` is what the call is called in texts.
pub fn control_plane_only(name: &str) -> Status {
    Status::unimplemented(format!("{name} is only available on control plane nodes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("cannot read {0}")]
        Read(&'static str, #[source] std::io::Error),
        #[error("cannot ask")]
        Ask(#[source] Status),
    }

    #[test]
    fn texts_of_causes_follow_each_other() {
        let error = Failure::Read("/x", std::io::Error::other("denied"));
        let status = unknown(&error);
        assert_eq!((status.code(), status.message()), (Code::Unknown, "cannot read /x: denied"));
    }

    #[test]
    fn a_status_among_the_causes_decides() {
        let status = unknown(&Failure::Ask(Status::not_found("gone")));
        assert_eq!((status.code(), status.message()), (Code::NotFound, "gone"));
    }

    #[test]
    fn unknown_calls_are_named() {
        assert_eq!(not_registered("/a.B/C", false).message(), "unknown service a.B");
        assert_eq!(not_registered("/a.B/C", true).message(), "unknown method C for service a.B");
        assert_eq!(not_implemented("Copy").message(), "method Copy not implemented");
        let text = control_plane_only("kubeconfig");
        assert_eq!(text.message(), "kubeconfig is only available on control plane nodes");
    }

    #[test]
    fn panics_keep_their_text() {
        let panic = std::panic::catch_unwind(|| panic!("number {}", 7)).unwrap_err();
        let status = panicked(panic.as_ref());
        assert_eq!((status.code(), status.message()), (Code::Internal, "number 7"));
    }
}
