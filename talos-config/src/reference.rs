//! The reference page of the configuration, from the tables of its sections.

use std::fmt::Write;

use talos_config_yaml::fields::{Emit, Field, Merge, Secret, Section, Shape};

use crate::kinds;

/// Every section with its fields as Markdown: type, default, release, rule of merging, secrecy, example.
pub fn markdown() -> String {
    let mut page = Page { text: String::new(), done: Vec::new() };
    page.text.push_str(
        "# Machine configuration\n\nThe documents of a configuration and all their fields, as of Talos 1.5.\n",
    );
    for kind in std::iter::once(&kinds::LEGACY).chain(kinds::NAMED) {
        page.section((kind.section)(), if kind.kind.is_empty() { "Main document" } else { kind.kind });
    }
    page.text
}

struct Page {
    text: String,
    done: Vec<&'static str>,
}

impl Page {
    fn section(&mut self, section: &'static Section, title: &str) {
        if self.done.contains(&section.go_name) {
            return;
        }
        self.done.push(section.go_name);
        let text = &mut self.text;
        line(text, &format!("\n## {title}\n"));
        line(text, section.doc);
        if !section.fields.is_empty() {
            line(text, "\n| Field | Value | |\n|---|---|---|");
            section.fields.iter().for_each(|field| self.row(field));
        }
        for field in section.fields.iter().filter(|field| !field.examples.is_empty() && !field.hidden) {
            if matches!(field.shape.present(), Shape::Text | Shape::Flag | Shape::Integer { .. } | Shape::Special(_)) {
                continue;
            }
            line(&mut self.text, &format!("\n`{}`, for example:\n", field.key));
            for example in field.examples {
                let block = example.lines().map(|text| format!("  {text}")).collect::<Vec<_>>().join("\n");
                line(&mut self.text, &format!("```yaml\n{}:\n{block}\n```", field.key));
            }
        }
        for field in section.fields {
            if let Some(inner) = field.shape.inner_section() {
                self.section(inner, &anchor(inner));
            }
        }
    }

    fn row(&mut self, field: &Field) {
        let mut notes = vec![field.doc.replace("\n\n", " ").replace('\n', " ")];
        notes.extend(field.default.map(|default| format!("Default: `{default}`.")));
        if !field.values.is_empty() {
            let values: Vec<_> = field.values.iter().map(|value| format!("`{value}`")).collect();
            notes.push(format!("Values: {}.", values.join(", ")));
        }
        if field.since != "0.8" {
            notes.push(format!("Since {}.", field.since));
        }
        notes.extend(field.deprecated.map(|release| format!("**Deprecated** since {release}.")));
        match field.merge {
            Merge::Keyed(_) => notes.push("A patch merges entries by their key.".to_owned()),
            Merge::Replace => notes.push("A patch replaces the value as a whole.".to_owned()),
            _ => {}
        }
        if field.secret != Secret::Open {
            notes.push("Secret.".to_owned());
        }
        if field.control_plane {
            notes.push("Control plane only.".to_owned());
        }
        if field.reboot {
            notes.push("A change needs a reboot.".to_owned());
        }
        if field.emit == Emit::Always {
            notes.push("Always written.".to_owned());
        }
        let notes = notes.join(" ").replace('|', "\\|");
        line(&mut self.text, &format!("| `{}` | {} | {} |", field.key, form(field.shape), notes.trim()));
    }
}

/// The form of a value in words, with a link to the section in it.
fn form(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Flag => "`true` or `false`".to_owned(),
        Shape::Integer { min, max, .. } if *min < 0 || *max > u64::from(u32::MAX) => "whole number".to_owned(),
        Shape::Integer { min, max, .. } => format!("whole number, {min} to {max}"),
        Shape::Special(special) => special.name.to_owned(),
        Shape::FreeForm => "mapping of any content".to_owned(),
        Shape::Section(section) => {
            let name = anchor(section);
            format!("[{name}](#{})", name.to_lowercase())
        }
        Shape::List(item) | Shape::SectionList(item) => format!("list of {}", form(item)),
        Shape::Map(value) => format!("mapping of names to {}", form(value)),
        Shape::Optional(inner) => form(inner),
    }
}

fn anchor(section: &Section) -> String {
    section.go_name.rsplit('.').next().unwrap_or(section.go_name).to_owned()
}

fn line(text: &mut String, content: &str) {
    writeln!(text, "{content}").expect("a string takes all that is written to it");
}
