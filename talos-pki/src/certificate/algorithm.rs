//! Identifiers of signature algorithms.

use x509_parser::x509::AlgorithmIdentifier;

use crate::key::SignatureAlgorithm;

/// DER of the identifier that names the algorithm in certificates and requests.
pub(crate) fn identifier(algorithm: SignatureAlgorithm) -> &'static [u8] {
    match algorithm {
        SignatureAlgorithm::Ed25519 => &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70],
        SignatureAlgorithm::EcdsaSha256 => &const { ecdsa(2) },
        SignatureAlgorithm::EcdsaSha384 => &const { ecdsa(3) },
        SignatureAlgorithm::EcdsaSha512 => &const { ecdsa(4) },
        SignatureAlgorithm::RsaSha256 => &const { rsa(11) },
        SignatureAlgorithm::RsaSha384 => &const { rsa(12) },
        SignatureAlgorithm::RsaSha512 => &const { rsa(13) },
    }
}

/// The algorithm an identifier names, or the name of one that is not used here.
pub(crate) fn known(identifier: &AlgorithmIdentifier<'_>) -> Result<SignatureAlgorithm, String> {
    let dotted = identifier.algorithm.to_id_string();
    Ok(match &*dotted {
        "1.3.101.112" => SignatureAlgorithm::Ed25519,
        "1.2.840.10045.4.3.2" => SignatureAlgorithm::EcdsaSha256,
        "1.2.840.10045.4.3.3" => SignatureAlgorithm::EcdsaSha384,
        "1.2.840.10045.4.3.4" => SignatureAlgorithm::EcdsaSha512,
        "1.2.840.113549.1.1.11" => SignatureAlgorithm::RsaSha256,
        "1.2.840.113549.1.1.12" => SignatureAlgorithm::RsaSha384,
        "1.2.840.113549.1.1.13" => SignatureAlgorithm::RsaSha512,
        "1.2.840.113549.1.1.4" => return Err("MD5-RSA".to_owned()),
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => return Err("SHA1-RSA".to_owned()),
        "1.2.840.10040.4.3" => return Err("DSA-SHA1".to_owned()),
        "2.16.840.1.101.3.4.3.2" => return Err("DSA-SHA256".to_owned()),
        "1.2.840.10045.4.1" => return Err("ECDSA-SHA1".to_owned()),
        _ => return Err(dotted),
    })
}

const fn ecdsa(hash: u8) -> [u8; 12] {
    [0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, hash]
}

const fn rsa(hash: u8) -> [u8; 15] {
    [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, hash, 0x05, 0x00]
}
