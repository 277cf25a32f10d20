//! The methods of a node, one row each.

use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::archive;
use super::chunks::Chunks;
use super::reply::{Messages, Replies, WithMetadata, split_all};
use super::stream::NodeStream;
use super::{Client, Error};
use crate::proto::{cluster, common, inspect, machine, storage, time};

/// Largest piece of an upload.
const UPLOAD_CHUNK: usize = 4096;

/// Methods whose reply is a list with one message for each node.
macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident($($request:ident: $input:ty)?) $path:literal $reply:path => $message:path;)*) => {
        impl Client {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`Error::Call`] when the call failed as a whole; failures of single nodes are in the reply.
            pub async fn $name(&self, $($request: $input)?) -> Result<Replies<$message>, Error> {
                self.unary::<$reply>($path, &unary!(@message $($request)?)).await
            }
        )*}

        $(
            impl Messages for $reply {
                type Message = $message;

                fn into_messages(self) -> Vec<Self::Message> {
                    self.messages
                }
            }
        )*
    };
    (@message $request:ident) => { $request };
    (@message) => { () };
}

/// Methods whose reply is a stream of messages that name their node.
macro_rules! streams {
    ($($(#[$doc:meta])* $name:ident($($request:ident: $input:ty)?) $path:literal => $message:path;)*) => {
        impl Client {$(
            $(#[$doc])*
            ///
            /// # Errors
            /// [`Error::Call`] when the call cannot be started.
            pub async fn $name(&self, $($request: $input)?) -> Result<NodeStream<$message>, Error> {
                self.stream($path, &unary!(@message $($request)?)).await
            }
        )*}
    };
}

/// Methods whose reply is bytes, with the request built from plain arguments.
macro_rules! bytes {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $input:ty)?) $path:literal $request:expr;)*) => {
        impl Client {$(
            $(#[$doc])*
            ///
            /// Name one node only: bytes of several would be mixed.
            ///
            /// # Errors
            /// [`Error::Call`] when the call cannot be started.
            pub async fn $name(&self, $($argument: $input)?) -> Result<Chunks, Error> {
                Ok(Chunks::new(self.stream($path, &$request).await?))
            }
        )*}
    };
}

macro_rules! with_metadata {
    ($($message:path),* $(,)?) => {$(
        impl WithMetadata for $message {
            fn take_metadata(&mut self) -> Option<common::Metadata> {
                self.metadata.take()
            }
        }
    )*};
}

unary! {
    /// Replaces the machine configuration.
    apply_configuration(request: machine::ApplyConfigurationRequest)
        "/machine.MachineService/ApplyConfiguration" machine::ApplyConfigurationResponse => machine::ApplyConfiguration;
    /// Starts a new etcd cluster, or one from the snapshot that [`etcd_recover`](Self::etcd_recover) uploaded.
    bootstrap(request: machine::BootstrapRequest)
        "/machine.MachineService/Bootstrap" machine::BootstrapResponse => machine::Bootstrap;
    /// Lists running containers.
    containers(request: machine::ContainersRequest)
        "/machine.MachineService/Containers" machine::ContainersResponse => machine::Container;
    /// Shows the processors.
    cpu_info() "/machine.MachineService/CPUInfo" machine::CpuInfoResponse => machine::CpUsInfo;
    /// Shows the counters of block devices.
    disk_stats() "/machine.MachineService/DiskStats" machine::DiskStatsResponse => machine::DiskStats;
    /// Lists the members of etcd.
    etcd_member_list(request: machine::EtcdMemberListRequest)
        "/machine.MachineService/EtcdMemberList" machine::EtcdMemberListResponse => machine::EtcdMembers;
    /// Removes a member of etcd by its name. Newer nodes only know
    /// [`etcd_remove_member_by_id`](Self::etcd_remove_member_by_id).
    etcd_remove_member(request: machine::EtcdRemoveMemberRequest)
        "/machine.MachineService/EtcdRemoveMember" machine::EtcdRemoveMemberResponse => machine::EtcdRemoveMember;
    /// Removes a member of etcd by its id.
    etcd_remove_member_by_id(request: machine::EtcdRemoveMemberByIdRequest)
        "/machine.MachineService/EtcdRemoveMemberByID"
        machine::EtcdRemoveMemberByIdResponse => machine::EtcdRemoveMemberById;
    /// Takes the node's member out of etcd and deletes its data.
    etcd_leave_cluster()
        "/machine.MachineService/EtcdLeaveCluster" machine::EtcdLeaveClusterResponse => machine::EtcdLeaveCluster;
    /// Asks the node's member to hand leadership over.
    etcd_forfeit_leadership()
        "/machine.MachineService/EtcdForfeitLeadership"
        machine::EtcdForfeitLeadershipResponse => machine::EtcdForfeitLeadership;
    /// Lists alarms of the node's member.
    etcd_alarm_list() "/machine.MachineService/EtcdAlarmList" machine::EtcdAlarmListResponse => machine::EtcdAlarm;
    /// Clears all alarms.
    etcd_alarm_disarm()
        "/machine.MachineService/EtcdAlarmDisarm" machine::EtcdAlarmDisarmResponse => machine::EtcdAlarmDisarm;
    /// Gives unused space of the node's member back to the file system. The member is blocked meanwhile.
    etcd_defragment()
        "/machine.MachineService/EtcdDefragment" machine::EtcdDefragmentResponse => machine::EtcdDefragment;
    /// Shows the state of the node's member.
    etcd_status() "/machine.MachineService/EtcdStatus" machine::EtcdStatusResponse => machine::EtcdStatus;
    /// Makes a machine configuration on the node. Gone from newer nodes.
    generate_configuration(request: machine::GenerateConfigurationRequest)
        "/machine.MachineService/GenerateConfiguration"
        machine::GenerateConfigurationResponse => machine::GenerateConfiguration;
    /// Issues a client certificate and a client file that holds it.
    generate_client_configuration(request: machine::GenerateClientConfigurationRequest)
        "/machine.MachineService/GenerateClientConfiguration"
        machine::GenerateClientConfigurationResponse => machine::GenerateClientConfiguration;
    /// Shows the host name.
    hostname() "/machine.MachineService/Hostname" machine::HostnameResponse => machine::Hostname;
    /// Pulls a container image.
    image_pull(request: machine::ImagePullRequest)
        "/machine.MachineService/ImagePull" machine::ImagePullResponse => machine::ImagePull;
    /// Shows the load averages.
    load_avg() "/machine.MachineService/LoadAvg" machine::LoadAvgResponse => machine::LoadAvg;
    /// Shows memory use.
    memory() "/machine.MachineService/Memory" machine::MemoryResponse => machine::Memory;
    /// Deletes a value of the META partition.
    meta_delete(request: machine::MetaDeleteRequest)
        "/machine.MachineService/MetaDelete" machine::MetaDeleteResponse => machine::MetaDelete;
    /// Writes a value of the META partition.
    meta_write(request: machine::MetaWriteRequest)
        "/machine.MachineService/MetaWrite" machine::MetaWriteResponse => machine::MetaWrite;
    /// Lists mounted file systems.
    mounts() "/machine.MachineService/Mounts" machine::MountsResponse => machine::Mounts;
    /// Lists sockets.
    netstat(request: machine::NetstatRequest)
        "/machine.MachineService/Netstat" machine::NetstatResponse => machine::Netstat;
    /// Shows the counters of network devices.
    network_device_stats()
        "/machine.MachineService/NetworkDeviceStats" machine::NetworkDeviceStatsResponse => machine::NetworkDeviceStats;
    /// Lists processes.
    processes() "/machine.MachineService/Processes" machine::ProcessesResponse => machine::Process;
    /// Reboots.
    reboot(request: machine::RebootRequest) "/machine.MachineService/Reboot" machine::RebootResponse => machine::Reboot;
    /// Wipes disks or partitions, then reboots or halts.
    reset(request: machine::ResetRequest) "/machine.MachineService/Reset" machine::ResetResponse => machine::Reset;
    /// Restarts a container.
    restart(request: machine::RestartRequest)
        "/machine.MachineService/Restart" machine::RestartResponse => machine::Restart;
    /// Boots the version that was installed before.
    rollback() "/machine.MachineService/Rollback" machine::RollbackResponse => machine::Rollback;
    /// Lists the system services.
    service_list() "/machine.MachineService/ServiceList" machine::ServiceListResponse => machine::ServiceList;
    /// Restarts a system service.
    service_restart(request: machine::ServiceRestartRequest)
        "/machine.MachineService/ServiceRestart" machine::ServiceRestartResponse => machine::ServiceRestart;
    /// Starts a system service.
    service_start(request: machine::ServiceStartRequest)
        "/machine.MachineService/ServiceStart" machine::ServiceStartResponse => machine::ServiceStart;
    /// Stops a system service.
    service_stop(request: machine::ServiceStopRequest)
        "/machine.MachineService/ServiceStop" machine::ServiceStopResponse => machine::ServiceStop;
    /// Powers off.
    shutdown(request: machine::ShutdownRequest)
        "/machine.MachineService/Shutdown" machine::ShutdownResponse => machine::Shutdown;
    /// Shows memory and CPU use of containers.
    stats(request: machine::StatsRequest) "/machine.MachineService/Stats" machine::StatsResponse => machine::Stats;
    /// Shows kernel counters.
    system_stat() "/machine.MachineService/SystemStat" machine::SystemStatResponse => machine::SystemStat;
    /// Installs another version.
    upgrade(request: machine::UpgradeRequest)
        "/machine.MachineService/Upgrade" machine::UpgradeResponse => machine::Upgrade;
    /// Shows the version.
    version() "/machine.MachineService/Version" machine::VersionResponse => machine::Version;
    /// Lists which controllers read and write which resources.
    controller_runtime_dependencies()
        "/inspect.InspectService/ControllerRuntimeDependencies"
        inspect::ControllerRuntimeDependenciesResponse => inspect::ControllerRuntimeDependency;
    /// Lists disks.
    disks() "/storage.StorageService/Disks" storage::DisksResponse => storage::Disks;
    /// Compares the clock with the configured time server.
    time() "/time.TimeService/Time" time::TimeResponse => time::Time;
}

streams! {
    /// The kernel log, one record in each message.
    dmesg(request: machine::DmesgRequest) "/machine.MachineService/Dmesg" => common::Data;
    /// Events, past and new. [`EventPayload::decode`](super::EventPayload::decode) reads their content.
    events(request: machine::EventsRequest) "/machine.MachineService/Events" => machine::Event;
    /// Container images.
    image_list(request: machine::ImageListRequest) "/machine.MachineService/ImageList" => machine::ImageListResponse;
    /// Files.
    list(request: machine::ListRequest) "/machine.MachineService/List" => machine::FileInfo;
    /// Sizes of folders and files.
    disk_usage(request: machine::DiskUsageRequest) "/machine.MachineService/DiskUsage" => machine::DiskUsageInfo;
    /// The log of a service or container.
    logs(request: machine::LogsRequest) "/machine.MachineService/Logs" => common::Data;
    /// Health checks of the cluster, seen from the node.
    health_check(request: cluster::HealthCheckRequest)
        "/cluster.ClusterService/HealthCheck" => cluster::HealthCheckProgress;
}

bytes! {
    /// A file or folder as a gzip-compressed tar archive.
    copy(path: &str) "/machine.MachineService/Copy" machine::CopyRequest { root_path: path.to_owned() };
    /// The content of a regular file.
    read(path: &str) "/machine.MachineService/Read" machine::ReadRequest { path: path.to_owned() };
    /// A snapshot of etcd.
    etcd_snapshot() "/machine.MachineService/EtcdSnapshot" machine::EtcdSnapshotRequest {};
    /// Packets of one interface, in pcap format.
    packet_capture(request: machine::PacketCaptureRequest) "/machine.MachineService/PacketCapture" request;
    /// The admin kubeconfig as the archive it travels in; see [`kubeconfig`](Self::kubeconfig).
    kubeconfig_archive() "/machine.MachineService/Kubeconfig" ();
}

with_metadata! {
    common::Data, machine::Event, machine::ImageListResponse, machine::FileInfo, machine::DiskUsageInfo,
    cluster::HealthCheckProgress,
    machine::ApplyConfiguration, machine::Bootstrap, machine::Container, machine::CpUsInfo, machine::DiskStats,
    machine::EtcdMembers, machine::EtcdRemoveMember, machine::EtcdRemoveMemberById, machine::EtcdLeaveCluster,
    machine::EtcdForfeitLeadership, machine::EtcdRecover, machine::EtcdAlarm, machine::EtcdAlarmDisarm,
    machine::EtcdDefragment, machine::EtcdStatus, machine::GenerateConfiguration,
    machine::GenerateClientConfiguration, machine::Hostname, machine::ImagePull, machine::LoadAvg, machine::Memory,
    machine::MetaDelete, machine::MetaWrite, machine::Mounts, machine::Netstat, machine::NetworkDeviceStats,
    machine::Process, machine::Reboot, machine::Reset, machine::Restart, machine::Rollback, machine::ServiceList,
    machine::ServiceRestart, machine::ServiceStart, machine::ServiceStop, machine::Shutdown, machine::Stats,
    machine::SystemStat, machine::Upgrade, machine::Version, inspect::ControllerRuntimeDependency, storage::Disks,
    time::Time,
}

impl Messages for machine::EtcdRecoverResponse {
    type Message = machine::EtcdRecover;

    fn into_messages(self) -> Vec<Self::Message> {
        self.messages
    }
}

impl Client {
    /// Compares the clock with the given time server.
    ///
    /// # Errors
    /// [`Error::Call`] when the call failed as a whole; failures of single nodes are in the reply.
    pub async fn time_check(&self, server: &str) -> Result<Replies<time::Time>, Error> {
        let request = time::TimeRequest { server: server.to_owned() };
        self.unary::<time::TimeResponse>("/time.TimeService/TimeCheck", &request).await
    }

    /// Uploads a snapshot of etcd that a later [`bootstrap`](Self::bootstrap) can start from.
    ///
    /// # Errors
    /// [`Error::Call`] when the call failed or the snapshot cannot be read.
    pub async fn etcd_recover(
        &self,
        mut snapshot: impl AsyncRead + Unpin + Send,
    ) -> Result<Replies<machine::EtcdRecover>, Error> {
        let (mut upload, mut reply) = self.upload("/machine.MachineService/EtcdRecover").await?;
        let mut chunk = vec![0; UPLOAD_CHUNK];
        loop {
            let read = snapshot.read(&mut chunk).await;
            let length = read.map_err(|error| tonic::Status::internal(format!("error reading snapshot: {error}")))?;
            let data = common::Data { metadata: None, bytes: bytes::Bytes::copy_from_slice(&chunk[..length]) };
            // A node that takes no more has said why in its reply.
            if length == 0 || !upload.send(crate::grpc::frame_message(&data)).await {
                break;
            }
        }
        upload.finish();
        let message: machine::EtcdRecoverResponse = super::single(&mut reply).await?;
        Ok(split_all(message, &reply.peer().ip().to_string()))
    }

    /// The admin kubeconfig of a control plane node, as text; empty if the node sent an archive without it.
    ///
    /// # Errors
    /// [`Error::Call`] and [`Error::Nodes`] when the node fails; [`Error::Archive`] when what it sent cannot be unpacked.
    pub async fn kubeconfig(&self) -> Result<Vec<u8>, Error> {
        let mut stream = self.kubeconfig_archive().await?;
        let damaged = |reason| Error::Archive { what: "kubeconfig", reason };
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.next().await {
            bytes.extend_from_slice(&chunk?);
            if bytes.len() > archive::LARGEST_PACKED {
                return Err(damaged(archive::TOO_LARGE.into()));
            }
        }
        let failures = stream.take_failures();
        if !failures.is_empty() {
            return Err(failures.into());
        }
        archive::content(&bytes, "kubeconfig").map_err(damaged)
    }

    pub(super) async fn unary<R: Messages>(
        &self,
        path: &'static str,
        request: &impl Message,
    ) -> Result<Replies<R::Message>, Error> {
        let (reply, peer) = self.one_to_one::<R>(path, request).await?;
        Ok(split_all(reply, &peer.ip().to_string()))
    }

    async fn stream<T>(&self, path: &'static str, request: &impl Message) -> Result<NodeStream<T>, Error>
    where
        T: Message + Default + WithMetadata,
    {
        Ok(NodeStream::new(self.call(path, request).await?))
    }
}
