//! Distinguished names, encoded as the reference encodes them.
//!
//! Values of one kind share one set (a multi-valued RDN), sorted by their encoding, so shorter values come first.
//! Source: Go `crypto/x509/pkix`, `siderolabs/crypto` `x509/x509.go` (v0.4.1).

use std::fmt;

use der::Encode;
use der::Tag;
use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

/// A distinguished name: subject of a certificate or request.
///
/// Only these attributes exist; others are dropped when a name is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistinguishedName {
    /// `C`, countries.
    pub countries: Vec<String>,
    /// `O`, organizations: the roles of a client certificate, the groups of a Kubernetes user.
    pub organizations: Vec<String>,
    /// `OU`, units of an organization.
    pub organizational_units: Vec<String>,
    /// `L`, localities.
    pub localities: Vec<String>,
    /// `ST`, states or provinces.
    pub provinces: Vec<String>,
    /// `STREET`, street addresses.
    pub street_addresses: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<String>,
    /// `CN`, the common name; empty if there is none.
    pub common_name: String,
    /// Serial number of the subject (not of a certificate); empty if there is none.
    pub serial_number: String,
}

impl DistinguishedName {
    /// A name of organizations only.
    pub fn from_organizations<O: Into<String>>(organizations: impl IntoIterator<Item = O>) -> Self {
        Self { organizations: organizations.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// A common name only.
    pub fn from_common_name(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), ..Self::default() }
    }

    /// Adds a common name.
    #[must_use]
    pub fn with_common_name(mut self, common_name: impl Into<String>) -> Self {
        self.common_name = common_name.into();
        self
    }

    /// DER of the name; 2 bytes for an empty one.
    pub(crate) fn to_der(&self) -> Vec<u8> {
        let mut sets = Vec::new();
        for (values, kind) in [
            (&self.countries[..], oid::COUNTRY),
            (&self.organizations, oid::ORGANIZATION),
            (&self.organizational_units, oid::ORGANIZATIONAL_UNIT),
            (&self.localities, oid::LOCALITY),
            (&self.provinces, oid::PROVINCE),
            (&self.street_addresses, oid::STREET_ADDRESS),
            (&self.postal_codes, oid::POSTAL_CODE),
            (single(&self.common_name), oid::COMMON_NAME),
            (single(&self.serial_number), oid::SERIAL_NUMBER),
        ] {
            if !values.is_empty() {
                sets.push(set(values, kind));
            }
        }
        RdnSequence::from(sets).to_der().expect("a name of texts is encodable")
    }

    /// Takes one attribute found in a name that is read.
    pub(crate) fn take(&mut self, kind: &[u8], value: String) {
        let kind = ObjectIdentifier::from_bytes(kind);
        let Ok(kind) = kind else { return };
        match kind {
            oid::COUNTRY => self.countries.push(value),
            oid::ORGANIZATION => self.organizations.push(value),
            oid::ORGANIZATIONAL_UNIT => self.organizational_units.push(value),
            oid::LOCALITY => self.localities.push(value),
            oid::PROVINCE => self.provinces.push(value),
            oid::STREET_ADDRESS => self.street_addresses.push(value),
            oid::POSTAL_CODE => self.postal_codes.push(value),
            oid::COMMON_NAME => self.common_name = value,
            oid::SERIAL_NUMBER => self.serial_number = value,
            _ => {}
        }
    }
}

impl fmt::Display for DistinguishedName {
    /// The name in the order of RFC 2253, last attribute first: `CN=admin,O=system:masters`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (values, kind) in [
            (single(&self.serial_number), "SERIALNUMBER"),
            (single(&self.common_name), "CN"),
            (&self.postal_codes, "POSTALCODE"),
            (&self.street_addresses, "STREET"),
            (&self.provinces, "ST"),
            (&self.localities, "L"),
            (&self.organizational_units, "OU"),
            (&self.organizations, "O"),
            (&self.countries, "C"),
        ] {
            for value in values {
                write!(f, "{separator}{kind}={}", Escaped(value))?;
                separator = "+";
            }
            if !values.is_empty() {
                separator = ",";
            }
        }
        Ok(())
    }
}

/// A value within a name shown as text.
struct Escaped<'v>(&'v str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.0.chars().count().saturating_sub(1);
        for (position, character) in self.0.chars().enumerate() {
            let escape = match character {
                ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
                '#' => position == 0,
                ' ' => position == 0 || position == last,
                _ => false,
            };
            if escape {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

fn single(value: &String) -> &[String] {
    if value.is_empty() { &[] } else { std::slice::from_ref(value) }
}

fn set(values: &[String], kind: ObjectIdentifier) -> RelativeDistinguishedName {
    let values = values.iter().map(|value| AttributeTypeAndValue { oid: kind, value: text(value) });
    // Sorted by encoding on construction.
    let set = SetOfVec::from_iter(values).expect("texts can be compared");
    RelativeDistinguishedName::from(set)
}

/// A text as PrintableString if every character allows it, else as UTF8String.
fn text(value: &str) -> Any {
    let printable = value.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b' ' | b'\'' | b'(' | b')' | b'+' | b',' | b'-' | b'.' | b'/' | b':' | b'=' | b'?')
    });
    let tag = if printable { Tag::PrintableString } else { Tag::Utf8String };
    Any::new(tag, value.as_bytes()).expect("the text is shorter than 4 GiB")
}

mod oid {
    use der::asn1::ObjectIdentifier;

    pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    pub(super) const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
    pub(super) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    pub(super) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
    pub(super) const PROVINCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
    pub(super) const STREET_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.9");
    pub(super) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
    pub(super) const ORGANIZATIONAL_UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
    pub(super) const POSTAL_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.17");
}
