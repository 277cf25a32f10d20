//! `Memory`: how memory is used.

use talos_api::proto::machine::{MemInfo, Memory, MemoryResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;

/// Tells amounts in KiB, those of huge pages in pages. What the kernel does not tell is 0.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn memory(host: &dyn Host) -> Result<MemoryResponse, Status> {
    let memory = host.memory().map_err(unanswered)?;
    let mut meminfo = MemInfo::default();
    for (name, field) in FIELDS {
        *field(&mut meminfo) = memory.get(name).unwrap_or_default();
    }
    Ok(MemoryResponse { messages: vec![Memory { metadata: None, meminfo: Some(meminfo) }] })
}

type Access = fn(&mut MemInfo) -> &mut u64;

/// The kernel's names, and where their amounts go.
const FIELDS: [(&str, Access); 48] = [
    ("MemTotal", |info| &mut info.memtotal),
    ("MemFree", |info| &mut info.memfree),
    ("MemAvailable", |info| &mut info.memavailable),
    ("Buffers", |info| &mut info.buffers),
    ("Cached", |info| &mut info.cached),
    ("SwapCached", |info| &mut info.swapcached),
    ("Active", |info| &mut info.active),
    ("Inactive", |info| &mut info.inactive),
    ("Active(anon)", |info| &mut info.activeanon),
    ("Inactive(anon)", |info| &mut info.inactiveanon),
    ("Active(file)", |info| &mut info.activefile),
    ("Inactive(file)", |info| &mut info.inactivefile),
    ("Unevictable", |info| &mut info.unevictable),
    ("Mlocked", |info| &mut info.mlocked),
    ("SwapTotal", |info| &mut info.swaptotal),
    ("SwapFree", |info| &mut info.swapfree),
    ("Dirty", |info| &mut info.dirty),
    ("Writeback", |info| &mut info.writeback),
    ("AnonPages", |info| &mut info.anonpages),
    ("Mapped", |info| &mut info.mapped),
    ("Shmem", |info| &mut info.shmem),
    ("Slab", |info| &mut info.slab),
    ("SReclaimable", |info| &mut info.sreclaimable),
    ("SUnreclaim", |info| &mut info.sunreclaim),
    ("KernelStack", |info| &mut info.kernelstack),
    ("PageTables", |info| &mut info.pagetables),
    ("NFS_Unstable", |info| &mut info.nfsunstable),
    ("Bounce", |info| &mut info.bounce),
    ("WritebackTmp", |info| &mut info.writebacktmp),
    ("CommitLimit", |info| &mut info.commitlimit),
    ("Committed_AS", |info| &mut info.committedas),
    ("VmallocTotal", |info| &mut info.vmalloctotal),
    ("VmallocUsed", |info| &mut info.vmallocused),
    ("VmallocChunk", |info| &mut info.vmallocchunk),
    ("HardwareCorrupted", |info| &mut info.hardwarecorrupted),
    ("AnonHugePages", |info| &mut info.anonhugepages),
    ("ShmemHugePages", |info| &mut info.shmemhugepages),
    ("ShmemPmdMapped", |info| &mut info.shmempmdmapped),
    ("CmaTotal", |info| &mut info.cmatotal),
    ("CmaFree", |info| &mut info.cmafree),
    ("HugePages_Total", |info| &mut info.hugepagestotal),
    ("HugePages_Free", |info| &mut info.hugepagesfree),
    ("HugePages_Rsvd", |info| &mut info.hugepagesrsvd),
    ("HugePages_Surp", |info| &mut info.hugepagessurp),
    ("Hugepagesize", |info| &mut info.hugepagesize),
    ("DirectMap4k", |info| &mut info.directmap4k),
    ("DirectMap2M", |info| &mut info.directmap2m),
    ("DirectMap1G", |info| &mut info.directmap1g),
];
