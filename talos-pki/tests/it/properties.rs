//! Laws that hold for any input.

use proptest::collection::vec;
use proptest::prelude::*;
use talos_pki::secrets::{Bundle, Certs, Cluster, Secrets, TrustdInfo};
use talos_pki::{PemCertificateAndKey, PemKey, base64, pem};

fn pair() -> impl Strategy<Value = PemCertificateAndKey> {
    (vec(any::<u8>(), 0..80), vec(any::<u8>(), 0..80)).prop_map(|(crt, key)| PemCertificateAndKey::new(crt, key))
}

/// Texts the reference's layout can carry: no block texts, whose layout has known faults.
fn text() -> impl Strategy<Value = String> {
    "[ -~\u{e9}\u{4e2d}]{0,40}"
}

prop_compose! {
    fn bundle()(
        cluster in proptest::option::of((text(), text())),
        secrets in proptest::option::of((text(), text(), text())),
        trustd_info in proptest::option::of(text()),
        certs in proptest::option::of((
            (proptest::option::of(pair()), proptest::option::of(pair()), proptest::option::of(pair())),
            (proptest::option::of(pair()), proptest::option::of(pair()), proptest::option::of(vec(any::<u8>(), 0..80))),
        )),
    ) -> Bundle {
        Bundle {
            cluster: cluster.map(|(id, secret)| Cluster { id, secret }),
            secrets: secrets.map(|(bootstrap_token, aescbc_encryption_secret, secretbox_encryption_secret)| Secrets {
                bootstrap_token, aescbc_encryption_secret, secretbox_encryption_secret,
            }),
            trustd_info: trustd_info.map(|token| TrustdInfo { token }),
            certs: certs.map(|((admin, etcd, k8s), (k8s_aggregator, os, key))| Certs {
                admin, etcd, k8s, k8s_aggregator, k8s_service_account: key.map(PemKey::new), os,
            }),
        }
    }
}

proptest! {
    #[test]
    fn base64_comes_back(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(base64::decode(base64::encode(&bytes)).unwrap(), &bytes[..]);
        prop_assert_eq!(base64::decode_url(base64::encode_url(&bytes)).unwrap(), &bytes[..]);
    }

    #[test]
    fn base64_takes_any_text(text in "[A-Za-z0-9+/=\n\r* ]{0,40}") {
        if let Err(error) = base64::decode(&text) {
            prop_assert!(error.position <= text.len());
        }
    }

    #[test]
    fn pem_comes_back(label in "[A-Z ]{0,20}", bytes in vec(any::<u8>(), 0..300), before in "[a-z\n]{0,20}") {
        let mut text = format!("{before}\n").into_bytes();
        text.extend(pem::encode(&label, &bytes));
        let block = pem::decode(&text).unwrap();
        prop_assert_eq!(&*block.label, label.as_str());
        prop_assert_eq!(&**block.contents, &bytes[..]);
        prop_assert_eq!(block.rest, b"");
    }

    #[test]
    fn pem_takes_any_text(text in "((-----)|(BEGIN )|(END )|\n|A|:|=|[ -~]){0,40}") {
        let _ = pem::decode(text.as_bytes());
        prop_assert!(pem::blocks(text.as_bytes()).count() <= text.len());
    }

    #[test]
    fn bundles_come_back(bundle in bundle()) {
        let text = bundle.to_yaml();
        let again = Bundle::from_yaml(text.as_str()).unwrap();
        prop_assert_eq!(&again, &bundle);
        prop_assert_eq!(again.to_yaml(), text);
    }

    #[test]
    fn bundles_take_any_bytes(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Bundle::from_yaml(bytes);
    }
}

#[cfg(feature = "issue")]
mod issue {
    use proptest::prelude::*;
    use talos_pki::{Certificate, CertificateRequest, DistinguishedName, KeyPair, RequestParams};

    fn broken(der: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4usize), 0..6).prop_map(move |edits| {
            let mut der = der.to_vec();
            for (place, byte, edit) in edits {
                let place = place.index(der.len());
                match edit {
                    0 => der[place] = byte,
                    1 => der.insert(place, byte),
                    2 => der.truncate(place.max(1)),
                    _ => drop(der.remove(place)),
                }
                if der.is_empty() {
                    der.push(byte);
                }
            }
            der
        })
    }

    fn vector(text: &str) -> &'static [u8] {
        talos_pki::base64::decode(text.trim()).unwrap().leak()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn readers_take_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = Certificate::from_der(bytes.clone());
            let _ = CertificateRequest::from_der(bytes.clone());
            let _ = KeyPair::from_pkcs8(&bytes);
            for label in ["EC PRIVATE KEY", "RSA PRIVATE KEY", "ED25519 PRIVATE KEY", "PRIVATE KEY"] {
                let _ = KeyPair::from_pem(&talos_pki::pem::encode(label, &bytes));
            }
        }

        #[test]
        fn broken_certificates_are_refused_or_answer(der in broken(vector(include_str!("../../testdata/vectors/server.b64")))) {
            if let Ok(certificate) = Certificate::from_der(der) {
                let _ = format!("{certificate:?}");
                let _ = (certificate.key_usage(), certificate.extended_key_usage(), certificate.is_authority());
                let _ = certificate.verify_signature(&certificate);
            }
        }

        #[test]
        fn broken_requests_are_refused_or_answer(der in broken(vector(include_str!("../../testdata/vectors/request.b64")))) {
            if let Ok(request) = CertificateRequest::from_der(der) {
                let _ = format!("{request:?}");
                let _ = request.verify();
            }
        }

        #[test]
        fn broken_keys_are_refused_or_sign(der in broken(PKCS8)) {
            if let Ok(key) = KeyPair::from_pkcs8(&der) {
                let again = KeyPair::from_pem(&key.to_pem().key).unwrap();
                prop_assert_eq!(again.public_key(), key.public_key());
            }
        }

        #[test]
        fn names_come_back(
            organizations in proptest::collection::vec("[ -~\u{e9}]{1,12}", 0..5),
            common_name in "[ -~\u{e9}]{0,12}",
        ) {
            let subject = DistinguishedName { organizations, common_name, ..DistinguishedName::default() };
            let key = KeyPair::from_pkcs8(PKCS8).unwrap();
            let params = RequestParams { subject: subject.clone(), ..RequestParams::default() };
            let request = CertificateRequest::new(&params, &key, &mut crate::support::Os).unwrap();
            let read = &request.params().subject;
            prop_assert_eq!(&read.common_name, &subject.common_name);
            let sorted = |names: &[String]| { let mut names = names.to_vec(); names.sort(); names };
            prop_assert_eq!(sorted(&read.organizations), sorted(&subject.organizations));
        }
    }

    const PKCS8: &[u8] = &[
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, 1, 2, 3, 4, 5,
        6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    ];
}
