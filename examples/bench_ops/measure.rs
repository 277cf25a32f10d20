//! Batches of runs, and how long they take.

use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What came out for one operation.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Runs in a batch, of all threads together.
    pub(crate) n: usize,
    /// Median wall time of a run, nanoseconds.
    pub(crate) wall: f64,
    /// Median CPU time of a run (user and system, whole process), nanoseconds.
    pub(crate) cpu: f64,
}

const BATCHES: usize = 7;
const BATCH: Duration = Duration::from_millis(200);

/// Runs an operation in batches of one size. The threads share the work of a batch.
pub(crate) fn measure(run: &(dyn Fn() + Sync), threads: usize) -> Measured {
    let n = calibrate(run, threads);
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..BATCHES {
        let before = cpu_time();
        let elapsed = batch(run, threads, n);
        let used = cpu_time().saturating_sub(before);
        wall.push(elapsed.as_nanos() as f64 / n as f64);
        cpu.push(used.as_nanos() as f64 / n as f64);
    }
    Measured { n, wall: median(wall), cpu: median(cpu) }
}

/// Warms up, and finds how many runs fill a batch. The fastest of three tries counts, so that one disturbance does not
/// shrink all batches.
fn calibrate(run: &(dyn Fn() + Sync), threads: usize) -> usize {
    let mut n = threads;
    loop {
        let best = (0..3).map(|_| batch(run, threads, n)).min().expect("there were three tries");
        if best >= BATCH / 4 {
            let runs = n as f64 * BATCH.as_secs_f64() / best.as_secs_f64();
            return (runs as usize / threads * threads).max(threads);
        }
        n *= 2;
    }
}

fn batch(run: &(dyn Fn() + Sync), threads: usize, n: usize) -> Duration {
    let share = || (0..n / threads).for_each(|_| run());
    let start = Instant::now();
    if threads == 1 {
        share();
    } else {
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(share))));
    }
    start.elapsed()
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
