//! The service of control planes that signs the certificates of workers.
//!
//! Workers do not hold the authority's key. They send a request for a certificate together with the token of the
//! machines, and are given one that is good for serving and for nothing else: no organization, thus no role.
//!
//! Source: `internal/app/trustd` (1.5).

mod client;

pub(crate) use client::Request;

use std::sync::Arc;

use http::Response;
use sha2::{Digest, Sha256};
use talos_api::proto::securityapi::{CertificateRequest, CertificateResponse};
use talos_api::resources::Kind;
use talos_api::resources::secrets::{OsRootSecrets, OsRootSpec, TrustdCertificates};
use talos_api::server::failure;
use talos_pki::authority::{self, CertificateAuthority, SigningParams};
use talos_pki::certificate::{self, Validity};
use talos_pki::csr;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::controllers::secrets::{LIFETIME, TRUSTD};
use crate::cosi::Reference;
use crate::cosi::controller::Failure;
use crate::machine::Machine;
use crate::server::listener::{self, ServerTls};
use crate::server::transport::{Handler, Incoming, Limits};
use crate::server::unary::unary_within;

/// Where the service listens, on the node's own address.
pub const PORT: u16 = 50001;

/// Largest request, in bytes. Requests for certificates have a few hundred; a caller is unknown until its token was read.
const MAX_REQUEST: usize = 64 << 10;

/// The path of the only method.
const CERTIFICATE: &str = "/securityapi.SecurityService/Certificate";

/// Serves from when there is a certificate for it until `stop`. Only control planes are given one.
///
/// # Errors
/// When the port cannot be had, or the certificate cannot be used.
pub async fn serve(machine: Arc<Machine>, stop: CancellationToken) -> Result<(), Failure> {
    let definition = TrustdCertificates::DEFINITION;
    let mut watch = machine.store.watch(&Reference::new(definition.namespace, definition.type_name, TRUSTD), 0);
    let tls = ServerTls::default();
    let mut serving = None;
    loop {
        tokio::select! {
            _ = watch.next() => {}
            // Cancel-safe: it only looks.
            () = stop.cancelled() => break,
        }
        let Some(certificates) = machine.store.spec::<TrustdCertificates>(TRUSTD) else { continue };
        let Some(server) = &certificates.server else { continue };
        tls.set(server, None)?;
        if serving.is_none() {
            let listener = listener::listen((machine.settings.address, PORT).into())?;
            let trustd = Trustd { machine: machine.clone() };
            let task =
                listener::serve(listener, tls.clone(), move |_| Some(trustd.clone()), Limits::SMALL, stop.clone());
            serving = Some(tokio_util::task::AbortOnDropHandle::new(tokio::spawn(task)));
        }
    }
    if let Some(serving) = serving {
        // It ends by itself.
        let _ = serving.await;
    }
    Ok(())
}

/// The service, for one connection.
#[derive(Clone)]
struct Trustd {
    machine: Arc<Machine>,
}

impl Handler for Trustd {
    type Body = Body;

    async fn handle(&self, request: http::Request<Incoming>) -> Response<Body> {
        let request = request.map(Body::new);
        let path = request.uri().path().to_owned();
        if path != CERTIFICATE {
            return failure::not_registered(&path, path.starts_with("/securityapi.SecurityService/")).into_http();
        }
        let token = request.headers().get("token").map(|token| token.as_bytes().to_vec());
        unary_within(request, MAX_REQUEST, async |message: CertificateRequest| {
            let root = self.machine.store.spec::<OsRootSecrets>("os").unwrap_or_default();
            if !knows(token.as_deref(), &root.token) {
                // The reference gives this failure no code of its own.
                return Err(Status::unknown("Unauthenticated"));
            }
            self.sign(&root, &message.csr).map_err(Status::from)
        })
        .await
    }
}

/// Whether a caller showed the token. How long that takes to find out says nothing about it.
fn knows(shown: Option<&[u8]>, token: &str) -> bool {
    let digest = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
    let Some(shown) = shown.filter(|_| !token.is_empty()) else { return false };
    let differences =
        digest(shown).iter().zip(digest(token.as_bytes())).fold(0, |all, (one, other)| all | (one ^ other));
    std::hint::black_box(differences) == 0
}

/// Why a request is not signed.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("failed to decode CSR")]
    Decode,
    #[error("failed to parse CSR")]
    Parse(#[source] certificate::Error),
    #[error("failed to sign CSR")]
    Sign(#[source] authority::Error),
    #[error("failed to sign CSR: this machine holds no authority")]
    NoAuthority,
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::Decode | Refusal::Parse(_) => Code::InvalidArgument,
            Refusal::Sign(_) | Refusal::NoAuthority => Code::Internal,
        };
        failure::status(code, &refusal)
    }
}

impl Trustd {
    /// A certificate for whoever made the request. Names and addresses are those asked for: the token vouches for them.
    fn sign(&self, root: &OsRootSpec, request: &[u8]) -> Result<CertificateResponse, Refusal> {
        let request = csr::CertificateRequest::from_pem(request).map_err(|error| match error {
            certificate::Error::NoPemBlock => Refusal::Decode,
            error => Refusal::Parse(error),
        })?;
        let ca = root.ca.as_ref().ok_or(Refusal::NoAuthority)?;
        let authority = CertificateAuthority::from_pem(ca).map_err(Refusal::Sign)?;
        let validity =
            Validity::from_now(&self.machine.clock, LIFETIME).map_err(|error| Refusal::Sign(error.into()))?;
        let params = SigningParams { drop_organizations: true, ..SigningParams::server(validity) };
        let signed = authority.sign(&request, &params, &mut self.machine.random.clone()).map_err(Refusal::Sign)?;
        Ok(CertificateResponse { ca: ca.crt.clone(), crt: signed.to_pem() })
    }
}

#[cfg(test)]
mod tests {
    use talos_pki::authority::AuthorityParams;
    use talos_pki::certificate::AlternativeNames;
    use talos_pki::csr::RequestParams;
    use talos_pki::key::{KeyPair, KeySpec};
    use talos_pki::name::DistinguishedName;
    use talos_pki::pem;

    use super::*;
    use crate::machine::testing::machine;

    fn trustd() -> (Trustd, OsRootSpec) {
        let machine = machine();
        let validity = Validity::from_now(&machine.clock, LIFETIME).unwrap();
        let authority =
            CertificateAuthority::generate(&AuthorityParams::new("talos", validity), &mut machine.random.clone());
        let root = OsRootSpec { ca: Some(authority.unwrap().to_pem()), token: "a.b".into(), ..OsRootSpec::default() };
        (Trustd { machine }, root)
    }

    fn request(trustd: &Trustd, spec: KeySpec) -> Vec<u8> {
        let mut random = trustd.machine.random.clone();
        let key = KeyPair::generate(spec, &mut random).unwrap();
        let subject = DistinguishedName::from_organizations(["os:impersonator"]).with_common_name("worker");
        let names = AlternativeNames { dns_names: vec!["w".into()], ip_addresses: vec!["10.0.0.3".parse().unwrap()] };
        csr::CertificateRequest::new(&RequestParams { subject, names }, &key, &mut random).unwrap().to_pem()
    }

    #[test]
    fn certificates_are_good_for_serving_only() {
        let (trustd, root) = trustd();
        let answer = trustd.sign(&root, &request(&trustd, KeySpec::Ed25519)).unwrap();
        assert_eq!(answer.ca, root.ca.as_ref().unwrap().crt);
        let signed = talos_pki::certificate::Certificate::from_pem(&answer.crt).unwrap();
        assert_eq!(signed.subject(), DistinguishedName::from_common_name("worker"));
        assert_eq!(signed.extended_key_usage(), [talos_pki::certificate::ExtendedKeyUsage::ServerAuth]);
        assert_eq!(signed.alternative_names().dns_names, ["w"]);
        let Validity { not_before, not_after } = signed.validity();
        assert_eq!(not_after.duration_since(not_before).unwrap(), LIFETIME);
    }

    #[test]
    fn refusals_have_the_texts_of_the_reference() {
        let (trustd, root) = trustd();
        let garbage = pem::encode("CERTIFICATE REQUEST", &[0x30, 3, 2, 1, 1]);
        let mut forged = request(&trustd, KeySpec::Ed25519);
        let last = forged.len() - 50;
        forged[last] = if forged[last] == b'A' { b'B' } else { b'A' };
        let cases: [(&[u8], Code, &str); 4] = [
            (b"", Code::InvalidArgument, "failed to decode CSR"),
            (&garbage, Code::InvalidArgument, "failed to parse CSR: "),
            (&forged, Code::Internal, "failed to sign CSR: "),
            (&request(&trustd, KeySpec::EcdsaP256), Code::Internal, "failed to sign CSR: "),
        ];
        for (request, code, text) in cases {
            let status = Status::from(trustd.sign(&root, request).unwrap_err());
            assert_eq!(status.code(), code, "{status}");
            assert!(status.message().starts_with(text), "{status}");
        }
        let status =
            Status::from(trustd.sign(&OsRootSpec::default(), &request(&trustd, KeySpec::Ed25519)).unwrap_err());
        assert_eq!(status.code(), Code::Internal);
    }

    #[test]
    fn requests_of_any_shape_are_answered() {
        let (trustd, root) = trustd();
        let good = request(&trustd, KeySpec::Ed25519);
        let der = pem::decode(&good).unwrap().contents.to_vec();
        for place in 0..der.len() {
            for value in [0, 0x7f, 0x80, 0xff, der[place] ^ 1] {
                let mut spoilt = der.clone();
                spoilt[place] = value;
                // It may still be a request; what counts is that there is an answer.
                let _ = trustd.sign(&root, &pem::encode("CERTIFICATE REQUEST", &spoilt));
            }
            assert!(trustd.sign(&root, &pem::encode("CERTIFICATE REQUEST", &der[..place])).is_err());
        }
    }

    #[test]
    fn only_the_token_itself_opens() {
        for (shown, token, expected) in [
            (Some("a.b"), "a.b", true),
            (Some("a.c"), "a.b", false),
            (Some(""), "a.b", false),
            (None, "a.b", false),
            // A machine without a token trusts nobody.
            (Some(""), "", false),
        ] {
            assert_eq!(knows(shown.map(str::as_bytes), token), expected);
        }
    }
}
