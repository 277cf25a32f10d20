//! Files written at boot.

use talos_config_yaml::Section;

use crate::value::file_mode::FileMode;

/// `MachineFile`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineFile")]
pub struct MachineFile {
    /// `content`.
    #[field(go = "FileContent", emit = "always", secret = "mask")]
    pub content: String,
    /// `permissions`.
    #[field(go = "FilePermissions", emit = "always")]
    pub permissions: FileMode,
    /// `path`.
    #[field(go = "FilePath", emit = "always")]
    pub path: String,
    /// `op`.
    #[field(go = "FileOp", emit = "always")]
    pub op: String,
}
