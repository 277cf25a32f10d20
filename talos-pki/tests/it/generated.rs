//! New bundles.

use talos_pki::FixedClock;
use talos_pki::authority::AUTHORITY_LIFETIME;
use talos_pki::certificate::Validity;
use talos_pki::key::{KeyAlgorithm, KeySpec, SignatureAlgorithm};
use talos_pki::secrets::{Bundle, EncryptionSecret, Options};

use crate::support::{Os, start};

/// What versions differ in: RSA up to 0.8, SHA-512 up to 0.12, AES-CBC up to 1.2, an RSA service account after 1.6.
fn options(version: (u8, u8)) -> Options {
    let authorities = match version {
        (0, ..=8) => SignatureAlgorithm::RsaSha512,
        (0, 9..=12) => SignatureAlgorithm::EcdsaSha512,
        _ => SignatureAlgorithm::EcdsaSha256,
    };
    let first = version <= (0, 8);
    let service_account = if version > (1, 6) { KeySpec::Rsa4096 } else { KeySpec::EcdsaP256 };
    Options {
        authorities,
        aggregator: (!first).then_some(authorities),
        service_account: (!first).then_some(service_account),
        encryption: if version > (1, 2) { EncryptionSecret::Secretbox } else { EncryptionSecret::AesCbc },
    }
}

#[test]
fn the_default_is_version_1_5() {
    assert_eq!(Options::default(), options((1, 5)));
}

#[test]
fn bundles_of_every_version_verify() {
    let versions = (8..=14).map(|minor| (0, minor)).chain((0..=7).map(|minor| (1, minor)));
    for version in versions {
        let options = options(version);
        let bundle = Bundle::generate(&options, &FixedClock(start()), &mut Os).unwrap();
        let problems: Vec<_> = bundle.validate_fully().iter().map(ToString::to_string).collect();
        let expected: &[&str] = if version == (0, 8) {
            &["certs.k8saggregator is required", "certs.k8sserviceaccount is required"]
        } else {
            &[]
        };
        assert_eq!(problems, expected, "{version:?}");

        let certs = bundle.certs.as_ref().unwrap();
        for (pair, subject, signature) in [
            (&certs.os, "O=talos", Some(SignatureAlgorithm::Ed25519)),
            (&certs.etcd, "O=etcd", Some(options.authorities)),
            (&certs.k8s, "O=kubernetes", Some(options.authorities)),
            (&certs.k8s_aggregator, "", options.aggregator),
        ] {
            assert_eq!(pair.is_some(), signature.is_some());
            let (Some(pair), Some(signature)) = (pair, signature) else { continue };
            let certificate = pair.parse_certificate().unwrap();
            assert_eq!(certificate.subject().to_string(), subject);
            assert_eq!(certificate.signature_algorithm(), Ok(signature));
            assert_eq!(certificate.validity(), Validity::starting_at(start(), AUTHORITY_LIFETIME).unwrap());
            assert!(certificate.is_authority());
            certificate.verify_signature(&certificate).unwrap();
            assert_eq!(pair.parse_key().unwrap().public_key(), certificate.public_key());
        }
        if let Some(key) = &certs.k8s_service_account {
            let expected = if version > (1, 6) { KeyAlgorithm::Rsa } else { KeyAlgorithm::EcdsaP256 };
            assert_eq!(key.parse().unwrap().algorithm(), expected);
        }
        let secrets = bundle.secrets.as_ref().unwrap();
        assert_eq!(secrets.aescbc_encryption_secret.is_empty(), version > (1, 2));
        assert_eq!(secrets.secretbox_encryption_secret.is_empty(), version <= (1, 2));
        assert_eq!(Bundle::from_yaml(bundle.to_yaml().as_str()).unwrap(), bundle);
    }
}

#[test]
fn the_shape_is_that_of_recorded_bundles() {
    // Values differ, keys and nulls do not.
    let shape = |text: &str| {
        text.lines()
            .map(|line| if line.ends_with("null") { line } else { line.split(": ").next().unwrap() }.to_owned())
            .collect::<Vec<_>>()
    };
    for (version, recorded) in [
        ((0, 8), include_str!("../../testdata/bundles/secrets-v0.8.yaml")),
        ((0, 12), include_str!("../../testdata/bundles/secrets-v0.12.yaml")),
        ((1, 2), include_str!("../../testdata/bundles/secrets-v1.2.yaml")),
        ((1, 5), include_str!("../../testdata/bundles/secrets-v1.5.yaml")),
    ] {
        let bundle = Bundle::generate(&options(version), &FixedClock(start()), &mut Os).unwrap();
        assert_eq!(shape(&bundle.to_yaml()), shape(recorded), "{version:?}");
    }
}

#[test]
fn certificates_have_the_structure_of_recorded_ones() {
    let recorded = Bundle::from_yaml(include_str!("../../testdata/bundles/secrets-v1.5.yaml")).unwrap().certs.unwrap();
    let generated = Bundle::generate(&Options::default(), &FixedClock(start()), &mut Os).unwrap().certs.unwrap();
    for (ours, theirs) in [
        (&generated.os, &recorded.os),
        (&generated.etcd, &recorded.etcd),
        (&generated.k8s, &recorded.k8s),
        (&generated.k8s_aggregator, &recorded.k8s_aggregator),
    ] {
        let outline = |text: &[u8]| outline(&talos_pki::pem::decode(text).unwrap().contents);
        let (ours, theirs) = (ours.as_ref().unwrap(), theirs.as_ref().unwrap());
        assert_eq!(outline(&ours.crt), outline(&theirs.crt));
        assert_eq!(outline(&ours.key), outline(&theirs.key));
    }
}

#[test]
fn what_is_there_stays() {
    let mut bundle = Bundle::from_yaml(include_str!("../../testdata/bundles/secrets-v1.2.yaml")).unwrap();
    let before = bundle.clone();
    bundle.complete(&options((1, 2)), &FixedClock(start()), &mut Os).unwrap();
    assert_eq!(bundle, before);
    bundle.complete(&options((1, 5)), &FixedClock(start()), &mut Os).unwrap();
    let [secrets, old] = [&bundle, &before].map(|bundle| bundle.secrets.clone().unwrap());
    assert_eq!(secrets.aescbc_encryption_secret, old.aescbc_encryption_secret);
    assert_eq!(secrets.secretbox_encryption_secret.len(), 44);
    assert_eq!(bundle.certs, before.certs);
}

#[test]
fn ten_thousand_tokens_are_even() {
    let mut counts = [0u32; 256];
    for _ in 0..10_000 {
        let token = talos_pki::secrets::generate_token(&mut Os).unwrap();
        let (id, secret) = token.split_once('.').unwrap();
        assert_eq!((id.len(), secret.len()), (6, 16));
        for byte in id.bytes().chain(secret.bytes()) {
            counts[usize::from(byte)] += 1;
        }
    }
    let total: u32 = counts.iter().sum();
    let allowed: Vec<_> = (b'0'..=b'9').chain(b'a'..=b'z').map(|byte| counts[usize::from(byte)]).collect();
    assert_eq!(total, allowed.iter().sum::<u32>());
    let mean = f64::from(total) / 36.0;
    let spread: f64 = allowed.iter().map(|&count| (f64::from(count) - mean).powi(2) / mean).sum();
    // Chi square with 35 degrees of freedom: 100 is met by chance once in about 10^8 runs.
    assert!(spread < 100.0, "{spread}");
}

/// Tags, and lengths of values that do not depend on chance.
fn outline(der: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = der;
    while let [tag, length, after @ ..] = rest {
        let (length, after) = match length {
            0x81 => (usize::from(after[0]), &after[1..]),
            0x82 => (usize::from(after[0]) << 8 | usize::from(after[1]), &after[2..]),
            short => (usize::from(*short), after),
        };
        let (content, next) = after.split_at(length);
        match tag {
            // Numbers and signatures vary in length.
            0x02 | 0x03 if length > 8 => lines.push(format!("{tag:02x}")),
            0x17 | 0x18 => lines.push(format!("{tag:02x}")),
            tag if tag & 0x20 != 0 => {
                lines.push(format!("{tag:02x}"));
                lines.extend(outline(content));
            }
            0x04 if matches!(length, 20 | 22 | 32 | 34) => lines.push(format!("{tag:02x} {length}")),
            tag => lines.push(format!("{tag:02x} {content:02x?}")),
        }
        rest = next;
    }
    lines
}
