//! Types and namespaces of resources.

use super::kinds::kinds;
use super::spec::spec;
use super::texts::texts;

kinds! {
    /// Namespaces of resources.
    Namespaces: NamespaceSpec = "Namespaces.meta.cosi.dev" in "meta" {
        display: "Namespace",
        aliases: ["ns"],
        columns: [],
    }

    /// Types of resources.
    ResourceDefinitions: ResourceDefinitionSpec = "ResourceDefinitions.meta.cosi.dev" in "meta" {
        display: "ResourceDefinition",
        aliases: ["api-resources"],
        columns: [("Aliases", "{.aliases[:]}")],
    }
}

spec! {
    /// What [`Namespaces`] say.
    NamespaceSpec = "cosi.resource.meta.NamespaceSpec" {
        1 description: String = "description",
    }

    /// What [`ResourceDefinitions`] say.
    ResourceDefinitionSpec = "cosi.resource.meta.ResourceDefinitionSpec" {
        1 resource_type: String = "type",
        2 display_type: String = "displayType",
        3 default_namespace: String = "defaultNamespace",
        4 aliases: Vec<String> = "aliases",
        5 all_aliases: Vec<String> = "allAliases",
        6 print_columns: Vec<PrintColumn> = "printColumns",
        7 sensitivity: Sensitivity = "sensitivity" [omit_empty],
    }

    /// A column of a table of resources.
    PrintColumn = "cosi.resource.meta.ResourceDefinitionSpec.PrintColumn" {
        1 name: String = "name",
        /// Where the cell is found in the YAML form of the spec.
        2 json_path: String = "jsonPath",
    }
}

texts! {
    /// Who may read resources of a type.
    Sensitivity("Sensitivity", "Sensitivity") of "cosi.resource.meta.ResourceDefinitionSpec.Sensitivity" {
        NON_SENSITIVE = 0 "",
        SENSITIVE = 1 "sensitive",
    }
}
