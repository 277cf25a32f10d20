//! Loading, writing, patching and redaction on every case of `patch-cases.yaml`.

use talos_config::encode::{self, Options};
use talos_config::{Value, load, patch};

use crate::cases::{self, flag, optional_text, text, texts};

/// What a case expects, and how ours compares.
fn check(case: &Value, result: Result<String, String>) -> Option<String> {
    let expect = case.get("expect").expect("a case has an expectation");
    let id = text(case, "id");
    if flag(expect, "reference_aborts") {
        // Ours gives an error, or goes on where the value is harmless.
        return None;
    }
    match (optional_text(expect, "output"), optional_text(expect, "error"), result) {
        (Some(output), _, Ok(result)) if result == output => None,
        (None, Some(error), Err(result)) if result == error => None,
        (output, error, result) => {
            Some(format!("{id}: wanted {:?}\n  found {result:?}", output.map(Ok).unwrap_or(Err(error.unwrap_or("")))))
        }
    }
}

fn run(prefixes: &[&str], op: &str, run: impl Fn(&Value) -> Result<String, String>) {
    let cases: Vec<_> = cases::with_prefix(prefixes).into_iter().filter(|case| text(case, "op") == op).collect();
    assert!(!cases.is_empty());
    let failures: Vec<_> = cases.iter().filter_map(|case| check(case, run(case))).collect();
    assert!(failures.is_empty(), "{} of {} fail\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn loaded_configurations_are_written_plainly() {
    run(&["LD", "YT", "EN"], "encode", |case| {
        let container = load(text(case, "config")).map_err(|error| error.to_string())?;
        Ok(encode::to_yaml(&container, Options::plain()))
    });
}

#[test]
fn a_loaded_configuration_answers_with_its_bytes() {
    run(&["LD"], "bytes", |case| {
        let container = load(text(case, "config")).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(container.bytes().into_owned()).expect("the text of the case"))
    });
}

#[test]
fn patches_are_applied() {
    run(&["SM", "JP", "MD"], "patch", |case| {
        let mut no_files = |name: &str| Err(format!("open {name}: no such file or directory"));
        let patches = patch::load_all(texts(case, "patches"), &mut no_files).map_err(|error| error.to_string())?;
        let result =
            patch::apply(text(case, "config").as_bytes().to_vec(), &patches).map_err(|error| error.to_string())?;
        Ok(String::from_utf8(result.into_text()).expect("the result is a text"))
    });
}

#[test]
fn secrets_are_redacted() {
    run(&["RD"], "redact", |case| {
        let container = load(text(case, "config")).map_err(|error| error.to_string())?;
        Ok(encode::to_yaml(&container.redacted(text(case, "replacement")), Options::plain()))
    });
}

/// The kinds that a list of patch texts has, or the error.
#[test]
fn patch_texts_are_told_apart() {
    for case in cases::with_prefix(&["LP"]) {
        let expect = case.get("expect").expect("a case has an expectation");
        let mut no_files = |name: &str| Err(format!("open {name}: no such file or directory"));
        let found = patch::load_all(texts(&case, "patches"), &mut no_files).map(|patches| {
            let kind = |patch: &patch::Patch| match patch {
                patch::Patch::Strategic(_) => "strategic".to_owned(),
                patch::Patch::Json(_) => "json".to_owned(),
            };
            patches.iter().map(kind).collect::<Vec<_>>()
        });
        match optional_text(expect, "error") {
            Some(error) => assert_eq!(found.unwrap_err().to_string(), error, "{}", text(&case, "id")),
            None => {
                let wanted: Vec<_> = texts(expect, "patch_kinds").iter().map(|kind| (*kind).to_owned()).collect();
                assert_eq!(found.unwrap(), wanted, "{}", text(&case, "id"));
            }
        }
    }
}
