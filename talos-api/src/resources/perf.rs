//! Counters of processors and memory.

use super::kinds::kinds;
use super::spec::spec;

kinds! {
    /// Time the processors spent, since boot.
    CpuStats: CpuSpec = "CPUStats.perf.talos.dev" in "perf" {
        display: "CPUStat",
        aliases: [],
        columns: [("User", "{.cpuTotal.user}"), ("System", "{.cpuTotal.system}")],
    }

    /// Use of memory.
    MemoryStats: MemorySpec = "MemoryStats.perf.talos.dev" in "perf" {
        display: "MemoryStat",
        aliases: [],
        columns: [("Used", "{.used}"), ("Total", "{.total}")],
    }
}

spec! {
    /// What [`CpuStats`] say.
    CpuSpec = "talos.resource.definitions.perf.CPUSpec" {
        1 cpu: Vec<CpuStat> = "cpu",
        2 cpu_total: CpuStat = "cpuTotal",
        3 irq_total: u64 = "irqTotal",
        4 context_switches: u64 = "contextSwitches",
        5 process_created: u64 = "processCreated",
        6 process_running: u64 = "processRunning",
        7 process_blocked: u64 = "processBlocked",
        8 soft_irq_total: u64 = "softIrqTotal",
    }

    /// Time spent by kind, in seconds.
    CpuStat = "talos.resource.definitions.perf.CPUStat" {
        1 user: f64 = "user",
        2 nice: f64 = "nice",
        3 system: f64 = "system",
        4 idle: f64 = "idle",
        5 iowait: f64 = "iowait",
        6 irq: f64 = "irq",
        7 soft_irq: f64 = "softIrq",
        8 steal: f64 = "steal",
        9 guest: f64 = "guest",
        10 guest_nice: f64 = "guestNice",
    }

    /// What [`MemoryStats`] say.
    MemorySpec = "talos.resource.definitions.perf.MemorySpec" {
        /// All amounts are in KiB.
        1 mem_total: u64 = "total",
        2 mem_used: u64 = "used",
        3 mem_available: u64 = "available",
        4 buffers: u64 = "buffers",
        5 cached: u64 = "cached",
        6 swap_cached: u64 = "swapCached",
        7 active: u64 = "active",
        8 inactive: u64 = "inactive",
        9 active_anon: u64 = "activeAnon",
        10 inactive_anon: u64 = "inactiveAnon",
        11 active_file: u64 = "activeFile",
        12 inactive_file: u64 = "inactiveFile",
        13 unevictable: u64 = "unevictable",
        14 mlocked: u64 = "mlocked",
        15 swap_total: u64 = "swapTotal",
        16 swap_free: u64 = "swapFree",
        17 dirty: u64 = "dirty",
        18 writeback: u64 = "writeback",
        19 anon_pages: u64 = "anonPages",
        20 mapped: u64 = "mapped",
        21 shmem: u64 = "shmem",
        22 slab: u64 = "slab",
        23 s_reclaimable: u64 = "sreclaimable",
        24 s_unreclaim: u64 = "sunreclaim",
        25 kernel_stack: u64 = "kernelStack",
        26 page_tables: u64 = "pageTables",
        27 nfs_unstable: u64 = "nfsunstable",
        28 bounce: u64 = "bounce",
        29 writeback_tmp: u64 = "writeBacktmp",
        30 commit_limit: u64 = "commitLimit",
        31 committed_as: u64 = "commitTedas",
        32 vmalloc_total: u64 = "vmallocTotal",
        33 vmalloc_used: u64 = "vmallocUsed",
        34 vmalloc_chunk: u64 = "vmallocChunk",
        35 hardware_corrupted: u64 = "hardwareCorrupted",
        36 anon_huge_pages: u64 = "anonHugePages",
        37 shmem_huge_pages: u64 = "shmemHugePages",
        38 shmem_pmd_mapped: u64 = "shmemPmdMapped",
        39 cma_total: u64 = "cmaTotal",
        40 cma_free: u64 = "cmaFree",
        41 huge_pages_total: u64 = "hugePagesTotal",
        42 huge_pages_free: u64 = "hugePagesFree",
        43 huge_pages_rsvd: u64 = "hugePagesRsvd",
        44 huge_pages_surp: u64 = "hugePagesSurp",
        45 hugepagesize: u64 = "hugepagesize",
        46 direct_map4k: u64 = "directMap4k",
        47 direct_map2m: u64 = "directMap2m",
        48 direct_map1g: u64 = "directMap1g",
    }
}
