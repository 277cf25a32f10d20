//! Who asks on the machine's behalf.
//!
//! A network may let only its proxies out. Which they are is in the environment that the command line of the kernel gives
//! (`talos.environment=https_proxy=…`), in the words that programs share: `http_proxy`, `https_proxy`, `no_proxy`, in lower
//! or upper case. Nobody asks this computer itself on its own behalf.
//! Source: `golang.org/x/net/http/httpproxy`, which `pkg/httpdefaults` (1.5) uses.

use std::net::IpAddr;

use http::Uri;

use crate::command_line::CommandLine;

/// The proxies of a machine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    plain: Option<String>,
    tls: Option<String>,
    exceptions: Vec<Exception>,
}

impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Addresses of proxies hold passwords.
        f.debug_struct("Proxies").field("exceptions", &self.exceptions).finish_non_exhaustive()
    }
}

/// Servers that are asked directly.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    All,
    Network(IpAddr, u8),
    Name {
        /// In lower case, without a dot in front.
        name: String,
        /// Whether the name itself is meant, too, and not only what is below it.
        is_itself: bool,
        port: Option<u16>,
    },
}

impl Proxies {
    /// Those that a command line names.
    pub fn new(command_line: &CommandLine<'_>) -> Self {
        let variable = |names: [&str; 2]| {
            let of = |name: &str| {
                let stated = command_line.all("talos.environment").filter_map(|pair| pair.split_once('='));
                stated.filter(|(key, _)| *key == name).last().map(|(_, value)| value.to_owned())
            };
            names.iter().find_map(|name| of(name).filter(|value| !value.is_empty()))
        };
        let exceptions = variable(["NO_PROXY", "no_proxy"]).unwrap_or_default();
        Self {
            plain: variable(["HTTP_PROXY", "http_proxy"]),
            tls: variable(["HTTPS_PROXY", "https_proxy"]),
            exceptions: exceptions.split(',').filter_map(Exception::read).collect(),
        }
    }

    /// Address of the one that asks a server; `None` if the machine asks itself.
    pub fn of(&self, server: &Uri, port: u16) -> Option<&str> {
        let proxy = if server.scheme_str() == Some("https") { &self.tls } else { &self.plain };
        let host = server.host().unwrap_or_default().to_lowercase();
        let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
        let address: Option<IpAddr> = host.parse().ok();
        let is_own = host == "localhost" || address.is_some_and(|address| address.is_loopback());
        let is_direct = || self.exceptions.iter().any(|exception| exception.holds(host, address, port));
        proxy.as_deref().filter(|_| !is_own && !is_direct())
    }
}

impl Exception {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "" => return None,
            "*" => return Some(Self::All),
            _ => {}
        }
        if let Some((address, length)) = text.split_once('/')
            && let (Ok(address), Ok(length)) = (address.parse(), length.parse())
        {
            return Some(Self::Network(address, length));
        }
        if let Ok(address) = text.trim_start_matches('[').trim_end_matches(']').parse() {
            return Some(Self::Network(address, 128));
        }
        let (name, port) = match text.rsplit_once(':').map(|(name, port)| (name, port.parse())) {
            Some((name, Ok(port))) => (name, Some(port)),
            _ => (text.as_str(), None),
        };
        let below = name.strip_prefix('*').unwrap_or(name).strip_prefix('.');
        Some(Self::Name { name: below.unwrap_or(name).to_owned(), is_itself: below.is_none(), port })
    }

    fn holds(&self, host: &str, address: Option<IpAddr>, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Network(network, length) => address.is_some_and(|address| is_within(address, *network, *length)),
            Self::Name { name, is_itself, port: only } => {
                let is_below = host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                (is_below || (*is_itself && host == name)) && only.is_none_or(|only| only == port)
            }
        }
    }
}

/// Whether the first bits of two addresses are the same.
fn is_within(address: IpAddr, network: IpAddr, length: u8) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let ((address, size), (network, other)) = (bits(address), bits(network));
    let rest = u32::from(128 - length.min(size));
    size == other && (address ^ network).checked_shr(rest).unwrap_or_default() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_ask_for_others_only() {
        let line = "talos.environment=http_proxy=http://p:1 talos.environment=HTTPS_PROXY=q:2 talos.environment=a=b";
        let exceptions = "talos.environment=no_proxy=10.0.0.0/8,fd00::/8,192.168.0.1,a.com,.b.com,*.c.com,d.com:81";
        let proxies = Proxies::new(&CommandLine::parse(&format!("{line} {exceptions}")));
        for (address, port, expected) in [
            ("http://x.com/", 80, Some("http://p:1")),
            ("https://x.com/", 443, Some("q:2")),
            ("http://localhost/", 80, None),
            ("http://127.1.2.3/", 80, None),
            ("http://[::1]/", 80, None),
            ("http://10.9.0.1/", 80, None),
            ("http://11.9.0.1/", 80, Some("http://p:1")),
            ("http://[fd12::1]/", 80, None),
            ("http://[fe80::1]/", 80, Some("http://p:1")),
            ("http://192.168.0.1/", 80, None),
            ("http://192.168.0.2/", 80, Some("http://p:1")),
            ("http://A.com/", 80, None),
            ("http://x.a.com./", 80, None),
            ("http://xa.com/", 80, Some("http://p:1")),
            ("http://b.com/", 80, Some("http://p:1")),
            ("http://x.b.com/", 80, None),
            ("http://x.c.com/", 80, None),
            ("http://d.com:81/", 81, None),
            ("http://d.com/", 80, Some("http://p:1")),
        ] {
            assert_eq!(proxies.of(&address.parse().unwrap(), port), expected, "{address}");
        }
        let none = Proxies::new(&CommandLine::parse(&format!("{line} talos.environment=NO_PROXY=*")));
        assert_eq!(none.of(&"http://x.com".parse().unwrap(), 80), None);
        assert_eq!(Proxies::new(&CommandLine::parse("quiet")), Proxies::default());
        assert!(!format!("{proxies:?}").contains("p:1"));
    }
}
