//! JSON schema of the configuration, for editors and other tools.
//!
//! It accepts what the loader accepts; whether the values make sense is for [`validate`](mod@crate::validate).

use std::collections::BTreeMap;

use talos_config_yaml::fields::Section;
use talos_config_yaml::schema::{Json, Required, define, reference};

use crate::kinds;

/// Identifier of the schema.
pub const ID: &str = "https://talos.dev/v1.5/schemas/config.schema.json";

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The keys by which the loader tells documents apart.
const LEGACY_KEYS: &[Required] = &[Required::Any(&["machine", "cluster", "debug", "persist"])];
const NAMED_KEYS: &[Required] = &[Required::All(&["apiVersion", "kind"])];

/// The schema (draft 2020-12) of one document of a configuration, whatever its kind.
///
/// A YAML language server uses it by a first line `# yaml-language-server: $schema=PATH`, or by its own settings.
pub fn json_schema() -> String {
    let mut definitions = BTreeMap::new();
    let mut members = Vec::new();
    for kind in std::iter::once(&kinds::LEGACY).chain(kinds::NAMED) {
        let table: &'static Section = (kind.section)();
        define(table, if kind.kind.is_empty() { LEGACY_KEYS } else { NAMED_KEYS }, &mut definitions);
        members.push(reference(table));
    }
    Json::Object(vec![
        ("$schema", Json::text(DRAFT)),
        ("$id", Json::text(ID)),
        ("title", Json::text("Talos machine configuration")),
        ("oneOf", Json::Array(members)),
        ("$defs", Json::Object(definitions.into_iter().collect())),
    ])
    .pretty()
}
