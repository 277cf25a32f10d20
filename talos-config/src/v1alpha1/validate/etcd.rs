//! Rules of etcd. They hold on workers, too.

use super::at::At;
use crate::predicate::address::{is_subnet_or_address, without_negation};
use crate::v1alpha1::EtcdConfig;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(etcd: &EtcdConfig, out: &mut Findings) {
    let at = At::root("cluster.etcd");
    if etcd.ca.is_none() {
        out.error(at.key("ca").path(), "key/cert combination should not be empty");
    }
    let advertised = etcd.advertised_subnets.as_deref().unwrap_or_default();
    let listen = etcd.listen_subnets.as_deref().unwrap_or_default();
    if !etcd.subnet.is_empty() && !advertised.is_empty() {
        out.error(at.key("subnet").path(), "etcd subnet can't be set when advertised subnets are set");
    }
    let at_advertised = at.key("advertisedSubnets");
    if advertised.is_empty() && !etcd.subnet.is_empty() {
        check_subnet(&etcd.subnet, "advertised", at.key("subnet"), out);
    } else {
        check_subnets(advertised, "advertised", at_advertised, out);
    }
    // A machine that is not told where to listen listens where it is advertised.
    if listen.is_empty() {
        check_subnets(advertised, "listen", at_advertised, out);
    } else {
        check_subnets(listen, "listen", at.key("listenSubnets"), out);
    }
}

fn check_subnets(subnets: &[String], purpose: &str, at: At<'_>, out: &mut Findings) {
    for (position, subnet) in subnets.iter().enumerate() {
        check_subnet(subnet, purpose, at.index(position), out);
    }
}

fn check_subnet(subnet: &str, purpose: &str, at: At<'_>, out: &mut Findings) {
    let subnet = without_negation(subnet);
    if !is_subnet_or_address(subnet) {
        out.error(at.path(), format!("etcd {purpose} subnet is not valid: {}", go_quote(subnet)));
    }
}
