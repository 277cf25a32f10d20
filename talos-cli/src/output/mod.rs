//! Results as tables for people, or as JSON and YAML for programs.

pub(crate) mod json;
pub(crate) mod jsonpath;
mod listing;
pub(crate) mod resources;
pub(crate) mod yaml;

pub(crate) use listing::{Cell, Column, Format, Listing, OUTPUT, column, print_record};
