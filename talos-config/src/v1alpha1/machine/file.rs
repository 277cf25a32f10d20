//! Files written at boot.

use talos_config_yaml::Section;

use crate::value::file_mode::FileMode;

/// A file that is written at every boot.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.MachineFile")]
pub struct MachineFile {
    /// Content of the file.
    #[field(
        go = "FileContent",
        emit = "always",
        secret = "mask",
        example = "
            |
              [plugins]
        "
    )]
    pub content: String,
    /// Permission bits as a whole number, best in octal.
    #[field(go = "FilePermissions", emit = "always", default = "0o0", example = "0o644")]
    pub permissions: FileMode,
    /// Path of the file.
    #[field(go = "FilePath", emit = "always", example = "/etc/cri/conf.d/20-customization.part")]
    pub path: String,
    /// Whether a file is created, written anew, or appended to.
    #[field(go = "FileOp", emit = "always", values("create", "append", "overwrite"), example = "append")]
    pub op: String,
}
