//! Keys, requests and certificates made one at a time.

use talos_pki::error::chain;
use talos_pki::standalone::{self, Error};
use talos_pki::{Certificate, CertificateAuthority, CertificateRequest, FixedClock, KeyPair, pem};

use crate::support::{Os, hours, start};

const CLOCK: fn() -> FixedClock = || FixedClock(start());
const CA_CRT: &[u8] = include_bytes!("../../testdata/commands/ca.crt");
const CA_KEY: &[u8] = include_bytes!("../../testdata/commands/ca.key");
const KEY: &[u8] = include_bytes!("../../testdata/commands/k.key");
const REQUEST: &[u8] = include_bytes!("../../testdata/commands/k.csr");

fn text<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    chain(&result.unwrap_err())
}

#[test]
fn an_authority_and_its_hash() {
    let authority = standalone::authority("o", 5, false, &CLOCK(), &mut Os).unwrap();
    let certificate = authority.pem.parse_certificate().unwrap();
    assert_eq!(certificate.subject().to_string(), "O=o");
    assert_eq!(certificate.not_after(), start() + hours(5));
    assert_eq!(authority.hash, certificate.fingerprint().to_hash());
    assert_eq!(&*pem::decode(&authority.pem.key).unwrap().label, "ED25519 PRIVATE KEY");
}

#[test]
fn a_lifetime_may_be_negative() {
    let authority = standalone::authority("o", -5, false, &CLOCK(), &mut Os).unwrap();
    assert_eq!(authority.pem.parse_certificate().unwrap().not_after(), start() - hours(5));
    let error = text(standalone::authority("o", i64::MAX, false, &CLOCK(), &mut Os));
    assert_eq!(error, "error generating CA: certificate dates must lie between 1970 and 9999");
}

#[test]
fn the_way_back_into_a_cluster() {
    let key = standalone::key(&mut Os).unwrap();
    let request = standalone::request(&key.key, "127.0.0.1", ["os:admin"], &mut Os).unwrap();
    let authority = CertificateAuthority::new(
        standalone::read_authority_certificate(CA_CRT).unwrap(),
        standalone::read_authority_key(CA_KEY).unwrap(),
    );
    let request = standalone::read_request(&request).unwrap();
    let certificate = standalone::certificate(&authority, &request, 24, &CLOCK(), &mut Os).unwrap();
    let certificate = Certificate::from_pem(&certificate).unwrap();
    assert!(certificate.is_client_only());
    assert_eq!(certificate.roles().to_strings(), ["os:admin"]);
    assert_eq!(certificate.not_after(), start() + hours(24));
    assert_eq!(certificate.public_key(), KeyPair::from_pem(&key.key).unwrap().public_key());
    certificate.verify_signature(authority.certificate()).unwrap();
}

#[test]
fn a_recorded_request_is_signed() {
    let authority = CertificateAuthority::new(
        standalone::read_authority_certificate(CA_CRT).unwrap(),
        standalone::read_authority_key(CA_KEY).unwrap(),
    );
    let request = standalone::read_request(REQUEST).unwrap();
    let certificate = standalone::certificate(&authority, &request, 48, &CLOCK(), &mut Os).unwrap();
    let certificate = Certificate::from_pem(&certificate).unwrap();
    assert_eq!(certificate.subject().organizations, ["os:admin", "os:reader"]);
    assert_eq!(certificate.alternative_names().ip_addresses, ["10.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
}

#[test]
fn several_roles_share_one_set() {
    let request = standalone::request(KEY, "::1", ["os:reader", "os:admin", "os:etcd:backup"], &mut Os).unwrap();
    let request = CertificateRequest::from_pem(&request).unwrap();
    // In the order of the encoding: the shorter first.
    assert_eq!(request.params().subject.organizations, ["os:admin", "os:reader", "os:etcd:backup"]);
    assert_eq!(request.as_der().iter().filter(|&&byte| byte == 0x31).count(), 2);
}

#[test]
fn refusals_of_requests() {
    let request = |key: &[u8], address, roles: &[&str]| text(standalone::request(key, address, roles, &mut Os));
    assert_eq!(request(b"x", "1.1.1.1", &[]), "error decoding PEM");
    assert_eq!(
        request(include_bytes!("../../testdata/foreign/p256.key"), "1.1.1.1", &[]),
        "error parsing ECDSA key: x509: failed to parse private key (use ParseECPrivateKey instead for this key format)"
    );
    assert_eq!(request(KEY, "host", &["x"]), "invalid IP: host");
    assert_eq!(request(KEY, "1.1.1.1", &["x", "os:nope", "os:admin"]), "unknown roles: x, os:nope");
}

#[test]
fn refusals_of_certificates() {
    assert_eq!(text(standalone::read_authority_certificate(b"x")), "error decoding cert PEM");
    assert_eq!(
        text(standalone::read_authority_certificate(KEY)),
        "error parsing cert: x509: malformed tbs certificate"
    );
    assert_eq!(text(standalone::read_authority_key(b"x")), "error decoding key PEM");
    assert_eq!(
        text(standalone::read_authority_key(include_bytes!("../../testdata/commands/rsa.key"))),
        "error parsing EC key: x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)"
    );
    assert_eq!(text(standalone::read_request(b"x")), "error parsing CSR PEM");
    assert_eq!(
        text(standalone::read_request(KEY)),
        "error parsing CSR: asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) \
         {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 \
         timeType:0 set:false omitEmpty:false} tbsCertificateRequest @2"
    );
}

#[test]
fn a_pair_that_signs_itself() {
    let pair = standalone::key_pair("o", Some("10.5.0.1"), &CLOCK(), &mut Os).unwrap();
    let certificate = pair.parse_certificate().unwrap();
    assert!(certificate.is_authority());
    assert_eq!(certificate.not_after(), start() + hours(24));
    assert_eq!(certificate.alternative_names().ip_addresses, ["10.5.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(text(standalone::key_pair("o", Some("x"), &CLOCK(), &mut Os)), "invalid IP: x");
}

#[test]
fn keys_of_secure_boot() {
    let pair = standalone::boot_signing_pair("Test UKI Signing Key", &CLOCK(), &mut Os).unwrap();
    let certificate = pair.parse_certificate().unwrap();
    assert_eq!(certificate.subject().to_string(), "O=Test UKI Signing Key");
    assert_eq!(certificate.not_after(), start() + hours(87_600));
    assert_eq!(&*pem::decode(&pair.key).unwrap().label, "RSA PRIVATE KEY");
    assert_eq!(certificate.public_key().as_der().len(), 550);

    let key = standalone::measurement_signing_key(&mut Os).unwrap();
    let public = pem::decode(&key.public_key).unwrap();
    assert_eq!((&*public.label, public.contents.len()), ("PUBLIC KEY", 294));
    assert_eq!(KeyPair::from_pem(&key.key.key).unwrap().public_key().as_der(), &**public.contents);
}
