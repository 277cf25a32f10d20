//! The machine configuration as a resource.

use std::fmt;
use std::sync::Arc;

use talos_api::resources::config::{MachineConfigSpec, MachineConfigs};
use talos_api::resources::{Document, Kind, Spec};
use talos_config::{Container, MachineType};

use crate::cosi::{Content, Reference};

/// A configuration: parsed once, and shared by all who read it.
#[derive(Clone)]
pub struct MachineConfig(Arc<Container>);

impl MachineConfig {
    /// Id of the configuration in force.
    pub const ACTIVE: &'static str = "v1alpha1";

    /// Id of the one submitted in maintenance mode.
    pub const MAINTENANCE: &'static str = "maintenance";

    /// What the resource with that id is called.
    pub fn reference(id: &str) -> Reference {
        Reference::new(MachineConfigs::DEFINITION.namespace, MachineConfigs::DEFINITION.type_name, id)
    }

    /// The documents.
    pub fn container(&self) -> &Container {
        &self.0
    }

    /// Its section about the machine.
    pub fn machine(&self) -> Option<&talos_config::v1alpha1::MachineConfig> {
        self.0.config()?.machine.as_deref()
    }

    /// Whether it makes a machine part of the control plane.
    pub fn is_control_plane(&self) -> bool {
        let kind = self.machine().and_then(|machine| machine.r#type.parse().ok());
        matches!(kind, Some(MachineType::Init | MachineType::ControlPlane))
    }

    fn spec(&self) -> MachineConfigSpec {
        let text = String::from_utf8_lossy(&self.0.bytes()).into_owned();
        MachineConfigSpec { yaml_marshalled: Document(text) }
    }
}

impl From<Container> for MachineConfig {
    fn from(container: Container) -> Self {
        Self(Arc::new(container))
    }
}

impl fmt::Debug for MachineConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It is full of secrets.
        f.debug_struct("MachineConfig").finish_non_exhaustive()
    }
}

impl Content for MachineConfig {
    fn to_proto(&self) -> Vec<u8> {
        Spec::to_proto(&self.spec())
    }

    fn to_yaml(&self) -> String {
        Spec::to_yaml(&self.spec())
    }

    fn equals(&self, other: &dyn Content) -> bool {
        let other = (other as &dyn std::any::Any).downcast_ref::<Self>();
        other.is_some_and(|other| Arc::ptr_eq(&self.0, &other.0) || self.0.bytes() == other.0.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# mine\nmachine:\n    token: abc.def # secret\n";

    #[test]
    fn it_travels_as_it_was_submitted_and_is_not_shown() {
        let config = MachineConfig::from(talos_config::load(TEXT).unwrap());
        assert_eq!(Content::to_yaml(&config), TEXT);
        let read = MachineConfigSpec::from_proto(&Content::to_proto(&config)).unwrap();
        assert_eq!(Spec::to_yaml(&read), TEXT);
        assert!(!format!("{config:?}").contains("abc"));
        assert!(config.equals(&MachineConfig::from(talos_config::load(TEXT).unwrap())));
        assert!(!config.equals(&MachineConfig::from(talos_config::load("machine: {}\n").unwrap())));
    }
}
