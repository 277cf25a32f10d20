//! The operations.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use talos_config::generate::{Input, Options};
use talos_config::patch::{self, Patch};
use talos_config::validate::{self, Mode};
use talos_config::{Container, MachineType, VersionContract, encode, load, secrets};
use talos_pki::RoleSet;
use talos_pki::certificate::Validity;
use talos_pki::client::{self, CLIENT_LIFETIME};
use talos_pki::role::Role;
use talos_pki::secrets::Bundle;

use crate::system::{SystemClock, SystemRandom};

/// One operation.
pub(crate) struct Operation {
    /// Its name.
    pub(crate) name: String,
    /// Does the work once and drops what it gives.
    pub(crate) run: Box<dyn Fn() + Sync>,
    /// Does the work once and gives the bytes to compare; absent for what is random.
    pub(crate) result: Option<Box<dyn Fn() -> Vec<u8>>>,
}

/// Prepares all operations for which there are inputs.
pub(crate) fn all(inputs: &Path) -> anyhow::Result<Vec<Operation>> {
    let read = |name: &str| {
        let path = inputs.join(name);
        fs::read(&path).with_context(|| path.display().to_string())
    };
    let strategic_text = Arc::new(read("patch-strategic.yaml")?);
    let strategic = Arc::new([patch::load(&strategic_text[..])?]);
    let json = Arc::new([patch::load(read("patch-json6902.yaml")?)?]);

    let mut operations = Vec::new();
    for size in ["7k", "60k", "1m", "10m"] {
        let name = format!("config-{size}.yaml");
        if !inputs.join(&name).exists() {
            continue;
        }
        of_text(size, read(&name)?, &strategic_text, &strategic, &json, &mut operations)?;
    }
    of_secrets(Bundle::from_yaml(read("secrets.yaml")?)?, &mut operations);
    Ok(operations)
}

fn of_text(
    size: &str,
    text: Vec<u8>,
    strategic_text: &Arc<Vec<u8>>,
    strategic: &Arc<[Patch; 1]>,
    json: &Arc<[Patch; 1]>,
    operations: &mut Vec<Operation>,
) -> anyhow::Result<()> {
    let text = Arc::new(text);
    let loaded = Arc::new(load(&text[..])?);
    // A changed configuration cannot answer with the bytes it was read from.
    let typed = Arc::new(Container::new(loaded.documents().map(|document| document.boxed_clone()))?);
    let mut add = |name: &str, operation: Operation| {
        operations.push(Operation { name: format!("{name}_{size}"), ..operation });
    };

    let input = Arc::clone(&text);
    add("load", operation(move || load(&input[..]).expect("the input loads"), plain));

    let input = Arc::clone(&loaded);
    let check = move || {
        let (warnings, verdict) = validate::validate(&input, Mode::Metal, validate::Options::default());
        verdict.expect("the input is valid");
        warnings
    };
    add(
        "validate",
        operation(check, |warnings| {
            let texts: Vec<_> = warnings.iter().map(|warning| warning.finding.message.as_str()).collect();
            format!("[{}]", texts.join(" ")).into_bytes()
        }),
    );

    let input = Arc::clone(&typed);
    add("encode", operation(move || encode::to_yaml(&input, encode::Options::plain()), String::into_bytes));

    let (input, patches) = (Arc::clone(&typed), Arc::clone(strategic));
    let apply = move || {
        let patched = patch::apply((*input).clone(), &*patches).expect("the patch applies");
        patched.into_configuration().expect("a strategic patch gives a configuration")
    };
    add("strategic_patch", operation(apply, plain));

    let (input, patch_text) = (Arc::clone(&text), Arc::clone(strategic_text));
    let apply = move || {
        let patches = [patch::load(&patch_text[..]).expect("the patch loads")];
        patch::apply((*input).clone(), &patches).expect("the patch applies").into_text()
    };
    add("strategic_patch_bytes", operation(apply, |text| text));

    let (input, patches) = (Arc::clone(&text), Arc::clone(json));
    let apply = move || patch::apply((*input).clone(), &*patches).expect("the patch applies").into_text();
    add("json_patch", operation(apply, |text| text));
    Ok(())
}

fn of_secrets(bundle: Bundle, operations: &mut Vec<Operation>) {
    let bundle = Arc::new(bundle);
    let mut add = |name: &str, operation: Operation| operations.push(Operation { name: name.to_owned(), ..operation });
    let secrets = Arc::clone(&bundle);
    add("generate_controlplane", operation(move || generate(&secrets, MachineType::ControlPlane), plain));
    let secrets = Arc::clone(&bundle);
    add("generate_worker", operation(move || generate(&secrets, MachineType::Worker), plain));
    let secrets = Arc::clone(&bundle);
    let to_text = move || encode::to_yaml(&generate(&secrets, MachineType::ControlPlane), encode::Options::plain());
    add("generate_controlplane_bytes", operation(to_text, String::into_bytes));

    let parts = secrets::options(VersionContract::Current, false);
    let new = move || Bundle::generate(&parts, &SystemClock, &mut SystemRandom).expect("secrets can be made");
    add("generate_secrets", random(new));
    let issue = move || {
        let authority = bundle.certs.as_ref().and_then(|certs| certs.os.as_ref()).expect("the bundle has certs.os");
        let validity = Validity::from_now(&SystemClock, CLIENT_LIFETIME).expect("a year is not too long");
        let roles = RoleSet::from(Role::Admin);
        client::talos(authority, &roles, validity, &mut SystemRandom).expect("the authority signs")
    };
    add("issue_admin_cert", random(issue));
}

fn generate(secrets: &Bundle, machine_type: MachineType) -> Container {
    let options = Options {
        install_disk: "/dev/sda".to_owned(),
        install_image: "ghcr.io/siderolabs/installer:v1.5.5".to_owned(),
        ..Options::default()
    };
    let input = Input::new("bench", "https://10.5.0.2:6443", &options, secrets);
    input.config(machine_type).expect("the input is complete")
}

fn plain(container: Container) -> Vec<u8> {
    encode::to_yaml(&container, encode::Options::plain()).into_bytes()
}

/// An operation that always gives the same.
fn operation<T: 'static>(work: impl Fn() -> T + Sync + Send + 'static, bytes: fn(T) -> Vec<u8>) -> Operation {
    let work = Arc::new(work);
    let again = Arc::clone(&work);
    let result: Box<dyn Fn() -> Vec<u8>> = Box::new(move || bytes(again()));
    Operation { result: Some(result), ..random(move || work()) }
}

/// An operation that never gives the same.
fn random<T: 'static>(work: impl Fn() -> T + Sync + 'static) -> Operation {
    Operation { name: String::new(), run: Box::new(move || drop(black_box(work()))), result: None }
}
