//! Equal inputs give the bytes of the reference.

use talos_pki::certificate::{AlternativeNames, Validity};
use talos_pki::{
    AuthorityParams, Certificate, CertificateAuthority, CertificateRequest, DistinguishedName, KeyPair,
    PemCertificateAndKey, RequestParams, Role, RoleSet, SigningParams, base64,
};

use crate::support::{Script, hours, start};

const AUTHORITY_SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const LEAF_SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

fn vector(text: &str) -> Vec<u8> {
    base64::decode(text.trim()).unwrap()
}

fn authority() -> CertificateAuthority {
    let params = AuthorityParams::new("talos", Validity::starting_at(start(), hours(87_600)).unwrap());
    let mut random = Script::new(&[AUTHORITY_SEED, "f0e1d2c3b4a5968778695a4b3c2d1e0f"]);
    CertificateAuthority::generate(&params, &mut random).unwrap()
}

fn server_request() -> RequestParams {
    RequestParams {
        subject: DistinguishedName::from_common_name("node_1"),
        names: AlternativeNames {
            dns_names: vec!["node-1.example.com".to_owned(), "node_1".to_owned()],
            ip_addresses: vec!["10.5.0.4".parse().unwrap(), "fd00::4".parse().unwrap()],
        },
    }
}

#[test]
fn authority_of_the_talos_api() {
    let authority = authority();
    assert_eq!(authority.certificate().as_der(), vector(include_str!("../../testdata/vectors/authority.b64")));

    let key = authority.signer();
    assert_eq!(
        String::from_utf8(key.to_pem().key.clone()).unwrap(),
        "-----BEGIN ED25519 PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
         -----END ED25519 PRIVATE KEY-----\n"
    );
    assert_eq!(
        base64::encode(key.public_key().as_der()),
        "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    );
    let fingerprint = authority.certificate().fingerprint();
    assert_eq!(fingerprint.to_string(), "BuP9j9opu2CrWVV95h7bCuzbIxE0vjDnW0Vfjht5L6k=");
    assert_eq!(fingerprint.to_hash(), "sha256:06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9");
}

#[test]
fn client_certificate_with_three_roles_in_one_set() {
    let roles = RoleSet::from_iter([Role::Reader, Role::Admin, Role::EtcdBackup]);
    let request = RequestParams {
        subject: DistinguishedName::from_organizations(roles.to_strings()),
        ..RequestParams::default()
    };
    let params = SigningParams::client(Validity::starting_at(start(), hours(8760)).unwrap());
    let mut random = Script::new(&[LEAF_SEED, "000102030405060708090a0b0c0d0e0f"]);
    let (certificate, _) = authority().issue(&request, &params, &mut random).unwrap();
    assert_eq!(certificate.as_der(), vector(include_str!("../../testdata/vectors/admin.b64")));
    assert_eq!(certificate.roles(), roles);
    assert!(certificate.is_client_only());
}

#[test]
fn server_certificate_issued_at_once_and_through_its_request() {
    let expected = vector(include_str!("../../testdata/vectors/server.b64"));
    let params = SigningParams::server(Validity::starting_at(start(), hours(24)).unwrap());
    let serial = "7f0102030405060708090a0b0c0d0e0f";

    let mut random = Script::new(&[LEAF_SEED, serial]);
    let (certificate, key) = authority().issue(&server_request(), &params, &mut random).unwrap();
    assert_eq!(certificate.as_der(), expected);

    let request = CertificateRequest::new(&server_request(), &key, &mut Script::new(&[])).unwrap();
    let certificate = authority().sign(&request, &params, &mut Script::new(&[serial])).unwrap();
    assert_eq!(certificate.as_der(), expected);
}

#[test]
fn request_for_a_server_certificate() {
    let expected = vector(include_str!("../../testdata/vectors/request.b64"));
    let key = KeyPair::generate(talos_pki::key::KeySpec::Ed25519, &mut Script::new(&[LEAF_SEED])).unwrap();
    let request = CertificateRequest::new(&server_request(), &key, &mut Script::new(&[])).unwrap();
    assert_eq!(request.as_der(), expected);
    assert_eq!(request.params(), &server_request());
    request.verify().unwrap();
}

#[test]
fn what_the_vectors_say() {
    let read = |text| Certificate::from_der(vector(text)).unwrap();
    let authority = read(include_str!("../../testdata/vectors/authority.b64"));
    let server = read(include_str!("../../testdata/vectors/server.b64"));

    assert!(authority.is_authority() && !server.is_authority());
    assert_eq!(authority.subject().to_string(), "O=talos");
    assert_eq!(server.issuer(), authority.subject());
    assert_eq!(server.subject().to_string(), "CN=node_1");
    assert_eq!(server.alternative_names(), server_request().names);
    assert_eq!(server.validity(), Validity::starting_at(start(), hours(24)).unwrap());
    server.verify_signature(&authority).unwrap();
    authority.verify_signature(&authority).unwrap();
    assert_eq!(authority.verify_signature(&server).unwrap_err().to_string(), "x509: Ed25519 verification failure");
}

#[test]
fn an_authority_survives_its_pem() {
    let pem = authority().to_pem();
    let again = CertificateAuthority::from_pem(&pem).unwrap();
    assert_eq!(again.to_pem(), pem);
    assert_ne!(again.to_pem(), PemCertificateAndKey::default());
}
