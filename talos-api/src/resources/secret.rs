//! Certificates, keys and addresses of other services.

use std::fmt;

use talos_config_yaml::emit::Emitter;
use talos_pki::base64;
use talos_pki::{PemCertificateAndKey, PemKey};

use super::spec::{DecodeProblem, Form, Value};
use super::value::{bytes, single, text};
use super::wire::{self, Payload};

impl Value for PemCertificateAndKey {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| {
            for (number, part) in [(1, &self.crt), (2, &self.key)] {
                if !part.is_empty() {
                    wire::put_bytes(number, part, out);
                }
            }
        });
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let mut rest = bytes(payload)?;
        while let Some((number, payload)) = wire::next(&mut rest)? {
            match number {
                1 => self.crt = bytes(payload)?.to_vec(),
                2 => self.key = bytes(payload)?.to_vec(),
                _ => {}
            }
        }
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.mapping_start();
        for (key, part) in [("crt", &self.crt), ("key", &self.key)] {
            out.key(key);
            out.string(&base64::encode(part));
        }
        out.mapping_end();
    }

    fn is_empty(&self) -> bool {
        self.crt.is_empty() && self.key.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        single("common.PEMEncodedCertificateAndKey", "mapping crt,key (base64 of PEM)")
    }
}

impl Value for PemKey {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| {
            if !self.key.is_empty() {
                wire::put_bytes(1, &self.key, out);
            }
        });
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let mut rest = bytes(payload)?;
        while let Some((number, payload)) = wire::next(&mut rest)? {
            if number == 1 {
                self.key = bytes(payload)?.to_vec();
            }
        }
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        out.mapping_start();
        out.key("key");
        out.string(&base64::encode(&self.key));
        out.mapping_end();
    }

    fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    fn form(&self) -> Form {
        single("common.PEMEncodedKey", "mapping key (base64 of PEM)")
    }
}

/// An address with a scheme, as text.
///
/// In YAML it is a mapping of its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Url(pub String);

/// The parts of an address, as the reference takes it apart.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts<'u> {
    scheme: String,
    opaque: &'u str,
    has_user: bool,
    host: String,
    path: String,
    raw_path: &'u str,
    force_query: bool,
    raw_query: &'u str,
    fragment: String,
    raw_fragment: &'u str,
}

impl Url {
    fn parts(&self) -> Parts<'_> {
        let mut parts = Parts::default();
        let (rest, fragment) = self.0.split_once('#').unwrap_or((&self.0, ""));
        parts.fragment = decoded(fragment);
        parts.raw_fragment = if encoded(&parts.fragment, FRAGMENT) == fragment { "" } else { fragment };
        let mut rest = rest;
        if let Some((scheme, tail)) = rest.split_once(':')
            && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
        {
            parts.scheme = scheme.to_ascii_lowercase();
            rest = tail;
        }
        if let Some((head, query)) = rest.split_once('?') {
            rest = head;
            parts.raw_query = query;
            parts.force_query = query.is_empty();
        }
        if !parts.scheme.is_empty() && !rest.starts_with('/') {
            parts.opaque = rest;
            return parts;
        }
        let mut path = rest;
        if let Some(authority) = rest.strip_prefix("//") {
            let end = authority.find('/').unwrap_or(authority.len());
            path = &authority[end..];
            let host = authority[..end].rsplit_once('@').map_or(&authority[..end], |(_, host)| {
                parts.has_user = true;
                host
            });
            parts.host = decoded(host);
        }
        parts.path = decoded(path);
        parts.raw_path = if encoded(&parts.path, PATH) == path { "" } else { path };
        parts
    }
}

/// Punctuation that stands for itself in a path, beside letters, digits and `-_.~`.
const PATH: &str = "$&+,/:;=@";

/// The same for a fragment.
const FRAGMENT: &str = "$&+,/:;=?@!()*";

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| std::str::from_utf8(tail.get(..2)?).ok())
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn encoded(text: &str, plain: &str) -> String {
    use std::fmt::Write;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-_.~".contains(letter) || plain.contains(letter) {
            out.push(letter);
        } else {
            write!(out, "%{byte:02X}").expect("a string takes everything");
        }
    }
    out
}

impl Value for Url {
    fn encode(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_message(number, out, |out| wire::put_bytes(1, self.0.as_bytes(), out));
    }

    fn decode(&mut self, payload: Payload<'_>, _: usize) -> Result<(), DecodeProblem> {
        let mut rest = bytes(payload)?;
        while let Some((number, payload)) = wire::next(&mut rest)? {
            if number == 1 {
                text(payload)?.clone_into(&mut self.0);
            }
        }
        Ok(())
    }

    fn write_yaml(&self, out: &mut Emitter) {
        let parts = self.parts();
        out.mapping_start();
        out.key("scheme");
        out.string(&parts.scheme);
        out.key("opaque");
        out.string(parts.opaque);
        out.key("user");
        if parts.has_user {
            // Name and password are private parts there, and so not written.
            out.mapping_start();
            out.mapping_end();
        } else {
            out.null();
        }
        for (key, text) in [("host", &*parts.host), ("path", &*parts.path), ("rawpath", parts.raw_path)] {
            out.key(key);
            out.string(text);
        }
        out.key("omithost");
        out.boolean(false);
        out.key("forcequery");
        out.boolean(parts.force_query);
        for (key, text) in
            [("rawquery", parts.raw_query), ("fragment", &*parts.fragment), ("rawfragment", parts.raw_fragment)]
        {
            out.key(key);
            out.string(text);
        }
        out.mapping_end();
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }

    fn form(&self) -> Form {
        single("common.URL", "mapping (Go URL fields)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_addresses_apart() {
        let url = Url("https://user:pw@10.5.0.2:6443/a%20b%2Fc?x=1#end".into());
        let parts = url.parts();
        assert_eq!((&*parts.scheme, &*parts.host, parts.has_user), ("https", "10.5.0.2:6443", true));
        assert_eq!((&*parts.path, parts.raw_path), ("/a b/c", "/a%20b%2Fc"));
        assert_eq!((parts.raw_query, &*parts.fragment, parts.raw_fragment), ("x=1", "end", ""));
        let url = Url("tcp://[fdae::1]:4000/".into());
        assert_eq!((&*url.parts().host, &*url.parts().path), ("[fdae::1]:4000", "/"));
        assert_eq!(Url("mailto:a@b".into()).parts().opaque, "a@b");
        assert!(Url("https://x/?".into()).parts().force_query);
    }
}
