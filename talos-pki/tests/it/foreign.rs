//! Our certificates before two foreign verifiers, and foreign ones before ours.

use std::time::Duration;

use ed25519_dalek::Verifier;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::key::{KeyAlgorithm, SignatureAlgorithm};
use talos_pki::{
    AuthorityParams, Certificate, CertificateAuthority, CertificateRequest, DistinguishedName, KeyPair, RequestParams,
    SigningParams,
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::FromDer;

use crate::support::{Os, hours, start};

fn authority(signature: SignatureAlgorithm, organizations: &[&str]) -> CertificateAuthority {
    let params = AuthorityParams {
        organizations: organizations.iter().map(ToString::to_string).collect(),
        signature,
        ..AuthorityParams::new("", Validity::starting_at(start(), hours(87_600)).unwrap())
    };
    CertificateAuthority::generate(&params, &mut Os).unwrap()
}

fn server() -> RequestParams {
    RequestParams {
        subject: DistinguishedName::from_organizations(["b", "a", "bb"]).with_common_name("node_1"),
        names: AlternativeNames {
            dns_names: vec!["node.example".to_owned()],
            ip_addresses: vec!["10.5.0.4".parse().unwrap(), "fd00::4".parse().unwrap()],
        },
    }
}

fn verify_with_webpki(authority: &Certificate, leaf: &Certificate, usage: KeyUsage) -> Result<(), webpki::Error> {
    let root = CertificateDer::from(authority.as_der());
    let anchor = anchor_from_trusted_cert(&root).unwrap();
    let leaf = CertificateDer::from(leaf.as_der());
    let leaf = EndEntityCert::try_from(&leaf).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_701_388_860));
    leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[anchor], &[], now, usage, None, None).map(|_| ())
}

fn verify_with_x509_parser(authority: &Certificate, leaf: &Certificate) {
    let (_, authority) = x509_parser::certificate::X509Certificate::from_der(authority.as_der()).unwrap();
    let (_, leaf) = x509_parser::certificate::X509Certificate::from_der(leaf.as_der()).unwrap();
    leaf.verify_signature(Some(authority.public_key())).unwrap();
    authority.verify_signature(None).unwrap();
    assert!(leaf.extensions_map().is_ok(), "no extension stands twice");
}

#[test]
fn webpki_accepts_our_servers_and_clients() {
    use SignatureAlgorithm::*;
    for signature in [Ed25519, EcdsaSha256, EcdsaSha512] {
        for organizations in [&["talos"][..], &[], &["one", "two"]] {
            let authority = authority(signature, organizations);
            let validity = Validity::starting_at(start(), hours(24)).unwrap();
            let (leaf, _) = authority.issue(&server(), &SigningParams::server(validity), &mut Os).unwrap();
            verify_with_webpki(authority.certificate(), &leaf, KeyUsage::server_auth()).unwrap();
            verify_with_webpki(authority.certificate(), &leaf, KeyUsage::client_auth()).unwrap_err();
            let der = CertificateDer::from(leaf.as_der());
            let checked = EndEntityCert::try_from(&der).unwrap();
            for name in ["node.example", "10.5.0.4", "fd00::4"] {
                checked.verify_is_valid_for_subject_name(&ServerName::try_from(name).unwrap()).unwrap();
            }
            checked.verify_is_valid_for_subject_name(&ServerName::try_from("other.example").unwrap()).unwrap_err();

            let (leaf, _) = authority.issue(&server(), &SigningParams::client(validity), &mut Os).unwrap();
            verify_with_webpki(authority.certificate(), &leaf, KeyUsage::client_auth()).unwrap();
        }
    }
}

#[test]
fn x509_parser_verifies_our_signatures() {
    use SignatureAlgorithm::*;
    for signature in [Ed25519, EcdsaSha256] {
        let authority = authority(signature, &["one", "two"]);
        let params = SigningParams::new(Validity::starting_at(start(), hours(24)).unwrap());
        let (leaf, key) = authority.issue(&server(), &params, &mut Os).unwrap();
        verify_with_x509_parser(authority.certificate(), &leaf);

        let request = CertificateRequest::new(&server(), &key, &mut Os).unwrap();
        let (_, parsed) =
            x509_parser::certification_request::X509CertificationRequest::from_der(request.as_der()).unwrap();
        parsed.verify_signature().unwrap();
    }
}

#[test]
fn dalek_verifies_our_ed25519() {
    let authority = authority(SignatureAlgorithm::Ed25519, &["talos"]);
    let certificate = authority.certificate();
    let (_, parsed) = x509_parser::certificate::X509Certificate::from_der(certificate.as_der()).unwrap();
    let key: [u8; 32] = parsed.public_key().subject_public_key.data.as_ref().try_into().unwrap();
    let signature = ed25519_dalek::Signature::from_slice(&parsed.signature_value.data).unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).unwrap();
    key.verify(parsed.tbs_certificate.as_ref(), &signature).unwrap();
}

#[test]
fn certificates_of_rcgen_are_verified_and_loaded() {
    for algorithm in [
        &rcgen::PKCS_ED25519,
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
        &rcgen::PKCS_ECDSA_P521_SHA512,
    ] {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::new(params, &key);

        let leaf_key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let params = rcgen::CertificateParams::new(["node.example".to_owned(), "10.0.0.1".to_owned()]).unwrap();
        let leaf = params.signed_by(&leaf_key, &issuer).unwrap();

        let root = Certificate::from_der(root.der().to_vec()).unwrap();
        let leaf = Certificate::from_der(leaf.der().to_vec()).unwrap();
        leaf.verify_signature(&root).unwrap();
        root.verify_signature(&root).unwrap();
        assert!(root.is_authority() && !leaf.is_authority());
        assert_eq!(leaf.alternative_names().dns_names, ["node.example"]);

        // A foreign authority signs with our code, and its own verifier accepts that.
        let key = KeyPair::from_pem(key.serialize_pem().as_bytes()).unwrap();
        assert_eq!(key.public_key(), root.public_key());
        let own = CertificateAuthority::new(root, key);
        let params = SigningParams::server(Validity::starting_at(start(), hours(24)).unwrap());
        let (leaf, _) = own.issue(&server(), &params, &mut Os).unwrap();
        if own.signer().algorithm() != KeyAlgorithm::EcdsaP521 {
            verify_with_webpki(own.certificate(), &leaf, KeyUsage::server_auth()).unwrap();
        }
        leaf.verify_signature(own.certificate()).unwrap();
    }
}

#[test]
fn requests_of_rcgen_are_signed() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut params = rcgen::CertificateParams::new(["node.example".to_owned()]).unwrap();
    params.distinguished_name.push(rcgen::DnType::OrganizationName, "os:reader");
    let request = params.serialize_request(&key).unwrap();
    let request = CertificateRequest::from_der(request.der().to_vec()).unwrap();
    let authority = authority(SignatureAlgorithm::Ed25519, &["talos"]);
    let params = SigningParams::client(Validity::starting_at(start(), hours(24)).unwrap());
    let leaf = authority.sign(&request, &params, &mut Os).unwrap();
    assert_eq!(leaf.roles().to_strings(), ["os:reader"]);
    assert_eq!(leaf.alternative_names().dns_names, ["node.example"]);
    verify_with_webpki(authority.certificate(), &leaf, KeyUsage::client_auth()).unwrap();
}

#[test]
fn authorities_of_openssl_are_accepted_by_both() {
    for name in ["p256", "p384", "p521", "rsa2048"] {
        let text = std::fs::read(format!("{}/testdata/foreign/{name}.crt", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let certificate = Certificate::from_pem(&text).unwrap();
        certificate.verify_signature(&certificate).unwrap();
    }
}
