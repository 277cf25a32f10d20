//! System extensions.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// System extensions of the boot image.
    ExtensionStatuses: Layer = "ExtensionStatuses.runtime.talos.dev" in "runtime" {
        display: "ExtensionStatus",
        aliases: ["extensions"],
        columns: [("Name", "{.metadata.name}"), ("Version", "{.metadata.version}")],
    }
}

spec! {
    /// Versions an extension is made for.
    Compatibility = "talos.resource.definitions.extensions.Compatibility" {
        1 talos: Constraint = "talos",
    }

    /// A condition on a version.
    Constraint = "talos.resource.definitions.extensions.Constraint" {
        1 version: String = "version",
    }

    /// What [`ExtensionStatuses`] say.
    Layer = "talos.resource.definitions.extensions.Layer" {
        1 image: String = "image",
        2 metadata: Metadata = "metadata",
    }

    /// What an extension says about itself.
    Metadata = "talos.resource.definitions.extensions.Metadata" {
        1 name: String = "name",
        2 version: String = "version",
        3 author: String = "author",
        4 description: String = "description",
        5 compatibility: Compatibility = "compatibility",
    }
}
