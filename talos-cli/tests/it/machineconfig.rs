//! What `talosctl machineconfig` has beyond the original: explain, diff, lint, comments that stay.

use crate::session::Session;

const WORKER: &str = "\
version: v1alpha1
persist: true
machine:
  type: worker # its role
  token: abcdef.0123456789abcdef
  network:
    hostname: old
cluster:
  controlPlane:
    endpoint: https://10.5.0.2:6443
";

fn session() -> Session {
    let session = Session::new();
    session.write("worker.yaml", WORKER);
    session.write("name.yaml", "machine: {network: {hostname: new}, token: fedcba.0123456789abcdef}\n");
    session
}

#[test]
fn explain_names_the_patch_behind_each_change_and_masks_secrets() {
    let session = session();
    session.write("again.yaml", "machine: {network: {hostname: newer}}\n");
    let outcome = session.run("machineconfig patch worker.yaml -p @name.yaml -p @again.yaml --explain");
    assert_eq!(
        outcome.printed(),
        "machine.token  (patch 1, name.yaml)\n  - ******\n  + ******\n\
         machine.network.hostname  (patch 2, again.yaml)\n  - old\n  + newer\n"
    );
}

#[test]
fn explain_says_what_a_patch_loses() {
    let session = session();
    session.write("cp.yaml", "machine: {type: controlplane}\ncluster: {apiServer: {auditPolicy: {kind: Policy}}}\n");
    session.write("image.yaml", "cluster: {apiServer: {image: a:1}}\n");
    let outcome = session.run("machineconfig patch cp.yaml -p @image.yaml --explain");
    assert!(outcome.printed().contains("Talos 1.5 loses it"), "{outcome:?}");
}

#[test]
fn comments_stay_where_they_are() {
    let outcome = session().run("machineconfig patch worker.yaml -p @name.yaml --preserve-comments");
    let wanted = WORKER.replace("hostname: old", "hostname: new").replace("abcdef.0", "fedcba.0");
    assert_eq!(outcome.printed(), format!("{wanted}\n"));
}

#[test]
fn diff_masks_secrets_and_its_patch_leads_to_the_second_file() {
    let session = session();
    session.run("machineconfig patch worker.yaml -p @name.yaml -o b.yaml").printed();
    let changes = session.run("machineconfig diff worker.yaml b.yaml");
    assert_eq!(
        changes.printed(),
        "machine.token\n  - ******\n  + ******\nmachine.network.hostname\n  - old\n  + new\n"
    );
    let patch = session.run("machineconfig diff worker.yaml b.yaml --as-patch");
    session.write("patch.yaml", patch.printed());
    session.run("machineconfig patch worker.yaml -p @patch.yaml -o c.yaml").printed();
    assert_eq!(session.read("c.yaml"), session.read("b.yaml"));
}

#[test]
fn diff_uses_a_json_patch_for_what_a_strategic_one_cannot_say() {
    let session = session();
    session.write("b.yaml", &WORKER.replace("    hostname: old\n", "    nameservers: [10.0.0.1]\n"));
    let patch = session.run("machineconfig diff worker.yaml b.yaml --as-patch");
    assert_eq!(
        patch.printed(),
        "[\n  {\"op\":\"remove\",\"path\":\"/machine/network/hostname\"},\n  \
         {\"op\":\"add\",\"path\":\"/machine/network/nameservers\",\"value\":[\"10.0.0.1\"]}\n]\n"
    );
}

#[test]
fn diff_warns_of_values_that_the_json_path_reads_otherwise() {
    let session = session();
    session.write("a.yaml", &WORKER.replace("hostname: old", "hostname: yes"));
    session.write("b.yaml", &WORKER.replace("    hostname: old\n", "    disableSearchDomain: true\n"));
    let outcome = session.run("machineconfig diff a.yaml b.yaml --as-patch");
    assert_eq!(outcome.error(), "WARNING: a JSON patch would also change machine.network.hostname");
}

#[test]
fn lint_finds_places_and_fails() {
    let session = session();
    session.run("machineconfig lint worker.yaml").printed();
    session.write("bad.yaml", &format!("{WORKER}  apiServer:\n    certSANs: [a, a]\n"));
    let outcome = session.run("machineconfig lint bad.yaml");
    assert_eq!(outcome.status, 1);
    assert_eq!(
        outcome.stdout,
        "bad.yaml:11:3: cluster.apiServer: only control plane machines read `apiServer`, and this is a worker \
         (control-plane-only)\n\
         bad.yaml:12:19: cluster.apiServer.certSANs[1]: the entry stands at position 0 already; patches append to this list \
         (duplicate-entry)\n"
    );
    assert_eq!(outcome.error(), "2 findings");
}

#[test]
fn lint_knows_releases() {
    let session = session();
    session.write("new.yaml", &WORKER.replace("  network:", "  features: {diskQuotaSupport: true}\n  network:"));
    let outcome = session.run("machineconfig lint new.yaml --talos-version v1.3");
    assert!(
        outcome.stdout.contains("`diskQuotaSupport` is known since Talos 1.5, the contract is v1.3"),
        "{outcome:?}"
    );
    assert_eq!(session.run("machineconfig lint new.yaml --talos-version 1").status, 1);
}
