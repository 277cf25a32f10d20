//! The front of a configured node: who calls, and who shall answer.
//!
//! Callers show a certificate of the cluster, and have the roles that it names. A call for this node is handed to its
//! services; one for another node is passed on as it came, with the caller's roles; one for several is passed to each, and
//! their answers become one without being decoded, so that fields of later versions survive.

mod backend;
#[doc(hidden)]
pub mod gather;

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Request, Response};
use rustls::pki_types::CertificateDer;
use talos_api::resources::Kind;
use talos_api::resources::network::{HostnameStatuses, NodeAddresses};
use talos_api::resources::secrets::ApiCertificates;
use talos_api::server::caller::Trust;
use talos_api::server::failure;
use talos_api::server::route::{self, Route};
use talos_pki::RoleSet;
use talos_pki::certificate::Certificate;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;

use self::backend::Backends;
use crate::controllers::secrets::API;
use crate::cosi::Reference;
use crate::machine::{Machine, fqdn};
use crate::server::api::Api;
use crate::server::listener::{self, ServerTls};
use crate::server::socket::Socket;
use crate::server::transport::{Handler, Incoming, Limits};

/// Where programs of the machine call, each with the roles that it says.
pub(crate) const SOCKET: Socket = Socket { folder: "/system/run/apid", name: "apid.sock" };

/// What all connections of the front share.
struct Shared {
    machine: Arc<Machine>,
    api: Api,
    backends: Backends,
}

/// The front as one peer sees it.
#[derive(Clone)]
pub struct Apid {
    shared: Arc<Shared>,
    /// Organizations of the peer's certificate.
    organizations: Arc<[String]>,
    /// Who calls is said by the caller: a program of the machine.
    is_own: bool,
}

impl std::fmt::Debug for Apid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Apid").field("organizations", &self.organizations).finish_non_exhaustive()
    }
}

/// Serves the API from when there are certificates for it until `stop`.
///
/// # Errors
/// When the port cannot be had, or the certificates cannot be used.
pub async fn serve(machine: Arc<Machine>, stop: CancellationToken) -> Result<(), crate::cosi::controller::Failure> {
    let reference = Reference::new(ApiCertificates::DEFINITION.namespace, ApiCertificates::DEFINITION.type_name, API);
    let mut watch = machine.store.watch(&reference, 0);
    let tls = ServerTls::default();
    let shared = Arc::new(Shared {
        api: Api::new(machine.clone()),
        backends: Backends::new(machine.settings.port),
        machine: machine.clone(),
    });
    let mut serving = None;
    loop {
        tokio::select! {
            _ = watch.next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
        let Some(certificates) = machine.store.spec::<ApiCertificates>(API) else { continue };
        let Some(server) = &certificates.server else { continue };
        tls.set(server, certificates.ca.as_ref())?;
        shared.backends.set(&certificates)?;
        if serving.is_none() {
            let address = SocketAddr::from((machine.settings.address, machine.settings.port));
            let listener = listener::listen(address)?;
            let handler = {
                let shared = shared.clone();
                move |peer: Option<&CertificateDer<'_>>| shared.clone().admit(peer)
            };
            let own = Apid { shared: shared.clone(), organizations: Arc::new([]), is_own: true };
            let serving_task = {
                let (tls, stop, machine) = (tls.clone(), stop.clone(), machine.clone());
                async move {
                    let network = listener::serve(listener, tls, handler, Limits::DEFAULT, stop.clone());
                    let (_, socket) = tokio::join!(network, SOCKET.serve(&machine, own, &stop));
                    if let Err(error) = socket {
                        machine.console.line(&format!("apid: {}", failure::chain(&error)));
                    }
                }
            };
            serving = Some(tokio_util::task::AbortOnDropHandle::new(tokio::spawn(serving_task)));
            let text = format!("apid: serving the API on {address}");
            machine.console.line(&text);
            machine.logs.service("apid").line(&text);
        }
    }
    if let Some(serving) = serving {
        // It ends by itself.
        let _ = serving.await;
    }
    Ok(())
}

impl Shared {
    /// A peer's view; `None` when its certificate is not for clients alone and the configuration demands that.
    fn admit(self: Arc<Self>, peer: Option<&CertificateDer<'_>>) -> Option<Apid> {
        let certificate = Certificate::from_der(peer?.as_ref().to_vec()).ok()?;
        if self.checks_key_usage() && !certificate.is_client_only() {
            return None;
        }
        let organizations = certificate.subject().organizations.clone().into();
        Some(Apid { shared: self, organizations, is_own: false })
    }

    fn checks_key_usage(&self) -> bool {
        let config = self.machine.config();
        let machine = config.as_ref().and_then(|config| config.machine());
        machine.and_then(|machine| machine.features.as_ref()?.apid_check_ext_key_usage).unwrap_or(false)
    }

    /// Whether a target is this node: by address, or by name.
    fn is_local(&self, target: &str) -> bool {
        let current = self.machine.store.spec::<NodeAddresses>("current").unwrap_or_default();
        let hostname = self.machine.store.spec::<HostnameStatuses>("hostname").unwrap_or_default();
        let is_address =
            current.addresses.iter().filter_map(|prefix| prefix.address()).any(|address| address.to_string() == target);
        let is_name = !hostname.hostname.is_empty() && (target == hostname.hostname || target == fqdn(&hostname));
        is_address || is_name
    }

    /// A target's answer, whoever it is. This node needs no connection to itself.
    async fn ask(&self, target: &str, call: Call) -> Response<Body> {
        if self.is_local(target) {
            return self.local(call).await;
        }
        match self.backends.call(target, call).await {
            Ok(response) => response,
            Err(status) => status.into_http(),
        }
    }

    async fn local(&self, call: Call) -> Response<Body> {
        let mut request = Request::new(call.body);
        *request.uri_mut() = call.path.parse().unwrap_or_default();
        *request.method_mut() = http::Method::POST;
        *request.headers_mut() = route::local(&call.headers, &call.caller);
        request.headers_mut().insert("content-type", http::HeaderValue::from_static("application/grpc"));
        request.extensions_mut().insert(call.caller);
        self.api.call(request).await
    }
}

/// A call on its way to a target.
struct Call {
    path: String,
    headers: HeaderMap,
    authority: Option<String>,
    caller: RoleSet,
    body: Body,
}

impl Handler for Apid {
    type Body = Body;

    async fn handle(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let trust = match (self.is_own, self.shared.api.rbac()) {
            (true, _) => Trust::Metadata,
            (false, true) => Trust::Certificate,
            (false, false) => Trust::Everybody,
        };
        let caller = trust.roles(self.organizations.iter().map(String::as_str), &parts.headers);
        let path = parts.uri.path().to_owned();
        let can_forward = self.shared.backends.can_call();
        let route = route::decide(&path, &parts.headers, can_forward, |target| self.shared.is_local(target));
        let call = Call {
            path,
            authority: parts.uri.authority().map(ToString::to_string),
            headers: parts.headers,
            caller,
            body: Body::new(body),
        };
        match route {
            Err(refused) => refused.into_http(),
            Ok(Route::Local) => self.shared.local(call).await,
            Ok(Route::One(target)) => self.shared.ask(&target, call).await,
            Ok(Route::Many(targets)) => self.many(targets, call).await,
        }
    }
}

impl Apid {
    /// Asks several, each with the same message, and makes one answer of theirs.
    async fn many(&self, targets: Vec<String>, call: Call) -> Response<Body> {
        let message = match gather::whole(call.body).await {
            Ok(message) => message,
            Err(status) => return status.into_http(),
        };
        let Call { path, headers, authority, caller, .. } = call;
        let calls = targets.into_iter().map(|target| {
            let call = Call {
                path: path.clone(),
                headers: headers.clone(),
                authority: authority.clone(),
                caller: caller.clone(),
                body: gather::once(message.clone()),
            };
            let shared = self.shared.clone();
            (target.clone(), async move { shared.ask(&target, call).await })
        });
        match talos_api::server::aggregate::is_streaming(&path) {
            true => gather::stream(calls),
            false => gather::unary(calls).await,
        }
    }
}
