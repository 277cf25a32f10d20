//! Writes the table and the accessors of one section.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Result};

use crate::field::{Row, documentation};

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(syn::Error::new_spanned(input, "a section is a struct"));
    };
    let rows = match &data.fields {
        Fields::Named(fields) => fields.named.iter().map(Row::read).collect::<Result<Vec<_>>>()?,
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => return Err(syn::Error::new_spanned(fields, "a section has named fields")),
    };
    let go_name = go_name(input)?;
    let doc = documentation(&input.attrs);
    let name = &input.ident;
    let table = rows.iter().map(Row::tokens);
    let numbers: Vec<usize> = (0..rows.len()).collect();
    let names: Vec<_> = rows.iter().map(|row| &row.name).collect();
    Ok(quote! {
        const _: () = {
            use ::talos_config_yaml::fields::{Described, Emit, Field, Fields, Merge, Node, Secret, Section, Shape};

            static TABLE: Section = Section { go_name: #go_name, doc: #doc, fields: &[#(#table),*] };

            impl Described for #name {
                const SHAPE: Shape = Shape::Section(&TABLE);
            }

            impl Fields for #name {
                fn section(&self) -> &'static Section {
                    &TABLE
                }

                fn field(&self, row: usize) -> &dyn Node {
                    match row {
                        #(#numbers => &self.#names,)*
                        _ => ::core::unreachable!("a section has no row {row}"),
                    }
                }

                fn field_mut(&mut self, row: usize) -> &mut dyn Node {
                    match row {
                        #(#numbers => &mut self.#names,)*
                        _ => ::core::unreachable!("a section has no row {row}"),
                    }
                }
            }

            ::talos_config_yaml::section_node!(#name);
        };
    })
}

/// The `go` item of `#[section(...)]`.
fn go_name(input: &DeriveInput) -> Result<String> {
    let mut name = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("section")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("go") {
                return Err(meta.error("unknown item of a section"));
            }
            name = Some(meta.value()?.parse::<LitStr>()?.value());
            Ok(())
        })?;
    }
    name.ok_or_else(|| syn::Error::new_spanned(&input.ident, "give `#[section(go = \"package.Type\")]`"))
}
