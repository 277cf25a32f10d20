//! `talosctl inject serviceaccount`: gives pods access to the API of Talos.

use std::collections::HashSet;
use std::io::{Read, Write};

use talos_config::{FreeForm, Source, Value};
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::fields::Node;
use talos_config_yaml::tree::{Options, Tree};

use super::pod_types::Types;
use crate::call::Call;
use crate::command::{Arguments, Command};
use crate::exit::ShowHelp;
use crate::files;
use crate::flag::FlagOf;
use crate::io::Io;

/// Name of the volume with the credentials, in every pod.
const VOLUME: &str = "talos-secrets";
/// Where containers find the credentials.
const MOUNT_PATH: &str = "/var/run/secrets/talos.dev";
/// What the name of a workload is followed by in the name of its service account.
const SUFFIX: &str = "-talos-secrets";
const API_VERSION: &str = "talos.dev/v1alpha1";
const KIND: &str = "ServiceAccount";

static FILE: FlagOf<str> = FlagOf::text("file", "File with the manifests, - for standard input").short('f');
static ROLES: FlagOf<[String]> =
    FlagOf::list("roles", "Roles the service accounts shall have").short('r').default(&["os:reader"]);

pub(crate) static COMMAND: Command = Command {
    long: "Add a service account of Talos to every workload in a file of Kubernetes manifests: its credentials are mounted in
all containers at /var/run/secrets/talos.dev. The manifests are written to standard output. Workloads are pods, deployments,
stateful sets, daemon sets, jobs and cron jobs; everything else passes through. Doing it twice changes nothing more.",
    examples: "  talosctl inject serviceaccount --roles=\"os:admin\" -f deployment.yaml > injected.yaml",
    aliases: &["tsa"],
    arguments: Arguments::None,
    flags: &[FILE.row(), ROLES.row()],
    run: Some(run),
    ..Command::new(
        "serviceaccount [--roles='<ROLE_1>,<ROLE_2>'] -f <manifest.yaml>",
        "Give pods access to the API of Talos",
    )
};

fn run(call: &Call<'_>, io: &mut Io<'_>) -> anyhow::Result<()> {
    let path = call.get(&FILE);
    let text = match path {
        "" => return Err(ShowHelp.into()),
        "-" => {
            let mut text = Vec::new();
            io.stdin.read_to_end(&mut text)?;
            text
        }
        path => files::read_yaml(&io.environment, path)?,
    };
    let mut out = inject(&Source::new(path, text), &call.get(&ROLES))?;
    out.push('\n');
    io.stdout.write_all(out.as_bytes())?;
    Ok(())
}

/// The manifests with service accounts.
fn inject(source: &Source, roles: &[&str]) -> anyhow::Result<String> {
    let types = Types::load();
    let (tree, fault) = Tree::parse(source, Options::default());
    let mut out = String::new();
    let mut seen = HashSet::new();
    for root in tree.documents().iter().filter_map(|document| tree.root(*document)) {
        let mut decoder = Decoder::new(&tree);
        if decoder.is_null(root) {
            continue;
        }
        let mut manifest = FreeForm::default();
        manifest.decode(&mut decoder, root);
        if let Some(text) = decoder.finish().go_text(&tree) {
            anyhow::bail!(text);
        }
        let Some(workload) = Workload::of(&manifest, &types) else {
            if account_owner(&manifest).is_none_or(|owner| seen.insert(owner)) {
                push(&mut out, &manifest, Layout::TALOS);
            }
            continue;
        };
        push(&mut out, &workload.object, Layout::V2);
        if seen.insert(workload.owner()) {
            push(&mut out, &workload.account(roles), Layout::TALOS);
        }
    }
    match fault {
        Some(fault) => Err(fault.into()),
        None => Ok(out),
    }
}

fn push(out: &mut String, object: &FreeForm, layout: Layout) {
    let mut emitter = Emitter::new(layout);
    object.encode(&mut emitter);
    out.push_str(&emitter.finish());
    out.push_str("---\n");
}

/// An object with a pod in it, after the injection.
struct Workload {
    name: String,
    namespace: String,
    object: FreeForm,
}

impl Workload {
    /// The manifest as a workload, if it is one that the API would take.
    fn of(manifest: &FreeForm, types: &Types) -> Option<Self> {
        let text = |key: &str| manifest.get(key).and_then(Value::as_str);
        let (kind, pod): (_, &[&str]) = match (text("apiVersion")?, text("kind")?) {
            ("v1", "Pod") => ("Pod", &["spec"]),
            ("apps/v1", kind @ ("Deployment" | "StatefulSet" | "DaemonSet")) | ("batch/v1", kind @ "Job") => {
                (kind, &["spec", "template", "spec"])
            }
            ("batch/v1", "CronJob") => ("CronJob", &["spec", "jobTemplate", "spec", "template", "spec"]),
            _ => return None,
        };
        let name = manifest.get("metadata")?.get("name")?.as_str()?.to_owned();
        let namespace =
            manifest.get("metadata")?.get("namespace").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut object = types.convert(kind, &Value::Mapping(manifest.entries().to_vec())).ok()?;
        let pod = pod.iter().try_fold(&mut object, |object, key| entry(object, key))?;
        inject_into_pod(pod, &format!("{name}{SUFFIX}"));
        let Value::Mapping(entries) = object else { return None };
        let entries = entries.into_iter().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value)));
        Some(Self { name, namespace, object: FreeForm::new(entries) })
    }

    /// What tells workloads apart: namespace and name.
    fn owner(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }

    fn account(&self, roles: &[&str]) -> FreeForm {
        let mut metadata = vec![("name", string(&format!("{}{SUFFIX}", self.name)))];
        if !self.namespace.is_empty() {
            metadata.push(("namespace", string(&self.namespace)));
        }
        let roles = Value::Sequence(roles.iter().map(|role| string(role)).collect());
        FreeForm::new([
            ("apiVersion", string(API_VERSION)),
            ("kind", string(KIND)),
            ("metadata", mapping(metadata)),
            ("spec", mapping(vec![("roles", roles)])),
        ])
    }
}

/// The workload a service account of Talos was made for.
fn account_owner(manifest: &FreeForm) -> Option<String> {
    let text = |key: &str| manifest.get(key).and_then(Value::as_str);
    if (text("apiVersion")?, text("kind")?) != (API_VERSION, KIND) {
        return None;
    }
    let metadata = manifest.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    let name = name.strip_suffix(SUFFIX).unwrap_or(name);
    match metadata.get("namespace") {
        None => Some(name.to_owned()),
        Some(namespace) => Some(format!("{}/{name}", namespace.as_str()?)),
    }
}

fn inject_into_pod(pod: &mut Value, secret: &str) {
    let volume = mapping(vec![("name", string(VOLUME)), ("secret", mapping(vec![("secretName", string(secret))]))]);
    set_named(pod, "volumes", volume);
    for containers in ["initContainers", "containers"] {
        if containers == "containers" && entry(pod, containers) == Some(&mut Value::Null) {
            set(pod, containers, Value::Sequence(Vec::new()));
        }
        let Some(Value::Sequence(list)) = entry(pod, containers) else { continue };
        for container in list {
            let mount = mapping(vec![("mountPath", string(MOUNT_PATH)), ("name", string(VOLUME))]);
            set_named(container, "volumeMounts", mount);
        }
    }
}

/// Puts an item at the end of a list, instead of those with the name of the volume.
fn set_named(object: &mut Value, key: &str, item: Value) {
    let mut list = match entry(object, key) {
        Some(Value::Sequence(list)) => std::mem::take(list),
        _ => Vec::new(),
    };
    list.retain(|item| item.get("name").and_then(Value::as_str) != Some(VOLUME));
    list.push(item);
    set(object, key, Value::Sequence(list));
}

fn entry<'a>(object: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    let Value::Mapping(entries) = object else { return None };
    entries.iter_mut().find(|(known, _)| known.as_str() == Some(key)).map(|(_, value)| value)
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(place) = entry(object, key) {
        *place = value;
    } else if let Value::Mapping(entries) = object {
        entries.push((string(key), value));
    }
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn mapping(entries: Vec<(&str, Value)>) -> Value {
    Value::Mapping(entries.into_iter().map(|(key, value)| (string(key), value)).collect())
}
