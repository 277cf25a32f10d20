//! Refuses what the reference refuses, in its words.
//!
//! The bytes are walked in the order of the reference before the parser sees them: the parser is more generous in places
//! (it drops the rest of a broken name) and its errors say little. The walk only looks, it keeps nothing.

use std::collections::HashSet;

use crate::asn1::{self, Reader, tag};

/// Looks at a certificate.
pub(super) fn certificate(der: &[u8]) -> Result<(), String> {
    let mut outer = Reader::new(der);
    let mut whole = read(&mut outer, tag::SEQUENCE, "x509: malformed certificate")?;
    let mut signed = read(&mut whole, tag::SEQUENCE, "x509: malformed tbs certificate")?;

    let version = version(&mut signed)?;
    let serial = signed.integer("").map_err(|_| "x509: malformed serial number")?;
    if serial[0] & 0x80 != 0 {
        return fail("x509: negative serial number");
    }
    let mut inner = read(&mut signed, tag::SEQUENCE, "x509: malformed signature algorithm identifier")?;
    let outer_algorithm = read(&mut whole, tag::SEQUENCE, "x509: malformed algorithm identifier")?;
    if inner.rest() != outer_algorithm.rest() {
        return fail("x509: inner and outer signature algorithm identifiers don't match");
    }
    algorithm(&mut inner)?;
    name(&mut read(&mut signed, tag::SEQUENCE, "x509: malformed issuer")?)?;
    validity(&mut read(&mut signed, tag::SEQUENCE, "x509: malformed validity")?)?;
    name(&mut read(&mut signed, tag::SEQUENCE, "x509: malformed issuer")?)?;

    let mut key = read(&mut signed, tag::SEQUENCE, "x509: malformed spki")?;
    let mut key_algorithm = read(&mut key, tag::SEQUENCE, "x509: malformed public key algorithm identifier")?;
    let (kind, parameters) = algorithm(&mut key_algorithm)?;
    let bits = bit_string(&mut key).ok_or("x509: malformed subjectPublicKey")?;
    public_key(kind, parameters, bits)?;

    if version > 0 {
        for (unique, text) in [(0x81, "x509: malformed issuerUniqueID"), (0x82, "x509: malformed subjectUniqueID")] {
            if signed.peek() == Some(unique) {
                read(&mut signed, unique, text)?;
            }
        }
    }
    if version == 2 && signed.peek() == Some(0xa3) {
        let mut content = read(&mut signed, 0xa3, "x509: malformed extensions")?;
        extensions(&mut read(&mut content, tag::SEQUENCE, "x509: malformed extensions")?)?;
    }
    bit_string(&mut whole).ok_or("x509: malformed signature")?;
    if outer.is_at_end() { Ok(()) } else { fail("x509: trailing data") }
}

fn version(signed: &mut Reader<'_>) -> Result<i64, String> {
    let mut version = 0;
    if signed.peek() == Some(0xa0) {
        let mut content = read(signed, 0xa0, "x509: malformed version")?;
        version = content.small_integer().map_err(|_| "x509: malformed version")?;
        if !content.is_at_end() {
            return fail("x509: malformed version");
        }
    }
    match version {
        ..0 => fail("x509: malformed version"),
        0..=2 => Ok(version),
        _ => fail("x509: invalid version"),
    }
}

/// Object identifier and parameters of an algorithm.
fn algorithm<'d>(fields: &mut Reader<'d>) -> Result<(&'d [u8], &'d [u8]), String> {
    let identifier = fields.expect(tag::OBJECT_IDENTIFIER, "").map_err(|_| "x509: malformed OID")?;
    if !asn1::is_object_identifier(identifier) {
        return fail("x509: malformed OID");
    }
    let parameters =
        if fields.is_at_end() { &[][..] } else { fields.any().map_err(|_| "x509: malformed parameters")?.whole };
    Ok((identifier, parameters))
}

fn name(sets: &mut Reader<'_>) -> Result<(), String> {
    while !sets.is_at_end() {
        let mut set = read(sets, tag::SET, "x509: invalid RDNSequence")?;
        while !set.is_at_end() {
            let mut attribute = read(&mut set, tag::SEQUENCE, "x509: invalid RDNSequence: invalid attribute")?;
            let kind =
                attribute.expect(tag::OBJECT_IDENTIFIER, "").ok().filter(|kind| asn1::is_object_identifier(kind));
            kind.ok_or("x509: invalid RDNSequence: invalid attribute type")?;
            let value = attribute.any().map_err(|_| "x509: invalid RDNSequence: invalid attribute value")?;
            text(value.tag, value.content)
                .map_err(|problem| format!("x509: invalid RDNSequence: invalid attribute value: {problem}"))?;
        }
    }
    Ok(())
}

/// Whether a value is a text of its type.
fn text(kind: u8, content: &[u8]) -> Result<(), String> {
    let (valid, problem) = match kind {
        tag::T61_STRING => (true, ""),
        tag::PRINTABLE_STRING => (content.iter().all(|&byte| is_printable(byte)), "invalid PrintableString"),
        tag::UTF8_STRING => (std::str::from_utf8(content).is_ok(), "invalid UTF-8 string"),
        tag::BMP_STRING => (is_bmp(content), "invalid BMPString"),
        tag::IA5_STRING => (content.is_ascii(), "invalid IA5String"),
        tag::NUMERIC_STRING => {
            (content.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '), "invalid NumericString")
        }
        other => return Err(format!("unsupported string type: {other}")),
    };
    if valid { Ok(()) } else { fail(problem) }
}

/// The characters of the standard, and the two that are common in its place.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || (b'\''..=b')').contains(&byte)
        || (b'+'..=b'/').contains(&byte)
        || matches!(byte, b' ' | b':' | b'=' | b'?' | b'*' | b'&')
}

fn is_bmp(content: &[u8]) -> bool {
    let content = content.strip_suffix(&[0, 0]).unwrap_or(content);
    let mut units = content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    content.len().is_multiple_of(2)
        && units.all(|unit| !matches!(unit, 0xfffe | 0xffff | 0xfdd0..=0xfdef | 0xd800..=0xdfff))
}

fn validity(times: &mut Reader<'_>) -> Result<(), String> {
    for _ in 0..2 {
        let (kind, problem, year_digits) = match times.peek() {
            Some(tag::UTC_TIME) => (tag::UTC_TIME, "x509: malformed UTCTime", 2),
            Some(tag::GENERALIZED_TIME) => (tag::GENERALIZED_TIME, "x509: malformed GeneralizedTime", 4),
            _ => return fail("x509: unsupported time format"),
        };
        let content = times.expect(kind, "").map_err(|_| problem)?;
        if !is_time(content, year_digits) {
            return fail(problem);
        }
    }
    Ok(())
}

/// Digits of a moment in UTC, seconds included, and `Z`.
fn is_time(content: &[u8], year_digits: usize) -> bool {
    let Some(digits) = content.strip_suffix(b"Z").filter(|digits| digits.iter().all(u8::is_ascii_digit)) else {
        return false;
    };
    if digits.len() != year_digits + 10 {
        return false;
    }
    let (year, rest) = digits.split_at(year_digits);
    let number = |digits: &[u8]| digits.iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let year = match (number(year), year_digits) {
        (year @ 50.., 2) => 1900 + year,
        (year, 2) => 2000 + year,
        (year, _) => year,
    };
    let fields: Vec<u32> = rest.chunks(2).map(number).collect();
    let days = match fields[0] {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&fields[1]) && fields[2] < 24 && fields[3] < 60 && fields[4] < 60
}

/// Looks at a key of a kind that is known.
fn public_key(kind: &[u8], parameters: &[u8], bits: &[u8]) -> Result<(), String> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
    match kind {
        RSA => {
            if parameters != [0x05, 0x00] {
                return fail("x509: RSA key missing NULL parameters");
            }
            let mut key = read(&mut Reader::new(bits), tag::SEQUENCE, "x509: invalid RSA public key")?;
            let modulus = key.integer("").map_err(|_| "x509: invalid RSA modulus")?;
            let exponent = key.small_integer().map_err(|_| "x509: invalid RSA public exponent")?;
            if modulus[0] & 0x80 != 0 || modulus == [0] {
                return fail("x509: RSA modulus is not a positive number");
            }
            if exponent <= 0 {
                return fail("x509: RSA public exponent is not a positive number");
            }
        }
        EC => {
            let curve = Reader::new(parameters).expect(tag::OBJECT_IDENTIFIER, "");
            let curve = curve.ok().filter(|curve| asn1::is_object_identifier(curve));
            if !CURVES.contains(&curve.ok_or("x509: invalid ECDSA parameters")?) {
                return fail("x509: unsupported elliptic curve");
            }
        }
        ED25519 if !parameters.is_empty() => return fail("x509: Ed25519 key encoded with illegal parameters"),
        ED25519 if bits.len() != 32 => return fail("x509: wrong Ed25519 public key size"),
        _ => {}
    }
    Ok(())
}

/// P-224, P-256, P-384, P-521.
const CURVES: [&[u8]; 4] = [
    &[0x2b, 0x81, 0x04, 0x00, 0x21],
    &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
    &[0x2b, 0x81, 0x04, 0x00, 0x22],
    &[0x2b, 0x81, 0x04, 0x00, 0x23],
];

const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

fn extensions(extensions: &mut Reader<'_>) -> Result<(), String> {
    let mut seen = HashSet::new();
    let mut names = None;
    while !extensions.is_at_end() {
        let mut extension = read(extensions, tag::SEQUENCE, "x509: malformed extension")?;
        let kind = extension.expect(tag::OBJECT_IDENTIFIER, "").ok().filter(|kind| asn1::is_object_identifier(kind));
        let kind = kind.ok_or("x509: malformed extension OID field")?;
        if extension.peek() == Some(tag::BOOLEAN) {
            let critical = extension.expect(tag::BOOLEAN, "");
            if !matches!(critical, Ok([0x00 | 0xff])) {
                return fail("x509: malformed extension critical field");
            }
        }
        let value = extension.expect(tag::OCTET_STRING, "").map_err(|_| "x509: malformed extension value field")?;
        if !seen.insert(kind) {
            let kind = asn1::dotted(kind).unwrap_or_default();
            return Err(format!("x509: certificate contains duplicate extension with OID \"{kind}\""));
        }
        if kind == ALTERNATIVE_NAMES {
            names = Some(value);
        }
    }
    names.map_or(Ok(()), alternative_names)
}

fn alternative_names(content: &[u8]) -> Result<(), String> {
    const EMAIL: u8 = 0x81;
    const DNS: u8 = 0x82;
    const URI: u8 = 0x86;
    const ADDRESS: u8 = 0x87;
    let mut names = read(&mut Reader::new(content), tag::SEQUENCE, "x509: invalid subject alternative names")?;
    while !names.is_at_end() {
        let name = names.any().map_err(|_| "x509: invalid subject alternative name")?;
        let problem = match name.tag {
            EMAIL if !name.content.is_ascii() => "x509: SAN rfc822Name is malformed",
            DNS if !name.content.is_ascii() => "x509: SAN dNSName is malformed",
            URI if !name.content.is_ascii() => "x509: SAN uniformResourceIdentifier is malformed",
            ADDRESS if !matches!(name.content.len(), 4 | 16) => {
                return Err(format!("x509: cannot parse IP address of length {}", name.content.len()));
            }
            _ => continue,
        };
        return fail(problem);
    }
    Ok(())
}

/// Looks at a certificate request.
pub(crate) fn request(der: &[u8]) -> Result<(), String> {
    let mut outer = Reader::new(der);
    let mut whole = Reader::new(outer.expect(tag::SEQUENCE, "certificateRequest")?);
    let mut signed = Reader::new(whole.expect(tag::SEQUENCE, "tbsCertificateRequest")?);
    signed.small_integer()?;
    let subject = signed.any()?;
    let mut key = Reader::new(signed.expect(tag::SEQUENCE, "publicKeyInfo")?);
    let (kind, parameters) = request_algorithm(&mut key)?;
    let bits = request_bits(&mut key)?;
    let mut attributes = Reader::new(signed.expect(tag::ATTRIBUTES, "")?);
    request_algorithm(&mut whole)?;
    request_bits(&mut whole)?;
    if !outer.is_at_end() {
        return fail("asn1: syntax error: trailing data");
    }
    public_key(kind, parameters, bits)?;
    request_name(&mut Reader::new(Reader::new(subject.whole).expect(tag::SEQUENCE, "RDNSequence")?))?;
    while !attributes.is_at_end() {
        let attribute = attributes.any()?;
        if let Some(requested) = requested_extensions(attribute.whole) {
            request_extensions(requested)?;
        }
    }
    Ok(())
}

fn request_algorithm<'d>(reader: &mut Reader<'d>) -> Result<(&'d [u8], &'d [u8]), String> {
    let mut fields = Reader::new(reader.expect(tag::SEQUENCE, "AlgorithmIdentifier")?);
    let identifier = fields.expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier")?;
    asn1::dotted(identifier)?;
    let parameters = if fields.is_at_end() { &[][..] } else { fields.any()?.whole };
    Ok((identifier, parameters))
}

fn request_bits<'d>(reader: &mut Reader<'d>) -> Result<&'d [u8], String> {
    match reader.expect(tag::BIT_STRING, "BitString")? {
        [] => fail("asn1: syntax error: zero length BIT STRING"),
        [unused, bits @ ..] if !unused_is_right(*unused, bits) => {
            fail("asn1: syntax error: invalid padding bits in BIT STRING")
        }
        [_, bits @ ..] => Ok(bits),
    }
}

fn request_name(sets: &mut Reader<'_>) -> Result<(), String> {
    while !sets.is_at_end() {
        let set = sets.any()?;
        if set.tag != tag::SET {
            return fail(SEQUENCE_TAG_MISMATCH);
        }
        let mut set = Reader::new(set.content);
        while !set.is_at_end() {
            let attribute = set.any()?;
            if attribute.tag != tag::SEQUENCE {
                return fail(SEQUENCE_TAG_MISMATCH);
            }
            let mut attribute = Reader::new(attribute.content);
            asn1::dotted(attribute.expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier")?)?;
            let value = attribute.any()?;
            request_text(value.tag, value.content)?;
        }
    }
    Ok(())
}

/// Values of other types than text are taken as they are.
fn request_text(kind: u8, content: &[u8]) -> Result<(), String> {
    match kind {
        tag::PRINTABLE_STRING if !content.iter().all(|&byte| is_printable(byte)) => {
            fail("asn1: syntax error: PrintableString contains invalid character")
        }
        tag::NUMERIC_STRING | tag::IA5_STRING if text(kind, content).is_err() => {
            let kind = if kind == tag::IA5_STRING { "IA5String" } else { "NumericString" };
            Err(format!("asn1: syntax error: {kind} contains invalid character"))
        }
        tag::UTF8_STRING if std::str::from_utf8(content).is_err() => fail("asn1: invalid UTF-8 string"),
        tag::BMP_STRING if !is_bmp(content) => fail("invalid BMPString"),
        _ => Ok(()),
    }
}

/// The value of an extension request. Attributes that are broken or of another kind are passed over.
fn requested_extensions(attribute: &[u8]) -> Option<&[u8]> {
    const EXTENSION_REQUEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
    let mut fields = Reader::new(Reader::new(attribute).expect(tag::SEQUENCE, "").ok()?);
    let kind = fields.expect(tag::OBJECT_IDENTIFIER, "").ok()?;
    let mut values = Reader::new(fields.expect(tag::SET, "").ok()?);
    let first = values.any().ok()?;
    while !values.is_at_end() {
        values.any().ok()?;
    }
    (kind == EXTENSION_REQUEST).then_some(first.whole)
}

fn request_extensions(requested: &[u8]) -> Result<(), String> {
    let mut extensions = Reader::new(Reader::new(requested).expect(tag::SEQUENCE, "")?);
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    while !extensions.is_at_end() {
        let extension = extensions.any()?;
        if extension.tag != tag::SEQUENCE {
            return fail(SEQUENCE_TAG_MISMATCH);
        }
        let mut extension = Reader::new(extension.content);
        let kind = extension.expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier")?;
        asn1::dotted(kind)?;
        if extension.peek() == Some(tag::BOOLEAN) {
            extension.any()?;
        }
        let value = extension.expect(tag::OCTET_STRING, "")?;
        if !seen.insert(kind) {
            return fail("x509: certificate request contains duplicate requested extensions");
        }
        if kind == ALTERNATIVE_NAMES {
            names.push(value);
        }
    }
    names.into_iter().try_for_each(alternative_names)
}

const SEQUENCE_TAG_MISMATCH: &str = "asn1: structure error: sequence tag mismatch";

/// Whole bytes of a bit string.
fn bit_string<'d>(reader: &mut Reader<'d>) -> Option<&'d [u8]> {
    match reader.expect(tag::BIT_STRING, "").ok()? {
        [unused, bits @ ..] if unused_is_right(*unused, bits) => Some(bits),
        _ => None,
    }
}

fn unused_is_right(unused: u8, bits: &[u8]) -> bool {
    match bits.last() {
        Some(last) => unused < 8 && last.trailing_zeros() >= u32::from(unused),
        None => unused == 0,
    }
}

fn read<'d>(reader: &mut Reader<'d>, tag: u8, problem: &'static str) -> Result<Reader<'d>, String> {
    reader.expect(tag, "").map(Reader::new).map_err(|_| problem.to_owned())
}

fn fail<T>(problem: &str) -> Result<T, String> {
    Err(problem.to_owned())
}
