//! Recorded runs of the reference: documents that are read, given an idle patch, and written again.

use std::fs;
use std::path::Path;

use talos_config::encode::{Options, to_yaml};
use talos_config::{load, patch};

use crate::cases;

fn run(area: &str, patch_of: fn(&str) -> &'static str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/recorded").join(area);
    let mut cases: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 20);
    let failures: Vec<_> = cases.iter().filter_map(|case| check(case, patch_of).err()).collect();
    assert!(failures.is_empty(), "{} of {} differ\n{}", failures.len(), cases.len(), failures.join("\n"));
}

fn check(case: &Path, patch_of: fn(&str) -> &'static str) -> Result<(), String> {
    let name = case.file_name().unwrap().to_string_lossy();
    let recorded = |file: &str| fs::read_to_string(case.join(file)).unwrap_or_default();
    let (written, stderr) = match patched(fs::read(case.join("in.yaml")).unwrap(), patch_of(&name)) {
        Ok(text) => (text, String::new()),
        Err(error) => (String::new(), error + "\n"),
    };
    if (&written, &stderr) == (&recorded("out.yaml"), &recorded("stderr")) {
        return Ok(());
    }
    Err(format!("--- {name}\n{written}{stderr}--- but recorded\n{}{}", recorded("out.yaml"), recorded("stderr")))
}

fn patched(document: Vec<u8>, patch: &str) -> Result<String, String> {
    let patch = patch::load(patch).map_err(|error| error.to_string())?;
    let result = patch::apply(document, &[patch]).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(result.into_text()).expect("the result is a text"))
}

#[test]
fn documents_are_read_or_refused() {
    run("load", |_| "persist: true");
}

#[test]
fn documents_are_written_in_the_same_form() {
    run("encode", |name| if name.starts_with("json-") { "[]" } else { "machine: {}" });
}

/// Texts that somebody mistyped: most are refused, each in its own words.
#[test]
fn mistyped_documents_and_patches_get_the_same_answers() {
    let (mut count, mut wrong) = (0, Vec::new());
    for line in cases::file("recorded/library.jsonl").lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = case["config"].as_str().unwrap();
        let result = match case["patch"].as_str() {
            None => load(text).map(|read| to_yaml(&read, Options::plain())).map_err(|error| error.to_string()),
            Some(patch) => patched(text.as_bytes().to_vec(), patch),
        };
        let expected = match (case["output"].as_str(), case["error"].as_str()) {
            (Some(output), None) => Ok(output.to_owned()),
            (None, Some(error)) => Err(error.to_owned()),
            other => panic!("{other:?}"),
        };
        count += 1;
        if result != expected {
            wrong.push(format!("{}: {text:?} {}\n  have {result:?}\n  want {expected:?}", case["id"], case["patch"]));
        }
    }
    assert!(count > 600, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
