//! What `talosctl gen config` does beyond recorded runs.

use talos_config::Source;
use talos_config::talosconfig::Talosconfig;
use talos_pki::{Certificate, base64};

use crate::session::Session;

#[test]
fn new_clusters_are_valid_and_unlike_each_other() {
    let session = Session::new();
    for folder in ["a", "b"] {
        let outcome = session.run(&format!("gen config demo https://10.5.0.2:6443 -o {folder}"));
        assert_eq!(outcome.status, 0, "{outcome:?}");
        for (file, mode) in [("controlplane", "metal"), ("worker", "cloud"), ("worker", "container")] {
            let file = format!("{folder}/{file}.yaml");
            let outcome = session.run(&format!("validate --strict -c {file} -m {mode}"));
            assert_eq!(outcome.printed(), format!("{file} is valid for {mode} mode\n"));
        }
    }
    assert_ne!(session.read("a/worker.yaml"), session.read("b/worker.yaml"));

    let talosconfig = session.read("a/talosconfig");
    let talosconfig = Talosconfig::from_yaml(&Source::new("talosconfig", talosconfig)).unwrap();
    let certificate = &talosconfig.contexts["demo"].crt;
    let certificate = Certificate::from_pem(&base64::decode(certificate).unwrap()).unwrap();
    assert_eq!(certificate.subject().organizations, ["os:admin"]);
    assert_eq!(certificate.not_after().duration_since(session.now).unwrap().as_secs(), 8760 * 3600);
}

#[test]
fn secrets_without_a_needed_part_are_refused_before_anything_is_made() {
    let session = Session::new();
    session.write("secrets.yaml", "cluster: {id: a, secret: b}\ntrustdinfo: {token: c}\ncerts: {}\n");
    let outcome = session.run("gen config demo https://10.5.0.2:6443 --with-secrets secrets.yaml");
    let text = "failed to validate secrets bundle: 3 errors occurred:\n\t* secrets is required\n\
                \t* certs.k8s is required\n\t* certs.os is required\n\n\n";
    assert_eq!((outcome.status, outcome.stderr.as_str()), (1, text));
    assert!(!session.path("worker.yaml").exists());
}

#[test]
fn people_see_where_a_patch_is_wrong() {
    let mut session = Session::new();
    session.terminal = true;
    session.write("patch.yaml", "machine:\n  netwrok: {}\n");
    let outcome = session.run("gen config demo https://10.5.0.2:6443 --config-patch @patch.yaml");
    assert_eq!(outcome.status, 1);
    let text = "error parsing config JSON patch: unknown keys found during decoding:\nmachine:\n    netwrok: {}\n";
    assert!(outcome.stderr.starts_with(text), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--> patch.yaml:2:3"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("did you mean `network`?"), "{}", outcome.stderr);
}

#[test]
fn a_patch_that_cannot_be_merged_is_shown_too() {
    let mut session = Session::new();
    session.terminal = true;
    session.write(
        "admission.yaml",
        "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: 1}}]}}\n",
    );
    let outcome = session.run("gen config demo https://10.5.0.2:6443 --config-patch-control-plane @admission.yaml");
    assert_eq!(outcome.status, 1);
    let text = "generating PKI and tokens\nfailed to generate config bundle: error patching control plane configs: merge field";
    assert!(outcome.stderr.starts_with(text), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--> admission.yaml:1:"), "{}", outcome.stderr);
}
