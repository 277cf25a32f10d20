//! Side by side with rcgen.

use talos_pki::certificate::Validity;
use talos_pki::key::{KeyAlgorithm, SignatureAlgorithm};
use talos_pki::{AuthorityParams, Certificate, CertificateAuthority, KeyPair};

use crate::support::{Os, hours, start};

fn authority(signature: SignatureAlgorithm, organizations: &[&str]) -> CertificateAuthority {
    let params = AuthorityParams {
        organizations: organizations.iter().map(ToString::to_string).collect(),
        signature,
        ..AuthorityParams::new("", Validity::starting_at(start(), hours(1)).unwrap())
    };
    CertificateAuthority::generate(&params, &mut Os).unwrap()
}

#[test]
fn our_authority_issues_through_rcgen() {
    for signature in [SignatureAlgorithm::Ed25519, SignatureAlgorithm::EcdsaSha256] {
        let authority = authority(signature, &["talos"]);
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &authority.to_rcgen().unwrap()).unwrap();
        let leaf = Certificate::from_der(leaf.der().to_vec()).unwrap();
        assert_eq!(leaf.issuer().to_string(), "O=talos");
        leaf.verify_signature(authority.certificate()).unwrap();
    }
}

#[test]
fn rcgen_refuses_several_organizations() {
    let authority = authority(SignatureAlgorithm::Ed25519, &["one", "two"]);
    assert!(authority.to_rcgen().is_err());
}

#[test]
fn keys_of_rcgen_become_ours() {
    for (algorithm, expected) in
        [(&rcgen::PKCS_ED25519, KeyAlgorithm::Ed25519), (&rcgen::PKCS_ECDSA_P256_SHA256, KeyAlgorithm::EcdsaP256)]
    {
        let theirs = rcgen::KeyPair::generate_for(algorithm).unwrap();
        let ours = KeyPair::try_from(&theirs).unwrap();
        assert_eq!(ours.algorithm(), expected);
        assert_eq!(ours.public_key().as_der(), rcgen::PublicKeyData::subject_public_key_info(&theirs));
    }
}
