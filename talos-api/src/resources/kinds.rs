//! Types of resources: names, and how a table of them looks.

use std::fmt;

use super::spec::{Message, Spec};

/// Suffix of type names is cut off part by part for their long names.
const SEPARATOR: char = '.';

/// A type of resources, as a type: `client.resources::<Members>()`.
pub trait Kind {
    /// What resources of the type say.
    type Spec: Spec;

    /// Names and looks of the type.
    const DEFINITION: &'static Definition;
}

/// Names and looks of a type.
#[derive(Clone, Copy)]
pub struct Definition {
    /// Full name: `Members.cluster.talos.dev`.
    pub type_name: &'static str,
    /// Name of a single one: `Member`.
    pub display_type: &'static str,
    /// Namespace resources of the type are in, unless told otherwise.
    pub namespace: &'static str,
    /// Whether only admins may read them.
    pub is_sensitive: bool,
    /// Short names beyond those that follow from the others.
    pub declared_aliases: &'static [&'static str],
    /// Columns of a table: heading, and JSONPath into the YAML form of the spec.
    pub columns: &'static [(&'static str, &'static str)],
    /// An empty spec, for reading and comparing.
    pub(super) empty: fn() -> Box<dyn Message>,
}

impl Definition {
    /// Id of the resource that describes the type: the name in lower case.
    pub fn id(&self) -> String {
        self.type_name.to_lowercase()
    }

    /// Short names: declared ones, the singular, and the capitals, with and without a plural `s`.
    pub fn aliases(&self) -> Vec<String> {
        let mut aliases: Vec<String> = self.declared_aliases.iter().map(|alias| (*alias).to_owned()).collect();
        aliases.push(self.display_type.to_lowercase());
        let capitals: String = self.display_type.chars().filter(char::is_ascii_uppercase).collect();
        if capitals.len() > 1 {
            let capitals = capitals.to_lowercase();
            let plural = (!capitals.ends_with('s')).then(|| format!("{capitals}s"));
            aliases.push(capitals);
            aliases.extend(plural);
        }
        aliases
    }

    /// All names a user may give: the long name cut at each dot, then the [`aliases`](Self::aliases).
    pub fn all_aliases(&self) -> Vec<String> {
        let id = self.id();
        let cuts = id.char_indices().filter(|(_, letter)| *letter == SEPARATOR).map(|(place, _)| place);
        let mut names: Vec<String> = cuts.map(|place| id[..place].to_owned()).collect();
        names.extend(self.aliases());
        names
    }

    /// Full name of the protobuf message of the spec; empty for types that say nothing.
    pub fn message_name(&self) -> &'static str {
        self.empty_spec().message_name()
    }

    /// An empty spec of the type.
    pub fn empty_spec(&self) -> Box<dyn Message> {
        (self.empty)()
    }

    /// What the resource that describes the type says.
    pub fn to_spec(&self) -> super::meta::ResourceDefinitionSpec {
        use super::meta::{PrintColumn, Sensitivity};
        let columns = self.columns.iter();
        super::meta::ResourceDefinitionSpec {
            resource_type: self.type_name.into(),
            display_type: self.display_type.into(),
            default_namespace: self.namespace.into(),
            aliases: self.aliases(),
            all_aliases: self.all_aliases(),
            print_columns: columns
                .map(|(name, path)| PrintColumn { name: (*name).into(), json_path: (*path).into() })
                .collect(),
            sensitivity: if self.is_sensitive { Sensitivity::SENSITIVE } else { Sensitivity::NON_SENSITIVE },
        }
    }
}

impl fmt::Debug for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definition").field("type_name", &self.type_name).finish_non_exhaustive()
    }
}

/// Defines types of resources.
macro_rules! kinds {
    ($(
        $(#[$doc:meta])*
        $name:ident: $spec:ident = $type_name:literal in $namespace:literal {
            display: $display:literal,
            aliases: [$($alias:literal),*],
            columns: [$(($heading:literal, $path:literal)),* $(,)?],
            $(sensitive: $sensitive:literal,)?
        }
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::resources::Kind for $name {
            type Spec = $spec;

            const DEFINITION: &'static $crate::resources::Definition = &$crate::resources::Definition {
                type_name: $type_name,
                display_type: $display,
                namespace: $namespace,
                is_sensitive: false $(|| $sensitive)?,
                declared_aliases: &[$($alias),*],
                columns: &[$(($heading, $path)),*],
                empty: || Box::new($spec::default()),
            };
        }
    )*};
}
pub(super) use kinds;
