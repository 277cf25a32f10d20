//! What one round of calls finds out about a node.

use talos_api::proto::machine::{CpuStat, MemInfo, ProcessInfo};

/// What a node answered in one round. What it did not answer is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Version of Talos, such as `v1.5.5`.
    pub version: Option<String>,
    /// Load averages of 1, 5 and 15 minutes.
    pub load: Option<[f64; 3]>,
    /// Use of memory, in KiB.
    pub memory: Option<MemInfo>,
    /// Counters of the kernel.
    pub kernel: Option<Kernel>,
    /// The processors.
    pub processors: Option<Processors>,
    /// Bytes received and sent by all network devices.
    pub network: Option<Transfer>,
    /// Bytes read from and written to all disks.
    pub disk: Option<Transfer>,
    /// The processes.
    pub processes: Option<Vec<ProcessInfo>>,
    /// Whether the kubelet is healthy; absent also where there is none.
    pub kubelet: Option<bool>,
}

/// Counters of the kernel since boot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kernel {
    /// Seconds from 1970 to the boot of the machine.
    pub boot_time: u64,
    /// Seconds all processors spent, by kind.
    pub cpu: CpuStat,
    /// Number of context switches.
    pub context_switches: u64,
    /// Number of processes created.
    pub created: u64,
    /// Processes that run now.
    pub running: u64,
    /// Processes that wait for a disk now.
    pub blocked: u64,
}

/// The processors of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Processors {
    /// How many there are.
    pub count: usize,
    /// Frequency of the first one, in MHz.
    pub frequency: f64,
}

/// Bytes since boot, in and out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Received, or read.
    pub inward: u64,
    /// Sent, or written.
    pub outward: u64,
}

/// The unit of the kernel's counters of disks, whatever the disk's own is.
pub const SECTOR: u64 = 512;

/// Share of memory in use, without buffers and page cache.
pub fn memory_used(memory: &MemInfo) -> f64 {
    let total = memory.memtotal;
    if total == 0 { 0.0 } else { ratio(total.saturating_sub(memory.memfree + memory.cached + memory.buffers), total) }
}

/// All time that processors spent, in seconds. Guests count as user time already.
pub(super) fn total(cpu: &CpuStat) -> f64 {
    cpu.user + cpu.nice + cpu.system + cpu.idle + cpu.iowait + cpu.irq + cpu.soft_irq + cpu.steal
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
