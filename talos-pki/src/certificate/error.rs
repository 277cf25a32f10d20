//! Why a certificate or request cannot be read or made.

use crate::key;

/// Why a certificate or request cannot be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text holds no PEM block.
    #[error("failed to parse PEM block")]
    NoPemBlock,
    /// The bytes are no certificate or no request.
    #[error("{reason}")]
    Malformed {
        /// What is wrong, in the words of the reference.
        reason: String,
    },
    /// A DNS name has characters a certificate cannot carry.
    #[error("x509: {name:?} cannot be encoded as an IA5String")]
    DnsName {
        /// The name.
        name: String,
    },
    /// A purpose is not named by an object identifier.
    #[error("{identifier:?} is no object identifier of a purpose, such as 1.3.6.1.5.5.7.3.2")]
    Purpose {
        /// What was given.
        identifier: String,
    },
    /// A date lies beyond the year 9999 or before 1970.
    #[error("certificate dates must lie between 1970 and 9999")]
    Date,
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] key::Error),
}

impl Error {
    /// The parser refused what the reference would have taken.
    pub(crate) fn refused(error: x509_parser::nom::Err<x509_parser::error::X509Error>) -> Self {
        Self::Malformed { reason: format!("x509: unsupported content: {error}") }
    }
}
