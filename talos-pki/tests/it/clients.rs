//! Credentials of people.

use talos_pki::certificate::{ExtendedKeyUsage, KeyUsage, Validity};
use talos_pki::client::{self, CLIENT_LIFETIME, KubernetesUser};
use talos_pki::error::chain;
use talos_pki::kubeconfig::Kubeconfig;
use talos_pki::secrets::Bundle;
use talos_pki::{FixedClock, PemCertificateAndKey, Role, RoleSet};

use crate::support::{Os, hours, start};

fn bundle() -> Bundle {
    Bundle::from_yaml(include_str!("../../testdata/bundles/talosctl-v1.5.5.yaml")).unwrap()
}

#[test]
fn an_administrator_of_talos() {
    let authority = bundle().certs.unwrap().os.take().unwrap();
    let roles = RoleSet::from_iter([Role::Reader, Role::Admin]);
    let validity = Validity::starting_at(start(), CLIENT_LIFETIME).unwrap();
    let pair = client::talos(&authority, &roles, validity, &mut Os).unwrap();
    let certificate = pair.parse_certificate().unwrap();
    assert_eq!(certificate.roles(), roles);
    assert_eq!(certificate.subject().common_name, "");
    assert_eq!(certificate.validity(), Validity::starting_at(start(), hours(8760)).unwrap());
    assert_eq!(certificate.extended_key_usage(), [ExtendedKeyUsage::ClientAuth]);
    assert_eq!(certificate.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE));
    assert!(certificate.alternative_names().is_empty());
    assert_eq!(pair.parse_key().unwrap().public_key(), certificate.public_key());
    certificate.verify_signature(&authority.parse_certificate().unwrap()).unwrap();
}

#[test]
fn an_administrator_of_kubernetes() {
    let authority = bundle().certs.unwrap().k8s.take().unwrap();
    let clock = FixedClock(start());
    let pair = client::kubernetes(&authority, &KubernetesUser::ADMIN, hours(1), &clock, &mut Os).unwrap();
    let certificate = pair.parse_certificate().unwrap();
    assert_eq!(certificate.subject().to_string(), "CN=admin,O=system:masters");
    assert_eq!(certificate.validity().not_before, start() - std::time::Duration::from_secs(10));
    assert_eq!(certificate.not_after(), start() + hours(1));
    assert_eq!(certificate.key_usage(), Some(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT));
    assert!(certificate.is_client_only());

    let text = Kubeconfig {
        cluster: "demo",
        server: "https://10.5.0.2:6443",
        authorities: &authority.crt,
        credentials: &pair,
        user: "admin",
        context: None,
    }
    .to_yaml();
    assert!(text.contains(&talos_pki::base64::encode(&pair.key)) && text.ends_with("current-context: admin@demo\n"));
}

#[test]
fn a_broken_authority_is_explained() {
    let validity = Validity::starting_at(start(), CLIENT_LIFETIME).unwrap();
    let issue = |authority: &PemCertificateAndKey| {
        chain(&client::talos(authority, &Role::Admin.into(), validity, &mut Os).unwrap_err())
    };
    assert_eq!(issue(&PemCertificateAndKey::default()), "failed to parse PEM block");
    let worker = bundle().certs.unwrap().os.take().unwrap().without_key();
    assert_eq!(issue(&worker), "failed to parse PEM block");
}
