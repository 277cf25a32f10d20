//! Why a call to the Kubernetes API failed.

use http::{Method, StatusCode};
use serde_json::Value;

use crate::grpc::status::quoted;

/// Why a call to the Kubernetes API failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server answered that it does not do it.
    #[error(transparent)]
    Status(Status),
    /// There is no connection, or it broke before the answer was complete.
    #[error("{} {}: {reason}", verb(.method), quoted(.url))]
    Connection {
        /// Method of the call.
        method: Method,
        /// What was asked for.
        url: String,
        /// Why not, in words.
        reason: String,
        /// Whether it may well go better soon.
        passing: bool,
    },
    /// The time given to the call was over.
    #[error("{} {}: {reason}", verb(.method), quoted(.url))]
    Timeout {
        /// Method of the call.
        method: Method,
        /// What was asked for.
        url: String,
        /// Whose time it was, in words.
        reason: &'static str,
    },
    /// The answer is larger than [`MAX_REPLY_SIZE`](super::MAX_REPLY_SIZE).
    #[error("{} {}: the reply is larger than {limit} bytes, ask for less", verb(.method), quoted(.url))]
    TooLarge {
        /// Method of the call.
        method: Method,
        /// What was asked for.
        url: String,
        /// Largest reply that is read.
        limit: usize,
    },
    /// The answer is not what the API promises.
    #[error("{} {}: the reply cannot be read: {reason}", verb(.method), quoted(.url))]
    Malformed {
        /// Method of the call.
        method: Method,
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// What a server says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// HTTP status.
    pub code: u16,
    /// One word for programs: `NotFound`, `Conflict`, `Forbidden`; empty when the server gives none.
    pub reason: String,
    /// Text for people.
    pub message: String,
}

impl Error {
    /// The server's answer, if that is what it is.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Whether what was asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.has_reason("NotFound")
    }

    /// Whether somebody else changed the object meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.has_reason("Conflict")
    }

    /// Whether there is an object of that name already.
    pub fn is_already_there(&self) -> bool {
        self.has_reason("AlreadyExists")
    }

    /// Whether the same call may well work soon: servers that are busy or restart, connections that break.
    ///
    /// Source: `siderolabs/go-kubernetes` 0.2.3, `kubernetes/errors.go`.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status.reason.as_str(), "Timeout" | "ServerTimeout" | "InternalError"),
            Self::Connection { passing, .. } => *passing,
            Self::Timeout { .. } => true,
            Self::TooLarge { .. } | Self::Malformed { .. } => false,
        }
    }

    fn has_reason(&self, reason: &str) -> bool {
        self.status().is_some_and(|status| status.reason == reason)
    }

    pub(super) fn malformed(method: &Method, url: &str, reason: impl std::fmt::Display) -> Self {
        Self::Malformed { method: method.clone(), url: url.to_owned(), reason: reason.to_string() }
    }
}

impl Status {
    /// Reads the object `Status` that servers send; `None` if it is another one.
    pub(super) fn from_json(value: &Value, code: StatusCode) -> Option<Self> {
        if value.get("kind").and_then(Value::as_str) != Some("Status") {
            return None;
        }
        let text = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let told = value.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
        let (reason, message) = (text("reason"), text("message"));
        // A text there must be: the original shows nothing at all.
        let message = if message.is_empty() { format!("the server refused with {code} {reason}") } else { message };
        Some(Self { code: told.unwrap_or(code.as_u16()), reason, message })
    }

    /// Makes up for a server that sends no `Status`: proxies, crashed servers.
    ///
    /// Source: `k8s.io/apimachinery` 0.28, `pkg/api/errors`.
    pub(super) fn generic(code: StatusCode, method: &Method, resource: &str, name: &str, text: &str) -> Self {
        let (reason, message) = match code.as_u16() {
            409 if method == Method::POST => ("AlreadyExists", "the server reported a conflict".to_owned()),
            409 => ("Conflict", "the server reported a conflict".to_owned()),
            404 => ("NotFound", "the server could not find the requested resource".to_owned()),
            400 => ("BadRequest", "the server rejected our request for an unknown reason".to_owned()),
            401 => ("Unauthorized", "the server has asked for the client to provide credentials".to_owned()),
            403 => ("Forbidden", text.to_owned()),
            405 => ("MethodNotAllowed", "the server does not allow this method on the requested resource".to_owned()),
            422 => ("Invalid", "the server rejected our request due to an error in our request".to_owned()),
            429 => (
                "TooManyRequests",
                "the server has received too many requests and has asked us to try again later".to_owned(),
            ),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request".to_owned()),
            504 => (
                "Timeout",
                "the server was unable to return a response in the time allotted, but may still be processing the request"
                    .to_owned(),
            ),
            500.. => (
                "InternalError",
                format!("an error on the server ({}) has prevented the request from succeeding", quoted(text)),
            ),
            code => ("", format!("the server responded with the status code {code} but did not return more information")),
        };
        let verb = method.as_str().to_lowercase();
        let message = match (resource, name) {
            ("", _) => message,
            (resource, "") => format!("{message} ({verb} {resource})"),
            (resource, name) => format!("{message} ({verb} {resource} {name})"),
        };
        Self { code: code.as_u16(), reason: reason.to_owned(), message }
    }
}

/// `GET` as messages write it: `Get`.
fn verb(method: &Method) -> String {
    let (first, rest) = method.as_str().split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_servers_say() {
        let said = json!({"kind": "Status", "status": "Failure", "message": "nodes \"a\" not found", "reason": "NotFound", "code": 404});
        let error = Error::Status(Status::from_json(&said, StatusCode::NOT_FOUND).unwrap());
        assert!(error.is_not_found() && !error.is_retryable());
        assert_eq!(error.to_string(), "nodes \"a\" not found");
        assert_eq!(Status::from_json(&json!({"kind": "Pod"}), StatusCode::OK), None);
        let silent = Status::from_json(&json!({"kind": "Status"}), StatusCode::FORBIDDEN).unwrap();
        assert_eq!(silent.message, "the server refused with 403 Forbidden ");
    }

    #[test]
    fn makes_up_for_servers_that_say_nothing() {
        let text = |code: u16, method, resource, name| {
            let code = StatusCode::from_u16(code).unwrap();
            Status::generic(code, &method, resource, name, "oops").message
        };
        assert_eq!(text(404, Method::GET, "", ""), "the server could not find the requested resource");
        assert_eq!(
            text(503, Method::GET, "daemonsets.apps", "x"),
            "the server is currently unable to handle the request (get daemonsets.apps x)"
        );
        assert_eq!(
            text(502, Method::PUT, "nodes", ""),
            "an error on the server (\"oops\") has prevented the request from succeeding (put nodes)"
        );
        assert_eq!(text(403, Method::POST, "", ""), "oops");
    }

    #[test]
    fn knows_what_is_worth_another_try() {
        let status = |reason: &str| Error::Status(Status { code: 500, reason: reason.into(), message: String::new() });
        assert!(status("InternalError").is_retryable() && !status("Forbidden").is_retryable());
        let (method, url) = (Method::GET, "https://a/".to_owned());
        let refused =
            Error::Connection { method: method.clone(), url: url.clone(), reason: "refused".into(), passing: true };
        assert!(refused.is_retryable());
        assert_eq!(refused.to_string(), "Get \"https://a/\": refused");
        assert!(!Error::TooLarge { method, url, limit: 1 }.is_retryable());
    }
}
