//! What a discovery service remembers. It cannot read any of it.

use std::collections::{BTreeMap, HashMap};

use talos_api::proto::sidero::discovery::server::{Affiliate, AffiliateUpdateRequest, WatchResponse};
use tokio::sync::broadcast;
use tokio::time::Instant;
use tonic::Status;

use super::TTL;

/// Bytes of an id, of a cluster or of one of its nodes.
const MAX_ID: usize = 256;

/// Bytes that a node may tell about itself.
const MAX_DATA: usize = 2048;

/// Bytes of an endpoint.
const MAX_ENDPOINT: usize = 32;

/// Endpoints of one node.
const MAX_ENDPOINTS: usize = 64;

/// Nodes of one cluster.
const MAX_AFFILIATES: usize = 1024;

/// Changes that a watcher may be behind.
const BACKLOG: usize = 32;

/// All clusters, by their ids.
#[derive(Debug, Default)]
pub(super) struct Clusters(HashMap<String, Cluster>);

/// What the nodes of one cluster told.
#[derive(Debug)]
struct Cluster {
    affiliates: BTreeMap<String, Known>,
    changes: broadcast::Sender<WatchResponse>,
}

/// What is known of one node.
#[derive(Debug)]
struct Known {
    data: Vec<u8>,
    endpoints: Vec<(Vec<u8>, Instant)>,
    until: Instant,
}

impl Known {
    fn show(&self, id: &str) -> Affiliate {
        let endpoints = self.endpoints.iter().map(|(endpoint, _)| endpoint.clone()).collect();
        Affiliate { id: id.to_owned(), data: self.data.clone(), endpoints }
    }
}

impl Cluster {
    fn new() -> Self {
        Self { affiliates: BTreeMap::new(), changes: broadcast::Sender::new(BACKLOG) }
    }

    fn all(&self) -> Vec<Affiliate> {
        self.affiliates.iter().map(|(id, known)| known.show(id)).collect()
    }

    fn tell(&self, affiliate: Affiliate, deleted: bool) {
        // Nobody may be listening.
        let _ = self.changes.send(WatchResponse { affiliates: vec![affiliate], deleted });
    }

    fn tell_deleted(&self, id: String) {
        self.tell(Affiliate { id, ..Affiliate::default() }, true);
    }
}

/// Refuses ids that cannot be.
pub(super) fn check_cluster(id: &str) -> Result<(), Status> {
    check_id("cluster", id)
}

fn check_id(kind: &str, id: &str) -> Result<(), Status> {
    match id.len() {
        0 => Err(Status::invalid_argument(format!("{kind} ID can't be empty"))),
        1..=MAX_ID => Ok(()),
        _ => Err(Status::invalid_argument(format!("{kind} ID is too long"))),
    }
}

impl Clusters {
    /// Takes note of what is told about a node: data that replaces what was known, endpoints that come on top. Both are
    /// remembered for as long as asked.
    pub(super) fn update(&mut self, request: AffiliateUpdateRequest, now: Instant) -> Result<(), Status> {
        check_cluster(&request.cluster_id)?;
        check_id("affiliate", &request.affiliate_id)?;
        let data = request.affiliate_data.unwrap_or_default();
        if data.len() > MAX_DATA {
            return Err(Status::invalid_argument("affiliate data is too big"));
        }
        if request.affiliate_endpoints.iter().any(|endpoint| endpoint.len() > MAX_ENDPOINT) {
            return Err(Status::invalid_argument("affiliate endpoint is too big"));
        }
        // What lies in the past is forgotten at the next occasion.
        let ttl = request.ttl.and_then(|ttl| std::time::Duration::try_from(ttl).ok()).unwrap_or_default();
        if ttl > TTL {
            return Err(Status::invalid_argument("ttl is too large"));
        }
        let until = now + ttl;
        let cluster = self.0.entry(request.cluster_id).or_insert_with(Cluster::new);
        let count = cluster.affiliates.len();
        let known = cluster.affiliates.get(&request.affiliate_id);
        if known.is_none() && count >= MAX_AFFILIATES {
            return Err(Status::resource_exhausted("too many affiliates in the cluster"));
        }
        let known_endpoints = known.map(|known| known.endpoints.as_slice()).unwrap_or_default();
        let mut endpoints: Vec<(Vec<u8>, Instant)> = known_endpoints.to_vec();
        let mut has_changed = known.is_none_or(|known| !data.is_empty() && known.data != data);
        for endpoint in request.affiliate_endpoints {
            if let Some((_, known_until)) = endpoints.iter_mut().find(|(known, _)| *known == endpoint) {
                *known_until = until.max(*known_until);
                continue;
            }
            if endpoints.len() >= MAX_ENDPOINTS {
                return Err(Status::resource_exhausted("too many endpoints in the affiliate"));
            }
            has_changed = true;
            endpoints.push((endpoint, until));
        }
        let known = cluster.affiliates.entry(request.affiliate_id.clone()).or_insert_with(|| Known {
            data: Vec::new(),
            endpoints: Vec::new(),
            until,
        });
        known.endpoints = endpoints;
        known.until = if data.is_empty() { until.max(known.until) } else { until };
        if !data.is_empty() {
            known.data = data;
        }
        if has_changed {
            let shown = known.show(&request.affiliate_id);
            cluster.tell(shown, false);
        }
        Ok(())
    }

    /// Forgets a node.
    pub(super) fn delete(&mut self, cluster: &str, id: &str) -> Result<(), Status> {
        check_cluster(cluster)?;
        check_id("affiliate", id)?;
        if let Some(cluster) = self.0.get_mut(cluster)
            && cluster.affiliates.remove(id).is_some()
        {
            cluster.tell_deleted(id.to_owned());
        }
        Ok(())
    }

    /// All that is known of a cluster.
    pub(super) fn list(&self, cluster: &str) -> Result<Vec<Affiliate>, Status> {
        check_cluster(cluster)?;
        Ok(self.0.get(cluster).map(Cluster::all).unwrap_or_default())
    }

    /// All that is known of a cluster, and what changes from then on.
    pub(super) fn watch(
        &mut self,
        cluster: &str,
    ) -> Result<(Vec<Affiliate>, broadcast::Receiver<WatchResponse>), Status> {
        check_cluster(cluster)?;
        let cluster = self.0.entry(cluster.to_owned()).or_insert_with(Cluster::new);
        Ok((cluster.all(), cluster.changes.subscribe()))
    }

    /// Forgets what was not told again in time, and clusters that nobody belongs to or looks at.
    pub(super) fn forget(&mut self, now: Instant) {
        for cluster in self.0.values_mut() {
            let is_over = |(_, known): &(&String, &Known)| known.until < now;
            let gone: Vec<String> = cluster.affiliates.iter().filter(is_over).map(|(id, _)| id.clone()).collect();
            for id in gone {
                cluster.affiliates.remove(&id);
                cluster.tell_deleted(id);
            }
            let mut changed = Vec::new();
            for (id, known) in &mut cluster.affiliates {
                let count = known.endpoints.len();
                known.endpoints.retain(|(_, until)| *until > now);
                if known.endpoints.len() != count {
                    changed.push(known.show(id));
                }
            }
            changed.into_iter().for_each(|affiliate| cluster.tell(affiliate, false));
        }
        self.0.retain(|_, cluster| !cluster.affiliates.is_empty() || cluster.changes.receiver_count() > 0);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn update(id: &str, data: &[u8], endpoints: &[&[u8]], seconds: i64) -> AffiliateUpdateRequest {
        AffiliateUpdateRequest {
            cluster_id: "c".into(),
            affiliate_id: id.into(),
            affiliate_data: (!data.is_empty()).then(|| data.to_vec()),
            affiliate_endpoints: endpoints.iter().map(|endpoint| endpoint.to_vec()).collect(),
            ttl: Some(prost_types::Duration { seconds, nanos: 0 }),
        }
    }

    fn shown(clusters: &Clusters) -> Vec<String> {
        let show = |affiliate: &Affiliate| {
            let endpoints: Vec<_> = affiliate.endpoints.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
            format!("{} {} {}", affiliate.id, String::from_utf8_lossy(&affiliate.data), endpoints.join(","))
        };
        clusters.list("c").unwrap().iter().map(show).collect()
    }

    #[test]
    fn limits_are_kept_and_named() {
        let now = Instant::now();
        let mut clusters = Clusters::default();
        let long = "x".repeat(257);
        let big = [0_u8; 2049];
        let cases = [
            (
                AffiliateUpdateRequest { cluster_id: String::new(), ..update("a", b"", &[], 1) },
                "cluster ID can't be empty",
            ),
            (AffiliateUpdateRequest { cluster_id: long.clone(), ..update("a", b"", &[], 1) }, "cluster ID is too long"),
            (update("", b"", &[], 1), "affiliate ID can't be empty"),
            (update(&long, b"", &[], 1), "affiliate ID is too long"),
            (update("a", &big, &[], 1), "affiliate data is too big"),
            (update("a", b"", &[&[0; 33]], 1), "affiliate endpoint is too big"),
            (update("a", b"", &[], 1801), "ttl is too large"),
        ];
        for (request, text) in cases {
            let refused = clusters.update(request, now).unwrap_err();
            assert_eq!((refused.code(), refused.message()), (tonic::Code::InvalidArgument, text));
        }
        let endpoints: Vec<[u8; 1]> = (0..65).map(|number| [number]).collect();
        let endpoints: Vec<&[u8]> = endpoints.iter().map(<[u8; 1]>::as_slice).collect();
        let refused = clusters.update(update("a", b"x", &endpoints, 1), now).unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (tonic::Code::ResourceExhausted, "too many endpoints in the affiliate")
        );
        for number in 0..1024 {
            clusters.update(update(&number.to_string(), b"x", &[], 1800), now).unwrap();
        }
        let refused = clusters.update(update("one more", b"x", &[], 1), now).unwrap_err();
        assert_eq!(
            (refused.code(), refused.message()),
            (tonic::Code::ResourceExhausted, "too many affiliates in the cluster")
        );
        clusters.update(update("7", b"y", &[], 1), now).unwrap();
    }

    #[test]
    fn endpoints_come_together_and_watchers_hear_of_changes_only() {
        let now = Instant::now();
        let mut clusters = Clusters::default();
        let (all, mut changes) = clusters.watch("c").unwrap();
        assert!(all.is_empty());
        clusters.update(update("a", b"data", &[b"1"], 60), now).unwrap();
        // Another node knows a way to it.
        clusters.update(update("a", b"", &[b"1", b"2"], 60), now).unwrap();
        clusters.update(update("a", b"data", &[b"2"], 60), now).unwrap();
        assert_eq!(shown(&clusters), ["a data 1,2"]);
        clusters.delete("c", "a").unwrap();
        clusters.delete("c", "a").unwrap();
        assert_eq!(shown(&clusters), [""; 0]);
        let heard: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
        let counts: Vec<_> =
            heard.iter().map(|change| (change.affiliates[0].endpoints.len(), change.deleted)).collect();
        assert_eq!(counts, [(1, false), (2, false), (0, true)]);
    }

    #[test]
    fn what_is_not_told_again_is_forgotten() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut clusters = Clusters::default();
        clusters.update(update("a", b"data", &[b"1"], 10), start).unwrap();
        clusters.update(update("b", b"data", &[], 30), start).unwrap();
        clusters.update(update("a", b"data", &[b"2"], 10), after(5)).unwrap();
        let (_, mut changes) = clusters.watch("c").unwrap();
        clusters.forget(after(11));
        assert_eq!(shown(&clusters), ["a data 2", "b data "]);
        clusters.forget(after(16));
        assert_eq!(shown(&clusters), ["b data "]);
        let heard: Vec<_> = std::iter::from_fn(|| changes.try_recv().ok()).collect();
        assert_eq!(heard.iter().map(|change| change.deleted).collect::<Vec<_>>(), [false, true]);
        clusters.forget(after(31));
        assert_eq!(clusters.0.len(), 1, "somebody looks at it");
        drop(changes);
        clusters.forget(after(31));
        assert!(clusters.0.is_empty());
    }
}
