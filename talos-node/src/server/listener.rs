//! TLS connections with a certificate that can change.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use talos_api::tls;
use talos_pki::{PemCertificateAndKey, pem};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::transport::{self, Handler, Limits};

/// How long a peer may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long running calls are waited for when a service ends. Source: node facts, "Shutdown waits".
const GRACE: Duration = Duration::from_secs(5);

/// Connections of one listener that are not done with their handshake, or are idle; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// The certificate that a listener shows: nothing until there is one, and from then on the latest.
#[derive(Clone, Debug, Default)]
pub struct Certificates(Arc<RwLock<Option<Arc<CertifiedKey>>>>);

/// A certificate that cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is no certificate, or no key, in the text.
    #[error("no {0} in the PEM text")]
    Missing(&'static str),
    /// The key cannot be used for TLS, or is not that of the certificate.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

impl Certificates {
    /// Shows this one from now on. Connections that stand are not touched.
    ///
    /// # Errors
    /// When certificate and key cannot be used.
    pub fn set(&self, pair: &PemCertificateAndKey) -> Result<(), CertificateError> {
        let chain = pem::blocks(&pair.crt).map(|block| CertificateDer::from(block.contents.to_vec())).collect();
        let key = pem::decode(&pair.key).ok_or(CertificateError::Missing("key"))?;
        let key = PrivateKeyDer::try_from(key.contents.to_vec()).map_err(|_| CertificateError::Missing("key"))?;
        let key = CertifiedKey::from_der(chain, key, &tls::server_provider())?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(key));
        Ok(())
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// TLS that asks clients for nothing.
fn anonymous(certificates: Certificates) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(tls::server_provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Serves connections until `stop`; then running calls have five seconds.
pub async fn serve<H: Handler + Sync>(
    listener: TcpListener,
    certificates: Certificates,
    handler: H,
    stop: CancellationToken,
) {
    // Fails only for a provider without suites.
    let Ok(config) = anonymous(certificates) else { return };
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => {
                // A peer that left again before it was accepted is no reason to stop.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, acceptor.clone(), handler.clone(), stop.clone()));
            }
            // Cancel-safe: only takes note of ended connections.
            Some(_) = connections.join_next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    // Whoever is not done by then is cut off when the set is dropped.
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection<H: Handler>(stream: TcpStream, acceptor: TlsAcceptor, handler: H, stop: CancellationToken) {
    // Failing is worth no more than the connection, which the peer sees.
    let _ = stream.set_nodelay(true);
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
        let _ = transport::serve(stream, handler, &Limits::DEFAULT, &stop).await;
    }
}
