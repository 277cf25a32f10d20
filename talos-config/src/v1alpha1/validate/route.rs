//! Routes of an interface.

use talos_config_yaml::collections::List;

use super::at::At;
use crate::predicate::address::{is_address, is_cidr};
use crate::v1alpha1::Route;
use crate::validate::Findings;
use talos_config_yaml::decode::go_quote;

pub(super) fn check(routes: &List<Route>, at: At<'_>, out: &mut Findings) {
    for (position, route) in routes.entries().iter().enumerate() {
        let Some(route) = route else { continue };
        let name = format_args!("networking.os.device.route[{position}]");
        let at = at.index(position);
        let mut refuse = |at: At<'_>, key: &str, value: &str| {
            out.error(at.path(), format!("[{name}.{key}] {}: invalid network address", go_quote(value)));
        };
        if !route.network.is_empty() && !is_cidr(&route.network) {
            refuse(at.key("network"), "network", &route.network);
        }
        if !route.gateway.is_empty() && !is_address(&route.gateway) {
            refuse(at.key("gateway"), "gateway", &route.gateway);
        }
        if route.network.is_empty() && route.gateway.is_empty() {
            out.error(at.path(), format!("[{name}]: either network or gateway should be set"));
        }
        if !route.source.is_empty() && !is_address(&route.source) {
            let message = format!("[{name}.source] {}: invalid network address", go_quote(&route.source));
            out.error(at.key("source").path(), message);
        }
    }
}
