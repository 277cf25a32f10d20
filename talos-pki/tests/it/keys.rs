//! Keys: encodings, signatures, refusals.

use talos_pki::error::chain;
use talos_pki::key::{Error, KeyAlgorithm, KeySpec, SignatureAlgorithm, Signer};
use talos_pki::{KeyPair, PemCertificateAndKey, PemKey, base64, pem};

use crate::support::{Os, Script};

const ED25519: &[u8] = include_bytes!("../../testdata/foreign/ed25519-pkcs8.key");
const P256: &[u8] = include_bytes!("../../testdata/foreign/p256.key");
const P256_PKCS8: &[u8] = include_bytes!("../../testdata/foreign/p256-pkcs8.key");
const P384: &[u8] = include_bytes!("../../testdata/foreign/p384.key");
const P521: &[u8] = include_bytes!("../../testdata/foreign/p521.key");
const RSA: &[u8] = include_bytes!("../../testdata/foreign/rsa2048.key");
const RSA_PKCS8: &[u8] = include_bytes!("../../testdata/foreign/rsa2048-pkcs8.key");

#[test]
fn new_keys_have_the_forms_of_the_reference() {
    for (spec, label, length, public_label, public_length) in [
        (KeySpec::Ed25519, "ED25519 PRIVATE KEY", 48, "ED25519 PUBLIC KEY", 44),
        (KeySpec::EcdsaP256, "EC PRIVATE KEY", 121, "EC PUBLIC KEY", 91),
    ] {
        let key = KeyPair::generate(spec, &mut Os).unwrap();
        let text = key.to_pem();
        let block = pem::decode(&text.key).unwrap();
        assert_eq!((&*block.label, block.contents.len()), (label, length));
        let public = key.public_key().to_pem();
        let block = pem::decode(&public).unwrap();
        assert_eq!((&*block.label, block.contents.len()), (public_label, public_length));
        assert_eq!(KeyPair::from_pem(&text.key).unwrap().public_key(), key.public_key());
    }
}

#[test]
fn new_rsa_keys_are_pkcs1() {
    let key = KeyPair::generate(KeySpec::Rsa2048, &mut Os).unwrap();
    let text = key.to_pem();
    let block = pem::decode(&text.key).unwrap();
    assert_eq!(&*block.label, "RSA PRIVATE KEY");
    assert_eq!(block.contents[..7], [0x30, 0x82, block.contents[2], block.contents[3], 0x02, 0x01, 0x00]);
    assert_eq!(&*pem::decode(&key.public_key().to_pem()).unwrap().label, "PUBLIC KEY");
    assert_eq!(KeyPair::from_pem(&text.key).unwrap().public_key(), key.public_key());
}

#[test]
fn a_small_private_number_is_padded() {
    let mut random = Script::new(&["0000000000000000000000000000000000000000000000000000000000000001"]);
    let key = KeyPair::generate(KeySpec::EcdsaP256, &mut random).unwrap();
    let text = key.to_pem();
    let der = pem::decode(&text.key).unwrap().contents.to_vec();
    assert_eq!(der.len(), 121);
    assert_eq!(der[5..7], [0x04, 32]);
}

#[test]
fn numbers_beyond_the_order_of_the_curve_are_drawn_again() {
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let zero = "0000000000000000000000000000000000000000000000000000000000000000";
    let good = "00000000000000000000000000000000000000000000000000000000000000ff";
    let drawn = KeyPair::generate(KeySpec::EcdsaP256, &mut Script::new(&[order, zero, good])).unwrap();
    let expected = KeyPair::generate(KeySpec::EcdsaP256, &mut Script::new(&[good])).unwrap();
    assert_eq!(drawn.public_key(), expected.public_key());
}

#[test]
fn a_failing_source_makes_no_key() {
    let error = KeyPair::generate(KeySpec::Ed25519, &mut Script::new(&["00"])).unwrap_err();
    assert_eq!(chain(&error), "could not draw a new key: random source failed: the script is at its end");
}

#[test]
fn foreign_keys_are_read_in_every_container() {
    for (text, algorithm) in [
        (ED25519, KeyAlgorithm::Ed25519),
        (P256, KeyAlgorithm::EcdsaP256),
        (P256_PKCS8, KeyAlgorithm::EcdsaP256),
        (P384, KeyAlgorithm::EcdsaP384),
        (P521, KeyAlgorithm::EcdsaP521),
        (RSA, KeyAlgorithm::Rsa),
        (RSA_PKCS8, KeyAlgorithm::Rsa),
    ] {
        let key = KeyPair::from_pem(text).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let again = KeyPair::from_pem(&key.to_pem().key).unwrap();
        assert_eq!(again.public_key(), key.public_key());
    }
    // What was written in the usual form is written back byte for byte.
    for text in [P256, P384, P521, RSA] {
        assert_eq!(KeyPair::from_pem(text).unwrap().to_pem().key, text);
    }
}

#[test]
fn every_fitting_signature_is_made_and_verified() {
    use SignatureAlgorithm::*;
    for (text, fitting) in [
        (ED25519, &[Ed25519][..]),
        (P256, &[EcdsaSha256, EcdsaSha384, EcdsaSha512]),
        (P384, &[EcdsaSha256, EcdsaSha384, EcdsaSha512]),
        (P521, &[EcdsaSha256, EcdsaSha384, EcdsaSha512]),
        (RSA, &[RsaSha256, RsaSha384, RsaSha512]),
    ] {
        let key = KeyPair::from_pem(text).unwrap();
        for algorithm in [Ed25519, EcdsaSha256, EcdsaSha384, EcdsaSha512, RsaSha256, RsaSha384, RsaSha512] {
            let signature = key.sign(algorithm, b"message", &mut Os);
            if !fitting.contains(&algorithm) {
                assert!(matches!(signature, Err(Error::AlgorithmMismatch)), "{algorithm:?}");
                assert!(matches!(key.public_key().verify(algorithm, b"", b""), Err(Error::CannotVerify)));
                continue;
            }
            let signature = signature.unwrap();
            key.public_key().verify(algorithm, b"message", &signature).unwrap();
            assert!(matches!(
                key.public_key().verify(algorithm, b"massage", &signature),
                Err(Error::BadSignature { .. })
            ));
        }
    }
}

#[test]
fn refusals_use_the_words_of_the_reference() {
    let rename = |text: &[u8], from: &str, to: &str| String::from_utf8(text.to_vec()).unwrap().replace(from, to);
    for (text, expected) in [
        (String::new(), "failed to parse PEM block"),
        (rename(P256, "EC PRIVATE", "OPENSSH PRIVATE"), "unsupported key type: \"OPENSSH PRIVATE KEY\""),
        (
            rename(P256, "EC PRIVATE", "ED25519 PRIVATE"),
            "failed to parse Ed25519 key: x509: failed to parse private key (use ParseECPrivateKey instead for this key format)",
        ),
        (
            rename(P256, "EC PRIVATE", "RSA PRIVATE"),
            "failed to parse RSA key: x509: failed to parse private key (use ParseECPrivateKey instead for this key format)",
        ),
        (
            rename(RSA, "RSA PRIVATE", "EC PRIVATE"),
            "failed to parse ECDSA key: x509: failed to parse private key (use ParsePKCS1PrivateKey instead for this key format)",
        ),
        (rename(P256_PKCS8, "PRIVATE", "ED25519 PRIVATE"), "failed parsing Ed25519 key, got wrong key type"),
        (
            rename(P256_PKCS8, "PRIVATE", "EC PRIVATE"),
            "failed to parse ECDSA key: x509: failed to parse private key (use ParsePKCS8PrivateKey instead for this key format)",
        ),
        (
            rename(include_bytes!("../../testdata/foreign/p224.key"), "", ""),
            "failed to parse ECDSA key: x509: unknown elliptic curve",
        ),
        (
            rename(include_bytes!("../../testdata/foreign/p256-explicit.key"), "", ""),
            "failed to parse ECDSA key: x509: unknown elliptic curve",
        ),
        (
            "-----BEGIN ED25519 PRIVATE KEY-----\nAAAA\n-----END ED25519 PRIVATE KEY-----".to_owned(),
            "failed to parse Ed25519 key: asn1: structure error: tags don't match (16 vs {class:0 tag:0 length:0 \
             isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> \
             tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} pkcs8 @2",
        ),
    ] {
        let error = PemCertificateAndKey::new("", text.clone()).parse_key().unwrap_err();
        assert_eq!(chain(&error), expected, "{text}");
    }
    let error = PemKey::new(rename(P256, "EC PRIVATE", "X")).parse().unwrap_err();
    assert_eq!(chain(&error), "unsupported key type \"X KEY\"");
}

#[test]
fn a_short_sec1_key_without_its_curve_is_refused() {
    let mut der = vec![0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend([7; 32]);
    let error = KeyPair::from_pem(&pem::encode("EC PRIVATE KEY", &der)).unwrap_err();
    assert_eq!(chain(&error), "failed to parse ECDSA key: x509: unknown elliptic curve");
}

#[test]
fn pkcs8_of_version_1_is_read_and_written_as_version_0() {
    let mut der = vec![0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    der.extend([7; 32]);
    der.extend([0x81, 0x21, 0x00]);
    der.extend([9; 32]);
    let key = KeyPair::from_pem(&pem::encode("ED25519 PRIVATE KEY", &der)).unwrap();
    let text = key.to_pem();
    assert_eq!(pem::decode(&text.key).unwrap().contents.len(), 48);
}

#[test]
fn debug_shows_no_private_part() {
    let key = KeyPair::from_pem(ED25519).unwrap();
    let seed = pem::decode(&key.to_pem().key).unwrap().contents[16..].to_vec();
    let shown = format!("{key:?}");
    assert!(!shown.contains(&base64::encode(&seed)) && !shown.contains(&format!("{seed:?}")), "{shown}");
}
