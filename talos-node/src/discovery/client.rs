//! A conversation with a discovery service, for as long as a node wants to be found.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use prost::Message;
use rustls::ClientConfig;
use talos_api::proto::sidero::discovery::client as sealed;
use talos_api::proto::sidero::discovery::server::{
    Affiliate, AffiliateDeleteRequest, AffiliateDeleteResponse, AffiliateUpdateRequest, AffiliateUpdateResponse,
    HelloRequest, HelloResponse, WatchRequest, WatchResponse,
};
use talos_api::resources::cluster::AffiliateSpec;
use talos_config::constants::TALOS_VERSION;
use talos_pki::Random;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval_at, timeout};
use tonic::{Code, Status, Streaming};

use super::seal::Sealer;
use super::{TTL, affiliate, method};
use crate::console::{Console, Value};
use crate::machine::SharedRandom;
use crate::peer::{Dial, Peer};

/// How long a greeting may take, the connection included.
const GREETING: Duration = Duration::from_secs(10);

/// How long it may take to tell everything.
const TELLING: Duration = Duration::from_secs(30);

/// The first pause after a failure, in milliseconds; each is half as long again as the one before, up to the longest. What
/// is waited is up to half more or less, so that nodes do not all come back at once.
const FIRST_PAUSE: u64 = 500;
const LONGEST_PAUSE: u64 = 60_000;

/// What is said when a service does not answer.
const HELLO_FAILED: &str = "hello failed";

/// Whom to speak to, and as whom.
pub(crate) struct Client {
    /// Host and port of the service.
    pub(crate) endpoint: String,
    /// What it must show; `None` for a service that everybody can listen in on.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// The node's own address.
    pub(crate) own: IpAddr,
    /// Id of the cluster.
    pub(crate) cluster_id: String,
    /// Id of the node.
    pub(crate) affiliate_id: String,
    /// Opens what others told.
    pub(crate) sealer: Arc<Sealer>,
    /// For the pauses after failures.
    pub(crate) random: SharedRandom,
    /// Where failures go.
    pub(crate) console: Console,
    /// Who they are told by.
    pub(crate) controller: &'static str,
    /// Whether the service was told of the node.
    pub(crate) is_known: watch::Sender<bool>,
}

/// What the service shall be told.
#[derive(Clone, Debug, Default)]
pub(crate) enum Told {
    /// Nothing yet.
    #[default]
    Nothing,
    /// That the node is there.
    Here(Arc<Here>),
    /// That it is there no longer.
    Gone,
}

/// What is told about the node, sealed.
#[derive(Debug)]
pub(crate) struct Here {
    pub(crate) data: Vec<u8>,
    pub(crate) endpoints: Vec<Vec<u8>>,
    /// Ways to other nodes that were seen to work.
    pub(crate) others: Vec<(String, Vec<Vec<u8>>)>,
}

/// What the service told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The other nodes, by their ids.
    pub(crate) affiliates: BTreeMap<String, AffiliateSpec>,
    /// The address that the service saw the node call from.
    pub(crate) own_address: Option<IpAddr>,
}

/// How a conversation ended.
struct End {
    text: &'static str,
    status: Status,
    /// Whether the node was heard before.
    was_heard: bool,
}

impl Client {
    /// Goes on until it is dropped.
    pub(crate) async fn run(mut self, mut told: watch::Receiver<Told>, found: watch::Sender<Found>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let End { text, status, was_heard } = match self.converse(&mut told, &found).await {
                Err(end) => end,
                // Sent elsewhere.
                Ok(()) => continue,
            };
            if status.code() != Code::Cancelled {
                let error = talos_api::grpc::status::text(&status);
                let fields = [("error", Value::Text(&error)), ("endpoint", Value::Text(&self.endpoint))];
                self.say(text, if text == HELLO_FAILED { &fields } else { &fields[..1] });
            }
            if was_heard {
                pause = FIRST_PAUSE;
            }
            let mut bytes = [0; 2];
            let drawn = self.random.fill(&mut bytes).map_or(0, |()| u64::from(u16::from_be_bytes(bytes)));
            tokio::time::sleep(Duration::from_millis(pause / 2 + pause * drawn / 65_536)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    fn say(&self, text: &str, fields: &[(&str, Value<'_>)]) {
        self.console.controller(self.controller, text, fields);
    }

    /// Greets, then tells and listens until something fails or the service sends the node elsewhere.
    async fn converse(&mut self, told: &mut watch::Receiver<Told>, found: &watch::Sender<Found>) -> Result<(), End> {
        let failed = |text| move |status| End { text, status, was_heard: false };
        let greeting = timeout(GREETING, self.greet()).await.unwrap_or_else(|_| Err(late()));
        let (peer, greeting) = greeting.map_err(failed(HELLO_FAILED))?;
        let own_address = affiliate::address(&greeting.client_ip).and_then(|ip| ip.address());
        found.send_if_modified(|found| {
            let is_other = found.own_address != own_address;
            found.own_address = own_address;
            is_other
        });
        if let Some(redirect) = greeting.redirect.filter(|redirect| !redirect.endpoint.is_empty()) {
            let here = std::mem::replace(&mut self.endpoint, redirect.endpoint);
            // A service that sends the node back to itself is not asked again at once.
            let status = Status::unavailable(format!("redirected from {here} to {}", self.endpoint));
            return if here == self.endpoint { Err(failed(HELLO_FAILED)(status)) } else { Ok(()) };
        }
        let watching = WatchRequest { cluster_id: self.cluster_id.clone() };
        let watching = timeout(GREETING, peer.streaming(method::WATCH, watching)).await.unwrap_or_else(|_| Err(late()));
        let mut changes: Streaming<WatchResponse> =
            watching.map_err(failed("error watching discovery service state"))?;
        // It is told again before it is forgotten.
        let mut again = interval_at(tokio::time::Instant::now(), TTL / 2);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut is_snapshot, mut was_heard) = (true, false);
        loop {
            let change = tokio::select! {
                _ = again.tick() => None,
                // Cancel-safe: what was not waited for is still seen.
                changed = told.changed() => match changed {
                    Ok(()) => None,
                    Err(_) => return std::future::pending().await,
                },
                // Cancel-safe: a part of a message stays in the stream.
                change = changes.message() => Some(change),
            };
            let Some(change) = change else {
                let what = told.borrow_and_update().clone();
                let telling = timeout(TELLING, self.tell(&peer, what)).await.unwrap_or_else(|_| Err(late()));
                telling.map_err(|status| End {
                    text: "failed refreshing discovery service data",
                    status,
                    was_heard,
                })?;
                was_heard = true;
                continue;
            };
            let text = "error watching discovery service state";
            let change = change.map_err(|status| End { text, status, was_heard })?;
            let change = change.ok_or_else(|| End { text, status: Status::unknown("EOF"), was_heard })?;
            found.send_modify(|found| self.take(&mut found.affiliates, change, is_snapshot));
            is_snapshot = false;
        }
    }

    async fn greet(&self) -> Result<(Peer, HelloResponse), Status> {
        let (host, port) = self.endpoint.rsplit_once(':').unwrap_or((&self.endpoint, "443"));
        let port = port.parse().map_err(|_| Status::unavailable(format!("no port in {:?}", self.endpoint)))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let (tls, own, keepalive) = (self.tls.clone(), Some(self.own), Some(TTL / 10));
        let peer = Peer::connect(&Dial { host, port, tls, own, keepalive }).await?;
        let greeting = HelloRequest { cluster_id: self.cluster_id.clone(), client_version: TALOS_VERSION.to_owned() };
        let greeting = peer.unary(method::HELLO, tonic::Request::new(greeting)).await?;
        Ok((peer, greeting))
    }

    async fn tell(&self, peer: &Peer, told: Told) -> Result<(), Status> {
        let here = match told {
            Told::Nothing => return Ok(()),
            Told::Gone => {
                let (cluster_id, affiliate_id) = (self.cluster_id.clone(), self.affiliate_id.clone());
                let request = tonic::Request::new(AffiliateDeleteRequest { cluster_id, affiliate_id });
                let deleted = peer.unary(method::AFFILIATE_DELETE, request).await;
                let AffiliateDeleteResponse {} = deleted.map_err(within("error deleting local affiliate"))?;
                self.is_known.send_replace(false);
                return Ok(());
            }
            Told::Here(here) => here,
        };
        // Also when the answer is lost.
        self.is_known.send_replace(true);
        let own = (&self.affiliate_id, Some(here.data.clone()), &here.endpoints);
        let others = here.others.iter().map(|(id, endpoints)| (id, None, endpoints));
        for (id, affiliate_data, endpoints) in std::iter::once(own).chain(others) {
            let request = AffiliateUpdateRequest {
                cluster_id: self.cluster_id.clone(),
                affiliate_id: id.clone(),
                affiliate_data,
                affiliate_endpoints: endpoints.clone(),
                ttl: Some(prost_types::Duration { seconds: TTL.as_secs().cast_signed(), nanos: 0 }),
            };
            let updated = peer.unary(method::AFFILIATE_UPDATE, tonic::Request::new(request)).await;
            let AffiliateUpdateResponse {} = updated.map_err(within("error updating local affiliate data"))?;
        }
        Ok(())
    }

    /// Takes note of a change. The first one of a conversation is all that there is.
    fn take(&self, known: &mut BTreeMap<String, AffiliateSpec>, change: WatchResponse, is_snapshot: bool) {
        if is_snapshot {
            known.clear();
        }
        for affiliate in change.affiliates {
            if affiliate.id == self.affiliate_id {
                continue;
            }
            if change.deleted {
                known.remove(&affiliate.id);
            } else if !affiliate.data.is_empty() {
                match self.open(&affiliate) {
                    Ok(spec) => drop(known.insert(affiliate.id, spec)),
                    Err(text) => self.say(&text, &[("affiliate_id", Value::Text(&affiliate.id))]),
                }
            }
        }
    }

    /// Reads what another node told; endpoints that cannot be read are left out.
    fn open(&self, found: &Affiliate) -> Result<AffiliateSpec, String> {
        let data = self.sealer.open(&found.data).map_err(|error| error.to_string())?;
        let opened = sealed::Affiliate::decode(data.as_slice()).map_err(|_| "unmarshal failure")?;
        let mut endpoints = Vec::new();
        for endpoint in &found.endpoints {
            let opened = self.sealer.open_endpoint(endpoint).map_err(|error| error.to_string());
            let opened = opened.and_then(|bytes| {
                sealed::Endpoint::decode(bytes.as_slice()).map_err(|_| "endpoint unmarshal failure".to_owned())
            });
            match opened {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(text) => self.say(&text, &[("affiliate_id", Value::Text(&found.id))]),
            }
        }
        Ok(affiliate::from_wire(opened, &endpoints))
    }
}

fn late() -> Status {
    Status::deadline_exceeded("context deadline exceeded")
}

/// Says what was being done.
fn within(text: &'static str) -> impl Fn(Status) -> Status {
    move |status| Status::new(status.code(), format!("{text}: {}", talos_api::grpc::status::text(&status)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::machine::testing::machine_that_says;

    /// A client of a cluster, and what its console said.
    fn client() -> (Client, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let machine = machine_that_says(&lines);
        let client = Client {
            endpoint: "nowhere:1".into(),
            tls: None,
            own: machine.settings.address,
            cluster_id: "c".into(),
            affiliate_id: "me".into(),
            sealer: Arc::new(Sealer::new(&[7; 32]).unwrap()),
            random: machine.random.clone(),
            console: machine.console.clone(),
            controller: "test",
            is_known: watch::Sender::new(false),
        };
        (client, lines)
    }

    fn change(affiliates: Vec<Affiliate>, deleted: bool) -> WatchResponse {
        WatchResponse { affiliates, deleted }
    }

    fn told(sealer: &Sealer, id: &str) -> Affiliate {
        let spec = AffiliateSpec { node_id: id.into(), nodename: id.into(), ..AffiliateSpec::default() };
        let data = affiliate::to_wire(&spec).0.encode_to_vec();
        let data = sealer.seal(&data, &mut crate::machine::testing::machine().random.clone()).unwrap();
        Affiliate { id: id.into(), data, endpoints: Vec::new() }
    }

    #[test]
    fn changes_add_up_until_all_is_told_again() {
        let (client, lines) = client();
        let sealer = &client.sealer;
        let mut known = BTreeMap::new();
        let ids = |known: &BTreeMap<String, AffiliateSpec>| known.keys().cloned().collect::<Vec<_>>().join(" ");
        client.take(&mut known, change(["a", "b", "me"].map(|id| told(sealer, id)).to_vec(), false), true);
        assert_eq!(ids(&known), "a b");
        client.take(&mut known, change(vec![told(sealer, "c")], false), false);
        client.take(&mut known, change(vec![Affiliate { id: "a".into(), ..Affiliate::default() }], true), false);
        assert_eq!(ids(&known), "b c");
        // Others know a way to it, and itself it has not told anything yet.
        client.take(&mut known, change(vec![Affiliate { id: "d".into(), ..Affiliate::default() }], false), false);
        assert_eq!(ids(&known), "b c");
        client.take(&mut known, change(vec![told(sealer, "e")], false), true);
        assert_eq!(ids(&known), "e");
        assert_eq!(*lines.lock().unwrap(), [""; 0]);
    }

    #[test]
    fn what_cannot_be_opened_is_told_and_left_out() {
        let (client, lines) = client();
        let stranger = Sealer::new(&[8; 32]).unwrap();
        let mut random = client.random.clone();
        let broken = client.sealer.seal(&[0xff; 5], &mut random).unwrap();
        let mut endpoints = told(&client.sealer, "endpoints");
        endpoints.endpoints = vec![vec![1; 15], client.sealer.seal_endpoint(&[0xff; 5]).unwrap()];
        let affiliate = |id: &str, data: Vec<u8>| Affiliate { id: id.into(), data, endpoints: Vec::new() };
        let affiliates =
            vec![told(&stranger, "stranger"), affiliate("short", vec![1; 3]), affiliate("broken", broken), endpoints];
        let mut known = BTreeMap::new();
        client.take(&mut known, change(affiliates, false), true);
        assert_eq!(known.keys().collect::<Vec<_>>(), ["endpoints"]);
        let lines = lines.lock().unwrap();
        let said: Vec<_> = lines.iter().map(|line| line[28..].split(" {").next().unwrap()).collect();
        let expected = [
            "decryption failure",
            "short data",
            "unmarshal failure",
            "endpoint size is not multiple of cipher block size",
            "endpoint unmarshal failure",
        ];
        assert_eq!(said, expected);
        assert!(lines[0].contains("\"affiliate_id\": \"stranger\""), "{}", lines[0]);
    }
}
