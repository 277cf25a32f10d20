//! What a certificate says about its holder besides the name.

use std::fmt;
use std::net::IpAddr;
use std::ops::BitOr;
use std::time::{Duration, SystemTime};

use super::Error;
use crate::clock::Clock;

/// From when to when a certificate is valid, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub not_before: SystemTime,
    /// Last moment.
    pub not_after: SystemTime,
}

impl Validity {
    /// Starts at a moment and lasts as long as given.
    ///
    /// # Errors
    /// [`Error::Date`] if the end cannot be counted.
    pub fn starting_at(not_before: SystemTime, lifetime: Duration) -> Result<Self, Error> {
        let not_after = not_before.checked_add(lifetime).ok_or(Error::Date)?;
        Ok(Self { not_before, not_after })
    }

    /// Starts now.
    ///
    /// # Errors
    /// [`Error::Date`] if the end cannot be counted.
    pub fn from_now(clock: &dyn Clock, lifetime: Duration) -> Result<Self, Error> {
        Self::starting_at(clock.now(), lifetime)
    }

    /// Starts now and lasts hours, which may be negative: such a certificate has expired before it begins.
    ///
    /// # Errors
    /// [`Error::Date`] if the end cannot be counted.
    pub fn hours_from_now(clock: &dyn Clock, hours: i64) -> Result<Self, Error> {
        let not_before = clock.now();
        let seconds = Duration::from_secs(hours.unsigned_abs().checked_mul(3600).ok_or(Error::Date)?);
        let not_after = if hours < 0 { not_before.checked_sub(seconds) } else { not_before.checked_add(seconds) };
        Ok(Self { not_before, not_after: not_after.ok_or(Error::Date)? })
    }

    /// Whether a moment lies within.
    pub fn contains(&self, moment: SystemTime) -> bool {
        self.not_before <= moment && moment <= self.not_after
    }
}

/// Names and addresses a certificate is valid for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlternativeNames {
    /// DNS names.
    pub dns_names: Vec<String>,
    /// Addresses.
    pub ip_addresses: Vec<IpAddr>,
}

impl AlternativeNames {
    /// Whether there is neither name nor address.
    pub fn is_empty(&self) -> bool {
        self.dns_names.is_empty() && self.ip_addresses.is_empty()
    }
}

/// What a key may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Signing other things than certificates: TLS handshakes.
    pub const DIGITAL_SIGNATURE: Self = Self(1);
    /// Encrypting keys: RSA key exchange of old TLS.
    pub const KEY_ENCIPHERMENT: Self = Self(1 << 2);
    /// Signing certificates.
    pub const CERT_SIGN: Self = Self(1 << 5);

    pub(crate) fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// Whether all of the other uses are among these.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The bits from the first use on, in the order of the encoding (the first is the top bit of the first byte).
    pub(super) fn bits(self) -> u16 {
        self.0.reverse_bits()
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 9] = [
            "digitalSignature",
            "contentCommitment",
            "keyEncipherment",
            "dataEncipherment",
            "keyAgreement",
            "keyCertSign",
            "cRLSign",
            "encipherOnly",
            "decipherOnly",
        ];
        let used = NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        f.debug_list().entries(used.map(|(_, name)| name)).finish()
    }
}

/// A purpose a certificate is limited to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ExtendedKeyUsage {
    /// TLS server.
    ServerAuth,
    /// TLS client.
    ClientAuth,
    /// Another purpose, by its object identifier in dotted form (`2.5.29.37.0` is any purpose).
    Other(String),
}
