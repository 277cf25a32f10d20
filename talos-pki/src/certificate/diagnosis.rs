//! What is wrong with a certificate or request that could not be read, in the words of the reference.
//!
//! Runs after the parser has refused the bytes: it walks them in the order of the reference and stops at the first
//! part that is broken. If it finds none, the parser was stricter than the reference and the text says so.

use crate::asn1::{self, Reader, tag};

/// Why the bytes are no certificate.
pub(crate) fn certificate(der: &[u8]) -> String {
    let text = match walk_certificate(der) {
        Err(text) => text,
        Ok(()) => "x509: unsupported certificate content",
    };
    text.to_owned()
}

/// Why the bytes are no certificate request.
pub(crate) fn request(der: &[u8]) -> String {
    match walk_request(der) {
        Err(text) => text,
        Ok(()) => "x509: unsupported certificate request content".to_owned(),
    }
}

fn walk_certificate(der: &[u8]) -> Result<(), &'static str> {
    let mut outer = Reader::new(der);
    let mut whole = Reader::new(read(&mut outer, tag::SEQUENCE, "x509: malformed certificate")?);
    let mut signed = Reader::new(read(&mut whole, tag::SEQUENCE, "x509: malformed tbs certificate")?);

    let mut version = 0;
    if signed.peek() == Some(0xa0) {
        let content = read(&mut signed, 0xa0, "x509: malformed version")?;
        version = Reader::new(content).small_integer().map_err(|_| "x509: malformed version")?;
    }
    match version {
        ..0 => return Err("x509: malformed version"),
        0..=2 => {}
        _ => return Err("x509: invalid version"),
    }
    let serial = signed.integer("").map_err(|_| "x509: malformed serial number")?;
    if serial[0] & 0x80 != 0 {
        return Err("x509: negative serial number");
    }
    let inner = read(&mut signed, tag::SEQUENCE, "x509: malformed signature algorithm identifier")?;
    let outer_algorithm = read(&mut whole, tag::SEQUENCE, "x509: malformed algorithm identifier")?;
    if inner != outer_algorithm {
        return Err("x509: inner and outer signature algorithm identifiers don't match");
    }
    algorithm(inner)?;
    name(read(&mut signed, tag::SEQUENCE, "x509: malformed issuer")?)?;
    validity(read(&mut signed, tag::SEQUENCE, "x509: malformed validity")?)?;
    name(read(&mut signed, tag::SEQUENCE, "x509: malformed issuer")?)?;

    let mut key = Reader::new(read(&mut signed, tag::SEQUENCE, "x509: malformed spki")?);
    algorithm(read(&mut key, tag::SEQUENCE, "x509: malformed public key algorithm identifier")?)?;
    read(&mut key, tag::BIT_STRING, "x509: malformed subjectPublicKey")?;

    for (unique, text) in [(0x81, "x509: malformed issuerUniqueID"), (0x82, "x509: malformed subjectUniqueID")] {
        if version > 0 && signed.peek() == Some(unique) {
            read(&mut signed, unique, text)?;
        }
    }
    if version == 2 && signed.peek() == Some(0xa3) {
        let content = read(&mut signed, 0xa3, "x509: malformed extensions")?;
        extensions(read(&mut Reader::new(content), tag::SEQUENCE, "x509: malformed extensions")?)?;
    }
    read(&mut whole, tag::BIT_STRING, "x509: malformed signature")?;
    if outer.is_at_end() { Ok(()) } else { Err("x509: trailing data") }
}

fn algorithm(content: &[u8]) -> Result<(), &'static str> {
    let mut fields = Reader::new(content);
    read(&mut fields, tag::OBJECT_IDENTIFIER, "x509: malformed OID")?;
    if !fields.is_at_end() {
        fields.any().map_err(|_| "x509: malformed parameters")?;
    }
    Ok(())
}

fn name(content: &[u8]) -> Result<(), &'static str> {
    let mut sets = Reader::new(content);
    while !sets.is_at_end() {
        let mut set = Reader::new(read(&mut sets, SET, "x509: invalid RDNSequence")?);
        while !set.is_at_end() {
            let attribute = read(&mut set, tag::SEQUENCE, "x509: invalid RDNSequence: invalid attribute")?;
            let mut attribute = Reader::new(attribute);
            read(&mut attribute, tag::OBJECT_IDENTIFIER, "x509: invalid RDNSequence: invalid attribute type")?;
            attribute.any().map_err(|_| "x509: invalid RDNSequence: invalid attribute value")?;
        }
    }
    Ok(())
}

fn validity(content: &[u8]) -> Result<(), &'static str> {
    let mut times = Reader::new(content);
    for _ in 0..2 {
        match times.peek() {
            Some(UTC_TIME) => read(&mut times, UTC_TIME, "x509: malformed UTCTime")?,
            Some(GENERALIZED_TIME) => read(&mut times, GENERALIZED_TIME, "x509: malformed GeneralizedTime")?,
            _ => return Err("x509: unsupported time format"),
        };
    }
    Ok(())
}

fn extensions(content: &[u8]) -> Result<(), &'static str> {
    let mut extensions = Reader::new(content);
    while !extensions.is_at_end() {
        let mut extension = Reader::new(read(&mut extensions, tag::SEQUENCE, "x509: malformed extension")?);
        read(&mut extension, tag::OBJECT_IDENTIFIER, "x509: malformed extension OID field")?;
        if extension.peek() == Some(tag::BOOLEAN) {
            read(&mut extension, tag::BOOLEAN, "x509: malformed extension critical field")?;
        }
        read(&mut extension, tag::OCTET_STRING, "x509: malformed extension value field")?;
    }
    Ok(())
}

fn read<'d>(reader: &mut Reader<'d>, tag: u8, text: &'static str) -> Result<&'d [u8], &'static str> {
    reader.expect(tag, "").map_err(|_| text)
}

fn walk_request(der: &[u8]) -> Result<(), String> {
    let mut outer = Reader::new(der);
    let mut whole = Reader::new(outer.expect(tag::SEQUENCE, "certificateRequest")?);
    let mut signed = Reader::new(whole.expect(tag::SEQUENCE, "tbsCertificateRequest")?);
    signed.small_integer()?;
    let subject = signed.any()?;
    let mut key = Reader::new(signed.expect(tag::SEQUENCE, "publicKeyInfo")?);
    request_algorithm(&mut key)?;
    key.expect(tag::BIT_STRING, "BitString")?;
    signed.expect(0xa0, "")?;
    request_algorithm(&mut whole)?;
    whole.expect(tag::BIT_STRING, "BitString")?;
    if !outer.is_at_end() {
        return Err("asn1: syntax error: trailing data".to_owned());
    }
    Reader::new(subject.whole).expect(tag::SEQUENCE, "RDNSequence")?;
    Ok(())
}

fn request_algorithm(reader: &mut Reader<'_>) -> Result<(), String> {
    let mut fields = Reader::new(reader.expect(tag::SEQUENCE, "AlgorithmIdentifier")?);
    asn1::dotted(fields.expect(tag::OBJECT_IDENTIFIER, "ObjectIdentifier")?)?;
    if !fields.is_at_end() {
        fields.any()?;
    }
    Ok(())
}

const SET: u8 = 0x31;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
