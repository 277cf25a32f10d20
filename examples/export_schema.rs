//! Prints the JSON schema of configurations, for editors.
//!
//! ```text
//! cargo run -p talos-examples --example export_schema > talos.schema.json
//! ```
//!
//! Editors with a YAML language server then complete and check a file that begins with
//! `# yaml-language-server: $schema=talos.schema.json`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(talos_config::schema::json_schema().as_bytes())
}
