//! What validation says, and where it says it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use talos_config::v1alpha1::InstallDiskSelector;
use talos_config::validate::{Disks, Located, LookupError, Mode, Options, ValidationErrors, validate};
use talos_config::{Value, load};

use crate::cases::{file, flag, list, optional_text, text, texts, with_prefix};

/// A machine with some disks.
#[derive(Debug)]
struct Machine {
    exist: Vec<String>,
    found: Option<String>,
    error: Option<String>,
}

impl Machine {
    fn empty() -> Self {
        Self { exist: Vec::new(), found: None, error: None }
    }

    fn of(case: &Value) -> Option<Self> {
        let disks = case.get("disks")?;
        let owned = |key| optional_text(disks, key).map(str::to_owned);
        let exist = texts(disks, "exist").into_iter().map(str::to_owned).collect();
        Some(Self { exist, found: owned("found"), error: owned("error") })
    }
}

impl Disks for Machine {
    fn exists(&self, path: &str) -> bool {
        self.exist.iter().any(|known| known == path)
    }

    fn find(&self, _: &InstallDiskSelector) -> Result<Option<String>, LookupError> {
        match &self.error {
            Some(error) => Err(error.clone().into()),
            None => Ok(self.found.clone()),
        }
    }
}

type Outcome = (Vec<Located>, Result<(), ValidationErrors>);

fn run(case: &Value, disks: Option<&Machine>) -> Outcome {
    let container = load(text(case, "config")).unwrap_or_else(|error| panic!("{case:?}: {error}"));
    let mode = optional_text(case, "mode").map_or(Mode::Cloud, |mode| mode.parse().unwrap());
    let disks = disks.map(|disks| disks as &dyn Disks);
    validate(&container, mode, Options { disks, strict: flag(case, "strict"), ..Options::default() })
}

/// Compares texts only and reports every case that differs.
struct Report(String, usize);

impl Report {
    fn compare(&mut self, name: &str, (warnings, result): Outcome, wanted_warnings: &[&str], wanted_error: &str) {
        let warnings: Vec<&str> = warnings.iter().map(|located| located.finding.message.as_str()).collect();
        let error = result.map_or_else(|errors| errors.to_string(), |()| String::new());
        self.1 += 1;
        if warnings != wanted_warnings || error != wanted_error {
            writeln!(self.0, "{name}:\n  wanted {wanted_warnings:?}\n{wanted_error}\n  found {warnings:?}\n{error}")
                .unwrap();
        }
    }

    fn finish(self, at_least: usize) {
        assert!(self.0.is_empty(), "{}", self.0);
        assert!(self.1 >= at_least, "only {} cases", self.1);
    }
}

#[test]
fn findings_are_those_of_the_case_collection() {
    let mut report = Report(String::new(), 0);
    for case in with_prefix(&["VA-", "VD-"]) {
        let expect = case.get("expect").unwrap();
        // Where the original dies, there is an error with a place.
        if flag(expect, "reference_aborts") {
            let (_, result) = run(&case, None);
            assert!(result.unwrap_err().to_string().contains("null is not allowed here"), "{case:?}");
            continue;
        }
        let machine = Machine::empty();
        let outcome = run(&case, (!flag(&case, "local")).then_some(&machine));
        let error = optional_text(expect, "error").unwrap_or_default();
        report.compare(text(&case, "id"), outcome, &texts(expect, "warnings"), error);
    }
    report.finish(118);
}

#[test]
fn findings_are_those_of_recorded_runs() {
    let mut report = Report(String::new(), 0);
    for case in list("validate/recorded.yaml") {
        let error = optional_text(&case, "error").unwrap_or_default();
        report.compare(text(&case, "name"), run(&case, None), &texts(&case, "warnings"), error);
    }
    report.finish(235);
}

/// A row of the table of rules.
struct Rule<'a> {
    is_warning: bool,
    text: &'a str,
}

fn rules(table: &str) -> Vec<Rule<'_>> {
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.enumerate()
        .map(|(position, row)| {
            assert_eq!(row[0], (position + 1).to_string(), "rows are numbered");
            Rule { is_warning: row[6] == "warning", text: row[7] }
        })
        .collect()
}

/// Whether a text has the form of a row's text, where `{…}` stands for anything.
fn has_form(text: &str, form: &str) -> bool {
    let Some((before, after)) = form.split_once('{') else { return text == form };
    let (_, after) = after.split_once('}').expect("a closed placeholder");
    let Some(rest) = text.strip_prefix(before) else { return false };
    rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| has_form(&rest[at..], after))
}

#[test]
fn every_row_of_the_table_of_rules_is_produced_at_its_place() {
    let table = file("reference/config-validation-rules.tsv");
    let rules = rules(&table);
    let mut missing: BTreeSet<usize> = (1..=rules.len()).collect();
    for case in list("validate/rules.yaml") {
        let Some(&Value::Int(row)) = case.get("row") else { panic!("a case without a row: {case:?}") };
        let row = usize::try_from(row).unwrap();
        let rule = &rules[row - 1];
        let (warnings, result) = run(&case, Machine::of(&case).as_ref());
        let errors = result.map_or_else(|errors| errors.0, |()| Vec::new());
        missing.remove(&row);
        if flag(&case, "nothing") {
            assert!(warnings.is_empty() && errors.is_empty(), "row {row}: {warnings:?} {errors:?}");
            continue;
        }
        let wanted = (text(&case, "path"), text(&case, "text"));
        // The errors of labels are a list in one error.
        let mut texts = wanted.1.lines().filter_map(|line| line.strip_prefix("\t* ")).chain([wanted.1]);
        let is_formed = texts.any(|text| has_form(text, rule.text));
        assert!(is_formed || flag(&case, "instead"), "row {row} has another form: {}", wanted.1);
        let found = if rule.is_warning { &warnings } else { &errors };
        let found: Vec<(String, &str)> =
            found.iter().map(|located| (located.finding.path.to_string(), located.finding.message.as_str())).collect();
        assert!(
            found.iter().any(|(path, text)| (path.as_str(), *text) == wanted),
            "row {row}: {wanted:?} in {found:?}"
        );
    }
    assert!(missing.is_empty(), "no case for rows {missing:?}");
}

#[test]
fn null_entries_of_every_list_of_sections_are_errors() {
    let config = "\
machine:
  type: worker
  network:
    interfaces:
      - null
      - {interface: eth0, routes: [null], vlans: [null, {routes: [{gateway: 10.0.0.1}, null]}]}
      - {interface: wg0, wireguard: {privateKey: QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=, peers: [null]}}
    extraHostEntries: [null]
  disks: [null, {device: /dev/sdb, partitions: [null]}]
  files: [null]
  systemDiskEncryption: {state: {keys: [null]}}
  kernel: {modules: [{name: a}, null]}
  seccompProfiles: [null]
cluster:
  controlPlane: {endpoint: 'https://a'}
  apiServer: {admissionControl: [null]}
";
    let (_, result) = validate(&load(config).unwrap(), Mode::Cloud, Options::default());
    let errors = result.unwrap_err().0;
    let paths: Vec<String> = errors.iter().map(|located| located.finding.path.to_string()).collect();
    let wanted = [
        "machine.network.interfaces[0]",
        "machine.network.interfaces[1].routes[0]",
        "machine.network.interfaces[1].vlans[0]",
        "machine.network.interfaces[1].vlans[1].routes[1]",
        "machine.network.interfaces[2].wireguard.peers[0]",
        "machine.network.extraHostEntries[0]",
        "machine.disks[0]",
        "machine.disks[1].partitions[0]",
        "machine.files[0]",
        "machine.systemDiskEncryption.state.keys[0]",
        "machine.kernel.modules[1]",
        "machine.seccompProfiles[0]",
        "cluster.apiServer.admissionControl[0]",
    ];
    assert_eq!(paths, wanted);
    for (located, path) in errors.iter().zip(wanted) {
        assert_eq!(located.finding.message, format!("{path}: null is not allowed here"));
    }
}

#[test]
fn findings_name_their_document() {
    let config = "apiVersion: v1alpha1\nkind: KmsgLogConfig\nname: a\n---\nmachine: {type: boss}\n";
    let (_, result) = validate(&load(config).unwrap(), Mode::Cloud, Options::default());
    let places: Vec<(usize, String)> =
        result.unwrap_err().0.iter().map(|located| (located.document, located.finding.path.to_string())).collect();
    assert_eq!(places, [(0, "cluster".to_owned()), (0, "machine.type".to_owned()), (1, "url".to_owned())]);
}

#[test]
fn an_installed_machine_needs_no_install_section() {
    let container = load("machine: {type: worker}\ncluster: {controlPlane: {endpoint: 'https://a'}}\n").unwrap();
    let with =
        |install_required| validate(&container, Mode::Metal, Options { install_required, ..Options::default() }).1;
    assert!(with(None).is_err());
    assert!(with(Some(true)).is_err());
    assert_eq!(with(Some(false)), Ok(()));
}
