//! A container.

use talos_api::resources::runtime::PlatformMetadataSpec;
use talos_pki::base64;

use super::{Environment, Error, Mode, Platform};
use crate::machine::Machine;

/// A machine that somebody starts with an environment: `USERDATA` is its configuration in base64, `TALOSSKU` its size.
///
/// Source: `internal/app/machined/pkg/runtime/v1alpha1/platform/container` (1.5).
#[derive(Debug)]
pub struct Container {
    environment: Environment,
}

impl Container {
    /// A container with an environment.
    pub fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// A container with a name, and with a configuration if it is given one.
    pub fn configured(hostname: impl Into<String>, config: Option<&[u8]>) -> Self {
        let user_data = config.map(base64::encode).unwrap_or_default();
        Self::new(Environment { user_data, hostname: hostname.into(), sku: String::new() })
    }
}

#[tonic::async_trait]
impl Platform for Container {
    fn name(&self) -> &'static str {
        "container"
    }

    fn mode(&self) -> Mode {
        Mode::Container
    }

    async fn configuration(&self, machine: &Machine) -> Result<Option<Vec<u8>>, Error> {
        machine.console.line("fetching machine config from: USERDATA environment variable");
        match self.environment.user_data.as_str() {
            "" => Ok(None),
            text => Ok(Some(base64::decode(text)?)),
        }
    }

    fn metadata(&self, _: &Machine) -> PlatformMetadataSpec {
        PlatformMetadataSpec {
            platform: self.name().to_owned(),
            hostname: self.environment.hostname.clone(),
            instance_type: self.environment.sku.clone(),
            ..PlatformMetadataSpec::default()
        }
    }

    fn hostname(&self) -> &str {
        &self.environment.hostname
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::machine;

    #[tokio::test]
    async fn the_environment_says_everything() {
        let machine = machine();
        let container = Container::configured("a.b", Some(b"machine: {}\n"));
        assert_eq!(container.configuration(&machine).await.unwrap().unwrap(), b"machine: {}\n");
        assert_eq!((container.hostname(), container.metadata(&machine).hostname.as_str()), ("a.b", "a.b"));
        assert!(!format!("{container:?}").contains(&container.environment.user_data));
        let none = Container::new(Environment { sku: "2CPU-2048RAM".into(), ..Environment::default() });
        assert!(none.configuration(&machine).await.unwrap().is_none());
        assert_eq!(none.metadata(&machine).instance_type, "2CPU-2048RAM");
        let wrong = Container::new(Environment { user_data: "bWFj*".into(), ..Environment::default() });
        let error = wrong.configuration(&machine).await.unwrap_err();
        assert_eq!(error.to_string(), "illegal base64 data at input byte 4");
    }
}
