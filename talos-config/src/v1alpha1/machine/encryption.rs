//! Encryption of the system partitions.

use talos_config_yaml::Section;
use talos_config_yaml::collections::List;

/// Encryption of the partitions on the system disk.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.SystemDiskEncryptionConfig")]
pub struct SystemDiskEncryptionConfig {
    /// Encryption of the partition with the machine's configuration and identity.
    #[field(
        go = "StatePartition",
        since = "0.9",
        example = "
            provider: luks2
            keys:
                - nodeID: {}
                  slot: 0
        "
    )]
    pub state: Option<Box<EncryptionConfig>>,
    /// Encryption of the partition mounted at `/var`: images, logs, data of etcd and pods.
    #[field(
        go = "EphemeralPartition",
        since = "0.9",
        example = "
            provider: luks2
            keys:
                - tpm: {}
                  slot: 0
        "
    )]
    pub ephemeral: Option<Box<EncryptionConfig>>,
}

/// Encryption of one partition.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionConfig")]
pub struct EncryptionConfig {
    /// Kind of the encryption; the only one is `luks2`.
    #[field(
        go = "EncryptionProvider",
        emit = "always",
        since = "0.9",
        default = "luks2",
        values("luks2"),
        example = "luks2"
    )]
    pub provider: String,
    /// Keys that open the partition, at least one, each in a slot of its own.
    #[field(
        go = "EncryptionKeys",
        emit = "always",
        since = "0.9",
        example = "
            - static:
                passphrase: secret
              slot: 0
            - nodeID: {}
              slot: 1
        "
    )]
    pub keys: Option<List<EncryptionKey>>,
    /// Cipher of the encryption; empty leaves it to the provider.
    #[field(
        go = "EncryptionCipher",
        since = "0.9",
        values("aes-xts-plain64", "xchacha12,aes-adiantum-plain64", "xchacha20,aes-adiantum-plain64"),
        example = "aes-xts-plain64"
    )]
    pub cipher: String,
    /// Size of the volume key in bits; 0 leaves it to the provider.
    #[field(go = "EncryptionKeySize", type_name = "uint", since = "0.12", default = "0", example = "512")]
    pub key_size: u64,
    /// Size of an encrypted sector in bytes; 0 leaves it to the provider.
    #[field(go = "EncryptionBlockSize", since = "0.12", default = "0", example = "4096")]
    pub block_size: u64,
    /// Switches of the kernel's dm-crypt driver.
    #[field(
        go = "EncryptionPerfOptions",
        since = "0.12",
        values("no_read_workqueue", "no_write_workqueue", "same_cpu_crypt"),
        example = "
            - no_read_workqueue
            - no_write_workqueue
        "
    )]
    pub options: Option<Vec<String>>,
}

/// A key of an encrypted partition: exactly one of its kinds is set.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKey")]
pub struct EncryptionKey {
    /// A passphrase that stands in the configuration.
    #[field(
        go = "KeyStatic",
        since = "0.9",
        example = "
            passphrase: secret
        "
    )]
    pub r#static: Option<Box<EncryptionKeyStatic>>,
    /// A key made from the machine's UUID; it protects a disk taken out, not the machine.
    #[field(key = "nodeID", go = "KeyNodeID", since = "0.9", example = "{}")]
    pub node_id: Option<Box<EncryptionKeyNodeId>>,
    /// A key sealed by a key management server.
    #[field(
        go = "KeyKMS",
        since = "1.5",
        example = "
            endpoint: https://kms.example.org:4443
        "
    )]
    pub kms: Option<Box<EncryptionKeyKms>>,
    /// Number of the LUKS key slot; each key has its own.
    #[field(go = "KeySlot", emit = "always", since = "0.9", example = "0")]
    pub slot: i64,
    /// A key sealed by the machine's TPM to its secure boot state.
    #[field(go = "KeyTPM", since = "1.5", example = "{}")]
    pub tpm: Option<Box<EncryptionKeyTpm>>,
}

/// A passphrase as the key of a partition.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyStatic")]
pub struct EncryptionKeyStatic {
    /// The passphrase. Of no use for the partition that the configuration itself is kept on.
    #[field(go = "KeyData", secret = "mask", since = "0.9", example = "secret")]
    pub passphrase: String,
}

/// A key made from the machine's UUID; it has no settings.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyNodeID")]
pub struct EncryptionKeyNodeId {}

/// A key sealed by a key management server.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyKMS")]
pub struct EncryptionKeyKms {
    /// URL of the server (gRPC).
    #[field(go = "KMSEndpoint", emit = "always", since = "1.5", example = "https://kms.example.org:4443")]
    pub endpoint: String,
}

/// A key sealed by the machine's TPM; it has no settings.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.EncryptionKeyTPM")]
pub struct EncryptionKeyTpm {}
