use std::path::Path;
use std::sync::Arc;

use talos_api::resources::runtime::{KernelParamDefaultSpecs, KernelParamSpecSpec};
use talos_config::validate::Mode;

use crate::controllers::controller;
use crate::cosi::controller::{Failure, Inputs, Output, Outputs, Plan};
use crate::machine::Machine;
use crate::sys::Host;

/// Wants the parameters of the kernel that every machine has.
///
/// Source: `internal/app/machined/pkg/controllers/runtime/kernel_param_defaults.go`, `pkg/kernel/kspp` (1.5).
#[derive(Debug)]
pub struct KernelParamDefaultsController {
    machine: Arc<Machine>,
}

impl KernelParamDefaultsController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    KernelParamDefaultsController = "runtime.KernelParamDefaultsController" {
        inputs: [],
        outputs: [Output::shared::<KernelParamDefaultSpecs>()],
    }
}

/// Where a parameter is wanted.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    Everywhere,
    /// With IPv6.
    Six,
    /// Not in containers.
    Machines,
}

const DEFAULTS: [(&str, &str, Where); 12] = [
    ("net.ipv4.ip_forward", "1", Where::Everywhere),
    ("net.bridge.bridge-nf-call-iptables", "1", Where::Machines),
    ("net.bridge.bridge-nf-call-ip6tables", "1", Where::Machines),
    ("net.ipv6.conf.default.forwarding", "1", Where::Six),
    ("net.ipv6.conf.default.accept_ra", "2", Where::Six),
    ("net.ipv4.tcp_keepalive_time", "600", Where::Everywhere),
    ("net.ipv4.tcp_keepalive_intvl", "60", Where::Everywhere),
    ("kernel.panic", "10", Where::Everywhere),
    ("kernel.pid_max", "262144", Where::Everywhere),
    ("vm.overcommit_memory", "1", Where::Everywhere),
    ("fs.inotify.max_user_instances", "8192", Where::Everywhere),
    ("fs.aio-max-nr", "1048576", Where::Everywhere),
];

/// What the Kernel Self Protection Project recommends. Not in containers.
pub(super) const HARDENING: [(&str, &str); 7] = [
    ("proc.sys.kernel.kptr_restrict", "1"),
    ("proc.sys.kernel.dmesg_restrict", "1"),
    ("proc.sys.kernel.perf_event_paranoid", "3"),
    ("proc.sys.kernel.yama.ptrace_scope", "1"),
    ("proc.sys.user.max_user_namespaces", "0"),
    ("proc.sys.kernel.unprivileged_bpf_disabled", "1"),
    ("proc.sys.net.core.bpf_jit_harden", "2"),
];

impl Plan for KernelParamDefaultsController {
    fn plan(&self, _: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let is_container = self.machine.settings.platform.mode() == Mode::Container;
        let has_six = has_six(&*self.machine.host);
        let mut want = |key: String, value: &str| {
            let spec = KernelParamSpecSpec { value: value.to_owned(), ignore_errors: false };
            outputs.put::<KernelParamDefaultSpecs>(key, spec);
        };
        for (key, value, place) in DEFAULTS {
            if match place {
                Where::Everywhere => true,
                Where::Six => has_six,
                Where::Machines => !is_container,
            } {
                want(format!("proc.sys.{key}"), value);
            }
        }
        if !is_container {
            HARDENING.iter().for_each(|(key, value)| want((*key).to_owned(), value));
        }
        Ok(())
    }
}

/// Whether there is IPv6. Whoever may not know takes it as there, so that what is wrong shows later.
fn has_six(host: &dyn Host) -> bool {
    let parameter = host.kernel_parameter(Path::new("/proc/sys/net/ipv6/conf/default/accept_ra"));
    !parameter.is_err_and(|error| error.is_missing())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::testing::{Folder, store, wanted};
    use crate::machine::testing;
    use crate::platform::Metal;
    use crate::sys::Recording;

    #[test]
    fn kinds_of_machines_differ() {
        let folder = Folder::new("defaults");
        let wanted = |is_metal| {
            let machine = testing::machine_on(Recording::new(folder.path()), |settings| {
                if is_metal {
                    settings.platform = Arc::new(Metal);
                }
            });
            wanted(&store(), &KernelParamDefaultsController::new(machine))
        };
        assert_eq!((wanted(false).len(), wanted(true).len()), (8, 17));
        folder.write("proc/sys/net/ipv6/conf/default/accept_ra", "1\n");
        assert_eq!((wanted(false).len(), wanted(true).len()), (10, 19));
        let expected = "runtime/proc.sys.net.ipv6.conf.default.accept_ra: value: \"2\"; ignoreErrors: false";
        assert!(wanted(false).contains(&expected.to_owned()));
        let expected = "runtime/proc.sys.kernel.kptr_restrict: value: \"1\"; ignoreErrors: false";
        assert!(!wanted(false).contains(&expected.to_owned()) && wanted(true).contains(&expected.to_owned()));
    }
}
