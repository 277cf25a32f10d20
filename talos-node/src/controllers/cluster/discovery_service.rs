use std::net::IpAddr;
use std::sync::Arc;

use prost::Message;
use talos_api::proto::sidero::discovery::client as sealed;
use talos_api::resources::IpPrefix;
use talos_api::resources::cluster::{AffiliateSpec, Affiliates, ConfigSpec, DiscoveryConfigs, Identities};
use talos_api::resources::kubespan::KubeSpanEndpoints;
use talos_api::resources::network::{AddressStatusSpec, AddressStatuses};
use talos_api::resources::runtime::{MachineStage, MachineStatuses};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::{DISCOVERY, LOCAL, RAW_NAMESPACE};
use crate::controllers::controller;
use crate::cosi::controller::{Context, Controller, Failure, Input, Inputs, Output, Outputs, Run};
use crate::discovery::affiliate;
use crate::discovery::client::{Client, Found, Here, Told};
use crate::discovery::seal::{SealError, Sealer};
use crate::machine::{Machine, SharedRandom};
use crate::platform;

/// Tells the discovery service about the node, and the node about those that others told the service about.
#[derive(Debug)]
pub struct DiscoveryServiceController {
    machine: Arc<Machine>,
}

impl DiscoveryServiceController {
    /// For a machine.
    pub fn new(machine: Arc<Machine>) -> Self {
        Self { machine }
    }
}

/// Namespace of the addresses that a service saw the node call from.
const NAMESPACE: &str = "cluster";

controller! {
    DiscoveryServiceController = "cluster.DiscoveryServiceController" {
        inputs: [
            Input::weak::<DiscoveryConfigs>().only(DISCOVERY),
            Input::weak::<Identities>().only(LOCAL),
            Input::weak::<KubeSpanEndpoints>(),
            Input::weak::<MachineStatuses>().only("machine"),
            Input::weak::<Affiliates>(),
        ],
        outputs: [
            Output::shared::<Affiliates>().within(RAW_NAMESPACE),
            Output::shared::<AddressStatuses>().within(NAMESPACE),
        ],
    }
}

#[tonic::async_trait]
impl Run for DiscoveryServiceController {
    async fn run(&self, context: Context) -> Result<(), Failure> {
        let mut conversation: Option<Conversation> = None;
        loop {
            tokio::select! {
                () = context.changed() => {}
                // Cancel-safe: what was not waited for is still seen.
                () = heard(&mut conversation) => {}
            }
            if let Some(outputs) = self.decide(&context.inputs(), &mut conversation)? {
                context.settle(outputs)?;
            }
        }
    }
}

/// Waits until the service told something.
async fn heard(conversation: &mut Option<Conversation>) {
    if let Some(conversation) = conversation
        && conversation.found.changed().await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

impl DiscoveryServiceController {
    /// What was found; `None` while it is not known whether and as whom to ask.
    fn decide(&self, inputs: &Inputs<'_>, conversation: &mut Option<Conversation>) -> Result<Option<Outputs>, Failure> {
        let Some(config) = inputs.get::<DiscoveryConfigs>(DISCOVERY) else { return Ok(None) };
        if !config.registry_service_enabled {
            *conversation = None;
            return Ok(Some(Outputs::default()));
        }
        let Some(identity) = inputs.get::<Identities>(LOCAL) else { return Ok(None) };
        conversation.take_if(|known| known.config != *config || known.node_id != identity.node_id);
        let Some(affiliate) = inputs.get::<Affiliates>(&identity.node_id) else { return Ok(None) };
        let conversation = match conversation {
            Some(conversation) => conversation,
            none => none.insert(Conversation::start(&self.machine, self.name(), &config, &identity.node_id)?),
        };
        let stage = inputs.get::<MachineStatuses>("machine").map(|status| status.stage);
        if stage == Some(MachineStage::RESETTING) {
            conversation.withdraw();
        } else {
            let others = inputs.list::<KubeSpanEndpoints>();
            let others =
                others.iter().map(|endpoint| (endpoint.affiliate_id.clone(), affiliate::endpoint(&endpoint.endpoint)));
            conversation.publish(&affiliate, others.collect())?;
        }
        Ok(Some(conversation.outputs()))
    }
}

/// A conversation with a service. It ends when it is dropped.
struct Conversation {
    config: ConfigSpec,
    node_id: String,
    sealer: Arc<Sealer>,
    random: SharedRandom,
    /// What was told last. Telling the same again would come back as news.
    published: Option<(AffiliateSpec, Vec<(String, sealed::Endpoint)>)>,
    told: watch::Sender<Told>,
    found: watch::Receiver<Found>,
    _task: AbortOnDropHandle<()>,
}

impl Conversation {
    fn start(machine: &Machine, controller: &'static str, config: &ConfigSpec, node_id: &str) -> Result<Self, Failure> {
        let sealer = Arc::new(Sealer::new(&config.service_encryption_key.0)?);
        let tls = match config.service_endpoint_insecure {
            true => None,
            false => {
                let mut tls = platform::http::tls(&*machine.host)?;
                tls.alpn_protocols = vec![b"h2".to_vec()];
                Some(Arc::new(tls))
            }
        };
        let client = Client {
            endpoint: config.service_endpoint.clone(),
            tls,
            own: machine.settings.address,
            cluster_id: config.service_cluster_id.clone(),
            affiliate_id: node_id.to_owned(),
            sealer: sealer.clone(),
            random: machine.random.clone(),
            console: machine.console.clone(),
            controller,
            is_known: machine.is_discovered.clone(),
        };
        let (told, telling) = watch::channel(Told::Nothing);
        let (finding, found) = watch::channel(Found::default());
        let task = AbortOnDropHandle::new(tokio::spawn(client.run(telling, finding)));
        let (config, node_id, random) = (config.clone(), node_id.to_owned(), machine.random.clone());
        Ok(Self { config, node_id, sealer, random, published: None, told, found, _task: task })
    }

    /// Says that the node is there no longer; once is enough.
    fn withdraw(&mut self) {
        self.published = None;
        self.told.send_if_modified(|told| {
            let is_news = !matches!(told, Told::Gone);
            *told = Told::Gone;
            is_news
        });
    }

    /// Says what the node is, if that is news.
    fn publish(&mut self, spec: &AffiliateSpec, others: Vec<(String, sealed::Endpoint)>) -> Result<(), SealError> {
        if self.published.as_ref().is_some_and(|(known, known_others)| known == spec && *known_others == others) {
            return Ok(());
        }
        let (affiliate, endpoints) = affiliate::to_wire(spec);
        let seal = |endpoint: &sealed::Endpoint| self.sealer.seal_endpoint(&endpoint.encode_to_vec());
        let here = Here {
            data: self.sealer.seal(&affiliate.encode_to_vec(), &mut self.random.clone())?,
            endpoints: endpoints.iter().map(seal).collect::<Result<_, _>>()?,
            others: others
                .iter()
                .map(|(id, endpoint)| Ok((id.clone(), vec![seal(endpoint)?])))
                .collect::<Result<_, SealError>>()?,
        };
        self.told.send_replace(Told::Here(Arc::new(here)));
        self.published = Some((spec.clone(), others));
        Ok(())
    }

    /// What was found so far.
    fn outputs(&mut self) -> Outputs {
        let found = self.found.borrow_and_update();
        let mut outputs = Outputs::default();
        if let Some(address) = found.own_address {
            let bits = if IpAddr::is_ipv4(&address) { 32 } else { 128 };
            let spec = AddressStatusSpec { address: IpPrefix::new(address, bits), ..AddressStatusSpec::default() };
            outputs.put_in::<AddressStatuses>(NAMESPACE, "service", spec);
        }
        // Nobody else can say who this node is.
        for spec in found.affiliates.values().filter(|spec| spec.node_id != self.node_id) {
            outputs.put_in::<Affiliates>(RAW_NAMESPACE, format!("service/{}", spec.node_id), spec.clone());
        }
        outputs
    }
}
