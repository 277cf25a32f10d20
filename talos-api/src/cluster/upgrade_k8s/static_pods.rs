//! The components of the control plane, which nodes run from their configuration.

use std::time::Duration;

use talos_config::constants;
use talos_config::v1alpha1::Config;

use super::retry::{Failed, Retry};
use super::{Error, Log, NodeError, Upgrade, node_config, tag};
use crate::client::{Event, Watch, WatchOptions};
use crate::grpc::status::quoted;
use crate::kubernetes::{self, ListOptions, Object as _, Pod};
use crate::resources::k8s::{
    ApiServerConfigSpec, ApiServerConfigs, ControllerManagerConfigSpec, ControllerManagerConfigs, SchedulerConfigSpec,
    SchedulerConfigs,
};
use crate::resources::{DecodeError, Dynamic, FromWire as _, Kind};

/// How long a pod may take to run with its new configuration.
const POD_TIMEOUT: Duration = Duration::from_secs(180);

/// Annotation of static pods: the version of the configuration they were made from.
const CONFIG_VERSION: &str = "talos.dev/config-version";

const NAMESPACE: &str = "controlplane";

/// A component.
struct Service {
    name: &'static str,
    repository: &'static str,
    /// Type of the resource that says what the node runs.
    resource: &'static str,
    /// The image that such a resource names.
    running: fn(Dynamic) -> Result<String, DecodeError>,
    /// Where a configuration has the image.
    configured: fn(&mut Config) -> &mut String,
}

/// In the order in which they are upgraded.
static SERVICES: [Service; 3] = [
    Service {
        name: "kube-apiserver",
        repository: constants::KUBE_API_SERVER_IMAGE,
        resource: ApiServerConfigs::DEFINITION.type_name,
        running: |spec| Ok(ApiServerConfigSpec::from_wire(spec)?.image),
        configured: |config| &mut config.cluster.get_or_insert_default().api_server.get_or_insert_default().image,
    },
    Service {
        name: "kube-controller-manager",
        repository: constants::KUBE_CONTROLLER_MANAGER_IMAGE,
        resource: ControllerManagerConfigs::DEFINITION.type_name,
        running: |spec| Ok(ControllerManagerConfigSpec::from_wire(spec)?.image),
        configured: |config| {
            &mut config.cluster.get_or_insert_default().controller_manager.get_or_insert_default().image
        },
    },
    Service {
        name: "kube-scheduler",
        repository: constants::KUBE_SCHEDULER_IMAGE,
        resource: SchedulerConfigs::DEFINITION.type_name,
        running: |spec| Ok(SchedulerConfigSpec::from_wire(spec)?.image),
        configured: |config| &mut config.cluster.get_or_insert_default().scheduler.get_or_insert_default().image,
    },
];

/// What is followed, in messages.
const WATCHED: &str = "service configuration";

impl<L: Log> Upgrade<'_, L> {
    /// Upgrades one component after the other, each on one node after the other.
    pub(super) async fn static_pods(&mut self) -> Result<(), Error> {
        for service in &SERVICES {
            self.log(format!(
                "updating {} to version {}",
                quoted(service.name),
                quoted(self.options.path.to_version())
            ));
            for node in self.control_plane.clone() {
                let outcome = self.static_pod(service, &node).await;
                outcome.map_err(|source| Error::StaticPod { service: service.name, node, source })?;
            }
        }
        Ok(())
    }

    async fn static_pod(&mut self, service: &Service, node: &str) -> Result<(), NodeError> {
        let named = quoted(node);
        self.log(format!(" > {named}: starting update"));
        let client = self.cluster.client().node(node);
        let api = client.dynamic(NAMESPACE, service.resource);
        let watch = |source| NodeError::Watch { what: WATCHED, source };
        let mut changes = api.watch_one(service.name, &WatchOptions::default()).await.map_err(watch)?;
        let Event::Created(before) = next(&mut changes).await? else {
            return Err(NodeError::UnexpectedEvent("the node does not run it"));
        };
        let decode = |source| NodeError::Decode { what: WATCHED, source };
        let running = (service.running)(before.spec).map_err(decode)?;
        let mut version = before.metadata.version;

        let image = self.image(service.repository);
        let (mut old, dry_run) = (None, self.options.dry_run);
        let set = |config: &mut Config| {
            let configured = (service.configured)(config);
            if *configured == image || running == image {
                return false;
            }
            old = Some(std::mem::replace(configured, image));
            !dry_run
        };
        // The line about the step belongs before what the node says to it.
        let outcome = node_config::change(&client, set).await;
        if let Some(old) = old {
            let path = &self.options.path;
            let from = tag(&old).unwrap_or(path.from_version());
            self.log(format!(" > update {}: {from} -> {}", service.name, self.options.path.to_version()));
            if dry_run {
                self.log(" > skipped in dry-run");
            }
        }
        let changed = outcome?;
        if dry_run {
            return Ok(());
        }
        self.log(format!(" > {named}: machine configuration patched"));
        self.log(format!(" > {named}: waiting for {} pod update", service.name));
        if changed {
            let Event::Updated { new, .. } = next(&mut changes).await? else {
                return Err(NodeError::UnexpectedEvent("the node does not run it any more"));
            };
            version = new.metadata.version;
        }
        let mut tries = Retry::within(POD_TIMEOUT);
        while let Err(failed) = runs_with(self.kubernetes, service.name, node, &version).await {
            tries.after(failed).await?;
        }
        self.log(format!(" < {named}: successfully updated"));
        Ok(())
    }
}

async fn next(changes: &mut Watch<Dynamic>) -> Result<Event<Dynamic>, NodeError> {
    let change = changes.next().await.ok_or(NodeError::WatchEnded(WATCHED))?;
    change.map_err(|source| NodeError::Watch { what: WATCHED, source })
}

/// Whether the pod of a component on a node is ready and was made from a version of the configuration.
async fn runs_with(client: &kubernetes::Client, app: &str, node: &str, version: &str) -> Result<(), Failed> {
    let options = ListOptions::labels(format!("k8s-app = {app}"));
    let pods: Vec<Pod> = client.all_within("kube-system", &options).await.map_err(|error| Failed::call(&error))?;
    let Some(pod) = pods.iter().find(|pod| pod.host_ip() == node) else {
        return Err(Failed::ForNow("pod not found in the API server state".to_owned()));
    };
    let found = pod.annotation(CONFIG_VERSION).unwrap_or_default();
    if found != version {
        let (found, version) = (quoted(found), quoted(version));
        return Err(Failed::ForNow(format!("config version mismatch: got {found}, expected {version}")));
    }
    if !pod.is_ready() {
        return Err(Failed::ForNow("pod is not ready".to_owned()));
    }
    Ok(())
}
