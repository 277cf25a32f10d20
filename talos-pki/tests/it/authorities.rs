//! Authorities and what they sign.

use talos_pki::authority::AUTHORITY_LIFETIME;
use talos_pki::certificate::{AlternativeNames, ExtendedKeyUsage, KeyUsage, Validity};
use talos_pki::error::chain;
use talos_pki::key::{KeyAlgorithm, SignatureAlgorithm, Signer};
use talos_pki::{
    AuthorityParams, Certificate, CertificateAuthority, CertificateRequest, DistinguishedName, KeyPair,
    PemCertificateAndKey, RequestParams, SigningParams,
};

use crate::support::{Os, hours, start};

fn validity() -> Validity {
    Validity::starting_at(start(), hours(24)).unwrap()
}

fn authority(signature: SignatureAlgorithm) -> CertificateAuthority {
    let params = AuthorityParams { signature, ..AuthorityParams::new("test", validity()) };
    CertificateAuthority::generate(&params, &mut Os).unwrap()
}

fn foreign(name: &str) -> CertificateAuthority {
    let read =
        |end: &str| std::fs::read(format!("{}/testdata/foreign/{name}.{end}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    CertificateAuthority::from_pem(&PemCertificateAndKey::new(read("crt"), read("key"))).unwrap()
}

#[test]
fn the_leaf_follows_the_signature_of_the_authority() {
    use SignatureAlgorithm::*;
    for (authority, key, signature) in [
        (authority(Ed25519), KeyAlgorithm::Ed25519, Ed25519),
        (authority(EcdsaSha256), KeyAlgorithm::EcdsaP256, EcdsaSha256),
        (authority(EcdsaSha512), KeyAlgorithm::EcdsaP256, EcdsaSha256),
        (foreign("p384"), KeyAlgorithm::EcdsaP256, EcdsaSha256),
        (foreign("p521"), KeyAlgorithm::EcdsaP256, EcdsaSha256),
    ] {
        let own = authority.certificate();
        own.verify_signature(own).unwrap();
        let params = SigningParams::new(validity());
        let (leaf, pair) = authority.issue(&RequestParams::default(), &params, &mut Os).unwrap();
        assert_eq!(pair.algorithm(), key);
        assert_eq!(leaf.signature_algorithm(), Ok(signature));
        assert_eq!(leaf.public_key(), pair.public_key());
        leaf.verify_signature(own).unwrap();
    }
}

#[test]
fn an_rsa_authority_of_kubeadm_signs_with_sha512() {
    let authority = foreign("rsa2048");
    let request = CertificateRequest::new(&RequestParams::default(), authority.signer(), &mut Os).unwrap();
    let leaf = authority.sign(&request, &SigningParams::new(validity()), &mut Os).unwrap();
    assert_eq!(leaf.signature_algorithm(), Ok(SignatureAlgorithm::RsaSha512));
    leaf.verify_signature(authority.certificate()).unwrap();
}

#[test]
fn the_reference_signs_its_oldest_authorities_with_sha512() {
    let authority = authority(SignatureAlgorithm::EcdsaSha512);
    assert_eq!(authority.certificate().signature_algorithm(), Ok(SignatureAlgorithm::EcdsaSha512));
    assert_eq!(authority.signer().algorithm(), KeyAlgorithm::EcdsaP256);
}

#[test]
fn defaults_of_a_leaf() {
    let authority = authority(SignatureAlgorithm::Ed25519);
    let (leaf, _) = authority.issue(&RequestParams::default(), &SigningParams::new(validity()), &mut Os).unwrap();
    assert!(!leaf.is_authority());
    assert_eq!(leaf.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE));
    assert_eq!(leaf.extended_key_usage(), [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth]);
    assert!(!leaf.is_client_only());

    let params = SigningParams::server(validity()).with_key_encipherment();
    let (leaf, _) = authority.issue(&RequestParams::default(), &params, &mut Os).unwrap();
    assert_eq!(leaf.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT));
    assert_eq!(leaf.extended_key_usage(), [ExtendedKeyUsage::ServerAuth]);
}

#[test]
fn a_leaf_with_its_issuers_name_has_no_authority_key_identifier() {
    let identifier = |leaf: &Certificate| leaf.as_der().windows(5).any(|bytes| bytes == [0x06, 0x03, 0x55, 0x1d, 0x23]);
    let authority = authority(SignatureAlgorithm::Ed25519);
    for (organization, expected) in [("test", false), ("other", true)] {
        let subject = DistinguishedName::from_organizations([organization]);
        let request = RequestParams { subject, ..RequestParams::default() };
        let (leaf, _) = authority.issue(&request, &SigningParams::new(validity()), &mut Os).unwrap();
        assert_eq!(identifier(&leaf), expected, "{organization}");
    }
}

#[test]
fn names_are_critical_only_without_a_subject() {
    const CRITICAL_NAMES: [u8; 8] = [0x06, 0x03, 0x55, 0x1d, 0x11, 0x01, 0x01, 0xff];
    let authority = authority(SignatureAlgorithm::Ed25519);
    let names = AlternativeNames { dns_names: vec!["a".to_owned()], ip_addresses: Vec::new() };
    for (common_name, expected) in [("", true), ("a", false)] {
        let request = RequestParams { subject: DistinguishedName::from_common_name(common_name), names: names.clone() };
        let (leaf, _) = authority.issue(&request, &SigningParams::new(validity()), &mut Os).unwrap();
        assert_eq!(leaf.as_der().windows(8).any(|bytes| bytes == CRITICAL_NAMES), expected);
    }
}

#[test]
fn an_authority_without_organization_has_an_empty_name() {
    let params = AuthorityParams { organizations: Vec::new(), ..AuthorityParams::new("", validity()) };
    let authority = CertificateAuthority::generate(&params, &mut Os).unwrap();
    assert_eq!(authority.certificate().subject(), DistinguishedName::default());
    assert_eq!(authority.certificate().subject().to_string(), "");
}

#[test]
fn a_greedy_request_gets_what_it_may() {
    let request = CertificateRequest::from_pem(include_bytes!("../../testdata/foreign/greedy.csr")).unwrap();
    assert_eq!(request.params().subject.organizations, ["os:impersonator", "os:admin"]);
    let authority = authority(SignatureAlgorithm::EcdsaSha256);
    let params = SigningParams { drop_organizations: true, ..SigningParams::server(validity()) };
    let leaf = authority.sign(&request, &params, &mut Os).unwrap();
    assert_eq!(leaf.subject().to_string(), "CN=node");
    assert!(leaf.roles().is_empty() && !leaf.is_authority());
    assert_eq!(leaf.extended_key_usage(), [ExtendedKeyUsage::ServerAuth]);
    let names = leaf.alternative_names();
    assert_eq!(names.dns_names, ["node"]);
    // An IPv4 address written as IPv6 becomes IPv4.
    assert_eq!(
        names.ip_addresses,
        ["10.0.0.1", "10.0.0.2"].map(|address| address.parse::<std::net::IpAddr>().unwrap())
    );
    assert!(!leaf.as_der().windows(5).any(|bytes| bytes == b"a@b.c" || bytes == b"https"));

    let leaf = authority.sign(&request, &SigningParams::client(validity()), &mut Os).unwrap();
    assert_eq!(leaf.roles().to_strings(), ["os:admin", "os:impersonator"]);
}

#[test]
fn a_request_of_another_kind_of_key_is_refused() {
    let request = CertificateRequest::from_pem(include_bytes!("../../testdata/foreign/greedy.csr")).unwrap();
    let error =
        authority(SignatureAlgorithm::Ed25519).sign(&request, &SigningParams::new(validity()), &mut Os).unwrap_err();
    assert_eq!(chain(&error), "x509: requested SignatureAlgorithm does not match private key type");
}

#[test]
fn a_request_must_be_signed_by_its_key() {
    let authority = authority(SignatureAlgorithm::Ed25519);
    let request = CertificateRequest::new(&RequestParams::default(), authority.signer(), &mut Os).unwrap();
    let mut der = request.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let request = CertificateRequest::from_der(der).unwrap();
    let error = authority.sign(&request, &SigningParams::new(validity()), &mut Os).unwrap_err();
    assert_eq!(chain(&error), "failed verifying CSR signature: x509: Ed25519 verification failure");
}

#[test]
fn a_certificate_of_another_key_is_noticed() {
    let [one, other] = [(), ()].map(|()| authority(SignatureAlgorithm::Ed25519).to_pem());
    let mixed = PemCertificateAndKey::new(one.crt.clone(), other.key.clone());
    let mixed = CertificateAuthority::from_pem(&mixed).unwrap();
    let error = mixed.issue(&RequestParams::default(), &SigningParams::new(validity()), &mut Os).unwrap_err();
    assert_eq!(
        chain(&error),
        "failed to create new certificate: x509: provided PrivateKey doesn't match parent's PublicKey"
    );
}

#[test]
fn an_authority_signed_with_sha1_is_refused() {
    let key = KeyPair::from_pem(include_bytes!("../../testdata/foreign/rsa2048.key")).unwrap();
    let certificate = Certificate::from_pem(include_bytes!("../../testdata/foreign/sha1.crt")).unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=old,ST=state,L=place,OU=unit,O=one+O=two,C=DE");
    let authority = CertificateAuthority::new(certificate, key);
    let error = authority.issue(&RequestParams::default(), &SigningParams::new(validity()), &mut Os).unwrap_err();
    assert_eq!(chain(&error), "unsupported signature algorithm: SHA1-RSA");
}

#[test]
fn broken_pairs_are_refused_certificate_first() {
    let good = authority(SignatureAlgorithm::Ed25519).to_pem();
    let certificate = |der: &[u8]| talos_pki::pem::encode("CERTIFICATE", der);
    for (crt, key, expected) in [
        (Vec::new(), Vec::new(), "failed to parse PEM block"),
        (certificate(b"\0"), Vec::new(), "failed to parse certificate: x509: malformed certificate"),
        (certificate(&[0x30, 0x00]), Vec::new(), "failed to parse certificate: x509: malformed tbs certificate"),
        (good.crt.clone(), Vec::new(), "failed to parse PEM block"),
        (good.crt.clone(), certificate(b"x"), "unsupported key type: \"CERTIFICATE\""),
    ] {
        let error = CertificateAuthority::from_pem(&PemCertificateAndKey::new(crt, key)).unwrap_err();
        assert_eq!(chain(&error), expected);
    }
}

#[test]
fn names_beyond_ascii_are_no_dns_names() {
    let names = AlternativeNames { dns_names: vec!["b\u{fc}ro".to_owned()], ip_addresses: Vec::new() };
    let request = RequestParams { names, ..RequestParams::default() };
    let authority = authority(SignatureAlgorithm::Ed25519);
    let error = CertificateRequest::new(&request, authority.signer(), &mut Os).unwrap_err();
    assert_eq!(chain(&error), "x509: \"b\u{fc}ro\" cannot be encoded as an IA5String");
}

#[test]
fn dates_after_2049_and_beyond_9999() {
    let params = AuthorityParams::new("test", Validity::starting_at(start(), AUTHORITY_LIFETIME * 3).unwrap());
    let authority = CertificateAuthority::generate(&params, &mut Os).unwrap();
    assert_eq!(authority.certificate().validity(), params.validity);
    let params = AuthorityParams::new("test", Validity::starting_at(start(), AUTHORITY_LIFETIME * 900).unwrap());
    let error = CertificateAuthority::generate(&params, &mut Os).unwrap_err();
    assert_eq!(chain(&error), "certificate dates must lie between 1970 and 9999");
}

#[test]
fn other_purposes_are_issued_and_read() {
    let authority = authority(SignatureAlgorithm::Ed25519);
    let issue = |purposes: &[&str]| {
        let mut params = SigningParams::client(validity());
        params.extended_key_usage.extend(purposes.iter().map(|purpose| ExtendedKeyUsage::Other((*purpose).to_owned())));
        authority.issue(&RequestParams::default(), &params, &mut Os)
    };
    // Code signing is one the parser knows, the last is one it does not.
    let purposes = ["1.3.6.1.5.5.7.3.3", "1.3.6.1.4.1.311.20.2.2"];
    let (leaf, _) = issue(&purposes).unwrap();
    let expected = [ExtendedKeyUsage::ClientAuth].into_iter();
    let expected = expected.chain(purposes.map(|purpose| ExtendedKeyUsage::Other(purpose.to_owned())));
    assert_eq!(leaf.extended_key_usage(), expected.collect::<Vec<_>>());
    assert!(!leaf.is_client_only());
    let error = issue(&["code signing"]).unwrap_err();
    assert_eq!(
        chain(&error),
        "failed to create new certificate: \"code signing\" is no object identifier of a purpose, such as \
         1.3.6.1.5.5.7.3.2"
    );
}

#[test]
fn a_key_elsewhere_signs_through_the_trait() {
    let (certificate, key) = {
        let authority = authority(SignatureAlgorithm::EcdsaSha256);
        (authority.certificate().clone(), KeyPair::from_pem(&authority.to_pem().key).unwrap())
    };
    let signer: Box<dyn Signer> = Box::new(key);
    let authority = CertificateAuthority::new(certificate, signer);
    let (leaf, _) = authority.issue(&RequestParams::default(), &SigningParams::new(validity()), &mut Os).unwrap();
    leaf.verify_signature(authority.certificate()).unwrap();
}
