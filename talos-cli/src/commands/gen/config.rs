//! `talosctl gen config`: the configurations of a new cluster.

use std::io::Write;

use anyhow::Context;
use talos_config::bundle::{ConfigBundle, Patches};
use talos_config::encode::{self, Comments};
use talos_config::gen_config::{Destination, OutputType, Request};
use talos_config::generate::{self, Input};
use talos_config::{constants, images, secrets};
use talos_pki::certificate::Validity;
use talos_pki::client::{self, CLIENT_LIFETIME};
use talos_pki::secrets::Bundle;

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::diagnose;
use crate::files::{self, PUBLIC};
use crate::flag::FlagOf;
use crate::global::{Environment, SystemRandom};
use crate::go::path;
use crate::io::Io;

static ADDITIONAL_SANS: FlagOf<[String]> =
    FlagOf::list("additional-sans", "Further names and addresses in the certificates of the API server and machines");
static CONFIG_PATCH: FlagOf<[String]> =
    FlagOf::repeated("config-patch", "Patch for all configurations; @file reads it from a file");
static CONFIG_PATCH_CONTROL_PLANE: FlagOf<[String]> = FlagOf::repeated(
    "config-patch-control-plane",
    "Patch for control plane configurations; @file reads it from a file",
);
static CONFIG_PATCH_WORKER: FlagOf<[String]> =
    FlagOf::repeated("config-patch-worker", "Patch for worker configurations; @file reads it from a file");
static DNS_DOMAIN: FlagOf<str> =
    FlagOf::text("dns-domain", "Domain of services and pods").default(constants::DNS_DOMAIN);
static INSTALL_DISK: FlagOf<str> = FlagOf::text("install-disk", "Disk to install on").default(DEFAULT_DISK);
static INSTALL_IMAGE: FlagOf<str> =
    FlagOf::text("install-image", "Image that installs Talos").computed(default_installer);
static KUBERNETES_VERSION: FlagOf<str> =
    FlagOf::text("kubernetes-version", "Version of Kubernetes to run").default(constants::KUBERNETES_VERSION);
static OUTPUT: FlagOf<str> = FlagOf::text(
    "output",
    "Folder for the files; with one output type the file, or - for standard output (default working folder)",
)
.short('o');
static OUTPUT_DIR: FlagOf<str> = FlagOf::text("output-dir", "Folder for the files").hidden();
static OUTPUT_TYPES: FlagOf<[String]> =
    FlagOf::list("output-types", "What to make: controlplane, worker, talosconfig").short('t').default(DEFAULT_TYPES);
static PERSIST: FlagOf<bool> =
    FlagOf::switch("persist", "Whether machines keep their configuration over reboots").short('p').on();
static REGISTRY_MIRROR: FlagOf<[String]> =
    FlagOf::list("registry-mirror", "Mirrors of image registries, each HOST=URL");
static TALOS_VERSION: FlagOf<str> =
    FlagOf::text("talos-version", "Release of Talos that the machines run, for example v1.4 (default this one)");
static VERSION: FlagOf<str> = FlagOf::text("version", "Version of the configuration format").default(DEFAULT_FORMAT);
static WITH_CLUSTER_DISCOVERY: FlagOf<bool> =
    FlagOf::switch("with-cluster-discovery", "Whether the machines of the cluster find each other").on();
static WITH_DOCS: FlagOf<bool> = FlagOf::switch("with-docs", "Explain each field in a comment").on();
static WITH_EXAMPLES: FlagOf<bool> = FlagOf::switch("with-examples", "Show examples of absent fields in comments").on();
static WITH_KUBESPAN: FlagOf<bool> = FlagOf::switch("with-kubespan", "Connect the machines through KubeSpan");
static WITH_SECRETS: FlagOf<str> =
    FlagOf::text("with-secrets", "File with the secrets of the cluster, as gen secrets makes it (default new secrets)");

const DEFAULT_DISK: &str = "/dev/sda";
const DEFAULT_FORMAT: &str = "v1alpha1";
const DEFAULT_TYPES: &[&str] = &["controlplane", "worker", "talosconfig"];

pub(crate) static COMMAND: Command = Command {
    long: LONG,
    examples: "  talosctl gen config home https://10.5.0.2:6443
  talosctl gen config home https://10.5.0.2:6443 --with-secrets secrets.yaml --config-patch @patch.yaml",
    arguments: Arguments::Exactly(2),
    flags: &[
        ADDITIONAL_SANS.row(),
        CONFIG_PATCH.row(),
        CONFIG_PATCH_CONTROL_PLANE.row(),
        CONFIG_PATCH_WORKER.row(),
        DNS_DOMAIN.row(),
        INSTALL_DISK.row(),
        INSTALL_IMAGE.row(),
        KUBERNETES_VERSION.row(),
        OUTPUT.row(),
        OUTPUT_DIR.row(),
        OUTPUT_TYPES.row(),
        PERSIST.row(),
        REGISTRY_MIRROR.row(),
        TALOS_VERSION.row(),
        VERSION.row(),
        WITH_CLUSTER_DISCOVERY.row(),
        WITH_DOCS.row(),
        WITH_EXAMPLES.row(),
        WITH_KUBESPAN.row(),
        WITH_SECRETS.row(),
    ],
    run: Some(run),
    ..Command::new("config <cluster name> <cluster endpoint>", SHORT)
};

pub(crate) const SHORT: &str = "Make the configurations of a new cluster";
pub(crate) const LONG: &str =
    "Make the configurations of a new cluster: one for control plane machines, one for workers, and the
talosconfig of its administrator.

The endpoint is the URL under which all machines reach the Kubernetes API. With several control plane machines it
belongs to a load balancer or a shared address; with one it is that machine, port 6443.";

/// What is asked for, besides the name of the cluster.
struct Order<'a> {
    request: Request,
    secrets: &'a str,
    patches: [Vec<&'a str>; 3],
    comments: Comments,
    force: bool,
}

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let text = |flag| call.get::<str>(flag).to_owned();
    let list = |flag| call.get::<[String]>(flag).into_iter().map(str::to_owned).collect();
    let [name, endpoint] = call.arguments else { unreachable!("two arguments were checked for") };
    let request = Request {
        endpoint: endpoint.clone(),
        config_version: text(&VERSION),
        talos_version: text(&TALOS_VERSION),
        kubernetes_version: text(&KUBERNETES_VERSION),
        install_disk: text(&INSTALL_DISK),
        install_image: text(&INSTALL_IMAGE),
        additional_sans: list(&ADDITIONAL_SANS),
        dns_domain: text(&DNS_DOMAIN),
        persist: call.get(&PERSIST),
        with_cluster_discovery: call.get(&WITH_CLUSTER_DISCOVERY),
        with_kubespan: call.get(&WITH_KUBESPAN),
        registry_mirrors: list(&REGISTRY_MIRROR),
        output_types: list(&OUTPUT_TYPES),
        output: text(&OUTPUT),
        output_dir: text(&OUTPUT_DIR),
    };
    let order = Order {
        request,
        secrets: call.get(&WITH_SECRETS),
        patches: [call.get(&CONFIG_PATCH), call.get(&CONFIG_PATCH_CONTROL_PLANE), call.get(&CONFIG_PATCH_WORKER)],
        comments: Comments { docs: call.get(&WITH_DOCS), examples: call.get(&WITH_EXAMPLES) },
        force: call.get(&FORCE),
    };
    carry_out(name, order, io)
}

/// As `gen config` without flags.
pub(crate) fn run_with_defaults(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let [name, endpoint] = call.arguments else { unreachable!("two arguments were checked for") };
    let request = Request {
        endpoint: endpoint.clone(),
        config_version: DEFAULT_FORMAT.to_owned(),
        talos_version: String::new(),
        kubernetes_version: constants::KUBERNETES_VERSION.to_owned(),
        install_disk: DEFAULT_DISK.to_owned(),
        install_image: default_installer(&io.environment),
        additional_sans: Vec::new(),
        dns_domain: constants::DNS_DOMAIN.to_owned(),
        persist: true,
        with_cluster_discovery: true,
        with_kubespan: false,
        registry_mirrors: Vec::new(),
        output_types: DEFAULT_TYPES.iter().map(|kind| (*kind).to_owned()).collect(),
        output: String::new(),
        output_dir: String::new(),
    };
    let comments = Comments { docs: true, examples: true };
    let order = Order { request, secrets: "", patches: [const { Vec::new() }; 3], comments, force: false };
    carry_out(name, order, io)
}

/// The installer of this release, or of the tag in the variable `TAG`.
fn default_installer(environment: &Environment) -> String {
    match environment.variable("TAG") {
        Some(tag) => images::installer(&tag.to_string_lossy()),
        None => images::installer(constants::TALOS_VERSION),
    }
}

fn carry_out(name: &str, order: Order<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let endpoint = order.request.endpoint.clone();
    let plan = order.request.resolve()?;
    let given = match order.secrets {
        "" => None,
        path => Some(read_secrets(path, &io.environment)?),
    };
    let [all, control_plane, worker] = order.patches;
    let patches =
        |texts: Vec<&str>| diagnose::load_patches(&texts, &io.environment).context("error parsing config JSON patch");
    let patches = Patches { all: patches(all)?, control_plane: patches(control_plane)?, worker: patches(worker)? };

    io.note("generating PKI and tokens");
    let options = &plan.options;
    let made = || -> anyhow::Result<_> {
        let secrets = match given {
            Some(secrets) => secrets,
            None => {
                let parts = secrets::options(options.version_contract, options.later_contracts);
                Bundle::generate(&parts, &io.environment, &mut SystemRandom)?
            }
        };
        let kubernetes_version = &plan.kubernetes_version;
        let input = Input { cluster_name: name, endpoint: &endpoint, kubernetes_version, options, secrets: &secrets };
        let bundle = ConfigBundle::generate(&input, &patches).map_err(|error| diagnose::of_bundle(error, &patches))?;
        let validity = Validity::from_now(&io.environment, CLIENT_LIFETIME)?;
        let client = client::talos(input.client_authority()?, &options.roles, validity, &mut SystemRandom)?;
        let mut talosconfig = input.talosconfig(&client)?;
        // Nobody knows the machines' addresses yet; this one reminds that they have to be filled in.
        if let Some(context) = talosconfig.contexts.get_mut(name) {
            context.endpoints = vec!["127.0.0.1".to_owned()];
        }
        Ok((bundle, talosconfig))
    };
    let (bundle, talosconfig) = made().context("failed to generate config bundle")?;

    for kind in plan.outputs {
        let text = match kind.machine_type() {
            Some(machine_type) => {
                bundle.to_yaml(machine_type, encode::Options { comments: order.comments, readable: false })?
            }
            None => talosconfig.to_yaml(),
        };
        write(text.as_bytes(), kind, &plan.destination, order.force, io)?;
    }
    Ok(())
}

fn read_secrets(path: &str, environment: &Environment) -> anyhow::Result<Bundle> {
    let read = || -> anyhow::Result<Bundle> { Ok(Bundle::from_yaml(files::read(environment, path)?)?) };
    let bundle = read().context("failed to load secrets bundle")?;
    generate::check_secrets(&bundle)?;
    Ok(bundle)
}

fn write(text: &[u8], kind: OutputType, destination: &Destination, force: bool, io: &mut Io<'_>) -> anyhow::Result<()> {
    let place = match destination {
        Destination::Stdout => {
            io.stdout.write_all(text)?;
            return Ok(());
        }
        Destination::File(path) => path.clone(),
        Destination::Folder(folder) => path::join(folder, &kind.file_name()),
        Destination::WorkingFolder => path::join(&io.environment.directory().to_string_lossy(), &kind.file_name()),
    };
    files::refuse_existing(&io.environment, &place, force)?;
    files::make_folders(&io.environment, &files::folder_of(&place), 0o777).context("failed to create output dir")?;
    let written = files::write(&io.environment, &place, text, PUBLIC);
    io.note(format_args!("Created {place}"));
    Ok(written?)
}
