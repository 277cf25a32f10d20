//! The main document of a machine configuration.

use talos_config_yaml::Section;
use talos_config_yaml::free_form::FreeForm;

use super::cluster::ClusterConfig;
use super::machine::MachineConfig;

/// The main document of a machine configuration: one machine and what it shares with its cluster.
#[derive(Clone, Default, PartialEq, Section)]
#[section(go = "v1alpha1.Config")]
pub struct Config {
    /// Version of this document; the only one is `v1alpha1`.
    #[field(go = "ConfigVersion", emit = "always", reboot, values("v1alpha1"), example = "v1alpha1")]
    pub version: String,
    /// Send the logs of system services to the console as well.
    #[field(go = "ConfigDebug", default = "false", example = "true")]
    pub debug: Option<bool>,
    /// Keep this configuration on disk, so that the machine has it after a reboot.
    ///
    /// A machine whose document lacks the key asks for a configuration anew at every boot.
    #[field(go = "ConfigPersist", deprecated = "1.5", reboot, default = "false", example = "true")]
    pub persist: Option<bool>,
    /// Settings of this machine.
    #[field(go = "MachineConfig", emit = "always")]
    pub machine: Option<Box<MachineConfig>>,
    /// Settings that all machines of the cluster share.
    #[field(go = "ClusterConfig", emit = "always")]
    pub cluster: Option<Box<ClusterConfig>>,
}

impl Config {
    /// The audit policy of `cluster.apiServer`.
    fn audit_policy(&self) -> Option<&FreeForm> {
        self.cluster.as_ref()?.api_server.as_ref()?.audit_policy.as_ref().filter(|policy| !policy.entries().is_empty())
    }

    /// The audit policy that this document has and its patched form has no more.
    ///
    /// As in 1.5.5, a strategic patch with `cluster.apiServer` removes the policy unless it brings one, which is hardly meant.
    /// Whoever shows the result of a patch tells its user.
    pub fn lost_audit_policy(&self, patched: &Self) -> Option<&FreeForm> {
        self.audit_policy().filter(|_| patched.audit_policy().is_none())
    }
}

#[cfg(test)]
mod tests {
    use talos_config_yaml::fields::{Merge, Node};
    use talos_config_yaml::value::Value;

    use super::*;
    use crate::v1alpha1::ApiServerConfig;

    fn config(image: &str, audit_policy: Option<FreeForm>) -> Config {
        let api_server = ApiServerConfig { image: image.to_owned(), audit_policy, ..Default::default() };
        let cluster = ClusterConfig { api_server: Some(Box::new(api_server)), ..Default::default() };
        Config { cluster: Some(Box::new(cluster)), ..Default::default() }
    }

    fn policy(kind: &str) -> FreeForm {
        FreeForm::new([("kind", Value::String(kind.to_owned()))])
    }

    #[test]
    fn a_patch_of_the_api_server_without_a_policy_removes_it() {
        let before = config("a", Some(policy("Policy")));
        let mut after = before.clone();
        after.merge(&config("b", None), Merge::Typed).unwrap();
        assert_eq!(after, config("b", None));
        assert_eq!(before.lost_audit_policy(&after), Some(&policy("Policy")));
    }

    #[test]
    fn other_patches_keep_or_replace_it() {
        let before = config("a", Some(policy("Policy")));
        for (patch, expected) in [
            (Config::default(), before.clone()),
            (Config { cluster: Some(Box::default()), ..Default::default() }, before.clone()),
            (config("", Some(policy("Other"))), config("a", Some(policy("Other")))),
        ] {
            let mut after = before.clone();
            after.merge(&patch, Merge::Typed).unwrap();
            assert_eq!(after, expected);
            assert_eq!(before.lost_audit_policy(&after), None);
        }
    }
}
