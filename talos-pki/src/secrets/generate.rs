//! New bundles.
//!
//! Source: `pkg/machinery/config/generate/secrets` (1.5).

use super::tokens::{generate_cluster_id, generate_secret, generate_token};
use super::{Bundle, EncryptionSecret, KubernetesPki, Options};
use crate::authority::{self, AUTHORITY_LIFETIME, AuthorityParams, CertificateAuthority};
use crate::certificate::{AlternativeNames, Validity};
use crate::clock::Clock;
use crate::key::{self, KeyPair, SignatureAlgorithm};
use crate::pem::PemCertificateAndKey;
use crate::random::{self, Random};

impl Bundle {
    /// Makes every secret of a new cluster. All authorities are valid from the same moment on, for 87600 hours.
    ///
    /// # Errors
    /// [`Error`] naming the part that could not be made.
    pub fn generate(options: &Options, clock: &dyn Clock, random: &mut dyn Random) -> Result<Self, Error> {
        let mut bundle = Self::default();
        bundle.complete(options, clock, random)?;
        Ok(bundle)
    }

    /// Makes the secrets of a cluster around the authorities of an existing Kubernetes.
    ///
    /// The texts of the folder are taken over as they are. The bootstrap token is the given one, or a new one if that is
    /// empty.
    ///
    /// # Errors
    /// [`Error`] naming the part that could not be made.
    pub fn from_kubernetes_pki(
        pki: KubernetesPki,
        bootstrap_token: &str,
        options: &Options,
        clock: &dyn Clock,
        random: &mut dyn Random,
    ) -> Result<Self, Error> {
        let mut bundle = Self::default();
        bundle.secrets.get_or_insert_default().bootstrap_token = bootstrap_token.to_owned();
        let certs = bundle.certs.get_or_insert_default();
        certs.etcd = Some(pki.etcd);
        certs.k8s = Some(pki.ca);
        certs.k8s_aggregator = pki.aggregator;
        certs.k8s_service_account = pki.service_account;
        bundle.complete(options, clock, random)?;
        Ok(bundle)
    }

    /// Makes what is missing and leaves everything else as it is.
    ///
    /// # Errors
    /// [`Error`] naming the part that could not be made.
    pub fn complete(&mut self, options: &Options, clock: &dyn Clock, random: &mut dyn Random) -> Result<(), Error> {
        let validity = Validity::from_now(clock, AUTHORITY_LIFETIME)
            .map_err(|error| Error::Authority { path: "certs", source: error.into() })?;
        let authority = |path, organization: Option<&str>, signature, random: &mut dyn Random| {
            new_authority(organization, signature, validity, random).map_err(|source| Error::Authority { path, source })
        };

        let certs = self.certs.get_or_insert_default();
        if certs.etcd.is_none() {
            certs.etcd = Some(authority("certs.etcd", Some("etcd"), options.authorities, random)?);
        }
        if certs.k8s.is_none() {
            certs.k8s = Some(authority("certs.k8s", Some("kubernetes"), options.authorities, random)?);
        }
        if let (None, Some(signature)) = (&certs.k8s_aggregator, options.aggregator) {
            certs.k8s_aggregator = Some(authority("certs.k8saggregator", None, signature, random)?);
        }
        if let (None, Some(spec)) = (&certs.k8s_service_account, options.service_account) {
            let key = KeyPair::generate(spec, random)
                .map_err(|source| Error::Key { path: "certs.k8sserviceaccount", source })?;
            certs.k8s_service_account = Some(key.to_pem());
        }
        if certs.os.is_none() {
            certs.os = Some(authority("certs.os", Some("talos"), SignatureAlgorithm::Ed25519, random)?);
        }

        let secrets = self.secrets.get_or_insert_default();
        fill("secrets.bootstraptoken", &mut secrets.bootstrap_token, generate_token, random)?;
        let (path, secret) = match options.encryption {
            EncryptionSecret::AesCbc => ("secrets.aescbcencryptionsecret", &mut secrets.aescbc_encryption_secret),
            EncryptionSecret::Secretbox => {
                ("secrets.secretboxencryptionsecret", &mut secrets.secretbox_encryption_secret)
            }
        };
        fill(path, secret, generate_secret, random)?;
        fill("trustdinfo.token", &mut self.trustd_info.get_or_insert_default().token, generate_token, random)?;
        let cluster = self.cluster.get_or_insert_default();
        fill("cluster.id", &mut cluster.id, generate_cluster_id, random)?;
        fill("cluster.secret", &mut cluster.secret, generate_secret, random)
    }
}

/// Why a bundle cannot be generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An authority cannot be made.
    #[error("could not generate {path}")]
    Authority {
        /// Its path in `secrets.yaml`.
        path: &'static str,
        /// Why.
        #[source]
        source: authority::Error,
    },
    /// A key cannot be made.
    #[error("could not generate {path}")]
    Key {
        /// Its path in `secrets.yaml`.
        path: &'static str,
        /// Why.
        #[source]
        source: key::Error,
    },
    /// A token or secret cannot be drawn.
    #[error("could not generate {path}")]
    Random {
        /// Its path in `secrets.yaml`.
        path: &'static str,
        /// Why.
        #[source]
        source: random::Error,
    },
}

fn new_authority(
    organization: Option<&str>,
    signature: SignatureAlgorithm,
    validity: Validity,
    random: &mut dyn Random,
) -> Result<PemCertificateAndKey, authority::Error> {
    let params = AuthorityParams {
        organizations: organization.map(str::to_owned).into_iter().collect(),
        signature,
        validity,
        names: AlternativeNames::default(),
    };
    Ok(CertificateAuthority::generate(&params, random)?.to_pem())
}

fn fill(
    path: &'static str,
    text: &mut String,
    draw: fn(&mut dyn Random) -> Result<String, random::Error>,
    random: &mut dyn Random,
) -> Result<(), Error> {
    if text.is_empty() {
        *text = draw(random).map_err(|source| Error::Random { path, source })?;
    }
    Ok(())
}
