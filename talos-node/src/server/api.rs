//! What a configured node answers about itself.

use std::sync::Arc;

use http::{Request, Response};
use talos_api::proto::cosi::resource::state_server::StateServer;
use talos_api::proto::machine::{
    ContainersRequest, CopyRequest, DiskUsageRequest, DmesgRequest, EtcdMemberListRequest, ImageListRequest,
    ListRequest, LogsRequest, NetstatRequest, PlatformInfo, ReadRequest, RebootRequest, ServiceRestart,
    ServiceRestartRequest, ServiceRestartResponse, ServiceStart, ServiceStartRequest, ServiceStartResponse,
    ServiceStop, ServiceStopRequest, ServiceStopResponse, VersionInfo,
};
use talos_api::proto::time::TimeRequest;
use talos_api::server::{failure, roles};
use talos_pki::{Random, RoleSet};
use tonic::Status;
use tonic::body::Body;
use tower_service::Service;

use super::access::ApiAccess;
use super::cosi_state::StateService;
use super::unary::{streaming, unary, upload};
use super::{machine as look, runtime, storage, time};
use crate::machine::Machine;
use crate::service::Action;
use crate::sys::Host;

/// The services of a node, called as functions. Who calls is known already: [`RoleSet`] in the request's extensions.
#[derive(Clone)]
pub struct Api {
    machine: Arc<Machine>,
    state: StateServer<StateService<ApiAccess>>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").field("machine", &self.machine).finish_non_exhaustive()
    }
}

/// Services that nodes have, whether or not this one answers their methods already.
const SERVICES: &[&str] = &[
    "machine.MachineService",
    "cluster.ClusterService",
    "inspect.InspectService",
    "storage.StorageService",
    "time.TimeService",
    "cosi.resource.State",
];

/// Whom a node asks for the time that is told nobody.
const TIME_SERVER: &str = "pool.ntp.org";

impl Api {
    /// The services of a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        let access = ApiAccess::new(machine.store.clone());
        let state = StateServer::new(StateService::new(machine.store.clone(), access));
        Self { machine, state }
    }

    /// Answers a call.
    pub async fn call(&self, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((&path, ""));
        if !roles::METHODS.iter().any(|(known, _)| *known == path) {
            return failure::not_registered(&path, SERVICES.contains(&service)).into_http();
        }
        let caller = request.extensions().get::<RoleSet>().cloned().unwrap_or_default();
        if let Err(refused) = roles::authorize(&path, &caller) {
            return refused.into_http();
        }
        let host = &*self.machine.host;
        match (service, method) {
            ("cosi.resource.State", _) => {
                let Ok(response) = self.state.clone().call(request).await;
                response
            }
            ("machine.MachineService", "ApplyConfiguration") => {
                unary(request, |request| runtime::apply_configuration(&self.machine, request)).await
            }
            ("machine.MachineService", "Bootstrap") => {
                unary(request, |request| runtime::bootstrap(&self.machine, request)).await
            }
            ("machine.MachineService", "Containers" | "Restart" | "Stats") => {
                // All three requests start alike.
                unary(request, async |request: ContainersRequest| {
                    Err::<(), _>(runtime::no_containers(request.driver(), &request.namespace))
                })
                .await
            }
            ("machine.MachineService", "CPUInfo") => unary(request, async |(): ()| look::cpu_info(host)).await,
            ("machine.MachineService", "Copy") => {
                streaming(request, async |request: CopyRequest| look::copy(host, &request)).await
            }
            ("machine.MachineService", "DiskStats") => unary(request, async |(): ()| look::disk_stats(host)).await,
            ("machine.MachineService", "DiskUsage") => {
                streaming(request, async |request: DiskUsageRequest| Ok(look::disk_usage(host, &request))).await
            }
            ("machine.MachineService", "Dmesg") => {
                let now = self.machine.clock.now();
                streaming(request, async |request: DmesgRequest| look::dmesg(host, request, now)).await
            }
            ("machine.MachineService", "EtcdMemberList") => {
                unary(request, async |request: EtcdMemberListRequest| {
                    let member = if request.query_local { runtime::Member::Local } else { runtime::Member::Any };
                    Err::<(), _>(runtime::no_members(&self.machine, member))
                })
                .await
            }
            ("machine.MachineService", "EtcdRecover") => {
                upload(request, |data| runtime::recover(&self.machine, data)).await
            }
            ("machine.MachineService", "Events") => {
                streaming(request, async |request| runtime::events(&self.machine.events, request)).await
            }
            ("machine.MachineService", "GenerateClientConfiguration") => {
                unary(request, |request| self.aside(move |machine| runtime::client_configuration(machine, request)))
                    .await
            }
            ("machine.MachineService", "GenerateConfiguration") => {
                unary(request, |request| self.aside(move |machine| runtime::configuration(machine, request))).await
            }
            ("machine.MachineService", "Hostname") => {
                unary(request, async |(): ()| Ok(look::hostname(&self.machine.fqdn()))).await
            }
            ("machine.MachineService", "ImageList" | "ImagePull") => {
                // Both requests start alike.
                unary(request, async |request: ImageListRequest| Err::<(), _>(runtime::no_images(request.namespace)))
                    .await
            }
            ("machine.MachineService", "Kubeconfig") => {
                let machine = self.machine.clone();
                streaming(request, async |(): ()| {
                    let machine = machine.clone();
                    // Made on a thread of its own, like all pieces.
                    Ok(look::Pieces::new(std::iter::once_with(move || runtime::kubeconfig(&machine))))
                })
                .await
            }
            ("machine.MachineService", "List") => {
                streaming(request, async |request: ListRequest| look::list(host, request)).await
            }
            ("machine.MachineService", "LoadAvg") => unary(request, async |(): ()| look::load_avg(host)).await,
            ("machine.MachineService", "Logs") => {
                streaming(request, async |request: LogsRequest| runtime::logs(&self.machine.logs, &request)).await
            }
            ("machine.MachineService", "Memory") => unary(request, async |(): ()| look::memory(host)).await,
            ("machine.MachineService", "MetaDelete") => {
                unary(request, |request| self.aside(move |machine| runtime::meta::delete(machine, request))).await
            }
            ("machine.MachineService", "MetaWrite") => {
                unary(request, |request| self.aside(move |machine| runtime::meta::write(machine, request))).await
            }
            ("machine.MachineService", "Mounts") => unary(request, |(): ()| self.patiently(look::mounts)).await,
            ("machine.MachineService", "Netstat") => {
                unary(request, |request: NetstatRequest| self.patiently(move |host| look::netstat(host, request))).await
            }
            ("machine.MachineService", "NetworkDeviceStats") => {
                unary(request, async |(): ()| look::network_device_stats(host)).await
            }
            ("machine.MachineService", "PacketCapture") => {
                let Machine { store, clock, .. } = &*self.machine;
                streaming(request, async |request| look::packet_capture(host, store, clock, request)).await
            }
            ("machine.MachineService", "Processes") => unary(request, |(): ()| self.patiently(look::processes)).await,
            ("machine.MachineService", "Read") => {
                streaming(request, async |request: ReadRequest| look::read(host, &request)).await
            }
            ("machine.MachineService", "Reboot") => {
                unary(request, async |_: RebootRequest| runtime::reboot(&self.machine)).await
            }
            ("machine.MachineService", "Reset") => {
                unary(request, async |request| runtime::reset(&self.machine, &request)).await
            }
            ("machine.MachineService", "Rollback") => {
                unary(request, async |(): ()| runtime::rollback(&self.machine)).await
            }
            ("machine.MachineService", "ServiceList") => {
                unary(request, async |(): ()| Ok(runtime::service_list(&self.machine.services))).await
            }
            ("machine.MachineService", "ServiceStart") => {
                let started = |resp| ServiceStartResponse { messages: vec![ServiceStart { metadata: None, resp }] };
                unary(request, async |request: ServiceStartRequest| {
                    runtime::act(&self.machine.services, Action::Start, &request.id).await.map(started)
                })
                .await
            }
            ("machine.MachineService", "ServiceStop") => {
                let stopped = |resp| ServiceStopResponse { messages: vec![ServiceStop { metadata: None, resp }] };
                unary(request, async |request: ServiceStopRequest| {
                    runtime::act(&self.machine.services, Action::Stop, &request.id).await.map(stopped)
                })
                .await
            }
            ("machine.MachineService", "ServiceRestart") => {
                let again = |resp| ServiceRestartResponse { messages: vec![ServiceRestart { metadata: None, resp }] };
                unary(request, async |request: ServiceRestartRequest| {
                    runtime::act(&self.machine.services, Action::Restart, &request.id).await.map(again)
                })
                .await
            }
            ("machine.MachineService", "Shutdown") => {
                unary(request, async |request| runtime::shutdown(&self.machine, &request)).await
            }
            ("machine.MachineService", "SystemStat") => unary(request, async |(): ()| look::system_stat(host)).await,
            ("machine.MachineService", "Upgrade") => {
                unary(request, async |request| runtime::upgrade(&self.machine, &request)).await
            }
            ("machine.MachineService", "Version") => {
                unary(request, async |(): ()| Ok(look::version(version(), Some(self.platform()), Some(self.rbac()))))
                    .await
            }
            ("cluster.ClusterService", "HealthCheck") => {
                streaming(request, async |request| {
                    Ok(runtime::health_check(self.machine.clone(), caller.clone(), request))
                })
                .await
            }
            ("inspect.InspectService", "ControllerRuntimeDependencies") => {
                unary(request, async |(): ()| Ok(runtime::dependencies(self.machine.graph()))).await
            }
            ("storage.StorageService", "Disks") => unary(request, async |(): ()| storage::disks(host, None)).await,
            ("time.TimeService", "Time") => {
                let servers = self.time_servers();
                unary(request, async |(): ()| time::time(&servers, &self.machine.clock, self.nonce()?).await).await
            }
            ("time.TimeService", "TimeCheck") => {
                let check =
                    async |request: TimeRequest| time::time_check(request, &self.machine.clock, self.nonce()?).await;
                unary(request, check).await
            }
            _ => match runtime::unanswered(&self.machine, method) {
                Some(status) => status.into_http(),
                None => failure::not_implemented(method).into_http(),
            },
        }
    }

    /// Looks at the computer where waiting is allowed: some of its answers take as long as storage, or another computer.
    async fn patiently<A: Send + 'static>(
        &self,
        look: impl FnOnce(&dyn Host) -> Result<A, Status> + Send + 'static,
    ) -> Result<A, Status> {
        let host = self.machine.host.clone();
        let looked = tokio::task::spawn_blocking(move || look(&*host)).await;
        looked.unwrap_or_else(|panic| Err(failure::unknown(&panic)))
    }

    /// Does something that takes long: signing, or writing to storage.
    async fn aside<A: Send + 'static>(
        &self,
        work: impl FnOnce(&Machine) -> Result<A, Status> + Send + 'static,
    ) -> Result<A, Status> {
        aside(self.machine.clone(), work).await
    }

    fn platform(&self) -> PlatformInfo {
        let platform = &self.machine.settings.platform;
        PlatformInfo { name: platform.name().to_owned(), mode: platform.mode().to_string() }
    }

    /// Whether the configuration wants roles to be checked.
    pub(crate) fn rbac(&self) -> bool {
        let config = self.machine.config();
        let machine = config.as_ref().and_then(|config| config.machine());
        machine.and_then(|machine| machine.features.as_ref()?.rbac).unwrap_or(false)
    }

    /// Whom to ask for the time: those of the configuration, else the default.
    fn time_servers(&self) -> Vec<String> {
        let config = self.machine.config();
        let machine = config.as_ref().and_then(|config| config.machine());
        let servers = machine.and_then(|machine| machine.time.as_ref()?.servers.clone()).unwrap_or_default();
        if servers.is_empty() { vec![TIME_SERVER.to_owned()] } else { servers }
    }

    fn nonce(&self) -> Result<u64, Status> {
        let mut bytes = [0; 8];
        self.machine.random.clone().fill(&mut bytes).map_err(|error| failure::unknown(&error))?;
        Ok(u64::from_be_bytes(bytes))
    }
}

/// Does something for a machine that takes long.
pub(super) async fn aside<A: Send + 'static>(
    machine: Arc<Machine>,
    work: impl FnOnce(&Machine) -> Result<A, Status> + Send + 'static,
) -> Result<A, Status> {
    let worker = machine.clone();
    let done = machine.blocking(move || work(&worker)).await;
    done.unwrap_or_else(|panic| Err(failure::unknown(&panic)))
}

/// What runs here.
fn version() -> VersionInfo {
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    VersionInfo {
        tag: talos_config::constants::TALOS_VERSION.to_owned(),
        go_version: format!("none (talos-rs {})", env!("CARGO_PKG_VERSION")),
        os: std::env::consts::OS.to_owned(),
        arch: arch.to_owned(),
        ..VersionInfo::default()
    }
}
