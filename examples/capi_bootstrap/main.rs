//! Bootstrap data of Cluster API machines: what a bootstrap provider for Talos answers to a `TalosConfig`.
//!
//! ```text
//! cargo run -p talos-examples --example capi_bootstrap
//! ```
//!
//! [`bootstrap`] is a pure function: the objects of the management cluster go in, the bytes of the data secret come out.
//! Reading and writing the objects is left to a controller; here a map stands for the secrets of the management cluster.

mod bootstrap;
mod secret;
#[path = "../system.rs"]
mod system;

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;
use talos_pki::secrets::Bundle;

use crate::bootstrap::{Cluster, HostnameSource, Machine, Operation, TalosConfigSpec, bootstrap};
use crate::secret::SecretData;
use crate::system::{SystemClock, SystemRandom};

fn main() -> anyhow::Result<()> {
    let cluster = Cluster {
        name: "capi".to_owned(),
        endpoint_host: "10.5.0.100".to_owned(),
        endpoint_port: 6443,
        service_domain: None,
        pod_cidrs: vec!["172.16.0.0/16".to_owned()],
        service_cidrs: Vec::new(),
    };
    let control_plane = TalosConfigSpec {
        generate_type: "controlplane".to_owned(),
        talos_version: "v1.5".to_owned(),
        config_patches: vec![Operation {
            op: "add".to_owned(),
            path: "/machine/install".to_owned(),
            value: Some(json!({ "disk": "/dev/vda" })),
        }],
        strategic_patches: vec!["machine: {sysctls: {net.core.somaxconn: \"65535\"}}".to_owned()],
        hostname: HostnameSource::InfrastructureName,
        ..TalosConfigSpec::default()
    };
    let worker = TalosConfigSpec {
        generate_type: "worker".to_owned(),
        hostname: HostnameSource::MachineName,
        ..TalosConfigSpec::default()
    };
    let mut secrets = BTreeMap::new();
    for (spec, name, infrastructure) in
        [(&control_plane, "capi-x7k2p", "rack-3-slot-7"), (&worker, "capi-workers-qq9zt", "rack-4-slot-1")]
    {
        let machine = Machine {
            name: name.to_owned(),
            infrastructure_kind: "MetalMachine".to_owned(),
            infrastructure_name: Some(infrastructure.to_owned()),
            kubernetes_version: Some("v1.28.3".to_owned()),
        };
        reconcile(spec, &cluster, &machine, &mut secrets)?;
    }
    let mut out = std::io::stdout();
    for (name, data) in &secrets {
        for (key, value) in data {
            writeln!(out, "{name}: {key}: {} bytes", value.len())?;
        }
    }
    Ok(())
}

/// Makes the secrets that one machine waits for.
fn reconcile(
    spec: &TalosConfigSpec,
    cluster: &Cluster,
    machine: &Machine,
    secrets: &mut BTreeMap<String, SecretData>,
) -> anyhow::Result<()> {
    // The first machine of a cluster makes what all machines share. It is never made again.
    let bundle = match secrets.get(&format!("{}-talos", cluster.name)) {
        Some(data) => secret::read(data)?,
        None => {
            let bundle = Bundle::generate(&spec.secrets_options()?, &SystemClock, &mut SystemRandom)?;
            secrets.insert(format!("{}-talos", cluster.name), secret::write(&bundle));
            bundle
        }
    };
    let data = bootstrap(spec, cluster, machine, &bundle)?;
    if let Some(mut authority) = data.kubernetes_authority {
        let (crt, key) = (std::mem::take(&mut authority.crt), std::mem::take(&mut authority.key));
        let pair = SecretData::from([("tls.crt".to_owned(), crt), ("tls.key".to_owned(), key)]);
        secrets.entry(format!("{}-ca", cluster.name)).or_insert(pair);
    }
    let value = SecretData::from([("value".to_owned(), data.value)]);
    secrets.insert(format!("{}-bootstrap-data", machine.name), value);
    Ok(())
}
