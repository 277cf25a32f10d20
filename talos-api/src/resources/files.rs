//! Files below `/etc`.

use super::kinds::kinds;
use super::spec::spec;
use super::value::ByteList;

kinds! {
    /// Files wanted below `/etc`.
    EtcFileSpecs: EtcFileSpecSpec = "EtcFileSpecs.files.talos.dev" in "files" {
        display: "EtcFileSpec",
        aliases: [],
        columns: [],
    }

    /// Files that were written below `/etc`.
    EtcFileStatuses: EtcFileStatusSpec = "EtcFileStatuses.files.talos.dev" in "files" {
        display: "EtcFileStatus",
        aliases: [],
        columns: [],
    }
}

spec! {
    /// What [`EtcFileSpecs`] say.
    EtcFileSpecSpec = "talos.resource.definitions.files.EtcFileSpecSpec" {
        1 contents: ByteList = "contents",
        /// Permission bits.
        2 mode: u32 = "mode",
    }

    /// What [`EtcFileStatuses`] say.
    EtcFileStatusSpec = "talos.resource.definitions.files.EtcFileStatusSpec" {
        1 spec_version: String = "specVersion",
    }
}
