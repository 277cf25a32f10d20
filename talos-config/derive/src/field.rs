//! Reads the attributes of one field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Field, Lit, LitStr, Path, Result, Type};

/// One field of a section with everything its attributes say.
pub(crate) struct Row {
    pub(crate) name: syn::Ident,
    ty: Type,
    key: String,
    go_name: String,
    doc: String,
    type_name: Option<LitStr>,
    emit: TokenStream,
    merge: TokenStream,
    secret: TokenStream,
    since: String,
    deprecated: Option<LitStr>,
    reboot: bool,
    control_plane: bool,
    hidden: bool,
    default: Option<LitStr>,
    values: Vec<LitStr>,
    examples: Vec<LitStr>,
}

impl Row {
    pub(crate) fn read(field: &Field) -> Result<Self> {
        let name = field.ident.clone().ok_or_else(|| syn::Error::new_spanned(field, "a section has named fields"))?;
        let key = camel_case(&name.to_string());
        let mut row = Self {
            name,
            ty: field.ty.clone(),
            go_name: String::new(),
            key,
            doc: documentation(&field.attrs),
            type_name: None,
            emit: quote!(Omit),
            merge: quote!(Merge::Typed),
            secret: quote!(Open),
            since: "0.8".to_owned(),
            deprecated: None,
            reboot: false,
            control_plane: false,
            hidden: false,
            default: None,
            values: Vec::new(),
            examples: Vec::new(),
        };
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("field")) {
            row.read_attribute(attribute)?;
        }
        if row.go_name.is_empty() {
            row.go_name = upper_first(&row.key);
        }
        Ok(row)
    }

    fn read_attribute(&mut self, attribute: &Attribute) -> Result<()> {
        attribute.parse_nested_meta(|meta| {
            let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
            match word.as_str() {
                "reboot" => self.reboot = true,
                "control_plane" => self.control_plane = true,
                "hidden" => self.hidden = true,
                "values" => {
                    let content;
                    syn::parenthesized!(content in meta.input);
                    let values = content.parse_terminated(<LitStr as syn::parse::Parse>::parse, syn::Token![,])?;
                    self.values = values.into_iter().collect();
                }
                "same" => {
                    let path: Path = meta.value()?.parse()?;
                    self.merge = quote!(Merge::Keyed(|left, right| {
                        ::talos_config_yaml::fields::same_entry(left, right, #path)
                    }));
                }
                "key" => self.key = meta.value()?.parse::<LitStr>()?.value(),
                "go" => self.go_name = meta.value()?.parse::<LitStr>()?.value(),
                "since" => self.since = meta.value()?.parse::<LitStr>()?.value(),
                "type_name" => self.type_name = Some(meta.value()?.parse()?),
                "deprecated" => self.deprecated = Some(meta.value()?.parse()?),
                "default" => self.default = Some(meta.value()?.parse()?),
                "example" => {
                    let example: LitStr = meta.value()?.parse()?;
                    self.examples.push(LitStr::new(&dedent(&example.value()), example.span()));
                }
                "emit" => {
                    let value: LitStr = meta.value()?.parse()?;
                    self.emit = match value.value().as_str() {
                        "always" => quote!(Always),
                        "omit" => quote!(Omit),
                        "omit_absent" => quote!(OmitAbsent),
                        _ => return Err(syn::Error::new_spanned(value, "`always`, `omit` or `omit_absent`")),
                    };
                }
                "merge" => {
                    let value: LitStr = meta.value()?.parse()?;
                    self.merge = match value.value().as_str() {
                        "replace" => quote!(Merge::Replace),
                        "overwrite" => quote!(Merge::Overwrite),
                        _ => return Err(syn::Error::new_spanned(value, "`replace` or `overwrite`")),
                    };
                }
                "secret" => {
                    let value: LitStr = meta.value()?.parse()?;
                    self.secret = match value.value().as_str() {
                        "redact" => quote!(Redacted),
                        "mask" => quote!(Masked),
                        _ => return Err(syn::Error::new_spanned(value, "`redact` or `mask`")),
                    };
                }
                _ => return Err(meta.error("unknown item of a field")),
            }
            Ok(())
        })
    }

    /// The row of the static table.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self {
            ty,
            key,
            go_name,
            doc,
            emit,
            merge,
            secret,
            since,
            reboot,
            control_plane,
            hidden,
            values,
            examples,
            ..
        } = self;
        let optional = |text: &Option<LitStr>| match text {
            Some(text) => quote!(::core::option::Option::Some(#text)),
            None => quote!(::core::option::Option::None),
        };
        let (type_name, deprecated, default) =
            (optional(&self.type_name), optional(&self.deprecated), optional(&self.default));
        quote! {
            Field {
                key: #key,
                go_name: #go_name,
                doc: #doc,
                type_name: #type_name,
                emit: Emit::#emit,
                merge: #merge,
                secret: Secret::#secret,
                since: #since,
                deprecated: #deprecated,
                reboot: #reboot,
                control_plane: #control_plane,
                hidden: #hidden,
                default: #default,
                values: &[#(#values),*],
                examples: &[#(#examples),*],
                shape: &<#ty as Described>::SHAPE,
            }
        }
    }
}

/// Doc comment lines joined, each without the blank after the slashes.
pub(crate) fn documentation(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta.require_name_value().ok()?.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let text = text.value();
                Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
            }
            _ => None,
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// A text that stands on lines of its own, without the indentation that its lines share.
fn dedent(text: &str) -> String {
    let Some(block) = text.strip_prefix('\n') else { return text.to_owned() };
    let indentation = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let lines = || block.trim_end_matches(' ').lines();
    let shared = lines().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0);
    lines().map(|line| line.get(shared..).unwrap_or_default().to_owned() + "\n").collect()
}

fn camel_case(name: &str) -> String {
    let mut words = name.trim_start_matches("r#").split('_');
    let mut key = words.next().unwrap_or_default().to_owned();
    for word in words {
        key.push_str(&upper_first(word));
    }
    key
}

fn upper_first(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
