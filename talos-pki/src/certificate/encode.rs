//! The one encoder of certificates. Extensions come in the order of the reference: key usage, extended key usage, basic
//! constraints, key identifiers, alternative names.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use der::asn1::{AnyRef, BitString, BitStringRef, Ia5String, ObjectIdentifier, OctetString, UintRef};
use der::{Decode, Encode, Sequence};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage as ExtendedKeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, Extensions};
use x509_cert::time::{Time, Validity as EncodedValidity};

use super::{AlternativeNames, Error, ExtendedKeyUsage, KeyUsage, Validity, algorithm_identifier, canonical};
use crate::key::{SignatureAlgorithm, Signer};
use crate::random::Random;

/// Everything a certificate says.
pub(crate) struct Template<'t> {
    pub(crate) serial: [u8; 16],
    pub(crate) algorithm: SignatureAlgorithm,
    /// DER of the issuer's name.
    pub(crate) issuer: &'t [u8],
    /// DER of the holder's name.
    pub(crate) subject: &'t [u8],
    pub(crate) validity: Validity,
    /// DER of the SubjectPublicKeyInfo.
    pub(crate) public_key: &'t [u8],
    pub(crate) key_usage: KeyUsage,
    pub(crate) extended_key_usage: &'t [ExtendedKeyUsage],
    pub(crate) authority: bool,
    pub(crate) subject_key_identifier: Option<&'t [u8]>,
    pub(crate) authority_key_identifier: Option<&'t [u8]>,
    pub(crate) names: &'t AlternativeNames,
}

impl Template<'_> {
    /// Encodes, signs, and gives the DER of the certificate.
    pub(crate) fn sign<S: Signer + ?Sized>(&self, signer: &S, random: &mut dyn Random) -> Result<Vec<u8>, Error> {
        let identifier = any(algorithm_identifier(self.algorithm));
        let certificate = TbsCertificate {
            version: 2,
            serial: UintRef::new(&self.serial).expect("16 bytes are a number"),
            algorithm: identifier,
            issuer: any(self.issuer),
            validity: EncodedValidity::new(time(self.validity.not_before)?, time(self.validity.not_after)?),
            subject: any(self.subject),
            public_key: any(self.public_key),
            extensions: self.extensions()?,
        };
        let signed = certificate.to_der().expect("every part is encodable");
        seal(&signed, self.algorithm, signer, random)
    }

    fn extensions(&self) -> Result<Extensions, Error> {
        let mut extensions = Extensions::with_capacity(6);
        extensions.push(extension(oid::KEY_USAGE, true, &key_usage(self.key_usage)));
        if !self.extended_key_usage.is_empty() {
            let purposes = self.extended_key_usage.iter().map(|purpose| match purpose {
                ExtendedKeyUsage::ServerAuth => Ok(oid::SERVER_AUTH),
                ExtendedKeyUsage::ClientAuth => Ok(oid::CLIENT_AUTH),
                ExtendedKeyUsage::Other(purpose) => {
                    ObjectIdentifier::new(purpose).map_err(|_| Error::Purpose { identifier: purpose.clone() })
                }
            });
            let purposes = ExtendedKeyUsages(purposes.collect::<Result<_, _>>()?);
            extensions.push(extension(oid::EXTENDED_KEY_USAGE, false, &purposes));
        }
        if self.authority {
            let constraints = BasicConstraints { ca: true, path_len_constraint: None };
            extensions.push(extension(oid::BASIC_CONSTRAINTS, true, &constraints));
        }
        if let Some(identifier) = self.subject_key_identifier {
            let identifier = SubjectKeyIdentifier(octets(identifier));
            extensions.push(extension(oid::SUBJECT_KEY_IDENTIFIER, false, &identifier));
        }
        if let Some(identifier) = self.authority_key_identifier {
            let identifier = AuthorityKeyIdentifier { key_identifier: Some(octets(identifier)), ..Default::default() };
            extensions.push(extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &identifier));
        }
        if !self.names.is_empty() {
            // A certificate without a subject is about these names alone: they become critical.
            extensions.push(alternative_names(self.names, self.subject == EMPTY_NAME)?);
        }
        Ok(extensions)
    }
}

/// Puts a signature under something to be signed: the shape of certificates and of requests.
pub(crate) fn seal<S: Signer + ?Sized>(
    signed: &[u8],
    algorithm: SignatureAlgorithm,
    signer: &S,
    random: &mut dyn Random,
) -> Result<Vec<u8>, Error> {
    let signature = signer.sign(algorithm, signed, random)?;
    let sealed = Signed {
        content: any(signed),
        algorithm: any(algorithm_identifier(algorithm)),
        signature: BitStringRef::from_bytes(&signature).expect("the signature is shorter than 4 GiB"),
    };
    Ok(sealed.to_der().expect("every part is encodable"))
}

/// The extension with the names a certificate is valid for: DNS names first, then addresses.
pub(crate) fn alternative_names(names: &AlternativeNames, critical: bool) -> Result<Extension, Error> {
    has_ia5_names(names)?;
    let dns_names =
        names.dns_names.iter().map(|name| GeneralName::DnsName(Ia5String::new(name).expect("the names were checked")));
    let addresses = names.ip_addresses.iter().map(|&address| {
        GeneralName::IpAddress(match canonical(address) {
            IpAddr::V4(address) => octets(&address.octets()),
            IpAddr::V6(address) => octets(&address.octets()),
        })
    });
    let names = SubjectAltName(dns_names.chain(addresses).collect());
    Ok(extension(oid::SUBJECT_ALTERNATIVE_NAME, critical, &names))
}

/// Checks that a certificate can carry the DNS names.
pub(crate) fn has_ia5_names(names: &AlternativeNames) -> Result<(), Error> {
    match names.dns_names.iter().find(|name| !name.is_ascii()) {
        Some(name) => Err(Error::DnsName { name: name.clone() }),
        None => Ok(()),
    }
}

#[derive(Sequence)]
struct TbsCertificate<'t> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: u8,
    serial: UintRef<'t>,
    algorithm: AnyRef<'t>,
    issuer: AnyRef<'t>,
    validity: EncodedValidity,
    subject: AnyRef<'t>,
    public_key: AnyRef<'t>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Extensions,
}

/// A certificate or a request: content, algorithm, signature.
#[derive(Sequence)]
pub(crate) struct Signed<'s> {
    content: AnyRef<'s>,
    algorithm: AnyRef<'s>,
    signature: BitStringRef<'s>,
}

const EMPTY_NAME: &[u8] = &[0x30, 0x00];

fn any(der: &[u8]) -> AnyRef<'_> {
    AnyRef::from_der(der).expect("encoded or read before")
}

fn octets(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("shorter than 4 GiB")
}

fn extension(identifier: ObjectIdentifier, critical: bool, value: &impl Encode) -> Extension {
    let value = value.to_der().expect("every extension is encodable");
    Extension { extn_id: identifier, critical, extn_value: octets(&value) }
}

/// The bit string without its trailing zero bits.
fn key_usage(usage: KeyUsage) -> BitString {
    let bits = usage.bits().to_be_bytes();
    let length = 2 - bits.iter().rev().take_while(|&&byte| byte == 0).count();
    let unused = bits[..length].last().map_or(0, |byte| byte.trailing_zeros());
    BitString::new(unused as u8, &bits[..length]).expect("fewer than 8 bits are unused")
}

/// UTCTime up to 2049, GeneralizedTime after.
fn time(moment: SystemTime) -> Result<Time, Error> {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).map_err(|_| Error::Date)?.as_secs();
    Time::try_from(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).map_err(|_| Error::Date)
}

mod oid {
    use der::asn1::ObjectIdentifier;

    pub(super) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
    pub(super) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
    pub(super) const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
    pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
    pub(super) const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
    pub(super) const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
    pub(super) const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
    pub(super) const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
}
