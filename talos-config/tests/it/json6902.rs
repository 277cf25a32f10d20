//! JSON patches against recorded results.

use serde_json::Value as Json;
use talos_config::Value;
use talos_config::patch::{self, Patch};

use crate::cases;

/// What `machineconfig patch` would write or report.
fn run(config: &str, patches: &[&str]) -> Result<String, String> {
    let mut loaded = Vec::new();
    for text in patches {
        loaded.push(patch::load(*text).map_err(|error| error.to_string())?);
    }
    let patched = patch::apply(config.as_bytes().to_vec(), &loaded).map_err(|error| error.to_string())?;
    Ok(String::from_utf8(patched.into_text()).unwrap())
}

#[test]
fn recorded_patches_give_the_same_text_or_error() {
    let (mut count, mut wrong) = (0, Vec::new());
    for line in cases::file("json6902.jsonl").split('\n').filter(|line| !line.is_empty()) {
        let case: Json = serde_json::from_str(line).unwrap();
        let config = case["config"].as_str().unwrap();
        let patches: Vec<_> = case["patches"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let result = run(config, &patches);
        let expected = match (case["output"].as_str(), case["error"].as_str()) {
            (Some(output), _) => Ok(output.to_owned()),
            (_, Some(error)) => Err(error.to_owned()),
            // The original dies of a run-time fault.
            _ if result.is_err() => result.clone(),
            _ => Err("any error".to_owned()),
        };
        count += 1;
        if result != expected {
            wrong.push(format!("{}: {config:?} {patches:?}\n  have {result:?}\n  want {expected:?}", case["id"]));
        }
    }
    assert!(count > 1000, "only {count} cases");
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}

#[test]
fn cases_of_json_patches_hold() {
    let cases = cases::with_prefix(&["JP-", "LP-"]);
    let mut count = 0;
    for case in cases.iter().filter(|case| cases::text(case, "op") == "patch") {
        let id = cases::text(case, "id");
        let expect = case.get("expect").unwrap();
        let result = run(cases::text(case, "config"), &cases::texts(case, "patches"));
        match (cases::optional_text(expect, "output"), cases::optional_text(expect, "error")) {
            (Some(output), _) => assert_eq!(result.as_deref(), Ok(output), "{id}"),
            (_, Some(error)) => assert_eq!(result.unwrap_err().trim_end(), error.trim_end(), "{id}"),
            _ => assert!(result.is_err(), "{id}"),
        }
        count += 1;
    }
    assert!(count >= 42, "only {count} cases");
}

#[test]
fn texts_are_told_apart() {
    let mut count = 0;
    for case in cases::with_prefix(&["LP-"]).iter().filter(|case| cases::text(case, "op") == "loadpatches") {
        let id = cases::text(case, "id");
        let expect = case.get("expect").unwrap();
        let mut no_files = |name: &str| Err(format!("open {name}: no such file or directory"));
        let result = patch::load_all(cases::texts(case, "patches"), &mut no_files).map_err(|error| error.to_string());
        match cases::optional_text(expect, "error") {
            Some(error) => assert_eq!(result.map(|_| ()).unwrap_err().trim_end(), error.trim_end(), "{id}"),
            None => {
                let kinds: Vec<_> = result
                    .unwrap()
                    .iter()
                    .map(|patch| match patch {
                        Patch::Strategic(_) => Value::String("strategic".into()),
                        Patch::Json(_) => Value::String("json".into()),
                    })
                    .collect();
                assert_eq!(expect.get("patch_kinds"), Some(&Value::Sequence(kinds)), "{id}");
            }
        }
        count += 1;
    }
    assert!(count >= 5, "only {count} cases");
}

#[test]
fn growth_is_limited() {
    let doubling = r#"{"op":"copy","from":"/a","path":"/a/-"},"#.repeat(64);
    let patch = format!("[{}]", doubling.trim_end_matches(','));
    let error = run("a: [1]\n", &[&patch]).unwrap_err();
    assert!(error.ends_with("the result would be too large"), "{error}");
}
