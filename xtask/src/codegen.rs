//! Makes `talos-api/src/gen` from `talos-api/proto`: one Rust file per package, a module tree over them, and the
//! compiled descriptors. No `protoc` is involved.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use prost_types::FileDescriptorSet;

/// Folders that imports are looked up in, below `talos-api`.
const ROOTS: &[&str] = &["proto", "proto/vendor"];

/// Packages whose messages are written by hand: resource specs have one definition, which also knows their YAML form.
const WITHOUT_CODE: &[&str] = &["talos.resource.definitions", "resource", "cosi.resource.meta"];

/// Fields that hold bulk data and share the receive buffer instead of copying it.
const SHARED_BYTES: &[&str] = &[".common.Data.bytes", ".cosi.resource.Spec.proto_spec"];

/// Messages that may hold secrets or bulk data; `talos-api/src/redact.rs` says what their `Debug` shows.
const OWN_DEBUG: &[&str] = &[
    ".common.Data",
    ".cosi.resource.Spec",
    ".machine.ApplyConfigurationRequest",
    ".machine.GenerateClientConfiguration",
    ".machine.GenerateConfiguration",
    ".machine.MetaWriteRequest",
    ".sidero.kms.Request",
    ".sidero.kms.Response",
    ".sidero.link.ProvisionRequest",
];

pub(crate) fn run(options: &[String]) -> Result<()> {
    let check = match options {
        [] => false,
        [option] if option == "--check" => true,
        _ => bail!("unknown option: {}", options.join(" ")),
    };
    let api = crate::workspace().join("talos-api");
    let folder = api.join("src/gen");
    let made = generate(&api)?;
    if check {
        return compare(&folder, &made);
    }
    fs::create_dir_all(&folder)?;
    for stale in listing(&folder)?.into_iter().filter(|name| !made.contains_key(name)) {
        fs::remove_file(folder.join(stale))?;
    }
    for (name, content) in &made {
        let path = folder.join(name);
        if fs::read(&path).ok().as_ref() != Some(content) {
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// File name to content of everything in the generated folder.
fn generate(api: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let roots: Vec<PathBuf> = ROOTS.iter().map(|root| api.join(root)).collect();
    let mut compiler = protox::Compiler::new(&roots)?;
    compiler.include_source_info(true).include_imports(true).open_files(sources(&roots)?)?;
    let descriptors = compiler.file_descriptor_set();
    // Comments and positions serve the Rust files only.
    compiler.include_source_info(false);
    // Not `descriptors.encode_to_vec()`: that type has no room for the options declared in common.proto.
    let compiled = compiler.encode_file_descriptor_set();

    let scratch = crate::workspace().join("target/codegen");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)?;
    }
    fs::create_dir_all(&scratch)?;
    let coded =
        FileDescriptorSet { file: descriptors.file.iter().filter(|file| has_code(file.package())).cloned().collect() };
    let builder =
        tonic_prost_build::configure().out_dir(&scratch).build_transport(false).btree_map(".").skip_debug(OWN_DEBUG);
    SHARED_BYTES
        .iter()
        .fold(builder, |builder, field| builder.bytes(field))
        .client_mod_attribute(".", "#[cfg(feature = \"client\")]")
        .server_mod_attribute(".", "#[cfg(feature = \"server\")]")
        .compile_fds(coded)
        .context("cannot generate code")?;

    let mut made = BTreeMap::new();
    for name in listing(&scratch)? {
        made.insert(name.clone(), fs::read(scratch.join(&name))?);
    }
    let packages: Vec<&str> = made.keys().filter_map(|name| name.strip_suffix(".rs")).collect();
    made.insert("mod.rs".into(), module_tree(&packages).into_bytes());
    made.insert("descriptors.bin".into(), compiled);
    Ok(made)
}

fn has_code(package: &str) -> bool {
    !WITHOUT_CODE
        .iter()
        .any(|prefix| package.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Every `.proto` file below the roots, sorted; a file below an inner root counts once.
fn sources(roots: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![roots[0].clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                // Named relative to the innermost root, as importers name it.
                let root = roots.iter().rev().find(|root| path.starts_with(root)).expect("walk starts at a root");
                found.push(path.strip_prefix(root)?.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Nested modules that mirror the packages: generated code refers to other packages through `super`.
fn module_tree(packages: &[&str]) -> String {
    #[derive(Default)]
    struct Node {
        package: Option<String>,
        children: BTreeMap<String, Node>,
    }
    fn write(node: &Node, depth: usize, text: &mut String) {
        let indent = "    ".repeat(depth);
        if let Some(package) = &node.package {
            text.push_str(&format!("{indent}include!(\"{package}.rs\");\n"));
        }
        for (name, child) in &node.children {
            text.push_str(&format!("{indent}pub mod {name} {{\n"));
            write(child, depth + 1, text);
            text.push_str(&format!("{indent}}}\n"));
        }
    }
    let mut root = Node::default();
    for package in packages {
        let node = package.split('.').fold(&mut root, |node, part| node.children.entry(part.into()).or_default());
        node.package = Some((*package).to_owned());
    }
    let mut text = String::from(
        "// @generated by `cargo xtask codegen`.\n\n\
         //! Messages, clients and servers under the names of their packages.\n\
         #![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::nursery, rustdoc::all)]\n\n",
    );
    write(&root, 0, &mut text);
    text
}

fn compare(folder: &Path, made: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut differing: Vec<String> = listing(folder)?.into_iter().filter(|name| !made.contains_key(name)).collect();
    for (name, content) in made {
        if fs::read(folder.join(name)).ok().as_ref() != Some(content) {
            differing.push(name.clone());
        }
    }
    ensure!(
        differing.is_empty(),
        "{} differs from the .proto files in: {}; run `cargo xtask codegen`",
        folder.display(),
        differing.join(", ")
    );
    Ok(())
}

fn listing(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    #[test]
    fn generated_code_is_what_the_proto_files_give() {
        super::run(&["--check".to_owned()]).unwrap();
    }
}
