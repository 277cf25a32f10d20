//! Processes: `/proc/<pid>`.

use super::columns::{fields, number, text};
use super::error::Error;
use super::root::Root;
use super::statistics::TICKS;

/// A process that runs a program. Threads of the kernel are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunningProcess {
    /// Number of the process.
    pub pid: i32,
    /// Number of the process that started it, or took it over.
    pub parent: i32,
    /// One letter: `R` runs, `S` sleeps, `D` waits for storage, `Z` is over …
    pub state: String,
    /// Number of threads.
    pub threads: i32,
    /// Seconds spent on processors, without those of children.
    pub cpu_seconds: f64,
    /// Size of the address space in bytes.
    pub virtual_memory: u64,
    /// Memory in use, in bytes.
    pub resident_memory: u64,
    /// Short name, up to 15 bytes.
    pub command: String,
    /// Path of the program.
    pub executable: String,
    /// Arguments with blanks between them.
    pub arguments: String,
}

/// What one look at a file of a process may bring; longer lists of arguments are cut.
const BUFFER: usize = 16 << 10;

/// All processes that can be looked at, by number.
///
/// # Errors
/// When `/proc` cannot be listed. Processes that end meanwhile, and those that may not be looked at, are left out.
pub(crate) fn list(root: &Root, page_size: u64) -> Result<Vec<RunningProcess>, Error> {
    let mut pids: Vec<i32> = root.names("/proc")?.iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    let mut buffer = vec![0; BUFFER];
    Ok(pids.into_iter().filter_map(|pid| read(root, pid, page_size, &mut buffer)).collect())
}

fn read(root: &Root, pid: i32, page_size: u64, buffer: &mut [u8]) -> Option<RunningProcess> {
    let file = |name: &str| format!("/proc/{pid}/{name}");
    let executable = root.link(&file("exe"))?.to_string_lossy().into_owned();
    let mut process = parse_stat(root.beginning(&file("stat"), buffer)?, page_size)?;
    process.command = text(some(root.beginning(&file("comm"), buffer)?)?.trim_ascii());
    process.arguments = arguments(some(root.beginning(&file("cmdline"), buffer)?)?);
    Some(RunningProcess { pid, executable, ..process })
}

/// Nothing to read means that the process is over.
fn some(bytes: &[u8]) -> Option<&[u8]> {
    (!bytes.is_empty()).then_some(bytes)
}

/// Numbers of the file `stat`; `None` if it looks like none.
fn parse_stat(stat: &[u8], page_size: u64) -> Option<RunningProcess> {
    // The name stands in brackets and may hold blanks and brackets itself.
    let end_of_name = stat.iter().rposition(|byte| *byte == b')')?;
    let fields: Vec<&[u8]> = fields(&stat[end_of_name + 1..]).collect();
    let field = |index: usize| fields.get(index).copied();
    let ticks = number::<u64>(field(11)?)?.checked_add(number(field(12)?)?)?;
    Some(RunningProcess {
        state: text(field(0)?),
        parent: number(field(1)?)?,
        threads: number(field(17)?)?,
        cpu_seconds: ticks as f64 / TICKS as f64,
        virtual_memory: number(field(20)?)?,
        resident_memory: number::<u64>(field(21)?)?.saturating_mul(page_size),
        ..RunningProcess::default()
    })
}

fn arguments(cmdline: &[u8]) -> String {
    let end = cmdline.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    text(&cmdline[..end]).replace('\0', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_do_not_move_columns() {
        let stat = b"7 (a) S (b) R 1 7 7 0 -1 0 0 0 0 0 120 30 0 0 20 0 3 0 246015 4096 2 18446744073709551615\n";
        let process = parse_stat(stat, 4096).unwrap();
        assert_eq!((process.state.as_str(), process.parent, process.threads), ("R", 1, 3));
        assert_eq!((process.virtual_memory, process.resident_memory), (4096, 8192));
        assert!((process.cpu_seconds - 1.5).abs() < 1e-9);
        assert_eq!(parse_stat(b"7 (a) R 1", 4096), None);
    }

    #[test]
    fn arguments_are_joined_by_blanks() {
        assert_eq!(arguments(b"/bin/x\0-a\0\0b\0\0"), "/bin/x -a  b");
        assert_eq!(arguments(b"\0\0"), "");
    }
}
