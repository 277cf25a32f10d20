//! `Version`: what runs on the node.

use talos_api::proto::machine::{FeaturesInfo, PlatformInfo, Version, VersionInfo, VersionResponse};

/// Tells versions. The platform is told as soon as it is known; `rbac` is whether roles are checked, and is told only by a
/// node that has a configuration.
pub fn version(version: VersionInfo, platform: Option<PlatformInfo>, rbac: Option<bool>) -> VersionResponse {
    let features = rbac.map(|rbac| FeaturesInfo { rbac });
    VersionResponse { messages: vec![Version { metadata: None, version: Some(version), platform, features }] }
}
