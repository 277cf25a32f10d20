//! From what the parser gives to our own types.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::{ASN1Time, X509Certificate, X509Name};

pub(crate) use super::algorithm::known as known_algorithm;
use super::{AlternativeNames, ExtendedKeyUsage, canonical};
use crate::name::DistinguishedName;

/// Where a part lies within the whole it is borrowed from.
pub(crate) fn range_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    let range = start..start.saturating_add(part.len());
    debug_assert!(part.is_empty() || whole.get(range.clone()) == Some(part), "the part is borrowed from the whole");
    if range.end <= whole.len() { range } else { 0..0 }
}

pub(crate) fn system_time(time: ASN1Time) -> SystemTime {
    let seconds = Duration::from_secs(time.timestamp().unsigned_abs());
    let shifted = if time.timestamp() < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    shifted.unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Reads a name; what is not one of the attributes kept, or not text, is dropped.
pub(crate) fn name_of(parsed: &X509Name<'_>) -> DistinguishedName {
    let mut name = DistinguishedName::default();
    for attribute in parsed.iter_attributes() {
        let value = attribute.attr_value();
        if let Some(text) = text_of(value.header.tag().0, value.data) {
            name.take(attribute.attr_type().as_bytes(), text);
        }
    }
    name
}

/// The text of a directory string of any of its types.
fn text_of(tag: u32, bytes: &[u8]) -> Option<String> {
    const UTF8: u32 = 12;
    const NUMERIC: u32 = 18;
    const PRINTABLE: u32 = 19;
    const T61: u32 = 20;
    const IA5: u32 = 22;
    const BMP: u32 = 30;
    match tag {
        UTF8 => String::from_utf8(bytes.to_vec()).ok(),
        NUMERIC | PRINTABLE | IA5 => bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect()),
        T61 => Some(bytes.iter().copied().map(char::from).collect()),
        BMP => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

/// DNS names and addresses, each in the order given; other kinds of names are dropped.
pub(crate) fn alternative_names_of<'e>(extensions: impl Iterator<Item = &'e ParsedExtension<'e>>) -> AlternativeNames {
    let mut names = AlternativeNames::default();
    for extension in extensions {
        let ParsedExtension::SubjectAlternativeName(found) = extension else { continue };
        for name in &found.general_names {
            match name {
                GeneralName::DNSName(name) => names.dns_names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => {
                    if let Ok(bytes) = <[u8; 4]>::try_from(*bytes) {
                        names.ip_addresses.push(canonical(bytes.into()));
                    } else if let Ok(bytes) = <[u8; 16]>::try_from(*bytes) {
                        names.ip_addresses.push(canonical(bytes.into()));
                    }
                }
                _ => {}
            }
        }
    }
    names
}

pub(super) fn key_identifier<'c>(parsed: &X509Certificate<'c>) -> Option<&'c [u8]> {
    parsed.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0),
        _ => None,
    })
}

pub(super) fn extended_key_usage(parsed: &X509Certificate<'_>) -> Vec<ExtendedKeyUsage> {
    let Ok(Some(usage)) = parsed.extended_key_usage() else { return Vec::new() };
    let usage = usage.value;
    let known = [
        (usage.server_auth, ExtendedKeyUsage::ServerAuth),
        (usage.client_auth, ExtendedKeyUsage::ClientAuth),
        (usage.any, ExtendedKeyUsage::Other("2.5.29.37.0".to_owned())),
        (usage.code_signing, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.3".to_owned())),
        (usage.email_protection, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.4".to_owned())),
        (usage.time_stamping, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.8".to_owned())),
        (usage.ocsp_signing, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.9".to_owned())),
    ];
    let known = known.into_iter().filter(|(set, _)| *set).map(|(_, purpose)| purpose);
    known.chain(usage.other.iter().map(|purpose| ExtendedKeyUsage::Other(purpose.to_id_string()))).collect()
}
