//! Encryption of the system partitions.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

/// `SystemDiskEncryptionConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.SystemDiskEncryptionConfig")]
pub struct SystemDiskEncryptionConfig {
    /// `state`.
    #[field(go = "StatePartition", since = "0.9")]
    pub state: Option<Box<EncryptionConfig>>,
    /// `ephemeral`.
    #[field(go = "EphemeralPartition", since = "0.9")]
    pub ephemeral: Option<Box<EncryptionConfig>>,
}

/// `EncryptionConfig`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionConfig")]
pub struct EncryptionConfig {
    /// `provider`.
    #[field(go = "EncryptionProvider", emit = "always", since = "0.9")]
    pub provider: String,
    /// `keys`.
    #[field(go = "EncryptionKeys", emit = "always", since = "0.9")]
    pub keys: Option<List<EncryptionKey>>,
    /// `cipher`.
    #[field(go = "EncryptionCipher", since = "0.9")]
    pub cipher: String,
    /// `keySize`.
    #[field(go = "EncryptionKeySize", type_name = "uint", since = "0.12")]
    pub key_size: u64,
    /// `blockSize`.
    #[field(go = "EncryptionBlockSize", since = "0.12")]
    pub block_size: u64,
    /// `options`.
    #[field(go = "EncryptionPerfOptions", since = "0.12")]
    pub options: Option<Vec<String>>,
}

/// `EncryptionKey`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKey")]
pub struct EncryptionKey {
    /// `static`.
    #[field(go = "KeyStatic", since = "0.9")]
    pub r#static: Option<Box<EncryptionKeyStatic>>,
    /// `nodeID`.
    #[field(key = "nodeID", go = "KeyNodeID", since = "0.9")]
    pub node_id: Option<Box<EncryptionKeyNodeId>>,
    /// `kms`.
    #[field(go = "KeyKMS", since = "1.5")]
    pub kms: Option<Box<EncryptionKeyKms>>,
    /// `slot`.
    #[field(go = "KeySlot", emit = "always", since = "0.9")]
    pub slot: i64,
    /// `tpm`.
    #[field(go = "KeyTPM", since = "1.5")]
    pub tpm: Option<Box<EncryptionKeyTpm>>,
}

/// `EncryptionKeyStatic`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyStatic")]
pub struct EncryptionKeyStatic {
    /// `passphrase`.
    #[field(go = "KeyData", secret = "mask", since = "0.9")]
    pub passphrase: String,
}

/// `EncryptionKeyNodeID`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyNodeID")]
pub struct EncryptionKeyNodeId {}

/// `EncryptionKeyKMS`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyKMS")]
pub struct EncryptionKeyKms {
    /// `endpoint`.
    #[field(go = "KMSEndpoint", emit = "always", since = "1.5")]
    pub endpoint: String,
}

/// `EncryptionKeyTPM`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyTPM")]
pub struct EncryptionKeyTpm {}
