//! Certificates: reading, and the profiles they are issued with.
//!
//! Issuing stands in [`authority`](crate::authority), requests in [`csr`](crate::csr).

mod algorithm;
mod check;
mod encode;
mod error;
mod parse;
mod profile;

pub(crate) use algorithm::identifier as algorithm_identifier;
pub(crate) use check::request as check_request;
pub(crate) use encode::{Template, alternative_names, seal};
pub use error::Error;
pub(crate) use parse::{alternative_names_of, known_algorithm, name_of, range_of, system_time};
pub use profile::{AlternativeNames, ExtendedKeyUsage, KeyUsage, Validity};

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::time::SystemTime;

use x509_parser::prelude::{FromDer, X509Certificate};

use crate::fingerprint::Fingerprint;
use crate::key::{self, PublicKey, SignatureAlgorithm};
use crate::name::DistinguishedName;
use crate::pem::{self, PemCertificateAndKey, label};
use crate::role::RoleSet;

/// A certificate, read and kept as DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    signed: Range<usize>,
    signature: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    key_identifier: Option<Range<usize>>,
    algorithm: Result<SignatureAlgorithm, String>,
    validity: Validity,
    public_key: PublicKey,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the reason, in the words of the reference.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let der = der.into();
        check::certificate(&der).map_err(|reason| Error::Malformed { reason })?;
        let (_, parsed) = X509Certificate::from_der(&der).map_err(Error::refused)?;
        let [signed, signature, issuer, subject] = [
            parsed.tbs_certificate.as_ref(),
            &*parsed.signature_value.data,
            parsed.issuer().as_raw(),
            parsed.subject().as_raw(),
        ]
        .map(|part| range_of(&der, part));
        let key_identifier = parse::key_identifier(&parsed).map(|identifier| range_of(&der, identifier));
        let algorithm = known_algorithm(&parsed.signature_algorithm);
        let validity = Validity {
            not_before: system_time(parsed.validity().not_before),
            not_after: system_time(parsed.validity().not_after),
        };
        let public_key = PublicKey::from_spki(parsed.public_key().raw);
        Ok(Self { signed, signature, issuer, subject, key_identifier, algorithm, validity, public_key, der })
    }

    /// Reads the first PEM block of a text, whatever its label.
    ///
    /// # Errors
    /// [`Error::NoPemBlock`] or [`Error::Malformed`].
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let block = pem::decode(text).ok_or(Error::NoPemBlock)?;
        Self::from_der(&**block.contents)
    }

    /// The DER.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// PEM with the label `CERTIFICATE`.
    pub fn to_pem(&self) -> Vec<u8> {
        pem::encode(label::CERTIFICATE, &self.der)
    }

    /// The public key certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fn fingerprint(&self) -> Fingerprint {
        self.public_key.fingerprint()
    }

    /// From when to when the certificate is valid.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    /// When the certificate expires.
    pub fn not_after(&self) -> SystemTime {
        self.validity.not_after
    }

    /// How the certificate is signed; the name of the algorithm if it is not one of those used here.
    ///
    /// # Errors
    /// The name, or the object identifier, of another algorithm.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, &str> {
        self.algorithm.as_ref().map(|&algorithm| algorithm).map_err(String::as_str)
    }

    /// Who the certificate is about.
    pub fn subject(&self) -> DistinguishedName {
        name_of(self.parsed().subject())
    }

    /// Who signed it.
    pub fn issuer(&self) -> DistinguishedName {
        name_of(self.parsed().issuer())
    }

    /// The organizations of the subject as roles, unknown ones included.
    pub fn roles(&self) -> RoleSet {
        RoleSet::parse(self.subject().organizations).0
    }

    /// The names and addresses the certificate is valid for.
    pub fn alternative_names(&self) -> AlternativeNames {
        alternative_names_of(self.parsed().extensions().iter().map(|extension| extension.parsed_extension()))
    }

    /// Whether the certificate is one of an authority.
    pub fn is_authority(&self) -> bool {
        self.parsed().is_ca()
    }

    /// The purposes the certificate is limited to; empty if it is not limited.
    pub fn extended_key_usage(&self) -> Vec<ExtendedKeyUsage> {
        parse::extended_key_usage(&self.parsed())
    }

    /// What the key may be used for; `None` if nothing is said about it.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.parsed().key_usage().ok().flatten().map(|usage| KeyUsage::from_bits(usage.value.flags))
    }

    /// Whether the certificate is limited to client authentication and nothing else.
    ///
    /// apid asks for exactly this when `machine.features.apidCheckExtKeyUsage` is set; TLS libraries accept more.
    pub fn is_client_only(&self) -> bool {
        self.extended_key_usage() == [ExtendedKeyUsage::ClientAuth]
    }

    /// Checks that an authority signed this certificate. Validity and purposes are not looked at.
    ///
    /// # Errors
    /// [`key::Error::CannotVerify`] or [`key::Error::BadSignature`].
    pub fn verify_signature(&self, authority: &Certificate) -> Result<(), key::Error> {
        let algorithm = self.signature_algorithm().map_err(|_| key::Error::CannotVerify)?;
        authority.public_key.verify(algorithm, &self.der[self.signed.clone()], &self.der[self.signature.clone()])
    }

    pub(crate) fn subject_der(&self) -> &[u8] {
        &self.der[self.subject.clone()]
    }

    pub(crate) fn key_identifier(&self) -> Option<&[u8]> {
        Some(&self.der[self.key_identifier.clone()?])
    }

    fn parsed(&self) -> X509Certificate<'_> {
        X509Certificate::from_der(&self.der).expect("the certificate was read before").1
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject().to_string())
            .field("issuer", &self.issuer().to_string())
            .field("alternative_names", &self.alternative_names())
            .field("validity", &self.validity)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

impl PemCertificateAndKey {
    /// Reads the certificate.
    ///
    /// # Errors
    /// As [`Certificate::from_pem`].
    pub fn parse_certificate(&self) -> Result<Certificate, Error> {
        Certificate::from_pem(&self.crt)
    }
}

/// An address as certificates carry it: IPv4 addresses written as IPv6 become IPv4.
pub(crate) fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}
