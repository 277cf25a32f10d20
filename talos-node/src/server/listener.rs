//! TLS connections with certificates that can change.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use talos_api::tls;
use talos_pki::{PemCertificateAndKey, pem};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::budget::{Budget, Place};
use super::transport::{self, Handler, Limits};

/// How long it takes to try again when there are no files left for connections.
const PAUSE: Duration = Duration::from_millis(10);

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

/// Connections that may wait to be accepted, as far as the computer allows. Whoever finds no room tries again after a second.
const WAITING: u32 = 4096;

/// Listens on an address, with room for a crowd.
///
/// # Errors
/// When it cannot be had.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves connections until `stop`; then running calls have five seconds.
///
/// `handler` makes the handler of a connection, from the certificate that the peer showed. Without one the connection is
/// ended.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    tls: ServerTls,
    handler: impl Fn(Option<&CertificateDer<'_>>) -> Option<H> + Clone + Send + Sync + 'static,
    limits: Limits,
    stop: CancellationToken,
) {
    let connection =
        |stream, _, place| connection(stream, tls.acceptor(), handler.clone(), limits, place, stop.clone());
    accept(listener, &limits, transport::GRACE, &stop, connection).await;
}

/// Accepts connections until `stop`; those that stand then have `grace` to end. A connection that has to give way to another
/// is dropped.
pub(crate) async fn accept<F>(
    listener: TcpListener,
    limits: &Limits,
    grace: Duration,
    stop: &CancellationToken,
    connection: impl Fn(TcpStream, SocketAddr, Place) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let budget = Budget::new(limits);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let place = budget.enter();
                    let out = place.out();
                    let connection = connection(stream, peer, place);
                    connections.spawn(async move { out.run_until_cancelled(connection).await });
                }
                Err(error) if is_exhausted(&error) => {
                    budget.shed();
                    tokio::time::sleep(PAUSE).await;
                }
                // A peer that left again before it was accepted is no reason to stop.
                Err(_) => {}
            },
            // Cancel-safe: only takes note of ended connections.
            Some(_) = connections.join_next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
    }
    drop(listener);
    // Whoever is not done by then is cut off when the set is dropped.
    let _ = timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
}

/// Whether the process, or the whole computer, cannot open more files or has no memory for them.
fn is_exhausted(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

async fn connection<H: Handler>(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    handler: impl Fn(Option<&CertificateDer<'_>>) -> Option<H> + Send,
    limits: Limits,
    place: Place,
    stop: CancellationToken,
) {
    // Failing is worth no more than the connection, which the peer sees.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else { return };
    let Ok(Ok(stream)) = timeout(limits.patience, acceptor.accept(stream)).await else { return };
    let peer = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    if let Some(handler) = handler(peer) {
        let _ = transport::serve_in(Some(&place), stream, handler, &limits, &stop).await;
    }
}
