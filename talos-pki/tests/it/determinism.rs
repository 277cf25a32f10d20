//! Repeatable runs.

use talos_pki::deterministic::SeededRandom;
use talos_pki::error::chain;
use talos_pki::key::{KeySpec, SignatureAlgorithm, Signer};
use talos_pki::secrets::{Bundle, EncryptionSecret, Options};
use talos_pki::{FixedClock, KeyPair, Random};

use crate::support::{hex, start};

#[test]
fn two_runs_give_equal_bytes() {
    for (authorities, encryption) in [
        (SignatureAlgorithm::EcdsaSha256, EncryptionSecret::Secretbox),
        (SignatureAlgorithm::EcdsaSha512, EncryptionSecret::AesCbc),
    ] {
        let options = Options { authorities, aggregator: Some(authorities), encryption, ..Options::default() };
        let run = |seed| {
            Bundle::generate(&options, &FixedClock(start()), &mut SeededRandom::new([seed; 32])).unwrap().to_yaml()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }
}

#[test]
fn signatures_are_those_of_rfc_6979() {
    // Appendix A.2.5: P-256, message "sample".
    let key = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    let key = KeyPair::generate(KeySpec::EcdsaP256, &mut crate::support::Script::new(&[key])).unwrap();
    for (algorithm, r, s) in [
        (
            SignatureAlgorithm::EcdsaSha256,
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            SignatureAlgorithm::EcdsaSha512,
            "8496a60b5e9b47c825488827e0495b0e3fa109ec4568fd3f8d1097678eb97f00",
            "2362ab1adbe2b8adf9cb9edab740ea6049c028114f2460f96554f61fae3302fe",
        ),
    ] {
        let signature = key.sign(algorithm, b"sample", &mut SeededRandom::new([0; 32])).unwrap();
        let number = |text| {
            let mut bytes = hex(text);
            if bytes[0] & 0x80 != 0 {
                bytes.insert(0, 0);
            }
            [vec![0x02, bytes.len() as u8], bytes].concat()
        };
        let content = [number(r), number(s)].concat();
        assert_eq!(signature, [vec![0x30, content.len() as u8], content].concat(), "{algorithm:?}");
        key.public_key().verify(algorithm, b"sample", &signature).unwrap();
    }
}

#[test]
fn what_cannot_be_repeated_is_refused() {
    let mut random = SeededRandom::new([0; 32]);
    let error = KeyPair::generate(KeySpec::Rsa2048, &mut random).unwrap_err();
    assert_eq!(chain(&error), "a new RSA key cannot be made repeatable");
    let key = KeyPair::from_pem(include_bytes!("../../testdata/foreign/p384.key")).unwrap();
    let error = key.sign(SignatureAlgorithm::EcdsaSha384, b"", &mut random).unwrap_err();
    assert_eq!(chain(&error), "an ECDSA signature on another curve than P-256 cannot be made repeatable");
}

#[test]
fn the_seeded_source_is_fixed() {
    let mut random = SeededRandom::new([0; 32]);
    let mut bytes = [0; 40];
    random.fill(&mut bytes[..7]).unwrap();
    random.fill(&mut bytes[7..]).unwrap();
    let mut again = [0; 40];
    SeededRandom::new([0; 32]).fill(&mut again).unwrap();
    assert_eq!(bytes, again);
    assert!(random.reproducible());
}
