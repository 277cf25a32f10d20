//! Resources as tables, YAML, JSON, or what a template picks of them.

use std::io::Write;

use anyhow::{Context as _, bail};
use talos_api::proto::cosi::resource::Metadata;
use talos_api::resources::meta::{PrintColumn, ResourceDefinitionSpec};
use talos_api::resources::{Dynamic, Resource};
use talos_config_yaml::emit::{Emitter, Layout as YamlLayout};
use talos_config_yaml::value::Value;

use super::json::{self, Keys, Layout};
use super::jsonpath::JsonPath;
use super::yaml;
use crate::go;
use crate::io::Io;
use crate::table::Table;

/// What happened to a resource that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Updated,
    Destroyed,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Destroyed => "destroyed",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Created => "+",
            Self::Updated => " ",
            Self::Destroyed => "-",
        }
    }
}

/// The form that `--output` names.
#[derive(Debug)]
pub(crate) enum ResourceFormat {
    Table,
    Yaml,
    Json,
    JsonPath(JsonPath),
}

impl ResourceFormat {
    /// Reads `table`, `yaml`, `json` or `jsonpath=TEMPLATE`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(match text {
            "table" => Self::Table,
            "yaml" => Self::Yaml,
            "json" => Self::Json,
            _ => match text.strip_prefix("jsonpath=") {
                Some(template) => Self::JsonPath(JsonPath::parse(template).context("error parsing jsonpath")?),
                None => bail!("output format {} is not supported", go::quote(text)),
            },
        })
    }
}

/// Writes resources one after the other.
#[derive(Debug)]
pub(crate) struct ResourceWriter {
    format: ResourceFormat,
    display: String,
    columns: Vec<JsonPath>,
    /// Whether it tells what happened to each.
    watching: bool,
    /// Whether a YAML document came before.
    begun: bool,
    table: Table,
}

impl ResourceWriter {
    /// Begins a table with the line of titles; the other forms begin with nothing.
    pub(crate) fn new(
        format: ResourceFormat,
        definition: &ResourceDefinitionSpec,
        watching: bool,
    ) -> anyhow::Result<Self> {
        let mut writer = Self {
            format,
            display: definition.display_type.clone(),
            columns: Vec::new(),
            watching,
            begun: false,
            table: Table::new(),
        };
        if matches!(writer.format, ResourceFormat::Table) {
            let mut titles = vec!["NODE".to_owned()];
            if watching {
                titles.push("*".to_owned());
            }
            titles.extend(["NAMESPACE", "TYPE", "ID", "VERSION"].map(str::to_owned));
            for PrintColumn { name: title, json_path: template } in &definition.print_columns {
                titles.push(title.to_uppercase());
                writer.columns.push(JsonPath::parse(template).with_context(|| {
                    format!("error parsing jsonpath of column {} of {}", go::quote(title), definition.resource_type)
                })?);
            }
            writer.table.row(titles);
        }
        Ok(writer)
    }

    /// Writes a resource of a node. Rows of tables wait for [`flush`](Self::flush).
    pub(crate) fn write(
        &mut self,
        node: &str,
        resource: &Resource<Dynamic>,
        change: Change,
        io: &mut Io<'_>,
    ) -> anyhow::Result<()> {
        let spec = resource.spec.yaml_spec.as_str();
        let text = match &self.format {
            ResourceFormat::Table => {
                self.row(node, resource, change)?;
                return Ok(());
            }
            ResourceFormat::Yaml => {
                let mut text = String::new();
                if std::mem::replace(&mut self.begun, true) {
                    text.push_str("---\n");
                }
                text.push_str(&format!("node: {node}\n"));
                if self.watching {
                    text.push_str(&format!("event: {}\n", change.word()));
                }
                if spec.is_empty() {
                    text.push_str(&metadata(&resource.metadata));
                    io.stdout.write_all(text.as_bytes())?;
                    bail!(NO_SPEC);
                }
                text + &document(resource)
            }
            ResourceFormat::Json => {
                json::text(&self.value(node, resource, change)?, Layout::Indented, Keys::Sorted) + "\n"
            }
            ResourceFormat::JsonPath(path) => {
                path.lines(&self.value(node, resource, change)?).context("error finding result for jsonpath")?
            }
        };
        Ok(io.stdout.write_all(text.as_bytes())?)
    }

    /// Writes the rows that wait. Their columns do not line up with rows written before.
    pub(crate) fn flush(&mut self, io: &mut Io<'_>) -> anyhow::Result<()> {
        io.stdout.write_all(std::mem::take(&mut self.table).render().as_bytes())?;
        Ok(io.stdout.flush()?)
    }

    fn row(&mut self, node: &str, resource: &Resource<Dynamic>, change: Change) -> anyhow::Result<()> {
        let Metadata { namespace, id, version, .. } = &resource.metadata;
        if resource.spec.yaml_spec.is_empty() {
            bail!(NO_SPEC);
        }
        let spec = yaml::parse(id, &resource.spec.yaml_spec)?;
        let mut cells = vec![node.to_owned()];
        if self.watching {
            cells.push(change.sign().to_owned());
        }
        cells.extend([namespace, &self.display, id, version].map(String::clone));
        for column in &self.columns {
            cells.push(column.fill(&spec)?);
        }
        self.table.row(cells);
        Ok(())
    }

    /// The resource as generic data, with its node and what happened to it.
    fn value(&self, node: &str, resource: &Resource<Dynamic>, change: Change) -> anyhow::Result<Value> {
        if resource.spec.yaml_spec.is_empty() {
            bail!(NO_SPEC);
        }
        let text = |text: &str| Value::String(text.to_owned());
        let Value::Mapping(mut entries) = yaml::parse(&resource.metadata.id, &document(resource))? else {
            bail!("resource {} is not a mapping", resource.metadata.id);
        };
        entries.push((text("node"), text(node)));
        if self.watching {
            entries.push((text("event"), text(change.word())));
        }
        Ok(Value::Mapping(entries))
    }
}

/// A resource that is gone may come without what it said.
const NO_SPEC: &str = "YAML spec is not specified";

/// Metadata as YAML, and below it the spec as the node sent it.
pub(crate) fn document(resource: &Resource<Dynamic>) -> String {
    let mut text = metadata(&resource.metadata);
    text.push_str("spec:\n");
    for line in resource.spec.yaml_spec.lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// The same for a resource whose spec nobody may see.
pub(crate) fn redacted(metadata: &Metadata) -> String {
    self::metadata(metadata) + "spec: <REDACTED>\n"
}

fn metadata(metadata: &Metadata) -> String {
    let time = |time: &Option<prost_types::Timestamp>| {
        // Fractions are not shown.
        time.map(|time| prost_types::Timestamp { nanos: 0, ..time }.to_string()).unwrap_or_default()
    };
    let mut out = Emitter::new(YamlLayout::TALOS);
    out.mapping_start();
    out.field("metadata");
    out.mapping_start();
    let fields = [
        ("namespace", metadata.namespace.as_str()),
        ("type", &metadata.r#type),
        ("id", &metadata.id),
        ("version", &metadata.version),
        ("owner", &metadata.owner),
        ("phase", &metadata.phase),
        ("created", &time(&metadata.created)),
        ("updated", &time(&metadata.updated)),
    ];
    for (key, value) in fields {
        out.field(key);
        out.plain(value);
    }
    for (key, entries) in [("labels", &metadata.labels), ("annotations", &metadata.annotations)] {
        if !entries.is_empty() {
            out.field(key);
            out.mapping_start();
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort();
            for (key, value) in entries {
                out.plain_key(key);
                out.plain(value);
            }
            out.mapping_end();
        }
    }
    if !metadata.finalizers.is_empty() {
        out.field("finalizers");
        out.sequence_start();
        metadata.finalizers.iter().for_each(|finalizer| out.plain(finalizer));
        out.sequence_end();
    }
    out.mapping_end();
    out.mapping_end();
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_not_quoted() {
        let resource = Resource {
            metadata: Metadata {
                namespace: "network".into(),
                id: "0".into(),
                version: "2".into(),
                created: Some(prost_types::Timestamp { seconds: 1_700_632_800, nanos: 5 }),
                labels: [("b".to_owned(), "2".to_owned()), ("a".to_owned(), String::new())].into(),
                finalizers: vec!["f".into()],
                ..Metadata::default()
            },
            spec: Dynamic { yaml_spec: "x: 1 # kept\nlist:\n- a\n".into(), ..Dynamic::default() },
        };
        assert_eq!(
            document(&resource),
            "metadata:\n    namespace: network\n    type:\n    id: 0\n    version: 2\n    owner:\n    phase:\n    \
             created: 2023-11-22T06:00:00Z\n    updated:\n    labels:\n        a:\n        b: 2\n    finalizers:\n        \
             - f\nspec:\n    x: 1 # kept\n    list:\n    - a\n"
        );
    }
}
