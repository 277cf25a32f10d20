//! The client configuration of a new cluster.

use talos_pki::PemCertificateAndKey;

use super::Input;
use super::input::{Error, Parts};
use crate::talosconfig::{Context, Talosconfig};

impl<'a> Input<'a> {
    /// The authority that signs the client certificate of [`talosconfig`](Self::talosconfig).
    ///
    /// # Errors
    /// When the bundle lacks what configurations need.
    pub fn client_authority(&self) -> Result<&'a PemCertificateAndKey, Error> {
        Ok(Parts::of(self.secrets)?.os)
    }

    /// The client configuration: one context, named after the cluster, with the endpoints of the options.
    ///
    /// `client` is a certificate that [`client_authority`](Self::client_authority) signed for the roles of the options;
    /// making one takes a clock and randomness, which talos-pki is given (`client::talos`, feature `issue`).
    ///
    /// # Errors
    /// When the bundle lacks what configurations need.
    pub fn talosconfig(&self, client: &PemCertificateAndKey) -> Result<Talosconfig, Error> {
        let authority = self.client_authority()?;
        let mut context = Context::with_credentials(&authority.crt, &client.crt, &client.key);
        context.endpoints.clone_from(&self.options.endpoints);
        let name = self.cluster_name.to_owned();
        Ok(Talosconfig { context: name.clone(), contexts: [(name, context)].into() })
    }
}
