//! Rows that become a table, or records with the same content.

use std::io::Write;

use talos_config_yaml::value::Value;

use super::json::{self, Keys, Layout};
use super::yaml;
use crate::call::Call;
use crate::flag::FlagOf;
use crate::io::Io;
use crate::table::Table;

/// Form of the results, for commands whose results are tables in the original.
pub(crate) static OUTPUT: FlagOf<str> =
    FlagOf::choice("output", "Form of the results", &["json", "table", "yaml"], "table").short('o').addition();

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// JSON: one list, or one object a line for results that come one by one.
    Json,
    /// YAML: one list, or one document for each result that comes by itself.
    Yaml,
}

impl Format {
    /// The value of [`OUTPUT`].
    pub(crate) fn of(call: &Call<'_>) -> Self {
        Self::named(call.get(&OUTPUT))
    }

    /// The form with this name; tables for any other.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "json" => Self::Json,
            "yaml" => Self::Yaml,
            _ => Self::Table,
        }
    }
}

/// A column: its title in tables, its key in records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) key: &'static str,
}

/// A column with a title and a key.
pub(crate) const fn column(title: &'static str, key: &'static str) -> Column {
    Column { title, key }
}

/// What stands in a column: its text in tables, its value in records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    text: String,
    value: Value,
}

impl Cell {
    /// A cell that shows a value in a certain way.
    pub(crate) fn shown(text: impl Into<String>, value: impl Into<Cell>) -> Self {
        Self { text: text.into(), value: value.into().value }
    }

    /// A list, joined in tables.
    pub(crate) fn list<T: Into<Cell>>(items: impl IntoIterator<Item = T>, separator: &str) -> Self {
        let cells: Vec<Cell> = items.into_iter().map(Into::into).collect();
        let text = cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(separator);
        Self { text, value: Value::Sequence(cells.into_iter().map(|cell| cell.value).collect()) }
    }

    /// A cell with any value.
    pub(crate) fn of(text: impl Into<String>, value: Value) -> Self {
        Self { text: text.into(), value }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { value: Value::String(text.clone()), text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self { text: value.to_string(), value: Value::Bool(value) }
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        let number = i64::try_from(value).map_or(Value::Uint(value), Value::Int);
        Self { text: value.to_string(), value: number }
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self { text: value.to_string(), value: Value::Int(value) }
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        u64::from(value).into()
    }
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        i64::from(value).into()
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self { text: value.to_string(), value: Value::Float(value) }
    }
}

/// Rows under columns.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    columns: Vec<Column>,
    format: Format,
    header: bool,
    /// Whether tables leave the first column out.
    headless: bool,
    rows: Vec<Vec<Cell>>,
}

impl Listing {
    /// A listing without rows.
    pub(crate) fn new(columns: &[Column], format: Format) -> Self {
        Self { columns: columns.to_vec(), format, header: true, headless: false, rows: Vec::new() }
    }

    /// Leaves the line of titles out, or shows it.
    pub(crate) fn header(&mut self, shown: bool) -> &mut Self {
        self.header = shown;
        self
    }

    /// Leaves the first column out of tables. Records have it nevertheless.
    pub(crate) fn hide_first(&mut self, hidden: bool) -> &mut Self {
        self.headless = hidden;
        self
    }

    /// Whether it has no rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) -> &mut Self {
        let cells: Vec<Cell> = cells.into_iter().collect();
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
        self
    }

    /// Writes everything to standard output.
    pub(crate) fn print(&self, io: &mut Io<'_>) -> std::io::Result<()> {
        io.stdout.write_all(self.render().as_bytes())
    }

    fn render(&self) -> String {
        match self.format {
            Format::Table => {
                let mut table = Table::new();
                let hidden = usize::from(self.headless);
                if self.header {
                    table.row(self.columns.iter().skip(hidden).map(|column| column.title));
                }
                for row in &self.rows {
                    table.row(row.iter().skip(hidden).map(|cell| cell.text.as_str()));
                }
                table.render()
            }
            Format::Json => {
                let mapping = |record: Vec<(String, Value)>| {
                    Value::Mapping(record.into_iter().map(|(key, value)| (Value::String(key), value)).collect())
                };
                let list = Value::Sequence(self.records().into_iter().map(mapping).collect());
                json::text(&list, Layout::Indented, Keys::Kept) + "\n"
            }
            Format::Yaml => yaml::records(&self.records()),
        }
    }

    fn records(&self) -> Vec<Vec<(String, Value)>> {
        let record = |row: &Vec<Cell>| {
            let fields = self.columns.iter().zip(row);
            fields.map(|(column, cell)| (column.key.to_owned(), cell.value.clone())).collect()
        };
        self.rows.iter().map(record).collect()
    }
}

/// Writes one result of a stream: an object on a line, or a document.
pub(crate) fn print_record(fields: &[(&str, Value)], format: Format, io: &mut Io<'_>) -> std::io::Result<()> {
    let text = match format {
        Format::Yaml => {
            let fields: Vec<_> = fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
            format!("---\n{}", yaml::record(&fields))
        }
        Format::Json | Format::Table => {
            let entries = fields.iter().map(|(key, value)| (Value::String((*key).to_owned()), value.clone()));
            json::text(&Value::Mapping(entries.collect()), Layout::Compact, Keys::Kept) + "\n"
        }
    };
    io.stdout.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(format: Format) -> Listing {
        let mut listing =
            Listing::new(&[column("NODE", "node"), column("SIZE", "size"), column("ON", "mounts")], format);
        listing.row(["10.5.0.2".into(), Cell::shown("1.0 kB", 1000u64), Cell::list(["a", "b"], ",")]);
        listing
    }

    #[test]
    fn one_content_has_three_forms() {
        assert_eq!(listing(Format::Table).render(), "NODE       SIZE     ON\n10.5.0.2   1.0 kB   a,b\n");
        assert_eq!(
            listing(Format::Json).render(),
            "[\n    {\n        \"node\": \"10.5.0.2\",\n        \"size\": 1000,\n        \"mounts\": [\n            \"a\",\n            \"b\"\n        ]\n    }\n]\n"
        );
        assert_eq!(listing(Format::Yaml).render(), "- node: 10.5.0.2\n  size: 1000\n  mounts:\n    - a\n    - b\n");
    }

    #[test]
    fn titles_and_first_column_may_be_left_out() {
        assert_eq!(listing(Format::Table).header(false).render(), "10.5.0.2   1.0 kB   a,b\n");
        assert_eq!(listing(Format::Table).hide_first(true).render(), "SIZE     ON\n1.0 kB   a,b\n");
        assert!(listing(Format::Yaml).hide_first(true).render().starts_with("- node: 10.5.0.2\n"));
    }
}
