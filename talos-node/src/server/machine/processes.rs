//! `Processes`: what runs on the machine.

use talos_api::proto::machine::{Process, ProcessInfo, ProcessesResponse};
use tonic::Status;

use super::unanswered;
use crate::sys::Host;
use crate::sys::processes::RunningProcess;

/// Lists processes by number, without threads of the kernel and without those that may not be looked at.
///
/// # Errors
/// `Unknown` when the machine does not tell.
pub fn processes(host: &dyn Host) -> Result<ProcessesResponse, Status> {
    let processes = host.processes().map_err(unanswered)?.into_iter().map(describe).collect();
    Ok(ProcessesResponse { messages: vec![Process { metadata: None, processes }] })
}

fn describe(process: RunningProcess) -> ProcessInfo {
    ProcessInfo {
        pid: process.pid,
        ppid: process.parent,
        state: process.state,
        threads: process.threads,
        cpu_time: process.cpu_seconds,
        virtual_memory: process.virtual_memory,
        resident_memory: process.resident_memory,
        command: process.command,
        executable: process.executable,
        args: process.arguments,
    }
}
