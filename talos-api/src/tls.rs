//! The cryptography behind TLS: chosen here for both sides, never through the process-wide default.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// For clients: X25519 goes into the first message, because nodes accept nothing else.
#[cfg(feature = "client")]
pub(crate) fn client_provider() -> Arc<CryptoProvider> {
    let kx_groups = vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1, aws_lc_rs::kx_group::SECP384R1];
    Arc::new(CryptoProvider { kx_groups, ..aws_lc_rs::default_provider() })
}

/// For servers and for calls from node to node: X25519 only, and a single suite for TLS 1.2.
///
/// Source: `siderolabs/crypto` 0.4.1, `tls`.
#[cfg(feature = "server")]
pub fn server_provider() -> Arc<CryptoProvider> {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![aws_lc_rs::kx_group::X25519];
    provider.cipher_suites.retain(|suite| {
        suite.tls13().is_some() || suite.suite() == rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
    });
    Arc::new(provider)
}
