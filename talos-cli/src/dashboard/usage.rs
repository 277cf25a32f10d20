//! What follows from two samples: shares and rates.

use std::time::Duration;

use talos_api::proto::machine::{CpuStat, ProcessInfo};

use super::sample::{Kernel, Sample, Transfer, ratio, total};
use super::tidy;
use crate::commands::processes::command;

/// Shares and rates between two samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Where the time of all processors went; each from 0 to 1. After the first sample: since boot.
    pub cpu: Option<CpuStat>,
    /// Context switches in a second.
    pub context_switches: Option<f64>,
    /// Processes created in a second.
    pub created: Option<f64>,
    /// Bytes of the network in a second.
    pub network: Option<Rates>,
    /// Bytes of disks in a second.
    pub disk: Option<Rates>,
}

/// Bytes in a second, in and out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Received, or read.
    pub inward: f64,
    /// Sent, or written.
    pub outward: f64,
}

/// A process as a table shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number.
    pub pid: i32,
    /// `R`, `S`, `Z` …
    pub state: String,
    /// Share of one processor: 2 is two processors all the time.
    pub cpu: f64,
    /// Share of the memory, from 0 to 1.
    pub memory: f64,
    /// Virtual memory, in bytes.
    pub virtual_memory: u64,
    /// Resident memory, in bytes.
    pub resident: u64,
    /// Processor time it used, in seconds.
    pub time: f64,
    /// Number of threads.
    pub threads: i32,
    /// Command line.
    pub command: String,
}

/// What comes first in the table of processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The share of processors since the sample before.
    #[default]
    Cpu,
    /// Resident memory.
    Memory,
    /// Processor time.
    Time,
    /// The number.
    Pid,
}

/// Command lines are cut, so that the table stays small whatever a node sends. In characters.
const WIDEST: usize = 512;

impl Usage {
    /// Compares two samples, `elapsed` apart. Counters that went back, as they do when a machine boots, count as unmoved.
    pub fn between(before: Option<&Sample>, now: &Sample, elapsed: Duration) -> Self {
        let seconds = elapsed.as_secs_f64();
        let kernels = now.kernel.as_ref().map(|kernel| (before.and_then(|sample| sample.kernel.as_ref()), kernel));
        let count = |counter: fn(&Kernel) -> u64| {
            let (before, now) = kernels?;
            rate(counter(before?), counter(now), seconds)
        };
        let transfer = |of: fn(&Sample) -> Option<Transfer>| {
            let (before, now) = (before.and_then(of)?, of(now)?);
            Some(Rates {
                inward: rate(before.inward, now.inward, seconds)?,
                outward: rate(before.outward, now.outward, seconds)?,
            })
        };
        Self {
            cpu: kernels.and_then(|(before, now)| shares(&spent(before, now))),
            context_switches: count(|kernel| kernel.context_switches),
            created: count(|kernel| kernel.created),
            network: transfer(|sample| sample.network),
            disk: transfer(|sample| sample.disk),
        }
    }

    /// Share of time in which processors were not idle.
    pub fn busy(&self) -> Option<f64> {
        self.cpu.as_ref().map(|cpu| (1.0 - cpu.idle - cpu.iowait).clamp(0.0, 1.0))
    }
}

/// The processes of a sample, and what they used since the one before.
pub fn processes(before: Option<&Sample>, now: &Sample) -> Vec<Row> {
    let Some(list) = &now.processes else { return Vec::new() };
    let old = before.and_then(|sample| sample.processes.as_ref());
    let old_times = old.map(|list| {
        let mut times: Vec<(i32, f64)> = list.iter().map(|process| (process.pid, process.cpu_time)).collect();
        times.sort_unstable_by_key(|(pid, _)| *pid);
        times
    });
    // The clock of one processor: the processors' time is the only one that has no gaps.
    let kernel = now.kernel.as_ref().map(|kernel| spent(before.and_then(|sample| sample.kernel.as_ref()), kernel));
    let count = now.processors.map_or(1, |processors| processors.count.max(1));
    #[expect(clippy::cast_precision_loss, reason = "a number of processors")]
    let clock = kernel.map(|cpu| total(&cpu) / count as f64).filter(|clock| *clock > 0.0);
    let memory = now.memory.as_ref().map_or(0, |memory| memory.memtotal.saturating_mul(1024));
    let used = |process: &ProcessInfo| {
        let known = old_times.as_ref().and_then(|times| {
            let at = times.binary_search_by_key(&process.pid, |(pid, _)| *pid).ok()?;
            Some(times[at].1)
        });
        // A time that went back belongs to another process.
        process.cpu_time - known.filter(|time| *time <= process.cpu_time).unwrap_or_default()
    };
    list.iter()
        .map(|process| Row {
            pid: process.pid,
            state: tidy(&process.state, 1),
            cpu: clock.map_or(0.0, |clock| used(process) / clock),
            memory: if memory == 0 { 0.0 } else { ratio(process.resident_memory, memory) },
            virtual_memory: process.virtual_memory,
            resident: process.resident_memory,
            time: process.cpu_time,
            threads: process.threads,
            command: tidy(&command(process), WIDEST),
        })
        .collect()
}

/// Puts processes in order; equal ones by number.
pub fn sort(rows: &mut [Row], order: Order) {
    rows.sort_by(|a, b| {
        let ordering = match order {
            Order::Cpu => b.cpu.total_cmp(&a.cpu),
            Order::Memory => b.resident.cmp(&a.resident),
            Order::Time => b.time.total_cmp(&a.time),
            Order::Pid => std::cmp::Ordering::Equal,
        };
        ordering.then(a.pid.cmp(&b.pid))
    });
}

/// Seconds spent between two samples, or since boot.
fn spent(before: Option<&Kernel>, now: &Kernel) -> CpuStat {
    match before {
        Some(before) if before.boot_time == now.boot_time => {
            combine(&now.cpu, &before.cpu, |now, then| (now - then).max(0.0))
        }
        _ => now.cpu,
    }
}

/// Parts of the whole; `None` when no time passed.
fn shares(spent: &CpuStat) -> Option<CpuStat> {
    let total = total(spent);
    (total > 0.0).then(|| combine(spent, spent, |seconds, _| seconds / total))
}

fn combine(a: &CpuStat, b: &CpuStat, with: impl Fn(f64, f64) -> f64) -> CpuStat {
    CpuStat {
        user: with(a.user, b.user),
        nice: with(a.nice, b.nice),
        system: with(a.system, b.system),
        idle: with(a.idle, b.idle),
        iowait: with(a.iowait, b.iowait),
        irq: with(a.irq, b.irq),
        soft_irq: with(a.soft_irq, b.soft_irq),
        steal: with(a.steal, b.steal),
        guest: with(a.guest, b.guest),
        guest_nice: with(a.guest_nice, b.guest_nice),
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn rate(before: u64, now: u64, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| now.saturating_sub(before) as f64 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::sample::Processors;

    fn sample(user: f64, idle: f64, context_switches: u64, processes: &[(i32, f64)]) -> Sample {
        let cpu = CpuStat { user, idle, ..CpuStat::default() };
        let info = |&(pid, cpu_time): &(i32, f64)| ProcessInfo { pid, cpu_time, ..ProcessInfo::default() };
        Sample {
            kernel: Some(Kernel { boot_time: 1, cpu, context_switches, ..Kernel::default() }),
            processors: Some(Processors { count: 2, frequency: 1000.0 }),
            network: Some(Transfer { inward: context_switches, outward: 0 }),
            processes: Some(processes.iter().map(info).collect()),
            ..Sample::default()
        }
    }

    #[test]
    fn the_first_sample_speaks_of_the_time_since_boot() {
        let first = sample(25.0, 75.0, 10, &[(1, 5.0)]);
        let usage = Usage::between(None, &first, Duration::ZERO);
        assert_eq!(usage.busy(), Some(0.25));
        assert_eq!((usage.context_switches, usage.network), (None, None));
        // 5 of 50 seconds that each processor had.
        assert_eq!(processes(None, &first)[0].cpu, 0.1);
    }

    #[test]
    fn later_ones_are_compared() {
        let first = sample(25.0, 75.0, 10, &[(1, 5.0), (2, 9.0)]);
        let second = sample(28.0, 76.0, 50, &[(2, 1.0), (1, 6.0), (3, 0.5)]);
        let usage = Usage::between(Some(&first), &second, Duration::from_secs(4));
        assert_eq!(usage.busy(), Some(0.75));
        assert_eq!(usage.context_switches, Some(10.0));
        assert_eq!(usage.network, Some(Rates { inward: 10.0, outward: 0.0 }));
        let mut rows = processes(Some(&first), &second);
        sort(&mut rows, Order::Cpu);
        // The number 2 was given to another process.
        let shares: Vec<_> = rows.iter().map(|row| (row.pid, row.cpu)).collect();
        assert_eq!(shares, [(1, 0.5), (2, 0.5), (3, 0.25)]);
        sort(&mut rows, Order::Time);
        assert_eq!(rows[0].pid, 1);
    }

    #[test]
    fn a_boot_in_between_starts_anew() {
        let first = sample(500.0, 500.0, 1_000, &[]);
        let mut second = sample(1.0, 3.0, 7, &[]);
        second.kernel.as_mut().unwrap().boot_time = 2;
        let usage = Usage::between(Some(&first), &second, Duration::from_secs(1));
        assert_eq!((usage.busy(), usage.context_switches), (Some(0.25), Some(0.0)));
        assert_eq!(Usage::between(Some(&second), &second, Duration::ZERO), Usage::default());
    }
}
