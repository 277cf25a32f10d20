//! Writes the schema and the reference page of the configuration, or compares them with the tree.

use std::fs;

use anyhow::{Context, bail};

/// `[--check]`
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("the only option is --check"),
    };
    let files = [
        ("docs/schema/config.schema.json", talos_config::schema::json_schema()),
        ("docs/reference/configuration.md", talos_config::reference::markdown()),
    ];
    for (name, text) in files {
        let path = crate::workspace().join(name);
        if check {
            let known = fs::read_to_string(&path).with_context(|| name.to_owned())?;
            if known != text {
                bail!("{name} is not what the tables give: run `cargo xtask schema`");
            }
        } else {
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs::write(&path, text).with_context(|| name.to_owned())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn schema_and_reference_page_are_what_the_tables_give() {
        super::run(&["--check".to_owned()]).unwrap();
    }
}
