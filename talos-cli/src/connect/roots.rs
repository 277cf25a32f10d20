//! The authorities that the system trusts, for contexts that name none.

use crate::files;
use crate::global::Environment;

/// Where systems keep their authorities as one PEM file; the first that exists is used.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// PEM of the authorities: the file that `SSL_CERT_FILE` names, else that of the system. Empty if there is none.
pub(super) fn system(environment: &Environment) -> Vec<u8> {
    if let Some(path) = environment.variable("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
        return path.to_str().and_then(|path| files::read(environment, path).ok()).unwrap_or_default();
    }
    BUNDLES.iter().find_map(|path| files::read(environment, path).ok()).unwrap_or_default()
}
