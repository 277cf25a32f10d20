//! Patches that keep the comments of the text.

use talos_config::{load, patch};

fn patched(text: &str, patch: &str) -> String {
    let before = load(text).expect("the text loads");
    let patch = patch::load(patch).expect("the patch loads");
    let after = patch::apply(before.clone(), &[patch])
        .expect("the patch applies")
        .into_configuration()
        .expect("a configuration");
    patch::preserve_comments(&before, &after).expect("the text can be changed in place")
}

const TEXT: &str = "\
# a worker
machine:
  type: worker # its role
  certSANs: []

  # who we are
  network:
    hostname: old   # the old name
    interfaces:
    - interface: eth0 # uplink
      dhcp: true
    # the second one
    - interface: eth1
      addresses: [10.0.0.1/24]
  sysctls: {a: b}
# the cluster
cluster:
  controlPlane:
    endpoint: https://10.5.0.2:6443
";

#[test]
fn a_value_is_replaced_where_it_stands() {
    let wanted = TEXT.replace("hostname: old   #", "hostname: new   #");
    assert_eq!(patched(TEXT, "machine: {network: {hostname: new}}"), wanted);
}

#[test]
fn entries_are_added_behind_the_last_one() {
    let wanted = TEXT.replace("      dhcp: true\n", "      dhcp: true\n      mtu: 1500\n");
    assert_eq!(patched(TEXT, "machine: {network: {interfaces: [{interface: eth0, mtu: 1500}]}}"), wanted);
    let wanted = TEXT.replace(
        "      addresses: [10.0.0.1/24]\n",
        "      addresses: [10.0.0.1/24]\n    - interface: eth2\n      dhcp: true\n",
    );
    assert_eq!(patched(TEXT, "machine: {network: {interfaces: [{interface: eth2, dhcp: true}]}}"), wanted);
}

#[test]
fn flow_collections_are_written_anew() {
    let text = patched(TEXT, "machine: {sysctls: {c: d}}");
    assert_eq!(text, TEXT.replace("  sysctls: {a: b}\n", "  sysctls:\n      a: b\n      c: d\n"));
}

#[test]
fn removed_entries_take_their_lines_along() {
    let text = patched(TEXT, r#"[{"op": "remove", "path": "/machine/network/hostname"}]"#);
    assert_eq!(text, TEXT.replace("    hostname: old   # the old name\n", ""));
}

#[test]
fn further_documents_follow_at_the_end() {
    let text = patched(TEXT, "apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: log\nurl: tcp://10.0.0.1:5\n");
    assert_eq!(
        text,
        format!("{TEXT}---\napiVersion: v1alpha1\nkind: KmsgLogConfig\nname: log\nurl: tcp://10.0.0.1:5\n")
    );
}

#[test]
fn texts_of_several_lines_stand_below_their_key() {
    let text = patched(TEXT, "cluster: {inlineManifests: [{name: a, contents: \"x: 1\\ny: 2\\n\"}]}");
    assert!(
        text.ends_with("  inlineManifests:\n      - name: a\n        contents: |\n          x: 1\n          y: 2\n"),
        "{text:?}"
    );
}
