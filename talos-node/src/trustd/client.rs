//! How a worker gets its certificate.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use talos_api::proto::securityapi::{CertificateRequest, CertificateResponse};
use talos_api::resources::Ip;
use talos_api::tls;
use talos_pki::{PemCertificateAndKey, Random};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tonic::Status;
use tonic::metadata::{Ascii, MetadataValue};

use super::{CERTIFICATE, PORT};
use crate::machine::SharedRandom;
use crate::peer::{Dial, Peer};
use crate::server::listener::{TlsError, roots};

/// How long one attempt may take, and all of them.
const ATTEMPT: Duration = Duration::from_secs(10);
const OVERALL: Duration = Duration::from_secs(60);

/// The pauses between attempts, in seconds. Up to a tenth of a second is added to each.
const PAUSES: &[u64] = &[0, 1, 3, 7, 15, 31];
const JITTER: u64 = 100;

/// A certificate that is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Request<'r> {
    /// The request, as PEM.
    pub(crate) csr: &'r [u8],
    /// What shows that it comes from a machine of the cluster.
    pub(crate) token: &'r str,
    /// Control planes. Each is as good as the other.
    pub(crate) endpoints: &'r [Ip],
    /// Whom control planes must be certified by.
    pub(crate) authority: &'r PemCertificateAndKey,
    /// The node's own address.
    pub(crate) own: IpAddr,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignError {
    /// The token cannot travel.
    #[error("machine.token holds characters that cannot be sent")]
    Token,
    /// Without an authority anybody could answer.
    #[error("machine.ca cannot be used to verify control planes")]
    Authority(#[source] TlsError),
    /// No control plane signed in time; the failure is that of the last attempt.
    #[error("failed to sign API server CSR: {0}")]
    Refused(Status),
}

impl Request<'_> {
    /// Asks until a control plane signs, for a minute at most.
    pub(crate) async fn sign(&self, mut random: SharedRandom) -> Result<CertificateResponse, SignError> {
        let token: MetadataValue<Ascii> = self.token.parse().map_err(|_| SignError::Token)?;
        let roots = roots(self.authority).map_err(SignError::Authority)?;
        let mut config = ClientConfig::builder_with_provider(tls::server_provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| SignError::Authority(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let config = Arc::new(config);
        let until = Instant::now() + OVERALL;
        let mut pauses = PAUSES.iter();
        loop {
            let attempt = timeout_at(until, timeout(ATTEMPT, self.attempt(&config, &token, &mut random))).await;
            let failure = match attempt {
                Ok(Ok(Ok(signed))) => return Ok(signed),
                Ok(Ok(Err(status))) => status,
                Ok(Err(_)) | Err(_) => Status::deadline_exceeded("context deadline exceeded"),
            };
            let pause = pauses.next().map(|seconds| Duration::from_secs(*seconds));
            let pause = pause.map(|pause| pause + Duration::from_millis(draw(&mut random) % JITTER));
            match pause.filter(|pause| Instant::now() + *pause < until) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(SignError::Refused(failure)),
            }
        }
    }

    /// Dials all control planes at once, and asks them in the order in which they are there.
    async fn attempt(
        &self,
        config: &Arc<ClientConfig>,
        token: &MetadataValue<Ascii>,
        random: &mut SharedRandom,
    ) -> Result<CertificateResponse, Status> {
        let mut endpoints: Vec<&Ip> = self.endpoints.iter().collect();
        // Else all workers of a cluster would ask the same one.
        for place in (1..endpoints.len()).rev() {
            endpoints.swap(place, draw(random) as usize % (place + 1));
        }
        let mut dialing = JoinSet::new();
        for endpoint in endpoints {
            let dial = Dial {
                host: endpoint.to_string(),
                port: PORT,
                tls: Some(config.clone()),
                own: Some(self.own),
                keepalive: None,
            };
            dialing.spawn(async move { Peer::connect(&dial).await });
        }
        let (mut unreachable, mut refused) = (None, None);
        while let Some(dialed) = dialing.join_next().await {
            let peer = match dialed {
                Ok(Ok(peer)) => peer,
                Ok(Err(status)) => {
                    unreachable = Some(status);
                    continue;
                }
                Err(_) => continue,
            };
            let mut request = tonic::Request::new(CertificateRequest { csr: self.csr.to_vec() });
            request.metadata_mut().insert("token", token.clone());
            match peer.unary(CERTIFICATE, request).await {
                Ok(signed) => return Ok(signed),
                Err(status) => refused = Some(status),
            }
        }
        let nobody = || Status::unavailable("at least one root of trust endpoint is required");
        Err(refused.or(unreachable).unwrap_or_else(nobody))
    }
}

/// A number that only has to differ from node to node.
fn draw(random: &mut SharedRandom) -> u64 {
    let mut bytes = [0; 8];
    match random.fill(&mut bytes) {
        Ok(()) => u64::from_be_bytes(bytes) >> 1,
        Err(_) => 0,
    }
}
