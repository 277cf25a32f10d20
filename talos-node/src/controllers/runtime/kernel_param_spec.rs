use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use talos_api::resources::runtime::{
    KernelParamDefaultSpecs, KernelParamSpecSpec, KernelParamSpecs, KernelParamStatusSpec, KernelParamStatuses,
};
use talos_api::server::failure::chain;

use super::kernel_param_defaults::HARDENING;
use crate::console::Value;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;
use crate::server::machine::multi_error;
use crate::sys::Error;

/// Sets parameters of the kernel, and sets back those that nobody wants any more.
///
/// Where the kernel is not the node's own nothing is set: the status tells what the kernel has, and that the parameter is
/// not supported.
/// Source: `internal/app/machined/pkg/controllers/runtime/kernel_param_spec.go` (1.5).
#[derive(Debug)]
pub struct KernelParamSpecController {
    machine: Arc<Machine>,
    known: Mutex<BTreeMap<String, Known>>,
}

/// A parameter that was looked at.
#[derive(Debug, Default)]
struct Known {
    /// As it was found.
    before: Option<String>,
    /// Whether it was set.
    is_set: bool,
    status: KernelParamStatusSpec,
}

impl KernelParamSpecController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine, known: Mutex::default() }
    }
}

controller! {
    KernelParamSpecController = "runtime.KernelParamSpecController" {
        inputs: [Input::strong::<KernelParamDefaultSpecs>(), Input::strong::<KernelParamSpecs>()],
        outputs: [Output::exclusive::<KernelParamStatuses>()],
    }
}

/// Parameters that could not be set.
#[derive(Debug)]
struct Failures(Vec<Error>);

impl Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = self.0.iter().map(|error| chain(error));
        f.write_str(&multi_error::text(texts).unwrap_or_default())
    }
}

impl std::error::Error for Failures {}

#[tonic::async_trait]
impl Run for KernelParamSpecController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        loop {
            context.changed().await;
            let (outputs, failures) = self.adjust(&context.inputs());
            context.settle(outputs)?;
            if !failures.0.is_empty() {
                return Err(failures.into());
            }
        }
    }
}

impl KernelParamSpecController {
    /// Brings the kernel in line with what is wanted.
    fn adjust(&self, inputs: &Inputs<'_>) -> (Outputs, Failures) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut failures = Failures(Vec::new());
        let mut wanted: BTreeMap<String, KernelParamSpecSpec> = BTreeMap::new();
        for spec in inputs.list::<KernelParamDefaultSpecs>() {
            wanted.insert(spec.id().to_owned(), (*spec).clone());
        }
        for spec in inputs.list::<KernelParamSpecs>() {
            let (key, value) = (spec.id(), &spec.value);
            if wanted.insert(key.to_owned(), (*spec).clone()).is_some()
                && HARDENING.iter().any(|(hard, _)| *hard == key)
            {
                let fields = [("key", Value::Text(key)), ("value", Value::Text(value))];
                let text = "overriding KSPP enforced parameter, this is not recommended";
                self.machine.console.controller(self.name(), text, &fields);
            }
        }
        for (key, spec) in &wanted {
            if let Err(failure) = self.set(key, spec, known.entry(key.clone()).or_default()) {
                failures.0.push(failure);
            }
        }
        let unwanted: Vec<String> = known.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        for key in unwanted {
            match self.set_back(&key, &known[&key]) {
                Ok(()) => drop(known.remove(&key)),
                Err(failure) => failures.0.push(failure),
            }
        }
        let mut outputs = Outputs::default();
        for (key, known) in known.iter().filter(|(_, known)| known.is_set || known.status.unsupported) {
            outputs.put::<KernelParamStatuses>(key, known.status.clone());
        }
        (outputs, failures)
    }

    fn set(&self, key: &str, spec: &KernelParamSpecSpec, known: &mut Known) -> Result<(), Error> {
        let path = path(key);
        let host = &self.machine.host;
        let found = host.kernel_parameter(&path);
        let now = found.as_ref().ok().map(|value| value.trim().to_owned());
        if known.before.is_none() {
            known.before = now.clone();
        }
        let before = known.before.clone().unwrap_or_default();
        match found {
            // It would be set and never be set back.
            Err(error) if !error.is_missing() && !matches!(error, Error::Unsupported { .. }) => return Err(error),
            _ => {}
        }
        match host.set_kernel_parameter(&path, &spec.value) {
            Err(Error::Unsupported { .. }) => {
                let current = now.unwrap_or_default();
                known.status = KernelParamStatusSpec { current, default: before, unsupported: true };
                Ok(())
            }
            Err(error) if error.is_missing() && spec.ignore_errors => {
                known.status.unsupported = true;
                Ok(())
            }
            outcome => {
                outcome?;
                known.is_set = true;
                known.status =
                    KernelParamStatusSpec { current: spec.value.clone(), default: before, unsupported: false };
                Ok(())
            }
        }
    }

    fn set_back(&self, key: &str, known: &Known) -> Result<(), Error> {
        match (&known.before, known.is_set) {
            (Some(before), true) => self.machine.host.set_kernel_parameter(&path(key), before),
            _ => Ok(()),
        }
    }
}

/// The file of a parameter. Dots are slashes, so that no key leads elsewhere.
fn path(key: &str) -> PathBuf {
    format!("/{}", key.replace('.', "/")).into()
}

#[cfg(test)]
mod tests {
    use talos_api::resources::Kind;

    use super::*;
    use crate::controllers::testing::{Folder, put, store};
    use crate::cosi::{Reference, Store};
    use crate::machine::testing;
    use crate::sys::{Effect, Process, Recording};

    fn want<K: Kind<Spec = KernelParamSpecSpec>>(store: &Store, key: &str, value: &str, ignore_errors: bool) {
        put::<K>(store, "runtime", key, KernelParamSpecSpec { value: value.into(), ignore_errors });
    }

    fn told(controller: &KernelParamSpecController, store: &Store) -> (Vec<String>, String) {
        let (outputs, failures) = controller.adjust(&Inputs::new(store, controller));
        let statuses = outputs.wanted().map(|(reference, content)| {
            let text = content.to_yaml();
            let text: String =
                text.trim().lines().map(|line| line.split(": ").nth(1).unwrap()).collect::<Vec<_>>().join(" ");
            format!("{}: {text}", reference.id)
        });
        (statuses.collect(), failures.to_string())
    }

    #[test]
    fn parameters_are_set_and_set_back() {
        let folder = Folder::new("parameters");
        folder.write("proc/sys/kernel/panic", "0\n");
        folder.write("proc/sys/kernel/kptr_restrict", "7\n");
        let host = Recording::new(folder.path());
        let controller = KernelParamSpecController::new(testing::machine_on(host.clone(), |_| {}));
        let store = store();
        want::<KernelParamDefaultSpecs>(&store, "proc.sys.kernel.panic", "10", false);
        want::<KernelParamDefaultSpecs>(&store, "proc.sys.kernel.kptr_restrict", "1", false);
        want::<KernelParamSpecs>(&store, "proc.sys.kernel.kptr_restrict", "2", false);
        want::<KernelParamSpecs>(&store, "proc.sys.no.such", "2", true);
        let expected = [
            "proc.sys.kernel.kptr_restrict: \"2\" \"7\" false",
            "proc.sys.kernel.panic: \"10\" \"0\" false",
            "proc.sys.no.such: \"\" \"\" true",
        ];
        assert_eq!(told(&controller, &store), (expected.map(str::to_owned).to_vec(), String::new()));
        let definition = KernelParamSpecs::DEFINITION;
        let reference = |id| Reference::new("runtime", definition.type_name, id);
        store.destroy(&reference("proc.sys.kernel.kptr_restrict"), "test").unwrap();
        store.destroy(&reference("proc.sys.no.such"), "test").unwrap();
        let defaults =
            Reference::new("runtime", KernelParamDefaultSpecs::DEFINITION.type_name, "proc.sys.kernel.panic");
        store.destroy(&defaults, "test").unwrap();
        let expected = ["proc.sys.kernel.kptr_restrict: \"1\" \"7\" false".to_owned()];
        assert_eq!(told(&controller, &store), (expected.to_vec(), String::new()));
        let effects = host.effects().into_iter().map(|effect| match effect {
            Effect::KernelParameter { path, value } => format!("{} {value}", path.file_name().unwrap().display()),
            other => panic!("{other:?}"),
        });
        let expected = ["kptr_restrict 2", "panic 10", "kptr_restrict 1", "panic 0"];
        assert_eq!(effects.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let machine = testing::machine_on(Recording::new("/nowhere"), |_| {});
        let store = store();
        want::<KernelParamSpecs>(&store, "proc.sys.../etc/passwd", "1", false);
        let expected = "1 error occurred:\n\t* open /proc/sys////etc/passwd: no such file or directory\n\n";
        assert_eq!(told(&KernelParamSpecController::new(machine), &store), (vec![], expected.to_owned()));
    }

    #[test]
    fn of_a_kernel_that_others_own_it_is_told_what_is() {
        let folder = Folder::new("shared");
        folder.write("proc/sys/kernel/panic", "3\n");
        let machine = testing::machine_on(Process::new(folder.path()), |_| {});
        let store = store();
        want::<KernelParamDefaultSpecs>(&store, "proc.sys.kernel.panic", "10", false);
        want::<KernelParamDefaultSpecs>(&store, "proc.sys.no.such", "10", false);
        let expected = ["proc.sys.kernel.panic: \"3\" \"3\" true", "proc.sys.no.such: \"\" \"\" true"];
        let told = told(&KernelParamSpecController::new(machine), &store);
        assert_eq!(told, (expected.map(str::to_owned).to_vec(), String::new()));
    }
}
