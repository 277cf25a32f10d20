//! Addresses that name the machine: `http://h/c?uuid=${uuid}`.
//!
//! Variables stand in the values of a query, in any case: `${uuid}`, `${serial}`, `${mac}`, `${hostname}`, `${code}`. An
//! argument `uuid` without a value means the UUID, too. An address without any of them stays as it is, byte for byte; the
//! query of all others is written anew, its arguments sorted.
//! Source: `internal/app/machined/pkg/runtime/v1alpha1/platform/metal/url` (1.5).

use std::collections::BTreeMap;
use std::time::Duration;

use talos_api::resources::Kind;
use talos_api::resources::hardware::SystemInformations;
use talos_api::resources::network::{HardwareAddresses, HostnameStatuses};
use talos_api::resources::runtime::MetaKeys;
use tokio::time::{Instant, timeout_at};

use super::metal::SYSTEM;
use crate::cosi::{Reference, Store, Watch};
use crate::machine::Machine;

/// What may stand in an address.
struct Variable {
    key: &'static str,
    /// Whether an argument of this name, without a value, is meant as well.
    is_argument: bool,
    value: fn(&Store) -> Option<String>,
}

const VARIABLES: [Variable; 5] = [
    Variable {
        key: "uuid",
        is_argument: true,
        value: |store| store.spec::<SystemInformations>(SYSTEM).map(|system| system.uuid),
    },
    Variable {
        key: "serial",
        is_argument: false,
        value: |store| store.spec::<SystemInformations>(SYSTEM).map(|system| system.serial_number),
    },
    Variable {
        key: "mac",
        is_argument: false,
        value: |store| store.spec::<HardwareAddresses>(FIRST).map(|first| first.hardware_addr.to_string()),
    },
    Variable {
        key: "hostname",
        is_argument: false,
        value: |store| store.spec::<HostnameStatuses>("hostname").map(|status| status.hostname),
    },
    Variable { key: "code", is_argument: false, value: |store| store.spec::<MetaKeys>(CODE).map(|code| code.value) },
];

/// Id of the hardware address of the first link.
const FIRST: &str = "first";

/// Id of the value in META that an operator types in, to tell machines apart.
const CODE: &str = "0x0b";

/// An address whose variables were filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Populated {
    /// The address. What is missing stands there as before.
    pub address: String,
    /// Variables without a value.
    pub missing: Vec<&'static str>,
}

/// Fills variables in, and waits up to a limit until all that are needed have values.
pub async fn populate(machine: &Machine, address: &str, limit: Duration) -> Populated {
    let end = Instant::now() + limit;
    let store = &machine.store;
    let Some((start, query, rest)) = parts(address).filter(|(_, query, _)| needed(query).next().is_some()) else {
        return Populated { address: address.to_owned(), missing: Vec::new() };
    };
    let watch = |definition: &talos_api::resources::Definition, id: &str| {
        store.watch(&Reference::new(definition.namespace, definition.type_name, id), 0)
    };
    let mut system = watch(SystemInformations::DEFINITION, SYSTEM);
    let mut first = watch(HardwareAddresses::DEFINITION, FIRST);
    let mut hostname = watch(HostnameStatuses::DEFINITION, "hostname");
    let mut code = watch(MetaKeys::DEFINITION, CODE);
    let mut told = Vec::new();
    loop {
        let mut filled = query.clone();
        let mut missing = Vec::new();
        for variable in needed(&query) {
            match (variable.value)(store).filter(|value| !value.is_empty()) {
                Some(value) => variable.fill(&mut filled, &value),
                None => missing.push(variable.key),
            }
        }
        let is_over = Instant::now() >= end;
        if missing.is_empty() || is_over {
            return Populated { address: format!("{start}?{}{rest}", encode(&filled)), missing };
        }
        if told != missing {
            machine.console.line(&format!("waiting for URL variables: [{}]", missing.join(" ")));
            told = missing;
        }
        let changed = async {
            // Cancel-safe: a watch loses nothing.
            tokio::select! {
                () = heard(&mut system) => {}
                () = heard(&mut first) => {}
                () = heard(&mut hostname) => {}
                () = heard(&mut code) => {}
            }
        };
        // At the end there is one more look.
        let _ = timeout_at(end, changed).await;
    }
}

async fn heard(watch: &mut Watch) {
    watch.next().await;
}

/// Arguments and their values, each in its order.
type Query = BTreeMap<Vec<u8>, Vec<Vec<u8>>>;

fn needed(query: &Query) -> impl Iterator<Item = &'static Variable> {
    VARIABLES.iter().filter(|variable| variable.stands_in(query))
}

impl Variable {
    fn text(&self) -> Vec<u8> {
        format!("${{{}}}", self.key).into_bytes()
    }

    /// Whether an argument is meant although it does not name the variable.
    fn is_meant_by(&self, argument: &[u8], values: &[Vec<u8>]) -> bool {
        let is_given = matches!(values, [only] if !only.trim_ascii().is_empty());
        self.is_argument && argument == self.key.as_bytes() && !is_given
    }

    fn stands_in(&self, query: &Query) -> bool {
        let text = self.text();
        query.iter().any(|(argument, values)| {
            self.is_meant_by(argument, values) || values.iter().any(|value| position(value, &text).is_some())
        })
    }

    fn fill(&self, query: &mut Query, with: &str) {
        let text = self.text();
        for (argument, values) in query {
            if self.is_meant_by(argument, values) {
                *values = vec![with.as_bytes().to_vec()];
                continue;
            }
            for value in values {
                let mut from = 0;
                while let Some(found) = position(&value[from..], &text) {
                    value.splice(from + found..from + found + text.len(), with.bytes());
                    from += found + with.len();
                }
            }
        }
    }
}

/// Where a text stands in another, in any case.
fn position(value: &[u8], text: &[u8]) -> Option<usize> {
    value.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text))
}

/// An address up to its query, the query, and what follows.
fn parts(address: &str) -> Option<(&str, Query, &str)> {
    let end = address.find('#').unwrap_or(address.len());
    let (start, query) = address[..end].split_once('?')?;
    Some((start, decode(query), &address[end..]))
}

/// Takes a query apart. What is no argument is left out, as by the reference.
fn decode(query: &str) -> Query {
    let mut arguments = Query::new();
    for part in query.split('&').filter(|part| !part.is_empty() && !part.contains(';')) {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if let (Some(key), Some(value)) = (unescape(key, true), unescape(value, true)) {
            arguments.entry(key).or_default().push(value);
        }
    }
    arguments
}

/// Writes a query: arguments sorted, everything but letters, digits and `-_.~` escaped.
fn encode(query: &Query) -> String {
    let pairs = query.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value)));
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{}={}", escape(key), escape(value))).collect();
    pairs.join("&")
}

fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(*byte)),
            b' ' => text.push('+'),
            _ => text += &format!("%{byte:02X}"),
        }
    }
    text
}

/// Undoes escapes; `None` if there is one that is none. In a query, plus is a blank.
pub(super) fn unescape(text: &str, is_query: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            b'+' if is_query => b' ',
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use talos_api::resources::HardwareAddr;
    use talos_api::resources::hardware::SystemInformationSpec;
    use talos_api::resources::network::{HardwareAddrSpec, HostnameStatusSpec};
    use talos_api::resources::runtime::MetaKeySpec;

    use super::*;
    use crate::cosi::Resource;
    use crate::machine::testing;

    const LIMIT: Duration = Duration::from_secs(90);

    fn put<K: Kind>(machine: &Machine, id: &str, spec: K::Spec) {
        machine.store.create(Resource::of::<K>(id, spec), "test").unwrap();
    }

    fn known() -> Arc<Machine> {
        let machine = testing::machine();
        let system = SystemInformationSpec { uuid: "0-1".into(), serial_number: "12 3".into(), ..Default::default() };
        put::<SystemInformations>(&machine, SYSTEM, system);
        let first = HardwareAddrSpec {
            name: "eth0".into(),
            hardware_addr: HardwareAddr(vec![0x12, 0x34, 0x56, 0x78, 0x90, 0xab]),
        };
        put::<HardwareAddresses>(&machine, FIRST, first);
        machine
    }

    #[tokio::test]
    async fn variables_are_filled_in() {
        let machine = known();
        for (address, expected) in [
            ("https://e.com?b=1&a=%zz", "https://e.com?b=1&a=%zz"),
            ("https://${uuid}.com/${uuid}", "https://${uuid}.com/${uuid}"),
            ("http://h/c?uuid=${uuid}&mac=${mac}", "http://h/c?mac=12%3A34%3A56%3A78%3A90%3Aab&uuid=0-1"),
            ("https://e.com?uuid=${UuId}&no=${serial}#x", "https://e.com?no=12+3&uuid=0-1#x"),
            ("https://e.com?uuid=", "https://e.com?uuid=0-1"),
            ("https://e.com?uuid", "https://e.com?uuid=0-1"),
            ("https://e.com?uuid=7", "https://e.com?uuid=7"),
            ("https://e.com?uuid=7&uuid=8", "https://e.com?uuid=0-1"),
            ("https://e.com?mac=", "https://e.com?mac="),
            ("https://e.com?a=-${uuid}${uuid}/&a=b&;=1&c=%", "https://e.com?a=-0-10-1%2F&a=b"),
        ] {
            let populated = populate(&machine, address, LIMIT).await;
            assert_eq!(populated, Populated { address: expected.into(), missing: vec![] });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn values_are_waited_for() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let machine = testing::machine_that_says(&lines);
        let address = "http://h?a=${hostname}&b=${code}";
        let populated = populate(&machine, address, LIMIT);
        let later = async {
            put::<HostnameStatuses>(
                &machine,
                "hostname",
                HostnameStatusSpec { hostname: "n".into(), ..Default::default() },
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
            put::<MetaKeys>(&machine, CODE, MetaKeySpec { value: "s&t".into() });
        };
        let (populated, ()) = tokio::join!(populated, later);
        assert_eq!(populated, Populated { address: "http://h?a=n&b=s%26t".into(), missing: vec![] });
        let said = lines.lock().unwrap().clone();
        let said: Vec<&str> = said.iter().map(|line: &String| &line[28..]).collect();
        assert_eq!(said, ["waiting for URL variables: [hostname code]", "waiting for URL variables: [code]"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_stays() {
        let machine = known();
        let start = Instant::now();
        let populated = populate(&machine, "http://h?b=${code}&a=${uuid}", LIMIT).await;
        assert_eq!(populated, Populated { address: "http://h?a=0-1&b=%24%7Bcode%7D".into(), missing: vec!["code"] });
        assert_eq!(start.elapsed().as_secs(), 90);
    }
}
