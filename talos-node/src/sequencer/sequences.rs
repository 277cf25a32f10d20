//! Which phases a sequence has.

use talos_config::validate::Mode;

use super::tasks::*;
use super::{Machine, Phase, Task};

/// How a machine is shut down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// Without asking its pods to move away. A node without Kubernetes has none, and shuts down alike.
    pub force: bool,
}

/// How a machine is reset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reset {
    /// It moves its pods away and leaves etcd first. A node that runs neither is reset alike.
    pub graceful: bool,
    /// It is started again afterwards.
    pub reboot: bool,
}

/// What a machine does as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sequence {
    /// From being switched on to having a configuration.
    Initialize,
    /// Onto its disk.
    Install,
    /// From a configuration to services.
    Boot,
    /// Stop and start.
    Reboot,
    /// Stop.
    Shutdown(Shutdown),
    /// Forget.
    Reset(Reset),
}

impl Sequence {
    /// Its name: `initialize`.
    pub fn name(&self) -> &'static str {
        match self {
            Sequence::Initialize => "initialize",
            Sequence::Install => "install",
            Sequence::Boot => "boot",
            Sequence::Reboot => "reboot",
            Sequence::Shutdown(_) => "shutdown",
            Sequence::Reset(_) => "reset",
        }
    }

    /// Whether it ends another one that runs, by name, without being told to.
    pub(super) fn may_take_over(&self, running: &str) -> bool {
        match self {
            Sequence::Reboot => ["boot", "reboot", "reset"].contains(&running),
            Sequence::Reset(_) => running == "boot",
            _ => false,
        }
    }

    /// Its phases. Those that change the computer below, such as mounting and partitions, are those of a machine that owns
    /// its computer, and not here.
    pub(super) fn phases(&self, machine: &Machine) -> &'static [Phase] {
        match self {
            Sequence::Initialize => INITIALIZE,
            Sequence::Install => &[],
            Sequence::Boot => BOOT,
            Sequence::Reboot => REBOOT,
            Sequence::Shutdown(_) => SHUTDOWN,
            // What is in a container, whoever made it makes anew.
            Sequence::Reset(_) if machine.mode() == Mode::Container => RESET_CONTAINER,
            Sequence::Reset(_) => RESET,
        }
    }
}

const fn phase(name: &'static str, tasks: &'static [Task]) -> Phase {
    Phase { name, when: |_, _| true, tasks }
}

const INITIALIZE: &[Phase] = &[
    phase("systemRequirements", &[SETUP_SYSTEM_DIRECTORY]),
    phase("etc", &[CREATE_OS_RELEASE_FILE, SET_USER_ENV_VARS]),
    phase("machined", &[START_MACHINED]),
    phase("config", &[LOAD_CONFIG]),
];

const BOOT: &[Phase] = &[
    phase("saveConfig", &[SAVE_CONFIG]),
    phase("memorySizeCheck", &[MEMORY_SIZE_CHECK]),
    phase("diskSizeCheck", &[DISK_SIZE_CHECK]),
    phase("env", &[SET_USER_ENV_VARS]),
    phase("startEverything", &[START_ALL_SERVICES]),
];

const REBOOT: &[Phase] = &[phase("stopEverything", &[STOP_ALL_SERVICES]), phase("reboot", &[REBOOT_TASK])];

const SHUTDOWN: &[Phase] = &[phase("stopEverything", &[STOP_ALL_SERVICES]), phase("shutdown", &[SHUTDOWN_TASK])];

const RESET_CONTAINER: &[Phase] = &[phase("stopEverything", &[STOP_FOR_GOOD]), phase("shutdown", &[SHUTDOWN_TASK])];

const RESET: &[Phase] = &[
    phase("stopEverything", &[STOP_FOR_GOOD]),
    phase("reset", &[RESET_SYSTEM_DISK]),
    Phase { name: "reboot", when: |_, sequence| is_started_again(sequence), tasks: &[REBOOT_TASK] },
    Phase { name: "shutdown", when: |_, sequence| !is_started_again(sequence), tasks: &[SHUTDOWN_TASK] },
];

fn is_started_again(sequence: &Sequence) -> bool {
    matches!(sequence, Sequence::Reset(Reset { reboot: true, .. }))
}
