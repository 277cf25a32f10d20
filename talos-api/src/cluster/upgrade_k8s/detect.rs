//! Which version a cluster has.

use std::cmp::Ordering;

use super::{Log, tag};
use crate::cluster::{AccessError, Cluster};
use crate::kubernetes::{self, ListOptions, Object as _, Pod};

/// Why no version was found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// There is no way into the Kubernetes API.
    #[error("error building kubernetes client: {0}")]
    NoKubernetes(AccessError),
    /// The pods cannot be listed.
    #[error(transparent)]
    Pods(#[from] kubernetes::Error),
    /// No pod tells a version.
    #[error("failed to detect lowest Kubernetes version")]
    None,
}

/// Components whose images tell the version.
const APPS: [&str; 4] = ["kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler"];

/// A version as images have it in their tags.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    numbers: [i64; 3],
    pre: String,
    text: String,
}

/// The lowest version that components of the control plane and kube-proxy run, without a `v`.
///
/// # Errors
/// [`DetectError`].
pub async fn detect_lowest_version(cluster: &Cluster, log: &mut impl Log) -> Result<String, DetectError> {
    let client = cluster.kubernetes().await.map_err(DetectError::NoKubernetes)?;
    let pods: Vec<Pod> = client.all_within("kube-system", &ListOptions::default()).await?;
    let mut lowest: Option<Version> = None;
    for pod in &pods {
        let Some(app) = pod.label("k8s-app").filter(|app| APPS.contains(app)) else { continue };
        for (_, image) in pod.containers().filter(|(name, _)| *name == app) {
            let Some(tag) = tag(image) else { continue };
            match Version::parse(tag.trim_start_matches('v')) {
                Ok(version) if lowest.as_ref().is_none_or(|lowest| version.is_before(lowest)) => {
                    lowest = Some(version);
                }
                Ok(_) => {}
                Err(reason) => log.line(&format!("failed to parse {app} container version {reason}")),
            }
        }
    }
    lowest.map(|version| version.text).ok_or(DetectError::None)
}

impl Version {
    fn parse(text: &str) -> Result<Self, String> {
        let (rest, build) = text.split_once('+').map_or((text, ""), |(rest, build)| (rest, build));
        let (core, pre) = rest.split_once('-').unwrap_or((rest, ""));
        let parts: Vec<&str> = core.splitn(3, '.').collect();
        let [major, minor, patch] = parts[..] else { return Err(format!("{core} is not in dotted-tri format")) };
        for (what, words) in [("pre-release", pre), ("metadata", build)] {
            if !words.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
                return Err(format!("failed to validate {what}: {words} is not a valid semver identifier"));
            }
        }
        let number = |text: &str| {
            let problem = || format!("strconv.ParseInt: parsing {}: invalid syntax", crate::grpc::status::quoted(text));
            text.parse::<i64>().map_err(|_| problem())
        };
        let numbers = [number(major)?, number(minor)?, number(patch)?];
        Ok(Self { numbers, pre: pre.to_owned(), text: text.to_owned() })
    }

    fn is_before(&self, other: &Self) -> bool {
        let order = self.numbers.cmp(&other.numbers).then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
            // A version is after all that lead to it.
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => parts(&self.pre).cmp(&parts(&other.pre)),
        });
        order == Ordering::Less
    }
}

/// Parts of a pre-release in their order: numbers before words.
fn parts(pre: &str) -> Vec<(bool, u64, &str)> {
    let part = |text| str::parse::<u64>(text).map_or((true, 0, text), |number| (false, number, ""));
    pre.split('.').map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_order() {
        let order = ["1.27.4", "1.28.0-alpha.2", "1.28.0-alpha.10", "1.28.0-rc.0", "1.28.0", "1.28.3", "1.100.0"];
        for pair in order.windows(2) {
            let [a, b] = [0, 1].map(|at| Version::parse(pair[at]).unwrap());
            assert!(a.is_before(&b) && !b.is_before(&a), "{pair:?}");
        }
        assert_eq!(Version::parse("latest").unwrap_err(), "latest is not in dotted-tri format");
        assert_eq!(Version::parse("1.x.3").unwrap_err(), "strconv.ParseInt: parsing \"x\": invalid syntax");
    }
}
