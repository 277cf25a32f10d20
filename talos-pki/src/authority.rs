//! Certificate authorities: made, loaded, and signing.
//!
//! Source: `siderolabs/crypto` `x509/x509.go` (v0.4.1).

use std::time::Duration;

use crate::certificate::{self, AlternativeNames, Certificate, ExtendedKeyUsage, KeyUsage, Template, Validity};
use crate::csr::{CertificateRequest, RequestParams};
use crate::key::{self, KeyPair, PublicKey, SignatureAlgorithm, Signer};
use crate::name::DistinguishedName;
use crate::pem::PemCertificateAndKey;
use crate::random::{self, Random};

/// How long authorities of a cluster are valid: 87600 hours.
pub const AUTHORITY_LIFETIME: Duration = Duration::from_secs(87_600 * 3600);

/// What a new authority is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityParams {
    /// Organizations of its name; none gives an empty name. Authorities never have a common name.
    pub organizations: Vec<String>,
    /// How it signs itself. The key follows: Ed25519, ECDSA P-256 or RSA 4096.
    pub signature: SignatureAlgorithm,
    /// From when to when it is valid.
    pub validity: Validity,
    /// Names and addresses it is itself valid for; usually none.
    pub names: AlternativeNames,
}

impl AuthorityParams {
    /// An authority of one organization with an Ed25519 key.
    pub fn new(organization: impl Into<String>, validity: Validity) -> Self {
        Self {
            organizations: vec![organization.into()],
            signature: SignatureAlgorithm::Ed25519,
            validity,
            names: AlternativeNames::default(),
        }
    }
}

/// What an authority adds to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningParams {
    /// From when to when the certificate is valid.
    pub validity: Validity,
    /// What its key may be used for. Default: digital signatures.
    pub key_usage: KeyUsage,
    /// The purposes it is limited to. Default: server and client authentication.
    pub extended_key_usage: Vec<ExtendedKeyUsage>,
    /// Whether the organizations asked for are left out. Default: they are kept. trustd leaves them out, because roles
    /// are organizations.
    pub drop_organizations: bool,
}

impl SigningParams {
    /// The defaults, for a time.
    pub fn new(validity: Validity) -> Self {
        Self {
            validity,
            key_usage: KeyUsage::DIGITAL_SIGNATURE,
            extended_key_usage: vec![ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
            drop_organizations: false,
        }
    }

    /// For certificates shown by clients only.
    pub fn client(validity: Validity) -> Self {
        Self { extended_key_usage: vec![ExtendedKeyUsage::ClientAuth], ..Self::new(validity) }
    }

    /// For certificates shown by servers only.
    pub fn server(validity: Validity) -> Self {
        Self { extended_key_usage: vec![ExtendedKeyUsage::ServerAuth], ..Self::new(validity) }
    }

    /// Adds key encipherment to the uses of the key, as etcd and Kubernetes certificates have it.
    #[must_use]
    pub fn with_key_encipherment(mut self) -> Self {
        self.key_usage = self.key_usage | KeyUsage::KEY_ENCIPHERMENT;
        self
    }
}

/// An authority: its certificate and what it signs with, which is usually a key in memory.
#[derive(Debug)]
pub struct CertificateAuthority<S = KeyPair> {
    certificate: Certificate,
    signer: S,
}

impl CertificateAuthority {
    /// Makes a new authority that signs itself.
    ///
    /// # Errors
    /// [`Error::Random`], [`Error::Key`] or [`Error::Certificate`].
    pub fn generate(params: &AuthorityParams, random: &mut dyn Random) -> Result<Self, Error> {
        let key = KeyPair::generate(params.signature.key_spec(), random)?;
        Self::self_signed(params, key, random)
    }

    /// Makes a new authority of a key that is there.
    ///
    /// # Errors
    /// As [`CertificateAuthority::generate`].
    pub fn self_signed(params: &AuthorityParams, key: KeyPair, random: &mut dyn Random) -> Result<Self, Error> {
        let name = DistinguishedName::from_organizations(&params.organizations).to_der();
        let public_key = key.public_key();
        let template = Template {
            serial: serial_number(random)?,
            algorithm: params.signature,
            issuer: &name,
            subject: &name,
            validity: params.validity,
            public_key: public_key.as_der(),
            key_usage: KeyUsage::DIGITAL_SIGNATURE | KeyUsage::CERT_SIGN,
            extended_key_usage: &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
            authority: true,
            subject_key_identifier: Some(&public_key.identifier()),
            authority_key_identifier: None,
            names: &params.names,
        };
        let certificate = Certificate::from_der(template.sign(&key, random)?)?;
        Ok(Self { certificate, signer: key })
    }

    /// Reads an authority: the certificate first, then the key. Whether the two belong together is found out when it
    /// signs.
    ///
    /// # Errors
    /// [`Error::Certificate`] or [`Error::Key`].
    pub fn from_pem(pair: &PemCertificateAndKey) -> Result<Self, Error> {
        let certificate = pair.parse_certificate()?;
        let signer = pair.parse_key()?;
        Ok(Self { certificate, signer })
    }

    /// Certificate and key as PEM.
    pub fn to_pem(&self) -> PemCertificateAndKey {
        PemCertificateAndKey::new(self.certificate.to_pem(), std::mem::take(&mut self.signer.to_pem().key))
    }
}

impl<S: Signer> CertificateAuthority<S> {
    /// Puts a certificate and what signs for it together.
    pub fn new(certificate: Certificate, signer: S) -> Self {
        Self { certificate, signer }
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What it signs with.
    pub fn signer(&self) -> &S {
        &self.signer
    }

    /// Signs a request, after checking that its maker holds the key.
    ///
    /// The subject is rebuilt from the attributes the authority honours, and names and addresses are kept; everything
    /// else the request asks for is ignored.
    ///
    /// # Errors
    /// [`Error::RequestSignature`] if the request is not signed by its own key, [`Error::KeyMismatch`] if the
    /// authority's key is not that of its certificate, [`Error::Key`] if the request is signed with an algorithm of
    /// another kind of key than the authority's, [`Error::Certificate`], [`Error::Random`].
    pub fn sign(
        &self,
        request: &CertificateRequest,
        params: &SigningParams,
        random: &mut dyn Random,
    ) -> Result<Certificate, Error> {
        request.verify().map_err(Error::RequestSignature)?;
        let algorithm = request.signature_algorithm().map_err(|_| key::Error::AlgorithmMismatch)?;
        self.certify(request.params(), request.public_key(), algorithm, params, random)
    }

    /// Makes a key and a certificate for it, as if a request had been made with the key and signed.
    ///
    /// The kind of the key follows the way the authority's own certificate is signed: Ed25519, ECDSA P-256 or RSA 4096.
    ///
    /// # Errors
    /// [`Error::UnsupportedAlgorithm`] if the authority is signed in a way that is not used here, [`Error::Key`] if
    /// there is no new key, [`Error::Issue`] around everything that [`CertificateAuthority::sign`] may fail with.
    pub fn issue(
        &self,
        request: &RequestParams,
        params: &SigningParams,
        random: &mut dyn Random,
    ) -> Result<(Certificate, KeyPair), Error> {
        let own = self.certificate.signature_algorithm();
        let own = own.map_err(|name| Error::UnsupportedAlgorithm { name: name.to_owned() })?;
        let key = KeyPair::generate(own.key_spec(), random)?;
        let algorithm = key.algorithm().default_signature();
        let certificate = self
            .certify(request, key.public_key(), algorithm, params, random)
            .map_err(|error| Error::Issue(Box::new(error)))?;
        Ok((certificate, key))
    }

    /// As [`CertificateAuthority::issue`], as PEM.
    ///
    /// # Errors
    /// As [`CertificateAuthority::issue`].
    pub fn issue_pem(
        &self,
        request: &RequestParams,
        params: &SigningParams,
        random: &mut dyn Random,
    ) -> Result<PemCertificateAndKey, Error> {
        let (certificate, key) = self.issue(request, params, random)?;
        Ok(PemCertificateAndKey::new(certificate.to_pem(), std::mem::take(&mut key.to_pem().key)))
    }

    fn certify(
        &self,
        request: &RequestParams,
        public_key: &PublicKey,
        algorithm: SignatureAlgorithm,
        params: &SigningParams,
        random: &mut dyn Random,
    ) -> Result<Certificate, Error> {
        let own_key = self.signer.public_key();
        if own_key.algorithm().map(key::KeyAlgorithm::family) != Some(algorithm.family()) {
            return Err(Error::Key(key::Error::AlgorithmMismatch));
        }
        if own_key != self.certificate.public_key() {
            return Err(Error::KeyMismatch);
        }
        let subject = if params.drop_organizations {
            DistinguishedName { organizations: Vec::new(), ..request.subject.clone() }.to_der()
        } else {
            request.subject.to_der()
        };
        let issuer = self.certificate.subject_der();
        let template = Template {
            serial: serial_number(random)?,
            algorithm,
            issuer,
            subject: &subject,
            validity: params.validity,
            public_key: public_key.as_der(),
            key_usage: params.key_usage,
            extended_key_usage: &params.extended_key_usage,
            authority: false,
            subject_key_identifier: None,
            // The reference takes a certificate whose subject is its issuer for one that signs itself.
            authority_key_identifier: self.certificate.key_identifier().filter(|_| subject != issuer),
            names: &request.names,
        };
        Ok(Certificate::from_der(template.sign(&self.signer, random)?)?)
    }
}

/// Why an authority cannot be made or loaded, or does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The certificate cannot be read or made.
    #[error("failed to parse certificate")]
    ParseCertificate(#[source] certificate::Error),
    /// A certificate or request cannot be made.
    #[error(transparent)]
    Certificate(certificate::Error),
    /// The key cannot be read, made or used.
    #[error(transparent)]
    Key(#[from] key::Error),
    /// The random source failed.
    #[error("could not draw a serial number")]
    Random(#[source] random::Error),
    /// The request is not signed by the key it names.
    #[error("failed verifying CSR signature")]
    RequestSignature(#[source] key::Error),
    /// A certificate for a new key cannot be made.
    #[error("failed to create new certificate")]
    Issue(#[source] Box<Error>),
    /// The authority's certificate and key do not belong together.
    #[error("x509: provided PrivateKey doesn't match parent's PublicKey")]
    KeyMismatch,
    /// The authority's certificate is signed in a way that is not used here.
    #[error("unsupported signature algorithm: {name}")]
    UnsupportedAlgorithm {
        /// Name of the algorithm.
        name: String,
    },
}

impl From<certificate::Error> for Error {
    fn from(error: certificate::Error) -> Self {
        match error {
            certificate::Error::Malformed { .. } => Self::ParseCertificate(error),
            certificate::Error::Key(error) => Self::Key(error),
            error => Self::Certificate(error),
        }
    }
}

/// 128 random bits.
fn serial_number(random: &mut dyn Random) -> Result<[u8; 16], Error> {
    let mut serial = [0; 16];
    random.fill(&mut serial).map_err(Error::Random)?;
    Ok(serial)
}
