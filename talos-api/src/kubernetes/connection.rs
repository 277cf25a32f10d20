//! One HTTP/2 connection to a server, dialled when it is needed and again when it is gone.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::client::SendRequest;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request, Response, Uri, Version};
use rustls::ClientConfig;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::{Config, ConfigError, Error, MAX_REPLY_SIZE, Reply};
use crate::client::credentials::{CredentialsError, Decoded};
use crate::client::dial::{connection_text, dial, is_passing};
use crate::client::endpoint::Endpoint;
use crate::client::tls::{self, Trust};
use crate::pem;

const AGENT: &str = concat!("talos-rs/", env!("CARGO_PKG_VERSION"));

/// A server, and the connection to it while there is one.
pub(super) struct Server {
    /// `https://host:port`, without a prefix.
    url: String,
    /// Prefix of all paths, without a slash at its end.
    prefix: String,
    endpoint: Endpoint,
    host: String,
    tls: Arc<ClientConfig>,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    connection: Mutex<Option<Connection>>,
}

struct Connection {
    sender: SendRequest<Bytes>,
    /// Moves the bytes; ends when the peer is gone, or with the last sender and call.
    driver: AbortHandle,
}

/// Content of a request and its type.
type Body = (&'static str, Bytes);

impl Server {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let bad = |reason| ConfigError::Server { server: config.server.clone(), reason };
        let uri: Uri = config.server.trim().parse().map_err(|_| bad("it is no URL"))?;
        if uri.scheme_str() != Some("https") {
            return Err(bad("it does not begin with https://"));
        }
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("it names a user"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(443);
        let endpoint = Endpoint::Network { host: host.clone(), port: port.to_string() };
        let authorization = if config.token.is_empty() {
            None
        } else {
            let text = zeroize::Zeroizing::new(format!("Bearer {}", config.token.as_str()));
            let mut value = HeaderValue::from_str(&text).map_err(|_| ConfigError::Token)?;
            value.set_sensitive(true);
            Some(value)
        };
        Ok(Self {
            url: format!("https://{authority}"),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            endpoint,
            host,
            tls: Arc::new(tls_config(config)?),
            authorization,
            timeout: config.timeout,
            connection: Mutex::new(None),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A reply to a call for `target` that is not what the API promises.
    pub(super) fn malformed(&self, method: &Method, target: &str, reason: &str) -> Error {
        Error::malformed(method, &self.full(target), reason)
    }

    fn full(&self, target: &str) -> String {
        format!("{}{}{target}", self.url, self.prefix)
    }

    /// Makes a call, at the latest until `deadline`.
    pub(super) async fn exchange(
        &self,
        method: &Method,
        target: &str,
        body: Option<Body>,
        deadline: Option<Instant>,
    ) -> Result<Reply, Error> {
        const EXPIRED: &str = "context deadline exceeded";
        const TIMED_OUT: &str = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
        let url = self.full(target);
        let own = Instant::now() + self.timeout;
        let (end, reason) = match deadline {
            Some(deadline) if deadline <= own => (deadline, EXPIRED),
            _ => (own, TIMED_OUT),
        };
        match timeout_at(end, self.attempts(method, &url, body)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                // It may be stuck, and the next call shall not wait for it. Who holds the lock dials a new one.
                if let Ok(mut connection) = self.connection.try_lock() {
                    *connection = None;
                }
                Err(Error::Timeout { method: method.clone(), url, reason })
            }
        }
    }

    /// Calls, and once more if a connection that was kept turns out to be gone.
    async fn attempts(&self, method: &Method, url: &str, body: Option<Body>) -> Result<Reply, Error> {
        let request = self.request(method, url, body.as_ref())?;
        let mut once_more = true;
        loop {
            let (sender, is_kept) = self.sender().await.map_err(|error| Error::Connection {
                method: method.clone(),
                url: url.to_owned(),
                reason: error.reason().to_owned(),
                passing: error.is_passing(),
            })?;
            let content = body.as_ref().map(|(_, content)| content.clone());
            match send(sender, &request, content).await {
                Ok(response) => {
                    return read(response, method, url).await.map_err(|failure| self.failed(failure, method, url));
                }
                Err((error, is_untouched)) => {
                    *self.connection.lock().await = None;
                    let repeats = is_untouched || *method == Method::GET || *method == Method::PUT;
                    if is_kept && once_more && repeats {
                        once_more = false;
                        continue;
                    }
                    return Err(self.failed(Failure::Broken(error), method, url));
                }
            }
        }
    }

    fn failed(&self, failure: Failure, method: &Method, url: &str) -> Error {
        match failure {
            Failure::Told(error) => error,
            Failure::Broken(error) => Error::Connection {
                method: method.clone(),
                url: url.to_owned(),
                reason: connection_text(&error, &self.host),
                passing: error.get_io().is_some_and(|io| is_passing(io.kind())) || error.is_go_away(),
            },
        }
    }

    /// What requests are put on, and whether the connection was there before.
    async fn sender(&self) -> Result<(SendRequest<Bytes>, bool), crate::client::dial::DialError> {
        let mut connection = self.connection.lock().await;
        if let Some(kept) = &*connection
            && !kept.driver.is_finished()
        {
            return Ok((kept.sender.clone(), true));
        }
        let dialed = dial(&self.endpoint, Some(self.tls.clone())).await?;
        // Its end shows at the next request.
        let driver = tokio::spawn(async move { drop(dialed.driver.await) }).abort_handle();
        *connection = Some(Connection { sender: dialed.sender.clone(), driver });
        Ok((dialed.sender, false))
    }

    fn request(&self, method: &Method, url: &str, body: Option<&Body>) -> Result<Request<()>, Error> {
        let mut request = Request::new(());
        *request.method_mut() = method.clone();
        *request.uri_mut() = url.parse().map_err(|_| Error::malformed(method, url, "the path is no part of a URL"))?;
        *request.version_mut() = Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if let Some((content_type, content)) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.insert(CONTENT_LENGTH, content.len().into());
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }
}

/// What ended a reply.
enum Failure {
    Told(Error),
    Broken(h2::Error),
}

/// Sends a request and waits for the head of the reply. Tells of a failure whether the server surely did nothing.
async fn send(
    sender: SendRequest<Bytes>,
    request: &Request<()>,
    content: Option<Bytes>,
) -> Result<Response<h2::RecvStream>, (h2::Error, bool)> {
    let mut sender = sender.ready().await.map_err(|error| (error, true))?;
    let (response, mut stream) =
        sender.send_request(request.clone(), content.is_none()).map_err(|error| (error, true))?;
    if let Some(content) = content {
        // Fails only when the stream is over; then the reply says why.
        let _ = stream.send_data(content, true);
    }
    response.await.map_err(|error| {
        let is_refused = error.reason() == Some(h2::Reason::REFUSED_STREAM);
        (error, is_refused)
    })
}

async fn read(response: Response<h2::RecvStream>, method: &Method, url: &str) -> Result<Reply, Failure> {
    let too_large =
        || Failure::Told(Error::TooLarge { method: method.clone(), url: url.to_owned(), limit: MAX_REPLY_SIZE });
    let (head, mut stream) = response.into_parts();
    let header = |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let announced = header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok()).unwrap_or_default();
    if announced > MAX_REPLY_SIZE {
        return Err(too_large());
    }
    let is_text = header(CONTENT_TYPE).is_none_or(|kind| kind.starts_with("text/"));
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.map_err(Failure::Broken)?;
        if body.len() + chunk.len() > MAX_REPLY_SIZE {
            return Err(too_large());
        }
        // Fails only when the stream is over, which the next look tells.
        let _ = stream.flow_control().release_capacity(chunk.len());
        body.extend_from_slice(&chunk);
    }
    Ok(Reply { url: url.to_owned(), status: head.status, is_text, body: body.freeze() })
}

fn tls_config(config: &Config) -> Result<ClientConfig, ConfigError> {
    let trust = if config.insecure_skip_tls_verify {
        Trust::Pinned(Vec::new())
    } else {
        Trust::Roots(pem::certificates(&config.certificate_authority))
    };
    let pair = match (config.client_certificate.is_empty(), config.client_key.is_empty()) {
        (true, true) => None,
        _ => Some((config.client_certificate.clone(), config.client_key.clone())),
    };
    tls::config(trust, &Decoded { ca: None, pair }).map_err(|error| match error {
        CredentialsError::KeyPair(reason) => ConfigError::KeyPair(reason),
        _ => ConfigError::Authority,
    })
}
