//! The controllers of a node, each named as users see it.
//!
//! One file for one controller: what it reads and writes, and how it decides. [`register`] is the list of all.

pub mod cluster;
pub mod config;
pub mod files;
pub mod hardware;
pub mod k8s;
pub mod network;
pub mod perf;
pub mod runtime;
pub mod secrets;
pub mod siderolink;
pub mod time;
pub mod v1alpha1;

use std::sync::Arc;

use crate::cosi::Engine;
use crate::cosi::engine::RegistrationError;
use crate::machine::Machine;

/// Adds all controllers to an engine.
///
/// # Errors
/// Never, unless two of them cannot be together.
pub fn register(engine: &mut Engine, machine: &Arc<Machine>) -> Result<(), RegistrationError> {
    engine.add_plan(cluster::AffiliateMergeController)?;
    engine.add_plan(cluster::ConfigController)?;
    engine.add_run(cluster::DiscoveryServiceController::new(machine.clone()))?;
    engine.add_plan(cluster::EndpointController)?;
    engine.add_plan(cluster::InfoController)?;
    engine.add_plan(cluster::LocalAffiliateController)?;
    engine.add_plan(cluster::MemberController)?;
    engine.add_run(cluster::NodeIdentityController::new(machine.clone()))?;
    engine.add_run(config::AcquireController::new(machine.clone()))?;
    engine.add_plan(config::MachineTypeController)?;
    engine.add_run(files::EtcFileController::new(machine.clone()))?;
    engine.add_plan(hardware::SystemInfoController::new(machine.clone()))?;
    engine.add_plan(k8s::AddressFilterController)?;
    engine.add_plan(k8s::NodenameController)?;
    engine.add_run(k8s::StaticEndpointController)?;
    engine.add_plan(network::AddressConfigController::new(machine.clone()))?;
    engine.add_run(network::AddressEventController::new(machine.clone()))?;
    engine.add_plan(network::AddressMergeController)?;
    engine.add_run(network::AddressStatusController::new(machine.clone()))?;
    engine.add_plan(network::DeviceConfigController::new(machine.clone()))?;
    engine.add_plan(network::EtcFileController)?;
    engine.add_plan(network::HardwareAddrController)?;
    engine.add_plan(network::HostnameConfigController::new(machine.clone()))?;
    engine.add_plan(network::HostnameMergeController)?;
    engine.add_run(network::HostnameSpecController::new(machine.clone()))?;
    engine.add_plan(network::LinkConfigController::new(machine.clone()))?;
    engine.add_plan(network::LinkMergeController)?;
    engine.add_run(network::LinkStatusController::new(machine.clone()))?;
    engine.add_run(network::NodeAddressController::new(machine.clone()))?;
    engine.add_plan(network::OperatorConfigController::new(machine.clone()))?;
    engine.add_plan(network::OperatorMergeController)?;
    engine.add_plan(network::OperatorVipConfigController::new(machine.clone()))?;
    engine.add_run(network::PlatformConfigController::new(machine.clone()))?;
    engine.add_run(network::ProbeController::new(machine.clone()))?;
    engine.add_plan(network::ResolverConfigController::new(machine.clone()))?;
    engine.add_plan(network::ResolverMergeController)?;
    engine.add_plan(network::ResolverSpecController::new(machine.clone()))?;
    engine.add_plan(network::RouteConfigController::new(machine.clone()))?;
    engine.add_plan(network::RouteMergeController)?;
    engine.add_run(network::RouteStatusController::new(machine.clone()))?;
    engine.add_plan(network::StatusController::new(machine.clone()))?;
    engine.add_plan(network::TimeServerConfigController::new(machine.clone()))?;
    engine.add_plan(network::TimeServerMergeController)?;
    engine.add_plan(network::TimeServerSpecController::new(machine.clone()))?;
    engine.add_run(perf::StatsController::new(machine.clone()))?;
    engine.add_plan(runtime::DevicesStatusController)?;
    engine.add_plan(runtime::EventsSinkConfigController::new(machine.clone()))?;
    engine.add_plan(runtime::KernelModuleConfigController)?;
    engine.add_plan(runtime::KernelParamConfigController)?;
    engine.add_plan(runtime::KernelParamDefaultsController::new(machine.clone()))?;
    engine.add_run(runtime::KernelParamSpecController::new(machine.clone()))?;
    engine.add_plan(runtime::KmsgLogConfigController::new(machine.clone()))?;
    engine.add_run(runtime::MachineStatusController::new(machine.clone()))?;
    engine.add_run(runtime::MachineStatusPublisherController::new(machine.clone()))?;
    engine.add_plan(runtime::MaintenanceConfigController::new(machine.clone()))?;
    engine.add_run(runtime::MaintenanceServiceController::new(machine.clone()))?;
    engine.add_run(runtime::SecurityStateController::new(machine.clone()))?;
    engine.add_plan(secrets::ApiCertSansController)?;
    engine.add_run(secrets::ApiController::new(machine.clone()))?;
    engine.add_plan(secrets::MaintenanceCertSansController)?;
    engine.add_run(secrets::MaintenanceController::new(machine.clone()))?;
    engine.add_run(secrets::MaintenanceRootController::new(machine.clone()))?;
    engine.add_plan(secrets::RootOsController)?;
    engine.add_run(secrets::TrustdController::new(machine.clone()))?;
    engine.add_plan(siderolink::ConfigController::new(machine.clone()))?;
    engine.add_plan(time::SyncController)?;
    engine.add_run(v1alpha1::ServiceController::new(machine.clone()))
}

/// Says what a controller is: its name, what it reads, what it writes.
macro_rules! controller {
    ($name:ident = $text:literal { inputs: [$($input:expr),* $(,)?], outputs: [$($output:expr),* $(,)?] $(,)? }) => {
        impl $crate::cosi::controller::Controller for $name {
            fn name(&self) -> &'static str {
                $text
            }

            fn inputs(&self) -> &'static [$crate::cosi::controller::Input] {
                const { &[$($input),*] }
            }

            fn outputs(&self) -> &'static [$crate::cosi::controller::Output] {
                const { &[$($output),*] }
            }
        }
    };
}
use controller;

#[cfg(test)]
mod testing {
    //! What tests of controllers share.

    use std::path::{Path, PathBuf};
    use std::time::SystemTime;

    use talos_api::resources::Kind;
    use talos_pki::clock::FixedClock;

    use crate::cosi::{Content, Inputs, Outputs, Plan, Reference, Resource, Store};
    use crate::machine_config::MachineConfig;

    /// A store with resources.
    pub(super) fn store() -> Store {
        Store::new(FixedClock(SystemTime::UNIX_EPOCH))
    }

    pub(super) fn put<K: Kind>(store: &Store, namespace: &str, id: &str, spec: K::Spec) {
        put_content(store, Reference::new(namespace, K::DEFINITION.type_name, id), spec);
    }

    pub(super) fn put_content(store: &Store, reference: Reference, content: impl Content) {
        store.create(Resource::new(reference, content), "test").unwrap();
    }

    /// Puts a configuration in force.
    pub(super) fn configure(store: &Store, text: &str) {
        let config = MachineConfig::from(talos_config::load(text.to_owned()).unwrap());
        let reference = MachineConfig::reference(MachineConfig::ACTIVE);
        // One that is there is replaced.
        let _ = store.destroy(&reference, "test");
        put_content(store, reference, config);
    }

    /// A folder that is a machine's `/`. It goes in the end.
    pub(super) struct Folder(PathBuf);

    impl Folder {
        /// Tests have a name each.
        pub(super) fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("talos-node-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        pub(super) fn path(&self) -> &Path {
            &self.0
        }

        pub(super) fn write(&self, path: &str, content: &str) {
            let path = self.0.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            // A folder that is gone already is as good.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// What a plan wants, as `namespace/id: YAML`.
    pub(super) fn wanted(store: &Store, plan: &dyn Plan) -> Vec<String> {
        let outputs = outputs(store, plan);
        let shown = outputs.wanted().map(|(reference, content)| {
            format!("{}/{}: {}", reference.namespace, reference.id, content.to_yaml().trim().replace("\n", "; "))
        });
        shown.collect()
    }

    pub(super) fn outputs(store: &Store, plan: &dyn Plan) -> Outputs {
        let mut outputs = Outputs::default();
        let inputs = Inputs::new(store, plan);
        plan.plan(&inputs, &mut outputs).unwrap();
        assert_eq!(inputs.undeclared(), None);
        for reference in outputs.wanted().map(|(reference, _)| reference) {
            let known = |output: &crate::cosi::controller::Output| {
                output.namespace == reference.namespace && output.type_name == reference.type_name
            };
            assert!(plan.outputs().iter().any(known), "{reference:?} was not declared");
        }
        outputs
    }
}
