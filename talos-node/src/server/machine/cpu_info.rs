//! `CPUInfo`: which processors there are.

use talos_api::proto::machine::{CpUsInfo, CpuInfo, CpuInfoResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;
use crate::sys::processors::Processor;

/// Describes processors. The number of cores is left out, as the reference leaves it.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn cpu_info(host: &dyn Host) -> Result<CpuInfoResponse, Status> {
    let cpu_info = host.processors().map_err(unanswered)?.iter().map(describe).collect();
    Ok(CpuInfoResponse { messages: vec![CpUsInfo { metadata: None, cpu_info }] })
}

/// Names are those of x86; other architectures have their own for the same, which stand behind.
fn describe(processor: &Processor) -> CpuInfo {
    let get = |names: &[&str]| names.iter().find_map(|name| processor.get(name)).unwrap_or_default();
    let text = |names: &[&str]| get(names).to_owned();
    let words = |names: &[&str]| get(names).split_ascii_whitespace().map(str::to_owned).collect();
    let whole = |names: &[&str]| get(names).parse().unwrap_or_default();
    let real = |names: &[&str]| get(names).parse().unwrap_or_default();
    CpuInfo {
        processor: processor.number,
        vendor_id: text(&["vendor_id", "vendor"]),
        cpu_family: text(&["cpu family"]),
        model: text(&["model"]),
        model_name: text(&["model name", "isa"]),
        stepping: text(&["stepping"]),
        microcode: text(&["microcode"]),
        cpu_mhz: real(&["cpu MHz"]),
        cache_size: text(&["cache size"]),
        physical_id: text(&["physical id"]),
        siblings: whole(&["siblings"]),
        core_id: text(&["core id", "hart"]),
        cpu_cores: 0,
        apic_id: text(&["apicid"]),
        initial_apic_id: text(&["initial apicid"]),
        fpu: text(&["fpu"]),
        fpu_exception: text(&["fpu_exception"]),
        cpu_id_level: whole(&["cpuid level"]),
        wp: text(&["wp"]),
        flags: words(&["flags", "Features"]),
        bugs: words(&["bugs"]),
        bogo_mips: real(&["bogomips", "BogoMIPS"]),
        cl_flush_size: whole(&["clflush size"]),
        cache_alignment: whole(&["cache_alignment"]),
        address_sizes: text(&["address sizes"]),
        power_management: text(&["power management"]),
    }
}
