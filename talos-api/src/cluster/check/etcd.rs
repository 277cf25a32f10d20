//! Members of etcd.

use std::collections::HashSet;

use http::Uri;

use super::{Attempt, Error, Verdict};
use crate::proto::machine::{EtcdMember, EtcdMemberListRequest};

/// Whether all control plane nodes know the same members.
pub(super) async fn is_consistent(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    let client = attempt.client_of(attempt.info.control_plane());
    let mut replies = client.etcd_member_list(EtcdMemberListRequest::default()).await?.all()?;
    replies.sort_by(|a, b| a.node.cmp(&b.node));
    let mut replies = replies.into_iter();
    let first = replies.next().ok_or(Error::NoMessages)?.value.members;
    let identity = |member: &EtcdMember| (member.hostname.clone(), member.id, member.is_learner);
    let known: HashSet<_> = first.iter().map(identity).collect();
    let names = |members: &[EtcdMember]| members.iter().map(|member| member.hostname.clone()).collect();
    for reply in replies {
        let members = reply.value.members;
        if members.len() != known.len() {
            return Err(Error::MemberCount { node: reply.node, expected: names(&first), found: names(&members) });
        }
        if let Some(stranger) = members.iter().find(|member| !known.contains(&identity(member))) {
            return Err(Error::UnexpectedMember { node: reply.node, member: stranger.hostname.clone() });
        }
    }
    Ok(Verdict::Holds)
}

/// Whether all members are control plane nodes.
pub(super) async fn is_control_plane(attempt: &Attempt<'_>) -> Result<Verdict, Error> {
    let replies = attempt.client().etcd_member_list(EtcdMemberListRequest::default()).await?.all()?;
    let first = replies.into_iter().next().ok_or(Error::NoMessages)?;
    let urls = first.value.members.iter().flat_map(|member| &member.peer_urls);
    let members: Vec<String> = urls.map(|url| host(url)).collect();
    let nodes: Vec<String> = attempt.info.control_plane().flat_map(|node| &node.ips).map(ToString::to_string).collect();
    if members.iter().all(|member| nodes.contains(member)) {
        Ok(Verdict::Holds)
    } else {
        Err(Error::ForeignMembers { members, nodes })
    }
}

/// The host of a URL; a text that is none stands for itself.
fn host(url: &str) -> String {
    let parsed = url.parse::<Uri>().ok();
    let host = parsed.as_ref().and_then(Uri::host).unwrap_or(url);
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_urls() {
        assert_eq!(host("https://10.5.0.2:2380"), "10.5.0.2");
        assert_eq!(host("https://[fd00::2]:2380"), "fd00::2");
        assert_eq!(host("?"), "?");
    }
}
