//! The configurations of a new cluster: made, or read from a folder.

use anyhow::Context as _;
use talos_config::Source;
use talos_config::bundle::{ConfigBundle, Files, Patches};
use talos_config::encode;
use talos_config::generate::{NetworkOption, Options};
use talos_config::talosconfig::Talosconfig;
use talos_config::v1alpha1::CniConfig;
use talos_config::{MachineType, constants};
use talos_node::local::plan::{self, Contents, Layout};

use super::*;
use crate::diagnose;
use crate::files;
use crate::global::SystemRandom;
use crate::go::path;

/// Configurations, and the credentials that go with them.
#[derive(Debug)]
pub(super) struct Configs {
    pub(super) bundle: ConfigBundle,
    pub(super) talosconfig: Talosconfig,
}

/// Makes the configurations that the command line asks for.
pub(super) fn make(
    call: &Call<'_>,
    layout: &Layout,
    nameservers: Vec<String>,
    io: &mut Io<'_>,
) -> anyhow::Result<Configs> {
    let folder = call.get(&INPUT_DIR);
    let port = call.get(&CONTROL_PLANE_PORT);
    let control_plane_port = u16::try_from(port).with_context(|| format!("--control-plane-port {port} is no port"))?;
    let options = if folder.is_empty() { Some(options(call, layout, nameservers, control_plane_port)?) } else { None };
    let patches =
        |texts: Vec<&str>| diagnose::load_patches(&texts, &io.environment).context("error parsing config JSON patch");
    let mut patches = Patches {
        all: patches(call.get(&CONFIG_PATCH))?,
        control_plane: patches(call.get(&CONFIG_PATCH_CONTROL_PLANE))?,
        worker: patches(call.get(&CONFIG_PATCH_WORKER))?,
    };
    let Some(options) = options else { return read(folder, &patches, &io.environment) };
    if call.get(&WITH_CLUSTER_DISCOVERY) {
        patches.all.insert(0, layout.discovery_patch()?);
    }
    io.note("generating PKI and tokens");
    let contents = Contents {
        options: &options,
        kubernetes_version: call.get(&KUBERNETES_VERSION).trim_start_matches('v'),
        control_plane_port,
        patches: &patches,
    };
    let made = layout.generate(&contents, &io.environment, &mut SystemRandom);
    let (bundle, talosconfig) = made.map_err(|error| match error {
        plan::Error::Bundle(error) => diagnose::of_bundle(error, &patches),
        error => error.into(),
    })?;
    Ok(Configs { bundle, talosconfig })
}

fn options(
    call: &Call<'_>,
    layout: &Layout,
    nameservers: Vec<String>,
    control_plane_port: u16,
) -> anyhow::Result<Options> {
    let mut options = Options {
        install_image: call.get(&INSTALL_IMAGE).to_owned(),
        debug: call.get(&WITH_DEBUG),
        dns_domain: call.get(&DNS_DOMAIN).to_owned(),
        cluster_discovery: Some(call.get(&WITH_CLUSTER_DISCOVERY)),
        ..Options::default()
    };
    for mirror in call.get(&REGISTRY_MIRROR) {
        let Some((host, url)) = mirror.split_once('=') else {
            bail!("invalid registry mirror spec: {}", go::quote(mirror));
        };
        options.mirror(host, [url.to_owned()]);
    }
    for host in call.get(&REGISTRY_INSECURE_SKIP_VERIFY) {
        options.skip_verification(host);
    }
    options.network.push(NetworkOption::Nameservers(nameservers));
    let cni = call.get(&CUSTOM_CNI_URL);
    if !cni.is_empty() {
        options.cni = Some(CniConfig { name: "custom".to_owned(), urls: Some(vec![cni.to_owned()]) });
    }
    let version = match call.get(&TALOS_VERSION) {
        "" => options.install_image.rsplit(':').next().unwrap_or_default().to_owned(),
        version => version.to_owned(),
    };
    if version != "latest" {
        let parsed = version.parse().with_context(|| format!("error parsing Talos version {}", go::quote(&version)));
        options.version_contract = parsed?;
    }
    if call.get(&WITH_KUBESPAN) {
        options.network.push(NetworkOption::KubeSpan);
    }
    if control_plane_port != constants::CONTROL_PLANE_PORT {
        options.local_api_server_port = control_plane_port;
    }
    let port = call.get(&KUBEPRISM_PORT);
    if port > 0 {
        options.kube_prism_port =
            Some(u16::try_from(port).with_context(|| format!("--kubeprism-port {port} is no port"))?);
    }
    let endpoint = call.get(&ENDPOINT);
    if !endpoint.is_empty() {
        options.endpoints = vec![endpoint.to_owned()];
        options.additional_subject_alt_names.clone_from(&options.endpoints);
    } else if call.get(&INIT_NODE_AS_ENDPOINT) {
        options.endpoints = vec![layout.network.node(0)?.to_string()];
    }
    Ok(options)
}

/// Reads configurations that were made before.
fn read(folder: &str, patches: &Patches, environment: &Environment) -> anyhow::Result<Configs> {
    let place = |name: &str| path::join(folder, name);
    let read = |machine_type: MachineType| files::read(environment, &place(&machine_type.file_name()));
    let init = place(&MachineType::Init.file_name());
    let files = Files {
        init: if files::missing(environment, &init) { None } else { Some(read(MachineType::Init)?) },
        control_plane: read(MachineType::ControlPlane)?,
        worker: read(MachineType::Worker)?,
    };
    let bundle = ConfigBundle::load(files, patches).map_err(|error| diagnose::of_bundle(error, patches))?;
    let path = place("talosconfig");
    let talosconfig = Talosconfig::from_yaml(&Source::new(&*path, files::read_yaml(environment, &path)?))?;
    Ok(Configs { bundle, talosconfig })
}

impl Configs {
    /// Writes the configurations into the working folder, explained.
    pub(super) fn write(&self, init_node: bool, environment: &Environment, io: &mut Io<'_>) -> anyhow::Result<()> {
        let types = MachineType::CONFIGURED.into_iter().filter(|kind| init_node || *kind != MachineType::Init);
        for machine_type in types {
            let text = self.bundle.to_yaml(machine_type, encode::Options::documented())?;
            let name = machine_type.file_name();
            // It is full of secrets.
            files::write(environment, &name, text.as_bytes(), files::PRIVATE)?;
            io.note(format_args!("created {name}"));
        }
        Ok(())
    }
}
