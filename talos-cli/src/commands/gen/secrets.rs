//! `talosctl gen secrets`: the secrets of a new cluster.

use anyhow::Context;
use talos_config::{VersionContract, secrets};
use talos_pki::secrets::{Bundle, KubernetesPki, PkiFolder};

use super::FORCE;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::completion::Completer;
use crate::files::{self, PRIVATE};
use crate::flag::FlagOf;
use crate::global::{Environment, SystemRandom};
use crate::go::path;
use crate::io::Io;

static FROM_KUBERNETES_PKI: FlagOf<str> = FlagOf::text(
    "from-kubernetes-pki",
    "Folder with the authorities of an existing Kubernetes, laid out as by kubeadm",
)
.short('p')
.completed_by(Completer::Folders);
static KUBERNETES_BOOTSTRAP_TOKEN: FlagOf<str> =
    FlagOf::text("kubernetes-bootstrap-token", "Bootstrap token of that Kubernetes").short('t');
static OUTPUT_FILE: FlagOf<str> =
    FlagOf::text("output-file", "File the secrets are written to").short('o').default("secrets.yaml");
static TALOS_VERSION: FlagOf<str> =
    FlagOf::text("talos-version", "Version of Talos the secrets are for, for example v1.4; empty is this one");

pub(crate) static COMMAND: Command = Command {
    long: "Make all keys, authorities, tokens and secrets of a cluster and write them to a file. From this file the
configurations of the cluster can be generated again and again (gen config --with-secrets), so keep it safe.",
    arguments: Arguments::None,
    flags: &[FROM_KUBERNETES_PKI.row(), KUBERNETES_BOOTSTRAP_TOKEN.row(), OUTPUT_FILE.row(), TALOS_VERSION.row()],
    run: Some(run),
    ..Command::new("secrets", "Make the secrets of a cluster")
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let environment = &io.environment;
    let contract = match call.get(&TALOS_VERSION) {
        "" => VersionContract::Current,
        version => version.parse().context("invalid talos-version")?,
    };
    let options = secrets::options(contract, false);
    let folder = call.get(&FROM_KUBERNETES_PKI);
    let bundle = if folder.is_empty() {
        Bundle::generate(&options, environment, &mut SystemRandom).context("failed to create secrets bundle")?
    } else {
        let token = call.get(&KUBERNETES_BOOTSTRAP_TOKEN);
        let pki = || -> anyhow::Result<Bundle> {
            files::require_folder(environment, folder)?;
            let pki = KubernetesPki::read(&mut Folder { environment, path: folder }, &options)?;
            Ok(Bundle::from_kubernetes_pki(pki, token, &options, environment, &mut SystemRandom)?)
        };
        pki().context("failed to create secrets bundle")?
    };
    let path = call.get(&OUTPUT_FILE);
    files::refuse_existing(environment, path, call.get(&FORCE))?;
    files::write(environment, path, bundle.to_yaml().as_bytes(), PRIVATE)?;
    Ok(())
}

/// The folder of the command line.
struct Folder<'a> {
    environment: &'a Environment,
    path: &'a str,
}

impl PkiFolder for Folder<'_> {
    type Error = files::Error;

    fn read(&mut self, path: &str) -> Result<Vec<u8>, files::Error> {
        files::read(self.environment, &path::join(self.path, path))
    }

    fn exists(&mut self, path: &str) -> bool {
        files::exists(self.environment, &path::join(self.path, path))
    }
}
