//! Credentials of people: certificates for the Talos API and for Kubernetes.

use std::time::Duration;

use crate::authority::{Error, SigningParams};
use crate::certificate::Validity;
use crate::csr::RequestParams;
use crate::name::DistinguishedName;
use crate::pem::PemCertificateAndKey;
use crate::random::Random;
use crate::role::RoleSet;
use crate::{CertificateAuthority, Clock};

/// How long a client certificate is valid unless asked otherwise: 8760 hours.
pub const CLIENT_LIFETIME: Duration = Duration::from_secs(8760 * 3600);

/// Makes a key and a client certificate for the Talos API, as talosconfig files carry them.
///
/// `authority` is the one of the Talos API (`certs.os` of the bundle, `machine.ca` of a control plane configuration).
/// The roles become organizations of the subject.
///
/// # Errors
/// [`Error`] if the authority cannot be read or does not sign.
pub fn talos(
    authority: &PemCertificateAndKey,
    roles: &RoleSet,
    validity: Validity,
    random: &mut dyn Random,
) -> Result<PemCertificateAndKey, Error> {
    let request = RequestParams {
        subject: DistinguishedName::from_organizations(roles.to_strings()),
        ..RequestParams::default()
    };
    CertificateAuthority::from_pem(authority)?.issue_pem(&request, &SigningParams::client(validity), random)
}

/// Makes a key and a client certificate for Kubernetes, as kubeconfig files carry them.
///
/// `authority` is the one of Kubernetes (`certs.k8s` of the bundle, `cluster.ca`). The certificate begins 10 seconds ago,
/// so that a server whose clock is a little late accepts it, and ends after `lifetime` from now.
///
/// # Errors
/// [`Error`] if the authority cannot be read or does not sign.
pub fn kubernetes(
    authority: &PemCertificateAndKey,
    user: &KubernetesUser<'_>,
    lifetime: Duration,
    clock: &dyn Clock,
    random: &mut dyn Random,
) -> Result<PemCertificateAndKey, Error> {
    let mut validity = Validity::from_now(clock, lifetime)?;
    validity.not_before = validity.not_before.checked_sub(ALLOWED_SKEW).unwrap_or(validity.not_before);
    let subject = DistinguishedName::from_organizations([user.group]).with_common_name(user.name);
    let request = RequestParams { subject, ..RequestParams::default() };
    let params = SigningParams::client(validity).with_key_encipherment();
    CertificateAuthority::from_pem(authority)?.issue_pem(&request, &params, random)
}

/// Whom a Kubernetes certificate is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KubernetesUser<'u> {
    /// The user, common name of the certificate.
    pub name: &'u str,
    /// The group, organization of the certificate.
    pub group: &'u str,
}

impl KubernetesUser<'static> {
    /// The administrator `talosctl kubeconfig` makes: `admin` in `system:masters`.
    pub const ADMIN: Self = Self { name: "admin", group: "system:masters" };
}

const ALLOWED_SKEW: Duration = Duration::from_secs(10);
