//! Null entries in lists of sections. The reference dies on them; here they are errors.

use talos_config_yaml::fields::{Entries, Fields, Place, Shape, View};

use super::at::At;
use crate::v1alpha1::Config;
use crate::validate::Findings;

/// Reports every null entry with its place.
pub(super) fn check(config: &Config, out: &mut Findings) {
    check_section(config, At::root(""), out);
}

fn check_section(section: &dyn Fields, at: At<'_>, out: &mut Findings) {
    for (row, field) in section.section().fields.iter().enumerate() {
        if field.shape.inner_section().is_none() {
            continue;
        }
        let at = at.key(field.key);
        match section.field(row).view() {
            View::Section(inner) => check_section(inner, at, out),
            View::List(entries) => check_entries(entries, is_section_list(field.shape), at, out),
            View::Map(entries) => check_entries(entries, false, at, out),
            View::Null | View::Scalar => {}
        }
    }
}

fn check_entries(entries: &dyn Entries, refuses_null: bool, at: At<'_>, out: &mut Findings) {
    entries.each(&mut |place, value| {
        let at = match place {
            Place::Index(index) => at.index(index),
            Place::Key(key) => at.entry(key),
        };
        match value.view() {
            View::Section(inner) => check_section(inner, at, out),
            View::Null if refuses_null => {
                let path = at.path();
                let message = format!("{path}: null is not allowed here");
                out.error(path, message);
            }
            _ => {}
        }
    });
}

fn is_section_list(shape: &Shape) -> bool {
    matches!(shape.present(), Shape::SectionList(_))
}
