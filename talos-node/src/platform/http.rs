//! One request, and its answer.
//!
//! HTTP/1.1, with and without TLS; whom to trust is in the files where systems keep that. Up to ten redirections are
//! followed. Boot servers are asked by `tftp`.

use std::fmt::Display;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, LOCATION, PROXY_AUTHORIZATION, USER_AGENT};
use http::request::Builder;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, RootCertStore};
use talos_pki::base64;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;

use super::proxy::Proxies;
use super::variables::unescape;
use super::{LIMIT, tftp};
use crate::sys::{Host, Reason};

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status, as 200 or 404.
    pub status: u16,
    /// The content, whole.
    pub body: Vec<u8>,
}

/// A request without an answer, in the words of the reference where it has some.
#[derive(Debug, thiserror::Error)]
#[error("Get {address:?}: {cause}")]
pub struct Error {
    /// The address that was asked: the first one, or where that led.
    pub address: String,
    /// Why.
    #[source]
    pub cause: Cause,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// It is no address.
    #[error("{0}")]
    Address(#[from] http::uri::InvalidUri),
    /// It is an address of something else.
    #[error("unsupported protocol scheme {0:?}")]
    Scheme(String),
    /// It names nobody.
    #[error("no Host in request URL")]
    NoHost,
    /// Nobody has that name.
    #[error("dial tcp: lookup {host}: {reason}")]
    Lookup {
        /// The name.
        host: String,
        /// What the system said.
        reason: Reason,
    },
    /// The server cannot be reached.
    #[error("dial tcp {server}: connect: {reason}")]
    Connect {
        /// Address and port.
        server: String,
        /// What the system said.
        reason: Reason,
    },
    /// The server does not answer.
    #[error("dial tcp {server}: i/o timeout")]
    Timeout {
        /// Address and port.
        server: String,
    },
    /// The server is not who it should be, or does not speak TLS.
    #[error("tls: {0}")]
    Tls(String),
    /// The server does not speak HTTP, or stopped doing so.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// The boot server does not give the file.
    #[error(transparent)]
    Tftp(#[from] tftp::Error),
    /// The proxy does not pass on.
    #[error("proxyconnect tcp: {reason}")]
    Proxy {
        /// Why not.
        reason: String,
    },
    /// It leads ever on.
    #[error("stopped after {MOST_REDIRECTIONS} redirects")]
    Redirections,
    /// It leads nowhere.
    #[error("{status} response missing Location header")]
    Nowhere {
        /// The status.
        status: u16,
    },
    /// The answer is larger than any configuration.
    #[error("the answer is larger than {LIMIT} bytes")]
    TooLarge,
}

/// How often an answer may say: ask there.
const MOST_REDIRECTIONS: usize = 10;

/// How long a server may take to be reached.
const CONNECT: Duration = Duration::from_secs(30);

/// Asks an address.
///
/// # Errors
/// [`Error`] when there is no whole answer. An answer that says no is one.
pub async fn get(host: &dyn Host, proxies: &Proxies, address: &str) -> Result<Reply, Error> {
    let mut address = address.to_owned();
    for _ in 0..=MOST_REDIRECTIONS {
        match ask(host, proxies, &address).await {
            Ok(Answer::Reply(reply)) => return Ok(reply),
            Ok(Answer::Elsewhere(next)) => address = next,
            Err(cause) => return Err(Error { address, cause }),
        }
    }
    Err(Error { address, cause: Cause::Redirections })
}

enum Answer {
    Reply(Reply),
    Elsewhere(String),
}

async fn ask(host: &dyn Host, proxies: &Proxies, address: &str) -> Result<Answer, Cause> {
    let uri: Uri = address.parse()?;
    let default_port = match uri.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        Some("tftp") => tftp::PORT,
        other => return Err(Cause::Scheme(other.unwrap_or_default().to_owned())),
    };
    let authority = uri.authority().ok_or(Cause::NoHost)?;
    let (name, port) = (authority.host(), authority.port_u16().unwrap_or(default_port));
    if name.is_empty() {
        return Err(Cause::NoHost);
    }
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if default_port == tftp::PORT {
        let server = *lookup(name, port).await?.first().ok_or(Cause::NoHost)?;
        let path = unescape(uri.path(), false).unwrap_or_default();
        let body = tftp::get(server, &String::from_utf8_lossy(&path)).await?;
        return Ok(Answer::Reply(Reply { status: 200, body }));
    }
    let (user, place) = authority.as_str().rsplit_once('@').unwrap_or(("", authority.as_str()));
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let proxy = proxies.of(&uri, port).map(Proxy::read).transpose()?;
    let mut request = match (&proxy, default_port) {
        // A proxy has to be told whom to ask.
        (Some(proxy), 80) => proxy.introduce(Request::get(format!("http://{place}{path}"))),
        _ => Request::get(path),
    };
    request = request.header(HOST, place).header(USER_AGENT, concat!("talos-node/", env!("CARGO_PKG_VERSION")));
    if !user.is_empty() {
        request = request.header(AUTHORIZATION, format!("Basic {}", base64::encode(&credentials(user))));
    }
    let request = request.body(Empty::new()).map_err(|_| Cause::NoHost)?;
    let stream = match &proxy {
        None => connect(name, port).await?,
        Some(proxy) if default_port == 443 => proxy.tunnel(&format!("{}:{port}", authority.host())).await?,
        Some(proxy) => connect(&proxy.host, proxy.port).await?,
    };
    let response = if default_port == 443 {
        let failed = |error: &dyn Display| Cause::Tls(error.to_string());
        let server = ServerName::try_from(name.to_owned()).map_err(|error: InvalidDnsNameError| failed(&error))?;
        let connector = TlsConnector::from(Arc::new(tls(host).map_err(|error| failed(&error))?));
        send(connector.connect(server, stream).await.map_err(|error| failed(&error))?, request).await?
    } else {
        send(stream, request).await?
    };
    let status = response.0.status();
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(Answer::Reply(Reply { status: status.as_u16(), body: whole(response.0).await? }));
    }
    match response.0.headers().get(LOCATION).and_then(|location| location.to_str().ok()) {
        Some(location) => Ok(Answer::Elsewhere(join(&uri, location))),
        None => Err(Cause::Nowhere { status: status.as_u16() }),
    }
}

/// Someone who asks instead.
struct Proxy {
    host: String,
    port: u16,
    /// What shows who is asking, if that matters.
    authorization: Option<String>,
}

impl Proxy {
    /// Takes an address apart, with or without a scheme.
    fn read(address: &str) -> Result<Self, Cause> {
        let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(Cause::Proxy { reason: format!("unsupported scheme {scheme:?}") });
        }
        let uri: Uri = format!("http://{rest}").parse()?;
        let authority = uri.authority().ok_or(Cause::NoHost)?;
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        Ok(Self {
            host: authority.host().trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: authority.port_u16().unwrap_or(80),
            authorization: user.map(|user| format!("Basic {}", base64::encode(&credentials(user)))),
        })
    }

    fn introduce(&self, request: Builder) -> Builder {
        match &self.authorization {
            Some(authorization) => request.header(PROXY_AUTHORIZATION, authorization),
            None => request,
        }
    }

    /// A connection to a server that the proxy only passes on.
    async fn tunnel(&self, server: &str) -> Result<TcpStream, Cause> {
        let mut stream = connect(&self.host, self.port).await?;
        let failed = |error: io::Error| Cause::Proxy { reason: error.to_string() };
        let mut request = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n");
        if let Some(authorization) = &self.authorization {
            request += &format!("Proxy-Authorization: {authorization}\r\n");
        }
        stream.write_all(format!("{request}\r\n").as_bytes()).await.map_err(failed)?;
        let mut reply = Vec::new();
        // Byte by byte: what follows is the server's.
        while !reply.ends_with(b"\r\n\r\n") {
            if reply.len() > LONGEST_HEAD {
                return Err(Cause::Proxy { reason: "its answer does not end".to_owned() });
            }
            reply.push(stream.read_u8().await.map_err(failed)?);
        }
        let reply = String::from_utf8_lossy(&reply);
        let status = reply.lines().next().and_then(|line| line.split_once(' ')).map_or("", |(_, status)| status);
        if !status.starts_with("200") {
            return Err(Cause::Proxy { reason: status.to_owned() });
        }
        Ok(stream)
    }
}

/// Bytes of the longest answer of a proxy.
const LONGEST_HEAD: usize = 16 << 10;

/// `user:password`, as it is meant.
fn credentials(user: &str) -> Vec<u8> {
    unescape(user, false).unwrap_or_else(|| user.into())
}

/// All addresses of a server, at least one.
async fn lookup(name: &str, port: u16) -> Result<Vec<SocketAddr>, Cause> {
    let failed = |reason: io::Error| {
        // Systems have their own words for it.
        let is_unknown = UNKNOWN.iter().any(|words| reason.to_string().ends_with(words));
        let reason = if is_unknown { io::Error::other("no such host") } else { reason };
        Cause::Lookup { host: name.to_owned(), reason: Reason(reason) }
    };
    let found: Vec<_> = tokio::net::lookup_host((name, port)).await.map_err(failed)?.collect();
    if found.is_empty() { Err(failed(io::Error::other("no such host"))) } else { Ok(found) }
}

/// How the C libraries say that nobody has a name.
const UNKNOWN: [&str; 3] =
    ["Name or service not known", "Name does not resolve", "No address associated with hostname"];

async fn connect(name: &str, port: u16) -> Result<TcpStream, Cause> {
    let mut failure = Cause::NoHost;
    for server in lookup(name, port).await? {
        match timeout(CONNECT, TcpStream::connect(server)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(reason)) => failure = Cause::Connect { server: server.to_string(), reason: Reason(reason) },
            Err(_) => failure = Cause::Timeout { server: server.to_string() },
        }
    }
    Err(failure)
}

/// An answer, and the connection that it comes over.
struct Answered(
    Response<Incoming>,
    #[expect(dead_code, reason = "the connection lives as long")] AbortOnDropHandle<()>,
);

async fn send<S>(stream: S, request: Request<Empty<Bytes>>) -> Result<Answered, Cause>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // What goes wrong with the connection is told by the answer, too.
    let connection = AbortOnDropHandle::new(tokio::spawn(async { drop(connection.await) }));
    Ok(Answered(sender.send_request(request).await?, connection))
}

async fn whole(response: Response<Incoming>) -> Result<Vec<u8>, Cause> {
    let mut body = response.into_body();
    let mut content = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            content.extend_from_slice(data);
        }
        if content.len() > LIMIT {
            return Err(Cause::TooLarge);
        }
    }
    Ok(content)
}

/// Where an answer leads, seen from where it came from.
fn join(from: &Uri, location: &str) -> String {
    let is_whole = location.split_once(':').is_some_and(|(scheme, rest)| {
        rest.starts_with("//") && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let scheme = from.scheme_str().unwrap_or_default();
    let authority = from.authority().map_or("", |authority| authority.as_str());
    if is_whole {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    }
}

/// Trusts whom the system trusts.
pub(crate) fn tls(host: &dyn Host) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let bundle = BUNDLES.iter().find_map(|path| std::fs::read(host.path(Path::new(path))).ok());
    let certificates = bundle.iter().flat_map(|bundle| CertificateDer::pem_slice_iter(bundle)).filter_map(Result::ok);
    roots.add_parsable_certificates(certificates);
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

/// Where systems keep the certificates of those whom they trust; the first that is there counts.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::Process;

    #[test]
    fn redirections_are_seen_from_where_they_come() {
        let from: Uri = "http://u@h:1/a/b?c".parse().unwrap();
        for (location, expected) in [
            ("https://x/y", "https://x/y"),
            ("//x/y", "http://x/y"),
            ("/y?z", "http://u@h:1/y?z"),
            ("y", "http://u@h:1/a/y"),
            ("y?z=a://b", "http://u@h:1/a/y?z=a://b"),
        ] {
            assert_eq!(join(&from, location), expected);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_asked_is_told() {
        let host = Process::new("/");
        for (address, expected) in [
            ("ftp://h/c", "Get \"ftp://h/c\": unsupported protocol scheme \"ftp\""),
            ("/c", "Get \"/c\": unsupported protocol scheme \"\""),
            ("", "Get \"\": empty string"),
            ("http://127.0.0.1:1/c", "Get \"http://127.0.0.1:1/c\": dial tcp 127.0.0.1:1: connect: connection refused"),
        ] {
            assert_eq!(get(&host, &Proxies::default(), address).await.unwrap_err().to_string(), expected);
        }
    }
}
