//! Keys, requests and certificates made one at a time: what `talosctl gen ca|key|csr|crt|keypair|secureboot` does,
//! without its files.
//!
//! The usual way back into a cluster whose client certificate has expired: [`key()`], [`request`] for it, and
//! [`certificate()`] signed with the `machine.ca` of a control plane configuration.
//!
//! Source: `cmd/talosctl/cmd/mgmt/gen` (1.5).

use std::net::IpAddr;

use crate::authority::{self, AUTHORITY_LIFETIME, AuthorityParams, CertificateAuthority, SigningParams};
use crate::certificate::{self, AlternativeNames, Certificate, Validity};
use crate::clock::Clock;
use crate::csr::{CertificateRequest, RequestParams};
use crate::key::{self, KeyPair, KeySpec, Problem, SignatureAlgorithm};
use crate::name::DistinguishedName;
use crate::pem::{self, PemCertificateAndKey, PemKey};
use crate::random::Random;
use crate::role::RoleSet;

/// A new authority with its hash.
#[derive(Debug)]
pub struct Authority {
    /// Certificate and key.
    pub pem: PemCertificateAndKey,
    /// `sha256:` and the fingerprint in hex, as `talosctl` writes it to `ORGANIZATION.sha256`.
    pub hash: String,
}

/// Makes an authority, Ed25519 or RSA 4096, that is valid for hours from now.
///
/// # Errors
/// [`Error::Authority`].
pub fn authority(
    organization: &str,
    hours: i64,
    rsa: bool,
    clock: &dyn Clock,
    random: &mut dyn Random,
) -> Result<Authority, Error> {
    let validity = Validity::hours_from_now(clock, hours).map_err(|error| Error::Authority(error.into()))?;
    let mut params = AuthorityParams::new(organization, validity);
    if rsa {
        params.signature = SignatureAlgorithm::RsaSha512;
    }
    let authority = CertificateAuthority::generate(&params, random).map_err(Error::Authority)?;
    Ok(Authority { pem: authority.to_pem(), hash: authority.certificate().fingerprint().to_hash() })
}

/// Makes an Ed25519 key.
///
/// # Errors
/// [`Error::Key`].
pub fn key(random: &mut dyn Random) -> Result<PemKey, Error> {
    Ok(KeyPair::generate(KeySpec::Ed25519, random).map_err(Error::Key)?.to_pem())
}

/// Makes a certificate that signs itself, valid for a day, and its key. Its holder is an authority as well, which some
/// TLS libraries refuse in servers.
///
/// # Errors
/// [`Error::Address`] or [`Error::Authority`].
pub fn key_pair(
    organization: &str,
    address: Option<&str>,
    clock: &dyn Clock,
    random: &mut dyn Random,
) -> Result<PemCertificateAndKey, Error> {
    let ip_addresses = address.map(ip_address).transpose()?.into_iter().collect();
    let validity = Validity::hours_from_now(clock, 24).map_err(|error| Error::Authority(error.into()))?;
    let mut params = AuthorityParams::new(organization, validity);
    if organization.is_empty() {
        params.organizations.clear();
    }
    params.names = AlternativeNames { ip_addresses, ..AlternativeNames::default() };
    Ok(CertificateAuthority::generate(&params, random).map_err(Error::Authority)?.to_pem())
}

/// Makes a request for a client certificate with roles. The key is PKCS#8 in a PEM block of any label.
///
/// # Errors
/// In this order: [`Error::RequestKeyPem`], [`Error::RequestKey`], [`Error::Address`], [`Error::UnknownRoles`],
/// [`Error::Request`].
pub fn request<R: AsRef<str>>(
    key: &[u8],
    address: &str,
    roles: impl IntoIterator<Item = R>,
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let block = pem::decode(key).ok_or(Error::RequestKeyPem)?;
    let key = KeyPair::from_pkcs8(&block.contents).map_err(Error::RequestKey)?;
    let address = ip_address(address)?;
    let (roles, unknown) = RoleSet::parse(roles);
    if !unknown.is_empty() {
        return Err(Error::UnknownRoles { names: unknown });
    }
    let params = RequestParams {
        subject: DistinguishedName::from_organizations(roles.to_strings()),
        names: AlternativeNames { ip_addresses: vec![address], ..AlternativeNames::default() },
    };
    Ok(CertificateRequest::new(&params, &key, random).map_err(Error::Request)?.to_pem())
}

/// Reads the certificate of the authority that shall sign, a PEM block of any label.
///
/// # Errors
/// [`Error::CertificatePem`] or [`Error::Certificate`].
pub fn read_authority_certificate(text: &[u8]) -> Result<Certificate, Error> {
    let block = pem::decode(text).ok_or(Error::CertificatePem)?;
    Certificate::from_der(&**block.contents).map_err(Error::Certificate)
}

/// Reads the key of the authority that shall sign: PKCS#8 in a PEM block of any label.
///
/// # Errors
/// [`Error::KeyPem`] or [`Error::AuthorityKey`].
pub fn read_authority_key(text: &[u8]) -> Result<KeyPair, Error> {
    let block = pem::decode(text).ok_or(Error::KeyPem)?;
    KeyPair::from_pkcs8(&block.contents).map_err(Error::AuthorityKey)
}

/// Reads the request that shall be signed, a PEM block of any label.
///
/// # Errors
/// [`Error::RequestPem`] or [`Error::ReadRequest`].
pub fn read_request(text: &[u8]) -> Result<CertificateRequest, Error> {
    let block = pem::decode(text).ok_or(Error::RequestPem)?;
    CertificateRequest::from_der(&**block.contents).map_err(Error::ReadRequest)
}

/// Signs a request for a client certificate that is valid for hours from now, and gives its PEM.
///
/// # Errors
/// [`Error::Sign`].
pub fn certificate(
    authority: &CertificateAuthority,
    request: &CertificateRequest,
    hours: i64,
    clock: &dyn Clock,
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let validity = Validity::hours_from_now(clock, hours).map_err(|error| Error::Sign(error.into()))?;
    let certificate = authority.sign(request, &SigningParams::client(validity), random).map_err(Error::Sign)?;
    Ok(certificate.to_pem())
}

/// Makes the key that signs boot images, with a certificate for the firmware: RSA 4096, valid for 87600 hours.
///
/// # Errors
/// [`Error::Authority`].
pub fn boot_signing_pair(
    name: &str,
    clock: &dyn Clock,
    random: &mut dyn Random,
) -> Result<PemCertificateAndKey, Error> {
    let validity = Validity::from_now(clock, AUTHORITY_LIFETIME).map_err(|error| Error::Authority(error.into()))?;
    let params = AuthorityParams { signature: SignatureAlgorithm::RsaSha512, ..AuthorityParams::new(name, validity) };
    Ok(CertificateAuthority::generate(&params, random).map_err(Error::Authority)?.to_pem())
}

/// The key that signs TPM measurements.
#[derive(Debug)]
pub struct MeasurementSigningKey {
    /// RSA 2048.
    pub key: PemKey,
    /// Its public half, label `PUBLIC KEY`.
    pub public_key: Vec<u8>,
}

/// Makes the key that signs TPM measurements: RSA 2048.
///
/// # Errors
/// [`Error::Key`].
pub fn measurement_signing_key(random: &mut dyn Random) -> Result<MeasurementSigningKey, Error> {
    let pair = KeyPair::generate(KeySpec::Rsa2048, random).map_err(Error::Key)?;
    Ok(MeasurementSigningKey { key: pair.to_pem(), public_key: pair.public_key().to_pem() })
}

fn ip_address(text: &str) -> Result<IpAddr, Error> {
    text.parse().map_err(|_| Error::Address { text: text.to_owned() })
}

/// Why one of the commands fails, in the words it prints.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The authority cannot be made.
    #[error("error generating CA")]
    Authority(#[source] authority::Error),
    /// The key cannot be made.
    #[error("error generating key")]
    Key(#[source] key::Error),
    /// The text is no IP address.
    #[error("invalid IP: {text}")]
    Address {
        /// The text.
        text: String,
    },
    /// The key of a request is no PEM.
    #[error("error decoding PEM")]
    RequestKeyPem,
    /// The key of a request cannot be read.
    #[error("error parsing ECDSA key")]
    RequestKey(#[source] Problem),
    /// Roles that have no meaning.
    #[error("unknown roles: {}", names.join(", "))]
    UnknownRoles {
        /// Their names, as given.
        names: Vec<String>,
    },
    /// The request cannot be made.
    #[error("error generating CSR")]
    Request(#[source] certificate::Error),
    /// The authority's certificate is no PEM.
    #[error("error decoding cert PEM")]
    CertificatePem,
    /// The authority's certificate cannot be read.
    #[error("error parsing cert")]
    Certificate(#[source] certificate::Error),
    /// The authority's key is no PEM.
    #[error("error decoding key PEM")]
    KeyPem,
    /// The authority's key cannot be read.
    #[error("error parsing EC key")]
    AuthorityKey(#[source] Problem),
    /// The request is no PEM.
    #[error("error parsing CSR PEM")]
    RequestPem,
    /// The request cannot be read.
    #[error("error parsing CSR")]
    ReadRequest(#[source] certificate::Error),
    /// The request cannot be signed.
    #[error("error signing certificate")]
    Sign(#[source] authority::Error),
}
