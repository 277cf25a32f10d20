//! TLS connections with certificates that can change.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
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

/// Connections of one listener at a time; more wait to be accepted.
const CONNECTIONS: usize = 1024;

/// What a listener shows and asks for: nothing until there is a certificate, and from then on the latest. Connections that
/// stand are not touched by a change. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct ServerTls(Arc<RwLock<Option<Arc<ServerConfig>>>>);

/// Certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// There is no certificate, or no key, in a text.
    #[error("no {0} in the PEM text")]
    Missing(&'static str),
    /// The key cannot be used for TLS, or is not that of the certificate.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// The authority cannot be used to verify clients.
    #[error(transparent)]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

impl ServerTls {
    /// Shows a certificate, and asks clients for one of an authority's, if one is given.
    ///
    /// # Errors
    /// When a certificate cannot be used; the former ones stay.
    pub fn set(&self, server: &PemCertificateAndKey, clients: Option<&PemCertificateAndKey>) -> Result<(), TlsError> {
        let provider = tls::server_provider();
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let roots = Arc::new(roots(authority)?);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build()?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let (chain, key) = chain_and_key(server)?;
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        config.send_tls13_tickets = 0;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(config));
        Ok(())
    }

    fn acceptor(&self) -> Option<TlsAcceptor> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone().map(TlsAcceptor::from)
    }
}

/// The certificates of an authority, as roots of trust.
pub(crate) fn roots(authority: &PemCertificateAndKey) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for block in pem::blocks(&authority.crt) {
        roots.add(CertificateDer::from(block.contents.to_vec()))?;
    }
    Ok(roots)
}

/// A certificate and its key as TLS wants them.
pub(crate) fn chain_and_key(
    pair: &PemCertificateAndKey,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let chain = pem::blocks(&pair.crt).map(|block| CertificateDer::from(block.contents.to_vec())).collect();
    let key = pem::decode(&pair.key).ok_or(TlsError::Missing("key"))?;
    let key = PrivateKeyDer::try_from(key.contents.to_vec()).map_err(|_| TlsError::Missing("key"))?;
    Ok((chain, key))
}

/// Serves connections until `stop`; then running calls have five seconds.
///
/// `handler` makes the handler of a connection, from the certificate that the peer showed. Without one the connection is
/// ended.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    tls: ServerTls,
    handler: impl Fn(Option<&CertificateDer<'_>>) -> Option<H> + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) {
    serve_within(listener, tls, Limits::DEFAULT, handler, stop).await;
}

/// As [`serve`], with other limits.
pub async fn serve_within<H: Handler>(
    listener: TcpListener,
    tls: ServerTls,
    limits: Limits,
    handler: impl Fn(Option<&CertificateDer<'_>>) -> Option<H> + Clone + Send + Sync + 'static,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < CONNECTIONS => {
                // A peer that left again before it was accepted is no reason to stop.
                let (Ok((stream, _)), Some(acceptor)) = (accepted, tls.acceptor()) else { continue };
                connections.spawn(connection(stream, acceptor, limits, handler.clone(), stop.clone()));
            }
            // Cancel-safe: only takes note of ended connections.
            Some(_) = connections.join_next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    // Whoever is not done by then is cut off when the set is dropped.
    let _ = timeout(transport::GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection<H: Handler>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    limits: Limits,
    handler: impl Fn(Option<&CertificateDer<'_>>) -> Option<H> + Send,
    stop: CancellationToken,
) {
    // Failing is worth no more than the connection, which the peer sees.
    let _ = stream.set_nodelay(true);
    let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await else { return };
    let peer = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    if let Some(handler) = handler(peer) {
        let _ = transport::serve(stream, handler, &limits, &stop).await;
    }
}
