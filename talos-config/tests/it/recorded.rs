//! Recorded runs of the reference: documents that are read, given an idle patch, and written again.

use std::fs;
use std::path::Path;

use talos_config::patch;

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
