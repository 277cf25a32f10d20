//! The warning that nodes are older than this program.

use std::fmt;

use talos_api::client::NodeReply;
use talos_api::proto::machine::Version;
use talos_config::constants;

use super::session::Session;
use crate::go;
use crate::io::Io;

/// A version as release tags write it: three numbers, and what follows a hyphen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Release {
    numbers: [u64; 3],
    /// Parts of the pre-release, none for a release.
    pre: Vec<String>,
    build: String,
}

impl Session {
    /// Warns if nodes are older than this program. Failures to find out are left to the calls that follow.
    pub(crate) async fn warn_about_older_nodes(&self, io: &mut Io<'_>) -> anyhow::Result<()> {
        let Ok(replies) = self.ask(self.client().version()).await else { return Ok(()) };
        let older = older(constants::TALOS_VERSION, &replies.replies)?;
        if !older.is_empty() {
            io.warn(older.join(", "));
        }
        Ok(())
    }
}

fn older(client: &str, replies: &[NodeReply<Version>]) -> anyhow::Result<Vec<String>> {
    let client = Release::parse(client).map_err(|reason| anyhow::anyhow!("error parsing client version: {reason}"))?;
    let mut texts = Vec::new();
    for reply in replies {
        let tag = reply.value.version.as_ref().map_or("", |version| &version.tag);
        let server = Release::parse(tag)
            .map_err(|reason| anyhow::anyhow!("{}: error parsing server version: {reason}", reply.node))?;
        if server.is_before(&client) {
            texts.push(format!("{}: server version {server} is older than client version {client}", reply.node));
        }
    }
    Ok(texts)
}

impl Release {
    /// Reads `v1.5.5`, `1.6.0-alpha.1`, `v1.5.0-3-gabc+dirty`; minor and patch may be missing.
    fn parse(tag: &str) -> Result<Self, String> {
        let text = tag.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return Err("Short version cannot contain PreRelease/Build meta data".to_owned());
        }
        let patch = parts.get(2).copied().unwrap_or("0");
        let (patch, build) = patch.split_once('+').unwrap_or((patch, ""));
        let (patch, pre) = patch.split_once('-').unwrap_or((patch, ""));
        let number = |name: &str, text: &str| {
            if text.bytes().all(|byte| byte.is_ascii_digit()) {
                text.parse().map_err(|_| format!("strconv.ParseUint: parsing {}: invalid syntax", go::quote(text)))
            } else {
                Err(format!("Invalid character(s) found in {name} number {}", go::quote(text)))
            }
        };
        let numbers = [
            number("major", parts[0])?,
            number("minor", parts.get(1).copied().unwrap_or("0"))?,
            number("patch", patch)?,
        ];
        let pre = if pre.is_empty() { Vec::new() } else { pre.split('.').map(str::to_owned).collect() };
        Ok(Self { numbers, pre, build: build.to_owned() })
    }

    /// Order of releases: a pre-release is before its release, numbers in it are before words.
    fn is_before(&self, other: &Self) -> bool {
        if self.numbers != other.numbers {
            return self.numbers < other.numbers;
        }
        match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, _) => false,
            (false, true) => true,
            (false, false) => {
                let key = |part: &String| (part.parse::<u64>().map_or((1, 0), |number| (0, number)), part.clone());
                self.pre.iter().map(key).lt(other.pre.iter().map(key))
            }
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre.join("."))?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_an_order() {
        let order = ["1.4.9", "v1.5.0-alpha.1", "1.5.0-alpha.2", "1.5.0-alpha.10", "1.5.0-beta", "v1.5", "1.5.1", "v2"];
        for pair in order.windows(2) {
            let [a, b] = [0, 1].map(|at| Release::parse(pair[at]).unwrap());
            assert!(a.is_before(&b) && !b.is_before(&a), "{pair:?}");
        }
        assert_eq!(Release::parse("v1.5.0-3-gabc+dirty").unwrap().to_string(), "1.5.0-3-gabc+dirty");
        for (bad, want) in [
            ("", "strconv.ParseUint: parsing \"\": invalid syntax"),
            ("1.x", "Invalid character(s) found in minor number \"x\""),
            ("1.2.3.4", "Invalid character(s) found in patch number \"3.4\""),
            ("1.2-alpha", "Short version cannot contain PreRelease/Build meta data"),
        ] {
            assert_eq!(Release::parse(bad).unwrap_err(), want);
        }
    }
}
