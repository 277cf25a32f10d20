//! CoreDNS.

use talos_config_yaml::Section;

/// `CoreDNS`.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.CoreDNS")]
pub struct CoreDns {
    /// `disabled`.
    #[field(go = "CoreDNSDisabled", since = "0.11")]
    pub disabled: Option<bool>,
    /// `image`.
    #[field(go = "CoreDNSImage")]
    pub image: String,
}
