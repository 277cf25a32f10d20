//! Certificate requests (PKCS#10).

use std::fmt;
use std::ops::Range;

use der::asn1::{Any, AnyRef, ObjectIdentifier, SetOfVec};
use der::{Decode, Encode, Sequence};
use x509_cert::attr::Attribute;
use x509_parser::certification_request::{X509CertificationRequest, X509CertificationRequestInfo};
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME;
use x509_parser::prelude::FromDer;

use crate::certificate::{
    AlternativeNames, Error, alternative_names, alternative_names_of, check_request, known_algorithm, name_of,
    range_of, seal,
};
use crate::key::{self, PublicKey, SignatureAlgorithm, Signer};
use crate::name::DistinguishedName;
use crate::pem::{self, label};
use crate::random::Random;

/// What a certificate is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestParams {
    /// Who the certificate shall be about.
    pub subject: DistinguishedName,
    /// Names and addresses it shall be valid for.
    pub names: AlternativeNames,
}

/// A certificate request, read and kept as DER.
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    der: Vec<u8>,
    signed: Range<usize>,
    signature: Range<usize>,
    algorithm: Result<SignatureAlgorithm, String>,
    public_key: PublicKey,
    params: RequestParams,
}

impl CertificateRequest {
    /// Makes a request and signs it with the key the certificate shall be about. The signature follows the kind of key.
    ///
    /// # Errors
    /// [`Error::DnsName`] if a name cannot be carried, [`Error::Key`] if the key could not sign.
    pub fn new<S: Signer + ?Sized>(params: &RequestParams, key: &S, random: &mut dyn Random) -> Result<Self, Error> {
        let algorithm =
            key.public_key().algorithm().ok_or(Error::Key(key::Error::AlgorithmMismatch))?.default_signature();
        let mut attributes = SetOfVec::new();
        if !params.names.is_empty() {
            let extensions = vec![alternative_names(&params.names, false)?];
            let values = SetOfVec::from_iter([Any::encode_from(&extensions).expect("the extension is encodable")])
                .expect("one value needs no comparison");
            attributes.insert(Attribute { oid: EXTENSION_REQUEST, values }).expect("one attribute needs no comparison");
        }
        let subject = params.subject.to_der();
        let content = RequestInfo {
            version: 0,
            subject: AnyRef::from_der(&subject).expect("encoded before"),
            public_key: AnyRef::from_der(key.public_key().as_der()).expect("a key is DER"),
            attributes,
        };
        let content = content.to_der().expect("every part is encodable");
        Self::from_der(seal(&content, algorithm, key, random)?)
    }

    /// Reads DER. The signature is not checked yet.
    ///
    /// # Errors
    /// [`Error::Malformed`] with the reason, in the words of the reference.
    pub fn from_der(der: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let der = der.into();
        check_request(&der).map_err(|reason| Error::Malformed { reason })?;
        let (_, parsed) = X509CertificationRequest::from_der(&der).map_err(Error::refused)?;
        let info = &parsed.certification_request_info;
        let signed = range_of(&der, info.raw);
        let signature = range_of(&der, &parsed.signature_value.data);
        let algorithm = known_algorithm(&parsed.signature_algorithm);
        let public_key = PublicKey::from_spki(info.subject_pki.raw);
        let params = RequestParams { subject: name_of(&info.subject), names: requested_names(info)? };
        Ok(Self { signed, signature, algorithm, public_key, params, der })
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

    /// PEM with the label `CERTIFICATE REQUEST`.
    pub fn to_pem(&self) -> Vec<u8> {
        pem::encode(label::CERTIFICATE_REQUEST, &self.der)
    }

    /// What is asked for. Attributes and extensions an authority here does not honour are not among it.
    pub fn params(&self) -> &RequestParams {
        &self.params
    }

    /// The key the certificate shall be about.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// How the request is signed; the name of the algorithm if it is not one of those used here.
    ///
    /// # Errors
    /// The name, or the object identifier, of another algorithm.
    pub fn signature_algorithm(&self) -> Result<SignatureAlgorithm, &str> {
        self.algorithm.as_ref().map(|&algorithm| algorithm).map_err(String::as_str)
    }

    /// Checks that whoever made the request holds the key.
    ///
    /// # Errors
    /// [`key::Error::CannotVerify`] or [`key::Error::BadSignature`].
    pub fn verify(&self) -> Result<(), key::Error> {
        let algorithm = self.signature_algorithm().map_err(|_| key::Error::CannotVerify)?;
        self.public_key.verify(algorithm, &self.der[self.signed.clone()], &self.der[self.signature.clone()])
    }
}

impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest")
            .field("params", &self.params)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}

/// Names and addresses asked for. If they cannot be read, the request is refused: a certificate without them would be of
/// no use to whoever asked.
fn requested_names(info: &X509CertificationRequestInfo<'_>) -> Result<AlternativeNames, Error> {
    let requested = info.iter_attributes().filter_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(request) => Some(&request.extensions),
        _ => None,
    });
    let names = requested.flatten().filter(|extension| extension.oid == OID_X509_EXT_SUBJECT_ALT_NAME);
    let requested: Vec<_> = names.map(X509Extension::parsed_extension).collect();
    if requested.iter().any(|extension| matches!(extension, ParsedExtension::ParseError { .. })) {
        return Err(Error::Malformed { reason: "x509: invalid subject alternative name".to_owned() });
    }
    Ok(alternative_names_of(requested.into_iter()))
}

#[derive(Sequence)]
struct RequestInfo<'r> {
    version: u8,
    subject: AnyRef<'r>,
    public_key: AnyRef<'r>,
    // Always there, also without any attribute.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: SetOfVec<Attribute>,
}

const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");
