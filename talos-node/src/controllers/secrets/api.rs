use std::sync::Arc;

use talos_api::resources::Ip;
use talos_api::resources::config::{MachineType, MachineTypes};
use talos_api::resources::k8s::Endpoints;
use talos_api::resources::network::NetworkStatuses;
use talos_api::resources::secrets::{ApiCertificates, ApiCertsSpec, CertSans, OsRootSecrets};
use talos_api::resources::time::TimeStatuses;
use talos_pki::authority::{CertificateAuthority, SigningParams};
use talos_pki::certificate::{AlternativeNames, Certificate, Validity};
use talos_pki::csr::{CertificateRequest, RequestParams};
use talos_pki::key::{KeyPair, KeySpec};
use talos_pki::name::DistinguishedName;
use talos_pki::{PemCertificateAndKey, Role};

use super::renewal::{self, Ground, Issued, may_be_due};
use super::{API, LIFETIME, machine_type, network_is_ready, server_request};
use crate::controllers::cluster::is_control_plane;
use crate::controllers::controller;
use crate::cosi::controller::{Context, Failure, Input, Inputs, Output, Outputs, Run};
use crate::machine::Machine;
use crate::trustd;

/// Provides the certificates of the API. Machines that have the authority's key issue them: one to be shown to clients, and
/// one to call other nodes with. The others have the first signed by a control plane, and do without the second.
#[derive(Debug)]
pub struct ApiController {
    machine: Arc<Machine>,
}

impl ApiController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

controller! {
    ApiController = "secrets.APIController" {
        inputs: [
            Input::weak::<NetworkStatuses>().only("status"),
            Input::weak::<MachineTypes>().only("machine-type"),
            Input::weak::<OsRootSecrets>().only("os"),
            Input::weak::<CertSans>().only(API),
            Input::weak::<TimeStatuses>().only("node"),
            Input::weak::<Endpoints>(),
        ],
        outputs: [Output::exclusive::<ApiCertificates>()],
    }
}

/// What certificates follow from: on workers, whom they can have them from, too.
#[derive(Clone, PartialEq)]
struct Basis {
    machine_type: MachineType,
    common: renewal::Basis,
    endpoints: Vec<Ip>,
}

#[tonic::async_trait]
impl Run for ApiController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut issued: Option<Issued<Basis>> = None;
        loop {
            may_be_due(&context).await;
            // What changes while a control plane is asked leads to another question.
            while self.provide(&context, &mut issued).await? {}
        }
    }
}

impl ApiController {
    /// Provides certificates unless those that are there are still good. Whether it was interrupted by a change.
    async fn provide(&self, context: &Context, issued: &mut Option<Issued<Basis>>) -> Result<bool, Failure> {
        let machine_type = machine_type(&context.inputs());
        let ground = match machine_type {
            MachineType::UNKNOWN => Ground::None,
            _ => Ground::now(&context.inputs()),
        };
        let common = match ground {
            Ground::Complete(common) => *common,
            Ground::Incomplete => return Ok(false),
            Ground::None => {
                *issued = None;
                context.settle(Outputs::default())?;
                return Ok(false);
            }
        };
        let has_key = is_control_plane(machine_type);
        let endpoints = if has_key { Vec::new() } else { endpoints(&context.inputs()) };
        if !has_key && endpoints.is_empty() {
            return Ok(false);
        }
        let basis = Basis { machine_type, common, endpoints };
        let is_needed = match issued {
            Some(issued) => !issued.is_good(&basis, self.machine.clock.now()),
            None => network_is_ready(&context.inputs()),
        };
        if !is_needed {
            return Ok(false);
        }
        let provided = if has_key {
            self.issue(&basis.common)?
        } else {
            tokio::select! {
                signed = self.request(&basis) => signed?,
                // Cancel-safe: it only takes note. An answer that comes later is of no use.
                () = context.changed() => return Ok(true),
            }
        };
        let Some((spec, validity)) = provided else { return Ok(false) };
        let mut outputs = Outputs::default();
        outputs.put::<ApiCertificates>(API, spec);
        context.settle(outputs)?;
        *issued = Some(Issued { basis, validity });
        Ok(false)
    }

    fn issue(&self, basis: &renewal::Basis) -> Result<Option<(ApiCertsSpec, Validity)>, Failure> {
        let Some(ca) = &basis.root.ca else { return Ok(None) };
        let authority = CertificateAuthority::from_pem(ca)?;
        let validity = Validity::from_now(&self.machine.clock, LIFETIME)?;
        let mut random = self.machine.random.clone();
        let client = RequestParams {
            subject: DistinguishedName::from_organizations([Role::Impersonator.as_str()])
                .with_common_name(basis.names.fqdn.clone()),
            names: AlternativeNames::default(),
        };
        let (for_server, for_client) = (SigningParams::server(validity), SigningParams::client(validity));
        let spec = ApiCertsSpec {
            ca: Some(ca.without_key()),
            client: Some(authority.issue_pem(&client, &for_client, &mut random)?),
            server: Some(authority.issue_pem(&server_request(&basis.names), &for_server, &mut random)?),
        };
        Ok(Some((spec, validity)))
    }

    /// Has a control plane sign.
    async fn request(&self, basis: &Basis) -> Result<Option<(ApiCertsSpec, Validity)>, Failure> {
        let renewal::Basis { root, names, .. } = &basis.common;
        let Some(authority) = &root.ca else { return Ok(None) };
        let mut random = self.machine.random.clone();
        let key = KeyPair::generate(KeySpec::Ed25519, &mut random)?;
        let csr = CertificateRequest::new(&server_request(names), &key, &mut random)?.to_pem();
        let own = self.machine.settings.address;
        let (token, endpoints) = (root.token.as_str(), basis.endpoints.as_slice());
        let signed = trustd::Request { csr: &csr, token, endpoints, authority, own }.sign(random).await?;
        let validity = Certificate::from_pem(&signed.crt)?.validity();
        let server = PemCertificateAndKey::new(signed.crt, std::mem::take(&mut key.to_pem().key));
        let ca = PemCertificateAndKey::new(signed.ca, Vec::new());
        Ok(Some((ApiCertsSpec { ca: Some(ca), client: None, server: Some(server) }, validity)))
    }
}

/// All control planes that anything knows of, each once.
fn endpoints(inputs: &Inputs<'_>) -> Vec<Ip> {
    let known = inputs.list::<Endpoints>();
    let mut endpoints: Vec<Ip> = known.iter().flat_map(|endpoint| endpoint.addresses.iter().cloned()).collect();
    endpoints.sort();
    endpoints.dedup();
    endpoints
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::{Duration, SystemTime};

    use talos_api::resources::config::MachineTypeSpec;
    use talos_api::resources::network::StatusSpec;
    use talos_api::resources::secrets::{CertSanSpec, OsRootSpec};
    use talos_api::resources::time;
    use talos_pki::Clock;
    use talos_pki::authority::AuthorityParams;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::controllers::testing::put;
    use crate::cosi::engine::Log;
    use crate::cosi::{Engine, Reference};
    use crate::machine::testing::machine_by;

    /// Shows what it is set to.
    #[derive(Clone)]
    struct Watch(Arc<Mutex<SystemTime>>);

    impl Clock for Watch {
        fn now(&self) -> SystemTime {
            *self.0.lock().unwrap()
        }
    }

    struct Silent;

    impl Log for Silent {
        fn failed(&self, controller: &'static str, failure: &(dyn std::error::Error + Send + Sync), _: Duration) {
            panic!("{controller}: {failure}");
        }
    }

    /// The certificate shown to clients, as soon as it is another one; `None` if it stays.
    async fn other(machine: &Machine, than: &[u8]) -> Option<Vec<u8>> {
        let definition = <ApiCertificates as talos_api::resources::Kind>::DEFINITION;
        let reference = Reference::new(definition.namespace, definition.type_name, API);
        let mut watch = machine.store.watch(&reference, 0);
        let changed = async {
            loop {
                let server = machine.store.spec::<ApiCertificates>(API).and_then(|spec| spec.server);
                if let Some(server) = server.filter(|server| server.crt != than) {
                    return server.crt.clone();
                }
                watch.next().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(600), changed).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn certificates_follow_the_clock_on_the_wall() {
        let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let clock = Watch(Arc::new(Mutex::new(begin)));
        let machine = machine_by(clock.clone());
        let validity = Validity::starting_at(begin, 100 * LIFETIME).unwrap();
        let mut random = machine.random.clone();
        let authority = CertificateAuthority::generate(&AuthorityParams::new("talos", validity), &mut random).unwrap();
        let root = OsRootSpec { ca: Some(authority.to_pem()), ..OsRootSpec::default() };
        put::<OsRootSecrets>(&machine.store, "secrets", "os", root);
        let names = CertSanSpec { fqdn: "a".into(), ..CertSanSpec::default() };
        put::<CertSans>(&machine.store, "secrets", API, names);
        let control_plane = MachineTypeSpec { machine_type: MachineType::CONTROL_PLANE };
        put::<MachineTypes>(&machine.store, "config", "machine-type", control_plane);
        let ready = StatusSpec { address_ready: true, hostname_ready: true, ..StatusSpec::default() };
        put::<NetworkStatuses>(&machine.store, "network", "status", ready);
        let mut engine = Engine::new(machine.store.clone(), Silent);
        engine.add_run(ApiController::new(machine.clone())).unwrap();
        let stop = CancellationToken::new();
        let _stop = stop.clone().drop_guard();
        tokio::spawn(engine.serve(stop));
        let set = |hours: u64| *clock.0.lock().unwrap() = begin + Duration::from_secs(hours * 3600);

        let mut shown = other(&machine, b"").await.unwrap();
        set(1);
        assert_eq!(other(&machine, &shown).await, None, "nothing happens while it is good");
        for (hours, reason) in [(13, "half its life is over"), (12, "it is not valid yet"), (100, "it expired")] {
            set(hours);
            shown = other(&machine, &shown).await.expect(reason);
            let signed = Certificate::from_pem(&shown).unwrap();
            assert!(signed.validity().contains(clock.now()), "{reason}");
        }
        // An hour is no reason; that somebody set the clock is one.
        set(101);
        let jumped = time::StatusSpec { synced: true, epoch: 1, sync_disabled: false };
        put::<TimeStatuses>(&machine.store, "runtime", "node", jumped);
        assert!(other(&machine, &shown).await.is_some(), "the clock was set");
    }
}
