//! The configurations of a cluster together, with patches, and in the form in which commands write them.

use std::error::Error as _;

use talos_config::bundle::{ConfigBundle, Files, Patches};
use talos_config::encode::{self, Comments};
use talos_config::generate::{Input, Options};
use talos_config::patch::{self, Patch};
use talos_config::validate::{self, Mode};
use talos_config::{MachineType, load, secrets};
use talos_pki::secrets::Bundle;

use crate::generate::{recorded, secrets};

const COMMENTS: [Comments; 3] = [
    Comments { docs: true, examples: false },
    Comments { docs: false, examples: true },
    Comments { docs: true, examples: true },
];

fn generated(secrets: &Bundle, patches: &Patches) -> Result<ConfigBundle, talos_config::bundle::Error> {
    let options = Options {
        install_disk: "/dev/sda".to_owned(),
        install_image: "ghcr.io/siderolabs/installer:v1.5.5".to_owned(),
        ..Options::default()
    };
    ConfigBundle::generate(&Input::new("demo", "https://10.5.0.2:6443", &options, secrets), patches)
}

fn patch(text: &str) -> Patch {
    patch::load(text).unwrap()
}

fn with(comments: Comments) -> encode::Options {
    encode::Options { comments, readable: false }
}

/// A documented text without its comments.
fn bare(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty());
    lines.map(|line| line.split(" # ").next().unwrap_or_default().trim_end().to_owned() + "\n").collect()
}

#[test]
fn comments_add_comments_and_three_empty_sections() {
    let secrets = secrets("contract-v1.5");
    let bundle = generated(&secrets, &Patches::default()).unwrap();
    for (machine_type, sections) in [
        (MachineType::ControlPlane, &["registries: {}", "extraManifests: []", "inlineManifests: []"][..]),
        (MachineType::Worker, &["registries: {}"]),
    ] {
        let plain = bundle.to_yaml(machine_type, encode::Options::plain()).unwrap();
        for comments in COMMENTS {
            let text = bundle.to_yaml(machine_type, with(comments)).unwrap();
            assert!(text.len() > plain.len() + 1000, "there are comments");
            let mut lines: Vec<_> = bare(&text).lines().map(str::to_owned).collect();
            for section in sections {
                let line = lines.iter().position(|line| line.trim() == *section).expect(section);
                lines.remove(line);
            }
            assert_eq!(lines.join("\n") + "\n", plain, "{machine_type} {comments:?}");
            let (mut read, mut expected) = (load(text).unwrap(), load(plain.clone()).unwrap());
            for config in [&mut read, &mut expected].map(|container| container.config_mut().unwrap()) {
                config.machine.as_mut().unwrap().registries = Default::default();
                let cluster = config.cluster.as_mut().unwrap();
                (cluster.extra_manifests, cluster.inline_manifests) = (None, None);
            }
            assert_eq!(read, expected);
        }
    }
}

#[test]
fn what_is_generated_is_valid_everywhere() {
    for version in ["v0.8", "v0.14", "v1.2", "v1.5"] {
        let secrets = secrets(&format!("contract-{version}"));
        let options = Options {
            version_contract: version.parse().unwrap(),
            install_disk: "/dev/sda".to_owned(),
            install_image: "image".to_owned(),
            ..Options::default()
        };
        let input = Input::new("demo", "https://10.5.0.2:6443", &options, &secrets);
        for machine_type in MachineType::CONFIGURED {
            let text = encode::to_yaml(&input.config(machine_type).unwrap(), encode::Options::documented());
            let config = load(text).unwrap();
            for mode in [Mode::Metal, Mode::Cloud, Mode::Container] {
                let options = validate::Options { strict: true, ..validate::Options::default() };
                let (warnings, verdict) = validate::validate(&config, mode, options);
                assert_eq!((warnings, verdict), (vec![], Ok(())), "{version} {machine_type} {mode}");
            }
        }
    }
}

#[test]
fn patches_reach_the_machines_they_are_for() {
    let patches = Patches {
        all: vec![
            patch("machine: {network: {hostname: all}}"),
            patch("apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\nurl: tcp://10.0.0.1:3478\n"),
        ],
        control_plane: vec![patch("machine: {network: {hostname: control-plane}}")],
        worker: vec![patch("machine: {sysctls: {a: b}}")],
    };
    let bundle = generated(&secrets("contract-v1.5"), &patches).unwrap();
    for (machine_type, hostname, sysctls) in [
        (MachineType::Init, "control-plane", None),
        (MachineType::ControlPlane, "control-plane", None),
        (MachineType::Worker, "all", Some("b")),
    ] {
        let container = bundle.config(machine_type).unwrap();
        assert_eq!(container.documents().len(), 2);
        let machine = container.config().unwrap().machine.as_ref().unwrap();
        assert_eq!(
            (machine.r#type.as_str(), machine.network.as_ref().unwrap().hostname.as_str()),
            (machine_type.as_str(), hostname)
        );
        assert_eq!(machine.sysctls.as_ref().map(|sysctls| sysctls["a"].as_str()), sysctls);
        let text = bundle.to_yaml(machine_type, encode::Options::plain()).unwrap();
        assert!(
            text.ends_with("---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\nurl: tcp://10.0.0.1:3478\n"),
            "{text}"
        );
    }
}

#[test]
fn a_json_patch_drops_what_the_plain_writer_leaves_out() {
    let patches = Patches {
        all: vec![patch(r#"[{"op":"add","path":"/machine/nodeLabels","value":{"a":"1"}}]"#)],
        ..Patches::default()
    };
    let bundle = generated(&secrets("contract-v1.5"), &patches).unwrap();
    let text = bare(&bundle.to_yaml(MachineType::ControlPlane, with(COMMENTS[0])).unwrap());
    assert!(text.contains("    nodeLabels:\n        a: \"1\"\n"), "{text}");
    for section in ["registries: {}", "extraManifests", "inlineManifests"] {
        assert!(!text.contains(section), "{section}");
    }
}

#[test]
fn a_patch_that_does_not_apply_is_named_by_its_machines() {
    let failing = || vec![patch(r#"[{"op":"remove","path":"/machine/foo"}]"#)];
    let secrets = secrets("contract-v1.5");
    for (patches, text) in [
        (Patches { all: failing(), ..Patches::default() }, "error patching configs"),
        (Patches { control_plane: failing(), ..Patches::default() }, "error patching control plane configs"),
        (Patches { worker: failing(), ..Patches::default() }, "error patching worker config"),
    ] {
        let error = generated(&secrets, &patches).unwrap_err();
        assert_eq!(error.to_string(), text);
        let cause = error.source().unwrap().to_string();
        assert!(cause.starts_with("failure applying rfc6902 patches to talos machine config"), "{cause}");
    }
}

#[test]
fn existing_files_keep_their_text_until_a_patch_changes_them() {
    let files = || Files {
        init: None,
        control_plane: ("# mine\n".to_owned() + &recorded("contract-v1.5", "controlplane.yaml")).into_bytes(),
        worker: recorded("contract-v1.5", "worker.yaml").into_bytes(),
    };
    let bundle = ConfigBundle::load(files(), &Patches::default()).unwrap();
    assert_eq!(*bundle.config(MachineType::ControlPlane).unwrap().bytes(), *files().control_plane);
    assert_eq!(bundle.config(MachineType::Init).unwrap_err().to_string(), "unexpected machine type init");
    assert_eq!(bundle.config(MachineType::Unknown).unwrap_err().to_string(), "unexpected machine type unknown");

    let patches = Patches { worker: vec![patch("machine: {sysctls: {a: b}}")], ..Patches::default() };
    let bundle = ConfigBundle::load(files(), &patches).unwrap();
    assert_eq!(*bundle.control_plane.bytes(), *files().control_plane);
    assert!(String::from_utf8_lossy(&bundle.worker.bytes()).contains("a: b"));

    let broken = Files { worker: b"machine: {nope: 1}".to_vec(), ..files() };
    let error = ConfigBundle::load(broken, &Patches::default()).unwrap_err();
    assert!(error.to_string().starts_with("unknown keys found during decoding"), "{error}");
}

#[test]
fn secrets_come_back_from_a_control_plane_configuration() {
    for version in ["v0.8", "v1.2", "v1.5"] {
        let case = format!("contract-{version}");
        let bundle = secrets(&case);
        let config = load(recorded(&case, "controlplane.yaml")).unwrap();
        assert_eq!(secrets::from_config(config.config().unwrap()), Ok(bundle), "{version}");
    }
    let worker = load(recorded("contract-v1.5", "worker.yaml")).unwrap();
    assert_eq!(secrets::from_config(worker.config().unwrap()), Err(secrets::Error::NoKey));
    let config = load("machine: {type: controlplane}").unwrap();
    assert_eq!(secrets::from_config(config.config().unwrap()), Err(secrets::Error::NoCluster));
}

#[test]
fn the_client_configuration_has_one_context() {
    let secrets = secrets("contract-v1.5");
    let options = Options { endpoints: vec!["10.5.0.2".to_owned()], ..Options::default() };
    let input = Input::new("demo", "https://10.5.0.2:6443", &options, &secrets);
    let authority = input.client_authority().unwrap();
    assert_eq!(authority, secrets.certs.as_ref().unwrap().os.as_ref().unwrap());
    let client = talos_pki::PemCertificateAndKey::new("certificate", "key");
    let text = input.talosconfig(&client).unwrap().to_yaml();
    let ca = talos_pki::base64::encode(&authority.crt);
    let expected = format!(
        "context: demo\ncontexts:\n    demo:\n        endpoints:\n            - 10.5.0.2\n        ca: {ca}\n        \
         crt: Y2VydGlmaWNhdGU=\n        key: a2V5\n"
    );
    assert_eq!(text, expected);
}
