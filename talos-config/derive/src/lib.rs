//! The derive behind the sections of a machine configuration.
//!
//! `#[derive(Section)]` makes two things and nothing else: one static table that holds every fact about the fields of a
//! section, and the accessors that reach a field by its row number. Decoding, merging, writing, redaction, `Debug`, schema
//! and reference page are ordinary functions over the table (`talos-config-yaml`, module `section`).

mod field;
mod table;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct a section: a mapping with known keys.
///
/// On the struct: `#[section(go = "v1alpha1.NetworkConfig")]`, the type's name in texts of the reference.
///
/// On each field, `#[field(...)]` with
///
/// | Item | Meaning | Default |
/// |---|---|---|
/// | `key = "podSubnets"` | key in YAML | the field's name in camel case |
/// | `go = "PodSubnet"` | field name in merge errors of the reference | the key with an upper-case first letter |
/// | `type_name = "v1alpha1.VlanList"` | name of the value's type in type errors | derived from the shape |
/// | `emit = "always"`, `"omit"`, `"omit_absent"` | what is written when there is no value | `"omit"` |
/// | `merge = "replace"`, `"overwrite"` | rule of a strategic merge other than the type's own | the type's own |
/// | `same = path::to::function` | finds the entry of a list that a patch entry merges into | entries are appended |
/// | `secret = "redact"`, `"mask"` | hidden by redaction, or only in what we display | not secret |
/// | `since = "1.5"`, `deprecated = "1.2"` | minor releases | `"0.8"`, never |
/// | `reboot` | a change takes effect only after a reboot | takes effect at once |
/// | `control_plane` | only control plane machines read it | every machine does |
/// | `hidden` | a legacy key without documentation | documented |
/// | `default = "1024"` | value that an absent field stands for | none |
/// | `values("a", "b")` | the values it may have | any |
/// | `example = "..."` | the value in YAML, as the documented writer shows it; may be given again | none |
///
/// An example of several lines begins with a line break; the indentation that its lines share does not count.
///
/// The doc comment of the field is its documentation everywhere; the first line is the comment in written files.
#[proc_macro_derive(Section, attributes(section, field))]
pub fn section(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    table::expand(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}
