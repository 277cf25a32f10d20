//! The management network.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// The management network.
    SiderolinkConfigs: ConfigSpec = "SiderolinkConfigs.siderolink.talos.dev" in "config" {
        display: "SiderolinkConfig",
        aliases: [],
        columns: [("API Endpoint", "{.apiEndpoint}")],
        sensitive: true,
    }
}

spec! {
    /// What [`SiderolinkConfigs`] say.
    ConfigSpec = "talos.resource.definitions.siderolink.ConfigSpec" {
        1 api_endpoint: String = "apiEndpoint",
    }
}
