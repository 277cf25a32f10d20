//! Bundles around an existing Kubernetes.

use std::collections::BTreeMap;

use talos_pki::error::chain;
use talos_pki::secrets::{Bundle, KubernetesPki, Options, PkiFolder};
use talos_pki::{FixedClock, PemCertificateAndKey};

use crate::support::{Os, start};

#[derive(Clone)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl PkiFolder for Folder {
    type Error = Missing;

    fn read(&mut self, path: &str) -> Result<Vec<u8>, Missing> {
        self.0.get(path).cloned().ok_or_else(|| Missing(path.to_owned()))
    }

    fn exists(&mut self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("open {0}: no such file or directory")]
struct Missing(String);

fn kubeadm() -> Folder {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/kubeadm");
    let files =
        ["ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key"];
    Folder(files.map(|file| (file.to_owned(), std::fs::read(format!("{root}/{file}")).unwrap())).into())
}

fn without_extras() -> Options {
    Options { aggregator: None, service_account: None, ..Options::default() }
}

#[test]
fn files_are_kept_byte_for_byte() {
    let mut folder = kubeadm();
    folder.0.insert("ca.crt".to_owned(), include_bytes!("../../testdata/verbatim/ca.crt").to_vec());
    folder.0.insert("ca.key".to_owned(), include_bytes!("../../testdata/verbatim/ca.key").to_vec());
    let options = Options::default();
    let pki = KubernetesPki::read(&mut folder, &options).unwrap();
    let bundle = Bundle::from_kubernetes_pki(pki, "any text", &options, &FixedClock(start()), &mut Os).unwrap();
    assert_eq!(bundle.secrets.as_ref().unwrap().bootstrap_token, "any text");
    assert_eq!(bundle.validate_fully(), []);
    let certs = bundle.certs.unwrap();
    let pair = |crt: &str, key: &str| Some(PemCertificateAndKey::new(folder.0[crt].clone(), folder.0[key].clone()));
    assert_eq!(certs.k8s, pair("ca.crt", "ca.key"));
    assert_eq!(certs.etcd, pair("etcd/ca.crt", "etcd/ca.key"));
    assert_eq!(certs.k8s_aggregator, pair("front-proxy-ca.crt", "front-proxy-ca.key"));
    assert_eq!(certs.k8s_service_account.as_ref().unwrap().key, folder.0["sa.key"]);
}

#[test]
fn an_empty_token_is_replaced() {
    let options = Options::default();
    let pki = KubernetesPki::read(&mut kubeadm(), &options).unwrap();
    let bundle = Bundle::from_kubernetes_pki(pki, "", &options, &FixedClock(start()), &mut Os).unwrap();
    assert_eq!(bundle.secrets.unwrap().bootstrap_token.len(), 23);
}

#[test]
fn an_rsa_kubernetes_is_taken_over() {
    let mut folder = kubeadm();
    folder.0.insert("ca.crt".to_owned(), include_bytes!("../../testdata/foreign/rsa2048.crt").to_vec());
    folder.0.insert("ca.key".to_owned(), include_bytes!("../../testdata/foreign/rsa2048.key").to_vec());
    folder.0.insert("sa.key".to_owned(), include_bytes!("../../testdata/foreign/rsa2048.key").to_vec());
    let pki = KubernetesPki::read(&mut folder, &Options::default()).unwrap();
    assert_eq!(pki.service_account.as_ref().unwrap().key, folder.0["sa.key"]);
}

#[test]
fn refusals_use_the_words_of_the_reference() {
    let without = |file: &str| {
        let mut folder = kubeadm();
        folder.0.remove(file).unwrap();
        folder
    };
    let with = |file: &str, text: &str| {
        let mut folder = kubeadm();
        folder.0.insert(file.to_owned(), text.as_bytes().to_vec());
        folder
    };
    let default = Options::default();
    for (mut folder, options, expected) in [
        (without("ca.key"), default, "open ca.key: no such file or directory"),
        (without("front-proxy-ca.crt"), default, "open front-proxy-ca.crt: no such file or directory"),
        (without("sa.key"), default, "open sa.key: no such file or directory"),
        (with("ca.crt", "x"), default, "failed to parse PEM block"),
        (with("ca.key", "-----BEGIN A-----\n-----END A-----"), default, "unsupported key type: \"A\""),
        (with("sa.key", "-----BEGIN A-----\n-----END A-----"), default, "unsupported key type \"A\""),
        (
            with("etcd/ca.crt", "-----BEGIN A-----\n-----END A-----"),
            default,
            "failed to parse certificate: x509: malformed certificate",
        ),
        (kubeadm(), without_extras(), "aggregator CA found in pki dir but is not supported by the requested version"),
        (
            without("front-proxy-ca.crt"),
            without_extras(),
            "service account key found in pki dir but is not supported by the requested version",
        ),
    ] {
        let error = KubernetesPki::read(&mut folder, &options).unwrap_err();
        assert_eq!(chain(&error), expected);
    }
}

#[test]
fn an_old_version_needs_only_two_authorities() {
    let mut folder = kubeadm();
    folder.0.retain(|path, _| path.contains("ca.") && !path.starts_with("front"));
    let pki = KubernetesPki::read(&mut folder, &without_extras()).unwrap();
    assert!(pki.aggregator.is_none() && pki.service_account.is_none());
}
