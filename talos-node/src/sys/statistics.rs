//! What the kernel counts since it started: `/proc/stat`.

use super::columns::{fields, lines, next_number, number};
use super::error::Malformed;

/// Ticks of [`ProcessorTime`] in a second, on every architecture that Linux has today.
pub const TICKS: u64 = 100;

/// Counters since the kernel started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// When the kernel started, in seconds since 1970.
    pub boot_time: u64,
    /// Time of all processors.
    pub total: ProcessorTime,
    /// Time of each processor by its number; those that are switched off are zero.
    pub processors: Vec<ProcessorTime>,
    /// Interrupts.
    pub interrupts: u64,
    /// Interrupts by number.
    pub interrupt: Vec<u64>,
    /// Switches between tasks.
    pub context_switches: u64,
    /// Processes started.
    pub processes_created: u64,
    /// Processes that run or want to, now.
    pub processes_running: u64,
    /// Processes that wait for storage, now.
    pub processes_blocked: u64,
    /// Deferred interrupts.
    pub soft_interrupts: u64,
    /// Deferred interrupts by kind: hi, timer, net tx, net rx, block, irq poll, tasklet, sched, hrtimer, rcu.
    pub soft_interrupt: [u64; 10],
}

/// What a processor did with its time, in [`TICKS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Programs.
    pub user: u64,
    /// Programs that step back.
    pub nice: u64,
    /// The kernel.
    pub system: u64,
    /// Nothing.
    pub idle: u64,
    /// Nothing, while storage was waited for.
    pub iowait: u64,
    /// Interrupts.
    pub irq: u64,
    /// Deferred interrupts.
    pub soft_irq: u64,
    /// Taken by the machine below.
    pub steal: u64,
    /// Guests; part of `user`.
    pub guest: u64,
    /// Guests that step back; part of `nice`.
    pub guest_nice: u64,
}

impl Statistics {
    /// Reads what `/proc/stat` says. Kernels that tell less leave zeroes.
    ///
    /// # Errors
    /// When a counter is no number.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut statistics = Self::default();
        for (index, line) in lines(bytes).enumerate() {
            let fields = &mut fields(line);
            let Some(name) = fields.next() else { continue };
            match name {
                b"btime" => statistics.boot_time = next_number(index, line, fields)?,
                b"ctxt" => statistics.context_switches = next_number(index, line, fields)?,
                b"processes" => statistics.processes_created = next_number(index, line, fields)?,
                b"procs_running" => statistics.processes_running = next_number(index, line, fields)?,
                b"procs_blocked" => statistics.processes_blocked = next_number(index, line, fields)?,
                b"intr" => {
                    statistics.interrupts = next_number(index, line, fields)?;
                    let count = |field: &[u8]| number(field).ok_or_else(|| Malformed::new(index, field, "number"));
                    statistics.interrupt = fields.map(count).collect::<Result<_, _>>()?;
                }
                b"softirq" => {
                    statistics.soft_interrupts = next_number(index, line, fields)?;
                    for count in &mut statistics.soft_interrupt {
                        *count = next_number(index, line, fields)?;
                    }
                }
                b"cpu" => statistics.total = ProcessorTime::read(index, fields)?,
                _ => {
                    let Some(processor) = name.strip_prefix(b"cpu").and_then(number::<u16>) else { continue };
                    let processor = usize::from(processor);
                    if statistics.processors.len() <= processor {
                        statistics.processors.resize(processor + 1, ProcessorTime::default());
                    }
                    statistics.processors[processor] = ProcessorTime::read(index, fields)?;
                }
            }
        }
        Ok(statistics)
    }
}

impl ProcessorTime {
    /// Old kernels have fewer columns.
    fn read<'a>(index: usize, fields: &mut impl Iterator<Item = &'a [u8]>) -> Result<Self, Malformed> {
        let mut next = || match fields.next() {
            None => Ok(0),
            Some(field) => number(field).ok_or_else(|| Malformed::new(index, field, "number")),
        };
        Ok(Self {
            user: next()?,
            nice: next()?,
            system: next()?,
            idle: next()?,
            iowait: next()?,
            irq: next()?,
            soft_irq: next()?,
            steal: next()?,
            guest: next()?,
            guest_nice: next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_keep_their_numbers() {
        let statistics = Statistics::parse(b"cpu  5 0 0 7\ncpu0 1 0 0 3\ncpu2 4 0 0 4\n").unwrap();
        assert_eq!(statistics.total, ProcessorTime { user: 5, idle: 7, ..Default::default() });
        let users: Vec<u64> = statistics.processors.iter().map(|time| time.user).collect();
        assert_eq!(users, [1, 0, 4]);
    }

    #[test]
    fn counters_are_read() {
        let text = b"intr 12 0 5 7\nctxt 9\nbtime 1700000000\nprocesses 3\nprocs_running 2\nprocs_blocked 1\nsoftirq 55 1 2 3 4 5 6 7 8 9 10\n";
        let statistics = Statistics::parse(text).unwrap();
        assert_eq!((statistics.interrupts, &statistics.interrupt[..]), (12, &[0, 5, 7][..]));
        assert_eq!((statistics.boot_time, statistics.context_switches), (1_700_000_000, 9));
        let processes = [statistics.processes_created, statistics.processes_running, statistics.processes_blocked];
        assert_eq!(processes, [3, 2, 1]);
        assert_eq!((statistics.soft_interrupts, statistics.soft_interrupt[9]), (55, 10));
    }

    #[test]
    fn what_is_no_number_is_told_with_its_line() {
        let refused = Statistics::parse(b"cpu 1\nctxt many\n").unwrap_err();
        assert_eq!(refused.to_string(), "line 2: \"many\" is no number");
    }
}
