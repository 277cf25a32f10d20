//! Any bytes: PEM blocks, keys, certificates and requests are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use talos_pki::{Certificate, CertificateRequest, KeyPair, PemCertificateAndKey, pem};

fuzz_target!(|bytes: &[u8]| {
    let _ = pem::decode(bytes);
    let _ = (Certificate::from_pem(bytes), Certificate::from_der(bytes));
    let _ = (CertificateRequest::from_pem(bytes), KeyPair::from_pem(bytes));
    let pair = PemCertificateAndKey { crt: bytes.to_vec(), key: bytes.to_vec() };
    let _ = (pair.parse_certificate(), pair.parse_key());
});
