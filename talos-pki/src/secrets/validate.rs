//! Checks of a bundle that was read.
//!
//! The rules and texts are those of later versions (1.11): 1.5 checks nothing and fails in the middle of generating.

use std::fmt;

use super::{Bundle, Cluster};
#[cfg(feature = "issue")]
use crate::error::chain;
use crate::pem::{PemCertificateAndKey, PemKey};

/// What is wrong with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A part is missing or empty.
    Missing {
        /// Its path in `secrets.yaml`.
        path: &'static str,
    },
    /// There is no encryption secret.
    NoEncryptionSecret,
    /// There are two encryption secrets.
    TwoEncryptionSecrets,
    /// A certificate or key cannot be read.
    Invalid {
        /// Its path in `secrets.yaml`.
        path: &'static str,
        /// Why not.
        reason: String,
    },
}

impl Problem {
    /// Whether no configuration at all can be generated with the problem: a part every machine needs is missing.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Missing { path: "cluster" | "secrets" | "trustdinfo" | "certs" | "certs.k8s" | "certs.os" }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECRETS: &str = "[secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret]";
        match self {
            Self::Missing { path } => write!(f, "{path} is required"),
            Self::NoEncryptionSecret => write!(f, "one of {SECRETS} is required"),
            Self::TwoEncryptionSecrets => write!(f, "only one of {SECRETS} is allowed"),
            Self::Invalid { path, reason } => write!(f, "{path} is invalid: {reason}"),
        }
    }
}

impl std::error::Error for Problem {}

impl Bundle {
    /// Everything that is missing or too much, in the order of `secrets.yaml`. Certificates and keys are not read.
    pub fn validate(&self) -> Vec<Problem> {
        self.problems(&|_| None, &|_| None)
    }

    /// As [`Bundle::validate`], and every certificate and key must be readable.
    #[cfg(feature = "issue")]
    pub fn validate_fully(&self) -> Vec<Problem> {
        self.problems(&unreadable_pair, &unreadable_key)
    }

    fn problems(
        &self,
        unreadable_pair: &dyn Fn(&PemCertificateAndKey) -> Option<String>,
        unreadable_key: &dyn Fn(&PemKey) -> Option<String>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut missing = |path| problems.push(Problem::Missing { path });
        match &self.cluster {
            Some(Cluster { id, secret }) => {
                if id.is_empty() {
                    missing("cluster.id");
                }
                if secret.is_empty() {
                    missing("cluster.secret");
                }
            }
            None => missing("cluster"),
        }
        match &self.secrets {
            Some(secrets) => {
                if secrets.bootstrap_token.is_empty() {
                    missing("secrets.bootstraptoken");
                }
                match (secrets.secretbox_encryption_secret.is_empty(), secrets.aescbc_encryption_secret.is_empty()) {
                    (true, true) => problems.push(Problem::NoEncryptionSecret),
                    (false, false) => problems.push(Problem::TwoEncryptionSecrets),
                    _ => {}
                }
            }
            None => missing("secrets"),
        }
        match &self.trustd_info {
            Some(info) if !info.token.is_empty() => {}
            Some(_) => problems.push(Problem::Missing { path: "trustdinfo.token" }),
            None => problems.push(Problem::Missing { path: "trustdinfo" }),
        }
        let Some(certs) = &self.certs else {
            problems.push(Problem::Missing { path: "certs" });
            return problems;
        };
        let pair = |path, pair: &Option<PemCertificateAndKey>| match pair {
            Some(pair) => unreadable_pair(pair).map(|reason| Problem::Invalid { path, reason }),
            None => Some(Problem::Missing { path }),
        };
        problems.extend(pair("certs.etcd", &certs.etcd));
        problems.extend(pair("certs.k8s", &certs.k8s));
        problems.extend(pair("certs.k8saggregator", &certs.k8s_aggregator));
        problems.extend(match &certs.k8s_service_account {
            Some(key) => {
                unreadable_key(key).map(|reason| Problem::Invalid { path: "certs.k8sserviceaccount.key", reason })
            }
            None => Some(Problem::Missing { path: "certs.k8sserviceaccount" }),
        });
        problems.extend(pair("certs.os", &certs.os));
        problems
    }
}

#[cfg(feature = "issue")]
fn unreadable_pair(pair: &PemCertificateAndKey) -> Option<String> {
    if let Err(error) = pair.parse_key() {
        return Some(chain(&error));
    }
    pair.parse_certificate().err().map(|error| chain(&crate::authority::Error::from(error)))
}

#[cfg(feature = "issue")]
fn unreadable_key(key: &PemKey) -> Option<String> {
    key.parse().err().map(|error| chain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::{Certs, Secrets, TrustdInfo};

    fn texts(bundle: &Bundle) -> Vec<String> {
        bundle.validate().iter().map(Problem::to_string).collect()
    }

    #[test]
    fn an_empty_bundle_lacks_everything() {
        let problems = Bundle::default().validate();
        assert!(problems.iter().all(Problem::is_fatal));
        assert_eq!(
            texts(&Bundle::default()),
            ["cluster is required", "secrets is required", "trustdinfo is required", "certs is required"]
        );
    }

    #[test]
    fn empty_parts_lack_their_content() {
        let bundle = Bundle {
            cluster: Some(Cluster::default()),
            secrets: Some(Secrets::default()),
            trustd_info: Some(TrustdInfo::default()),
            certs: Some(Certs::default()),
        };
        assert_eq!(
            texts(&bundle),
            [
                "cluster.id is required",
                "cluster.secret is required",
                "secrets.bootstraptoken is required",
                "one of [secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret] is required",
                "trustdinfo.token is required",
                "certs.etcd is required",
                "certs.k8s is required",
                "certs.k8saggregator is required",
                "certs.k8sserviceaccount is required",
                "certs.os is required",
            ]
        );
        let fatal: Vec<_> = bundle.validate().into_iter().filter(Problem::is_fatal).collect();
        assert_eq!(fatal, [Problem::Missing { path: "certs.k8s" }, Problem::Missing { path: "certs.os" }]);
    }

    #[test]
    fn one_encryption_secret_is_right() {
        let with = |aescbc: &str, secretbox: &str| Bundle {
            secrets: Some(Secrets {
                bootstrap_token: "a.b".to_owned(),
                aescbc_encryption_secret: aescbc.to_owned(),
                secretbox_encryption_secret: secretbox.to_owned(),
            }),
            ..Bundle::default()
        };
        let two = "only one of [secrets.secretboxencryptionsecret, secrets.aescbcencryptionsecret] is allowed";
        assert!(texts(&with("a", "b")).contains(&two.to_owned()));
        assert_eq!(with("a", "").validate().len(), 3);
        assert_eq!(with("", "b").validate().len(), 3);
    }
}
