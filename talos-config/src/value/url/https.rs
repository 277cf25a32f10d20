//! What someone may have meant who left out the scheme of a server's URL, or gave another one.

use super::Url;

impl Url {
    /// A URL with a host and nothing else; a colon before digits at its end sets a port apart.
    pub(crate) fn of_host(host: &str) -> Self {
        Self { host: host.as_bytes().to_vec(), ..Self::default() }
    }

    /// The URL with scheme `https`, and with a port if it has none. A path alone is taken for the host.
    pub(crate) fn into_https(mut self, port: u16) -> Self {
        if self.scheme.is_empty() && self.host.is_empty() && !self.path.is_empty() {
            self.host = std::mem::take(&mut self.path);
        }
        "https".clone_into(&mut self.scheme);
        if self.port().is_empty() {
            self.host.extend_from_slice(format!(":{port}").as_bytes());
        }
        self
    }
}
