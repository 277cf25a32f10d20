//! What users wait for: new bundles, client certificates, `secrets.yaml`.

use std::time::SystemTime;

use divan::Bencher;
use talos_pki::certificate::Validity;
use talos_pki::client::{self, CLIENT_LIFETIME};
use talos_pki::random::{Error, Random};
use talos_pki::secrets::{Bundle, Options};
use talos_pki::{FixedClock, Role, base64, pem};

fn main() {
    divan::main();
}

const SECRETS: &str = include_str!("../testdata/bundles/talosctl-v1.5.5.yaml");

struct Os;

impl Random for Os {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), Error> {
        getrandom::fill(buffer).map_err(|error| Error::new(error.to_string()))
    }
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_701_388_800)
}

/// A complete new bundle: four authorities, the service account key, tokens.
#[divan::bench]
fn generate_secrets() -> Bundle {
    Bundle::generate(&Options::default(), &FixedClock(now()), &mut Os).unwrap()
}

/// From the authority as PEM to a new client certificate as PEM.
#[divan::bench]
fn issue_admin_cert(bencher: Bencher) {
    let authority = Bundle::from_yaml(SECRETS).unwrap().certs.unwrap().os.take().unwrap();
    let validity = Validity::starting_at(now(), CLIENT_LIFETIME).unwrap();
    bencher.bench(|| client::talos(&authority, &Role::Admin.into(), validity, &mut Os).unwrap());
}

#[divan::bench]
fn load_secrets() -> Bundle {
    Bundle::from_yaml(SECRETS).unwrap()
}

#[divan::bench]
fn write_secrets(bencher: Bencher) {
    let bundle = Bundle::from_yaml(SECRETS).unwrap();
    bencher.bench(|| bundle.to_yaml());
}

/// 64 KiB.
#[divan::bench]
fn decode_base64(bencher: Bencher) {
    let text = base64::encode(&[0x5a; 65536]);
    bencher.bench(|| base64::decode(&text).unwrap());
}

/// 64 KiB.
#[divan::bench]
fn encode_base64() -> String {
    base64::encode(divan::black_box(&[0x5a; 65536]))
}

#[divan::bench]
fn decode_pem(bencher: Bencher) {
    let text = pem::encode("CERTIFICATE", &[0x5a; 500]);
    bencher.bench(|| pem::decode(&text).unwrap());
}
