//! Private keys as bytes: the three containers that are read and the forms that are written.

use der::asn1::{BitStringRef, OctetStringRef};
use der::{Encode, Sequence};
use x509_cert::spki::ObjectIdentifier;
use zeroize::Zeroizing;

use super::public::oid;
use super::{KeyAlgorithm, Problem};
use crate::asn1::{self, Reader, tag};

/// What a container holds.
pub(super) enum Material {
    /// Seed of an Ed25519 key.
    Ed25519(Zeroizing<[u8; 32]>),
    /// Private number of an ECDSA key, padded to the size of its curve.
    Ecdsa(Curve, Zeroizing<Vec<u8>>),
    /// PKCS#1 of an RSA key.
    Rsa(Zeroizing<Vec<u8>>),
}

/// A curve that keys are accepted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(super) fn algorithm(self) -> KeyAlgorithm {
        match self {
            Self::P256 => KeyAlgorithm::EcdsaP256,
            Self::P384 => KeyAlgorithm::EcdsaP384,
            Self::P521 => KeyAlgorithm::EcdsaP521,
        }
    }

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => oid::P256,
            Self::P384 => oid::P384,
            Self::P521 => oid::P521,
        }
    }

    fn from_oid(content: &[u8]) -> Option<Self> {
        [Self::P256, Self::P384, Self::P521].into_iter().find(|curve| curve.oid().as_bytes() == content)
    }

    /// Length of the private number, in bytes.
    fn number_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// Reads PKCS#8, version 0 or 1; what follows the key is not looked at.
pub(super) fn read_pkcs8(der: &[u8]) -> Result<Material, Problem> {
    let container = pkcs8_shape(der).map_err(|problem| {
        other_container(der, &[(sec1_is_shape, "ParseECPrivateKey"), (pkcs1_is_shape, "ParsePKCS1PrivateKey")])
            .unwrap_or(Problem::Structure(problem))
    })?;
    if container.algorithm == oid::ED25519.as_bytes() {
        if !container.parameters.is_empty() {
            return Err(Problem::Ed25519Parameters);
        }
        let seed = Reader::new(container.key).expect(tag::OCTET_STRING, "").map_err(Problem::Ed25519Structure)?;
        let seed = seed.try_into().map_err(|_| Problem::Ed25519Length(seed.len()))?;
        Ok(Material::Ed25519(Zeroizing::new(seed)))
    } else if container.algorithm == oid::EC.as_bytes() {
        let embedded = |problem| Problem::Embedded { kind: "EC", problem: Box::new(problem) };
        let named = Reader::new(container.parameters).expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier").ok();
        read_sec1_on(named, container.key).map_err(embedded)
    } else if container.algorithm == oid::RSA.as_bytes() {
        let embedded = |problem| Problem::Embedded { kind: "RSA", problem: Box::new(problem) };
        read_pkcs1(container.key).map_err(embedded)
    } else {
        Err(asn1::dotted(container.algorithm).map_or_else(Problem::Structure, Problem::UnknownAlgorithm))
    }
}

/// Reads SEC1; the curve must be named.
pub(super) fn read_sec1(der: &[u8]) -> Result<Material, Problem> {
    read_sec1_on(None, der)
}

/// Reads PKCS#1. Whether the numbers belong together is found out when the key is used.
pub(super) fn read_pkcs1(der: &[u8]) -> Result<Material, Problem> {
    let (version, rest) = pkcs1_shape(der).map_err(|problem| {
        other_container(der, &[(sec1_is_shape, "ParseECPrivateKey"), (pkcs8_is_shape, "ParsePKCS8PrivateKey")])
            .unwrap_or(Problem::Structure(problem))
    })?;
    if rest {
        return Err(Problem::Structure("asn1: syntax error: trailing data".to_owned()));
    }
    if version > 1 {
        return Err(Problem::RsaVersion);
    }
    Ok(Material::Rsa(Zeroizing::new(der.to_vec())))
}

/// PKCS#8 of an Ed25519 key: version 0, no public key.
pub(super) fn write_pkcs8_ed25519(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    const BEFORE_SEED: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let mut der = Zeroizing::new(Vec::with_capacity(48));
    der.extend(BEFORE_SEED);
    der.extend(seed);
    der
}

/// SEC1 with the curve named and the public point.
pub(super) fn write_sec1(curve: Curve, number: &[u8], point: &[u8]) -> Zeroizing<Vec<u8>> {
    let encode = || {
        let key = EcPrivateKey {
            version: 1,
            number: OctetStringRef::new(number)?,
            curve: curve.oid(),
            point: BitStringRef::from_bytes(point)?,
        };
        let mut der = Zeroizing::new(vec![0; usize::try_from(key.encoded_len()?)?]);
        key.encode_to_slice(&mut der)?;
        Ok::<_, der::Error>(der)
    };
    encode().expect("number and point have the length of the curve")
}

/// The shortest SEC1 there is, without curve and point: what the cryptographic library completes a key from.
pub(super) fn write_sec1_number(number: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = u8::try_from(number.len()).expect("the number has the length of its curve");
    let mut der = Zeroizing::new(Vec::with_capacity(number.len() + 7));
    der.extend([0x30, length + 5, 0x02, 0x01, 0x01, 0x04, length]);
    der.extend(number);
    der
}

#[derive(Sequence)]
struct EcPrivateKey<'k> {
    version: u8,
    number: &'k OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    curve: ObjectIdentifier,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT")]
    point: BitStringRef<'k>,
}

/// The PKCS#1 inside of PKCS#8, for keys the cryptographic library hands out that way.
pub(super) fn pkcs1_of_pkcs8(der: &[u8]) -> Option<&[u8]> {
    pkcs8_shape(der).ok().map(|container| container.key)
}

struct Pkcs8<'d> {
    algorithm: &'d [u8],
    parameters: &'d [u8],
    key: &'d [u8],
}

fn pkcs8_shape(der: &[u8]) -> Result<Pkcs8<'_>, String> {
    let mut fields = Reader::new(Reader::new(der).expect(tag::SEQUENCE, "pkcs8")?);
    fields.small_integer()?;
    let mut algorithm = Reader::new(fields.expect(tag::SEQUENCE, "AlgorithmIdentifier")?);
    let identifier = algorithm.expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier")?;
    asn1::dotted(identifier)?;
    let parameters = if algorithm.is_at_end() { &[][..] } else { algorithm.any()?.whole };
    let key = fields.expect(tag::OCTET_STRING, "")?;
    Ok(Pkcs8 { algorithm: identifier, parameters, key })
}

struct Sec1<'d> {
    version: i64,
    number: &'d [u8],
    curve: Option<&'d [u8]>,
}

fn sec1_shape(der: &[u8]) -> Result<Sec1<'_>, String> {
    let mut fields = Reader::new(Reader::new(der).expect(tag::SEQUENCE, "ecPrivateKey")?);
    let version = fields.small_integer()?;
    let number = fields.expect(tag::OCTET_STRING, "")?;
    let curve = fields.optional_explicit(0xa0, tag::OBJECT_IDENTIFIER)?;
    if let Some(curve) = curve {
        asn1::dotted(curve)?;
    }
    match fields.optional_explicit(0xa1, tag::BIT_STRING)? {
        Some([]) => return Err("asn1: syntax error: zero length BIT STRING".to_owned()),
        Some([unused, ..]) if *unused > 7 => {
            return Err("asn1: syntax error: invalid padding bits in BIT STRING".to_owned());
        }
        _ => {}
    }
    Ok(Sec1 { version, number, curve })
}

fn read_sec1_on(named: Option<&[u8]>, der: &[u8]) -> Result<Material, Problem> {
    let key = sec1_shape(der).map_err(|problem| {
        other_container(der, &[(pkcs8_is_shape, "ParsePKCS8PrivateKey"), (pkcs1_is_shape, "ParsePKCS1PrivateKey")])
            .unwrap_or(Problem::EcStructure(problem))
    })?;
    if key.version != 1 {
        return Err(Problem::EcVersion(key.version));
    }
    let curve = named.or(key.curve).and_then(Curve::from_oid).ok_or(Problem::UnknownCurve)?;
    let length = curve.number_length();
    let significant = &key.number[key.number.iter().take_while(|&&byte| byte == 0).count()..];
    if significant.len() > length {
        return Err(Problem::EcLength);
    }
    let mut number = Zeroizing::new(vec![0; length]);
    number[length - significant.len()..].copy_from_slice(significant);
    Ok(Material::Ecdsa(curve, number))
}

/// Version, and whether anything follows.
fn pkcs1_shape(der: &[u8]) -> Result<(i64, bool), String> {
    let mut outer = Reader::new(der);
    let mut fields = Reader::new(outer.expect(tag::SEQUENCE, "pkcs1PrivateKey")?);
    let version = fields.small_integer()?;
    fields.integer("")?;
    fields.small_integer()?;
    for _ in 0..3 {
        fields.integer("")?;
    }
    Ok((version, !outer.is_at_end()))
}

type IsShape = fn(&[u8]) -> bool;

/// The reader to use instead, if the bytes are of one of the other shapes.
fn other_container(der: &[u8], others: &[(IsShape, &'static str)]) -> Option<Problem> {
    let (_, parser) = others.iter().find(|(is_shape, _)| is_shape(der))?;
    Some(Problem::OtherContainer { parser })
}

fn sec1_is_shape(der: &[u8]) -> bool {
    sec1_shape(der).is_ok()
}

fn pkcs1_is_shape(der: &[u8]) -> bool {
    pkcs1_shape(der).is_ok()
}

fn pkcs8_is_shape(der: &[u8]) -> bool {
    pkcs8_shape(der).is_ok()
}
