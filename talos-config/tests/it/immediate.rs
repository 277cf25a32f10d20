//! Which changes a running machine takes without a reboot.

use talos_config::immediate::{self, Refusal};
use talos_config::load;

use crate::cases::{text, with_prefix};

#[test]
fn verdicts_are_those_of_the_case_collection() {
    let cases = with_prefix(&["IM-"]);
    for case in &cases {
        let [current, new] = ["config", "new_config"].map(|key| load(text(case, key)).unwrap());
        let verdict = match immediate::check(Some(&current), &new) {
            Ok(()) => "immediate".to_owned(),
            Err(Refusal::NeedsReboot(changes)) => {
                assert!(changes.iter().all(|change| change.reboot) && !changes.is_empty(), "{case:?}");
                "reboot".to_owned()
            }
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(verdict, text(case.get("expect").unwrap(), "verdict"), "{case:?}");
    }
    assert_eq!(cases.len(), 39);
}

#[test]
fn the_first_configuration_is_not_compared() {
    let refusal = immediate::check(None, &load("machine: {type: worker}\n").unwrap()).unwrap_err();
    assert_eq!(refusal.to_string(), "no current config");
}

#[test]
fn the_refusal_shows_what_waits_for_the_reboot_and_no_secrets() {
    let current = load("version: v1alpha1\nmachine: {type: worker, token: old, env: {a: '1'}}\n").unwrap();
    let new = "version: v1alpha1\nmachine: {type: worker, token: new, udev: {rules: [x, z]}, time: {disabled: true}}\n";
    let refusal = immediate::check(Some(&current), &load(new).unwrap()).unwrap_err().to_string();
    assert_eq!(
        refusal,
        "\
this config change can't be applied in immediate mode
diff:
@@ machine.token @@
-******
+******
@@ machine.env @@
-a: '******'
@@ machine.udev @@
+rules:
+    - x
+    - z"
    );
}
