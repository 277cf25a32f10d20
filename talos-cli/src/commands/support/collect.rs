//! What a node tells about itself.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};

use futures_core::Stream;
use talos_api::client::{self, Client, ListOptions, NodeReply};
use talos_api::proto::common::{ContainerDriver, Data};
use talos_api::proto::machine::{ContainersRequest, DiskStats, DmesgRequest, LogsRequest, Process};
use talos_api::resources::meta::{ResourceDefinitionSpec, Sensitivity};

use super::board::Board;
use super::{Work, all};
use crate::commands::inspect::dependencies;
use crate::commands::{containers, mounts, processes, service, version};
use crate::connect::{Failure, Session};
use crate::output::resources;
use crate::size;
use crate::table::Table;
use crate::zip::Entry;

/// Something to collect: the file it goes to, and what it is.
struct Item {
    name: String,
    what: What,
}

enum What {
    KernelLog,
    Log { namespace: &'static str, driver: ContainerDriver, id: String },
    ServiceState(String),
    Dependencies,
    Mounts,
    File(&'static str),
    DiskStatistics,
    Processes,
    Summary,
    Resources(Box<ResourceDefinitionSpec>),
}

/// A node, how to ask it, and where the answers go.
struct Node<'n, 'b, 'io> {
    session: &'n Session,
    source: usize,
    /// For the methods of machines.
    machine: Client,
    /// For resources.
    state: Client,
    board: &'n RefCell<Board<'b, 'io>>,
}

/// What is the same for all nodes.
fn items() -> Vec<Item> {
    let (namespace, driver) = containers::place(false);
    let log = What::Log { namespace, driver, id: "controller-runtime".to_owned() };
    [
        ("dmesg.log", What::KernelLog),
        ("controller-runtime.log", log),
        ("dependencies.dot", What::Dependencies),
        ("mounts", What::Mounts),
        ("devices", What::File("/proc/bus/pci/devices")),
        ("io", What::DiskStatistics),
        ("processes", What::Processes),
        ("summary", What::Summary),
    ]
    .map(|(name, what)| Item { name: name.to_owned(), what })
    .into()
}

/// Collects from one node, some things at the same time.
pub(super) async fn node(
    session: &Session,
    source: usize,
    name: &str,
    state: Client,
    workers: usize,
    board: &RefCell<Board<'_, '_>>,
) {
    let node = Node { session, source, machine: session.client().nodes([name]), state, board };
    let mut items = items();
    let lists = [
        ("system services logs", node.services().await),
        ("kube-system containers logs", node.pods().await),
        ("talos resources", node.types().await),
    ];
    for (name, list) in lists {
        match list {
            Ok(list) => items.extend(list),
            Err(error) => board.borrow_mut().fail(source, format!("failed to get {name} {error:#}")),
        }
    }
    board.borrow_mut().expect(source, items.len());
    let queue = RefCell::new(VecDeque::from(items));
    let workers = (0..workers).map(|_| -> Work<'_> { Box::pin(node.work(&queue)) });
    all(workers.collect()).await;
}

impl Node<'_, '_, '_> {
    async fn work(&self, queue: &RefCell<VecDeque<Item>>) {
        loop {
            let next = queue.borrow_mut().pop_front();
            let Some(Item { name, what }) = next else { return };
            if self.session.interrupt().is_set() {
                return;
            }
            let path = {
                let mut board = self.board.borrow_mut();
                board.begin(self.source, &name);
                board.path(self.source, &name)
            };
            let mut entry = Entry::new(path);
            let outcome = self.collect(what, &mut entry).await;
            let mut board = self.board.borrow_mut();
            match outcome {
                Ok(is_there) => board.end(self.source, is_there.then_some(entry)),
                Err(error) => {
                    board.fail(self.source, format!("failed to get {name}: {error:#}, skipped"));
                    board.end(self.source, None);
                }
            }
        }
    }

    /// Logs and states of services.
    async fn services(&self) -> anyhow::Result<Vec<Item>> {
        let (namespace, driver) = containers::place(false);
        let replies = self.session.all(self.machine.service_list()).await?;
        let services = replies.into_iter().flat_map(|reply| reply.value.services);
        let items = services.flat_map(|service| {
            let log = What::Log { namespace, driver, id: service.id.clone() };
            let name = service.id.clone();
            [
                Item { name: format!("{name}.log"), what: log },
                Item { name: format!("{name}.state"), what: What::ServiceState(service.id) },
            ]
        });
        Ok(items.collect())
    }

    /// Logs of the containers that Kubernetes itself consists of.
    async fn pods(&self) -> anyhow::Result<Vec<Item>> {
        let (namespace, driver) = containers::place(true);
        let request = ContainersRequest { namespace: namespace.to_owned(), driver: driver.into() };
        let replies = self.session.all(self.machine.containers(request)).await?;
        let mut names = BTreeSet::new();
        let containers = replies.into_iter().flat_map(|reply| reply.value.containers);
        let wanted = containers.filter(|container| {
            let namespace = container.pod_id.split('/').next();
            namespace == Some(SYSTEM_NAMESPACE)
                && container.status != "SANDBOX_READY"
                && container.id != container.pod_id
        });
        let items = wanted.map(|container| {
            let exited = if container.pid == 0 { "-exited" } else { "" };
            let name = format!("{SYSTEM_NAMESPACE}/{}{exited}", container.name);
            // Several pods may have containers of one name.
            let numbered = (2u32..).map(|number| format!("{name}-{number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
            let name = free.expect("there are more numbers than containers");
            names.insert(name.clone());
            Item { name: format!("{name}.log"), what: What::Log { namespace, driver, id: container.id } }
        });
        Ok(items.collect())
    }

    /// All types of resources that the node knows.
    async fn types(&self) -> anyhow::Result<Vec<Item>> {
        let definitions = self.session.ask(self.state.definitions()).await?;
        let items = definitions.into_iter().map(|definition| Item {
            name: format!("talosResources/{}.yaml", definition.metadata.id),
            what: What::Resources(Box::new(definition.spec)),
        });
        Ok(items.collect())
    }

    /// Puts something into its file. False when there is nothing that a file is worth.
    async fn collect(&self, what: What, entry: &mut Entry) -> anyhow::Result<bool> {
        let (session, machine) = (self.session, &self.machine);
        match what {
            What::KernelLog => {
                let stream = session.ask(machine.dmesg(DmesgRequest::default())).await?;
                self.copy(stream, entry, |reply: &NodeReply<Data>| reply.value.bytes.as_ref()).await?;
            }
            What::Log { namespace, driver, id } => {
                let namespace = namespace.to_owned();
                let request = LogsRequest { namespace, id, driver: driver.into(), follow: false, tail_lines: -1 };
                let stream = session.ask(machine.logs(request)).await?;
                self.copy(stream, entry, |reply: &NodeReply<Data>| reply.value.bytes.as_ref()).await?;
            }
            What::File(path) => {
                let mut file = session.ask(machine.read(path)).await?;
                while let Some(chunk) = session.next(&mut file).await {
                    entry.push(&chunk.map_err(Failure::from)?);
                }
                let failures = file.take_failures();
                if !failures.is_empty() {
                    return Err(Failure::from(client::Error::from(failures)).into());
                }
            }
            What::ServiceState(id) => {
                let now = self.board.borrow().now();
                let mut table = Table::new();
                for reply in session.all(machine.service_list()).await? {
                    for found in reply.value.services.iter().filter(|found| found.id == id) {
                        service::describe(&mut table, None, found, now);
                    }
                }
                entry.push(table.render().as_bytes());
            }
            What::Dependencies => {
                let replies = session.all(machine.controller_runtime_dependencies()).await?;
                let edges: Vec<_> = replies.into_iter().flat_map(|reply| reply.value.edges).collect();
                let graph = dependencies::with_resources(session, &self.state, &edges).await?;
                entry.push(graph.render().as_bytes());
            }
            What::Mounts => {
                for reply in session.all(machine.mounts()).await? {
                    entry.push(mounts::table(&reply.value.stats).as_bytes());
                }
            }
            What::DiskStatistics => {
                for reply in session.all(machine.disk_stats()).await? {
                    entry.push(disk_statistics(&reply.value).as_bytes());
                }
            }
            What::Processes => {
                for reply in session.all(machine.processes()).await? {
                    entry.push(process_table(&reply.value).as_bytes());
                }
            }
            What::Summary => {
                let replies = session.all(machine.version()).await?;
                entry.push(version::summary(&replies).as_bytes());
            }
            What::Resources(definition) => return self.resources(&definition, entry).await,
        }
        Ok(true)
    }

    /// Copies a stream to its end.
    async fn copy<T>(
        &self,
        mut stream: impl Stream<Item = Result<T, client::Error>> + Unpin,
        entry: &mut Entry,
        bytes: impl Fn(&T) -> &[u8],
    ) -> anyhow::Result<()> {
        while let Some(item) = self.session.next(&mut stream).await {
            entry.push(bytes(&item.map_err(Failure::from)?));
        }
        Ok(())
    }

    async fn resources(&self, definition: &ResourceDefinitionSpec, entry: &mut Entry) -> anyhow::Result<bool> {
        let api = self.state.dynamic(&definition.default_namespace, &definition.resource_type);
        let found = self.session.ask(api.list(&ListOptions::default())).await?;
        let is_secret = definition.sensitivity == Sensitivity::SENSITIVE;
        for (place, resource) in found.iter().enumerate() {
            if place > 0 {
                entry.push(b"---\n");
            }
            let text = if is_secret { resources::redacted(&resource.metadata) } else { resources::document(resource) };
            entry.push(text.as_bytes());
        }
        Ok(!found.is_empty())
    }
}

/// The namespace of what Kubernetes itself consists of.
const SYSTEM_NAMESPACE: &str = "kube-system";

fn disk_statistics(stats: &DiskStats) -> String {
    let mut table = Table::new();
    table.row(["NAME", "IO_TIME", "IO_TIME_WEIGHTED", "DISK_WRITE_SECTORS", "DISK_READ_SECTORS"]);
    for device in &stats.devices {
        let numbers = [device.io_time_ms, device.io_time_weighted_ms, device.write_sectors, device.read_sectors]
            .map(|n| n.to_string());
        table.row(std::iter::once(device.name.clone()).chain(numbers));
    }
    table.render()
}

/// Processes in the order of the node, with numbers at the right of their columns.
fn process_table(reply: &Process) -> String {
    let mut table = Table::new();
    table.row(["PID", "STATE", "THREADS", "CPU-TIME", "VIRTMEM", "RESMEM", "COMMAND"]);
    for process in &reply.processes {
        table.row([
            format!("{:>6}", process.pid),
            process.state.clone(),
            format!("{:>4}", process.threads),
            format!("{:>8.2}", process.cpu_time),
            format!("{:>7}", size::decimal(process.virtual_memory)),
            format!("{:>7}", size::decimal(process.resident_memory)),
            processes::command(process),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use talos_api::proto::machine::{DiskStat, ProcessInfo};

    use super::*;

    #[test]
    fn tables_have_no_nodes() {
        let device = DiskStat { name: "sda".into(), io_time_ms: 5, read_sectors: 9, ..DiskStat::default() };
        let stats = DiskStats { devices: vec![device], ..DiskStats::default() };
        assert_eq!(
            disk_statistics(&stats),
            "NAME   IO_TIME   IO_TIME_WEIGHTED   DISK_WRITE_SECTORS   DISK_READ_SECTORS\n\
             sda    5         0                  0                    9\n"
        );
        let process =
            ProcessInfo { pid: 1, state: "S".into(), threads: 12, command: "init".into(), ..Default::default() };
        let reply = Process { processes: vec![process], ..Process::default() };
        assert_eq!(
            process_table(&reply),
            "PID      STATE   THREADS   CPU-TIME   VIRTMEM   RESMEM    COMMAND\n     1   S         12          0.00       0 B       0 B   init\n"
        );
    }
}
