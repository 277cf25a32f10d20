//! `SystemStat`: what the kernel counts.

use talos_api::proto::machine::{CpuStat, SoftIrqStat, SystemStat, SystemStatResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;
use crate::sys::statistics::{ProcessorTime, TICKS};

/// Tells counters since the start of the kernel; times are in seconds.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn system_stat(host: &dyn Host) -> Result<SystemStatResponse, Status> {
    let statistics = host.statistics().map_err(unanswered)?;
    let [hi, timer, net_tx, net_rx, block, block_io_poll, tasklet, sched, hrtimer, rcu] = statistics.soft_interrupt;
    let soft_irq = SoftIrqStat { hi, timer, net_tx, net_rx, block, block_io_poll, tasklet, sched, hrtimer, rcu };
    let message = SystemStat {
        metadata: None,
        boot_time: statistics.boot_time,
        cpu_total: Some(seconds(&statistics.total)),
        cpu: statistics.processors.iter().map(seconds).collect(),
        irq_total: statistics.interrupts,
        irq: statistics.interrupt,
        context_switches: statistics.context_switches,
        process_created: statistics.processes_created,
        process_running: statistics.processes_running,
        process_blocked: statistics.processes_blocked,
        soft_irq_total: statistics.soft_interrupts,
        soft_irq: Some(soft_irq),
    };
    Ok(SystemStatResponse { messages: vec![message] })
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
