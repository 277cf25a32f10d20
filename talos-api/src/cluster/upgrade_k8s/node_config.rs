//! Changing the configuration of a node.

use talos_config::v1alpha1::Config;
use talos_config::{Container, load};

use super::NodeConfigError as Error;
use crate::client::{Client, Replies};
use crate::proto::machine::ApplyConfigurationRequest;
use crate::proto::machine::apply_configuration_request::Mode;

/// Gives the configuration of a node to `change`, and the result back to the node unless `change` says that there is
/// nothing to do. Tells whether the node got it. Documents other than the main one are not sent, as the original does not.
pub(super) async fn change(client: &Client, change: impl FnOnce(&mut Config) -> bool) -> Result<bool, Error> {
    let text = client.machine_configuration().await.map_err(Error::Fetch)?;
    let container = load(text).map_err(|error| Error::Load(Box::new(error)))?;
    let mut config = container.config().cloned().ok_or(Error::NotV1Alpha1)?;
    if config.persist != Some(true) {
        return Err(Error::NotPersisted);
    }
    if !change(&mut config) {
        return Ok(false);
    }
    let container = Container::new([Box::new(config) as _]).expect("one document has no double");
    let request = ApplyConfigurationRequest {
        data: container.bytes().into_owned(),
        mode: Mode::NoReboot.into(),
        ..ApplyConfigurationRequest::default()
    };
    client.apply_configuration(request).await.and_then(Replies::all).map_err(Error::Apply)?;
    Ok(true)
}
