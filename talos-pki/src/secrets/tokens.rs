//! Tokens, identifiers and encryption secrets.

/// Length of an encryption secret, cluster id and cluster secret before base64, in bytes.
pub const ENCRYPTION_SECRET_BYTES: usize = 32;
