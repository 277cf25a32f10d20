//! How busy the machine is.

use std::sync::Arc;
use std::time::Duration;

use talos_api::resources::perf::{CpuSpec, CpuStat, CpuStats, MemorySpec, MemoryStats};
use tokio::time::{MissedTickBehavior, interval};

use super::controller;
use crate::cosi::controller::{Context, Failure, Output, Outputs, Run};
use crate::machine::Machine;
use crate::sys::memory::Memory;
use crate::sys::statistics::{ProcessorTime, Statistics, TICKS};

/// Tells every 30 seconds what the kernel counts, the first time at once.
///
/// Source: `internal/app/machined/pkg/controllers/perf/perf.go` (1.5).
#[derive(Debug)]
pub struct StatsController {
    machine: Arc<Machine>,
}

impl StatsController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    StatsController = "perf.StatsController" {
        inputs: [],
        outputs: [Output::exclusive::<CpuStats>(), Output::exclusive::<MemoryStats>()],
    }
}

const INTERVAL: Duration = Duration::from_secs(30);
const ID: &str = "latest";

#[tonic::async_trait]
impl Run for StatsController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let mut outputs = Outputs::default();
            outputs.put::<MemoryStats>(ID, memory(&self.machine.host.memory()?));
            outputs.put::<CpuStats>(ID, processors(&self.machine.host.statistics()?));
            context.settle(outputs)?;
        }
    }
}

fn processors(statistics: &Statistics) -> CpuSpec {
    CpuSpec {
        cpu: statistics.processors.iter().map(seconds).collect(),
        cpu_total: seconds(&statistics.total),
        irq_total: statistics.interrupts,
        context_switches: statistics.context_switches,
        process_created: statistics.processes_created,
        process_running: statistics.processes_running,
        process_blocked: statistics.processes_blocked,
        soft_irq_total: statistics.soft_interrupts,
    }
}

fn seconds(time: &ProcessorTime) -> CpuStat {
    let seconds = |ticks: u64| ticks as f64 / TICKS as f64;
    CpuStat {
        user: seconds(time.user),
        nice: seconds(time.nice),
        system: seconds(time.system),
        idle: seconds(time.idle),
        iowait: seconds(time.iowait),
        irq: seconds(time.irq),
        soft_irq: seconds(time.soft_irq),
        steal: seconds(time.steal),
        guest: seconds(time.guest),
        guest_nice: seconds(time.guest_nice),
    }
}

/// What the kernel does not tell is 0.
fn memory(memory: &Memory) -> MemorySpec {
    let amount = |name| memory.get(name).unwrap_or_default();
    let used = amount("MemTotal").saturating_sub(amount("MemFree"));
    let mut spec = MemorySpec { mem_used: used, ..MemorySpec::default() };
    for (name, field) in FIELDS {
        *field(&mut spec) = amount(name);
    }
    spec
}

type Access = fn(&mut MemorySpec) -> &mut u64;

/// The kernel's names, and where their amounts go.
const FIELDS: [(&str, Access); 47] = [
    ("MemTotal", |spec| &mut spec.mem_total),
    ("MemAvailable", |spec| &mut spec.mem_available),
    ("Buffers", |spec| &mut spec.buffers),
    ("Cached", |spec| &mut spec.cached),
    ("SwapCached", |spec| &mut spec.swap_cached),
    ("Active", |spec| &mut spec.active),
    ("Inactive", |spec| &mut spec.inactive),
    ("Active(anon)", |spec| &mut spec.active_anon),
    ("Inactive(anon)", |spec| &mut spec.inactive_anon),
    ("Active(file)", |spec| &mut spec.active_file),
    ("Inactive(file)", |spec| &mut spec.inactive_file),
    ("Unevictable", |spec| &mut spec.unevictable),
    ("Mlocked", |spec| &mut spec.mlocked),
    ("SwapTotal", |spec| &mut spec.swap_total),
    ("SwapFree", |spec| &mut spec.swap_free),
    ("Dirty", |spec| &mut spec.dirty),
    ("Writeback", |spec| &mut spec.writeback),
    ("AnonPages", |spec| &mut spec.anon_pages),
    ("Mapped", |spec| &mut spec.mapped),
    ("Shmem", |spec| &mut spec.shmem),
    ("Slab", |spec| &mut spec.slab),
    ("SReclaimable", |spec| &mut spec.s_reclaimable),
    ("SUnreclaim", |spec| &mut spec.s_unreclaim),
    ("KernelStack", |spec| &mut spec.kernel_stack),
    ("PageTables", |spec| &mut spec.page_tables),
    ("NFS_Unstable", |spec| &mut spec.nfs_unstable),
    ("Bounce", |spec| &mut spec.bounce),
    ("WritebackTmp", |spec| &mut spec.writeback_tmp),
    ("CommitLimit", |spec| &mut spec.commit_limit),
    ("Committed_AS", |spec| &mut spec.committed_as),
    ("VmallocTotal", |spec| &mut spec.vmalloc_total),
    ("VmallocUsed", |spec| &mut spec.vmalloc_used),
    ("VmallocChunk", |spec| &mut spec.vmalloc_chunk),
    ("HardwareCorrupted", |spec| &mut spec.hardware_corrupted),
    ("AnonHugePages", |spec| &mut spec.anon_huge_pages),
    ("ShmemHugePages", |spec| &mut spec.shmem_huge_pages),
    ("ShmemPmdMapped", |spec| &mut spec.shmem_pmd_mapped),
    ("CmaTotal", |spec| &mut spec.cma_total),
    ("CmaFree", |spec| &mut spec.cma_free),
    ("HugePages_Total", |spec| &mut spec.huge_pages_total),
    ("HugePages_Free", |spec| &mut spec.huge_pages_free),
    ("HugePages_Rsvd", |spec| &mut spec.huge_pages_rsvd),
    ("HugePages_Surp", |spec| &mut spec.huge_pages_surp),
    ("Hugepagesize", |spec| &mut spec.hugepagesize),
    ("DirectMap4k", |spec| &mut spec.direct_map4k),
    ("DirectMap2M", |spec| &mut spec.direct_map2m),
    ("DirectMap1G", |spec| &mut spec.direct_map1g),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_told_in_seconds_and_kibibytes() {
        let text = b"MemTotal: 100 kB\nMemFree: 40 kB\nCached: 7 kB\nDirectMap1G: 3 kB\n";
        let memory = memory(&Memory::parse(text).unwrap());
        let expected = MemorySpec { mem_total: 100, mem_used: 60, cached: 7, direct_map1g: 3, ..MemorySpec::default() };
        assert_eq!(memory, expected);
        let text = b"cpu  150 0 0 50\ncpu0 150 0 0 50\nctxt 9\nprocesses 8\n";
        let processors = processors(&Statistics::parse(text).unwrap());
        assert_eq!((processors.cpu_total.user, processors.cpu[0].idle), (1.5, 0.5));
        assert_eq!((processors.context_switches, processors.process_created), (9, 8));
    }
}
