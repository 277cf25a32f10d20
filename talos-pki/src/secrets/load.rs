//! `secrets.yaml` to bundle and back.

use talos_config_yaml::decode::Decoder;
use talos_config_yaml::emit::{Emitter, Layout};
use talos_config_yaml::error::SyntaxError;
use talos_config_yaml::fields::Node;
use talos_config_yaml::source::{Position, Source};
use talos_config_yaml::tree::{Options, Tree};
use zeroize::Zeroizing;

use super::{Bundle, Cluster};

impl Bundle {
    /// Reads `secrets.yaml`.
    ///
    /// Only the first document is read, and keys that are not known are passed over. What is missing stays absent;
    /// [`Bundle::validate`] tells what that is. The text is wiped from memory afterwards.
    ///
    /// ```
    /// use talos_pki::secrets::Bundle;
    ///
    /// let bundle = Bundle::from_yaml("cluster:\n    id: a\n    secret: b\n").unwrap();
    /// assert_eq!(bundle.cluster.unwrap().id, "a");
    /// assert_eq!(Bundle::from_yaml("").unwrap_err().to_string(), "EOF");
    /// ```
    ///
    /// # Errors
    /// [`LoadError`], in the words of the reference.
    pub fn from_yaml(text: impl Into<Vec<u8>>) -> Result<Self, LoadError> {
        read(text.into())
    }

    /// Reads the older form of three texts, as Cluster API providers kept it before `bundle`: the content of `certs`, of
    /// `secrets` and of `trustdinfo`. Such clusters have neither id nor secret; both are empty.
    ///
    /// # Errors
    /// [`LoadError`] of the first text that cannot be read.
    pub fn from_parts(
        certs: impl Into<Vec<u8>>,
        secrets: impl Into<Vec<u8>>,
        trustd_info: impl Into<Vec<u8>>,
    ) -> Result<Self, LoadError> {
        Ok(Self {
            cluster: Some(Cluster::default()),
            secrets: Some(read(secrets.into())?),
            trustd_info: Some(read(trustd_info.into())?),
            certs: Some(read(certs.into())?),
        })
    }

    /// Writes `secrets.yaml`, byte for byte as the reference does. The text is wiped when it is dropped.
    pub fn to_yaml(&self) -> Zeroizing<String> {
        write(self, Layout::V3 { indent: 4 })
    }

    /// Writes the same with an indent of two, as Cluster API providers store it.
    pub fn to_yaml_two_spaces(&self) -> Zeroizing<String> {
        write(self, Layout::V2)
    }
}

fn read<T: Node + Default>(text: Vec<u8>) -> Result<T, LoadError> {
    let source = Source::new("secrets.yaml", text);
    let (tree, fault) = Tree::parse(&source, Options::default());
    let Some(&document) = tree.documents().first() else {
        return Err(fault.map_or(LoadError::Empty, LoadError::Syntax));
    };
    let mut value = T::default();
    let Some(root) = tree.root(document) else { return Ok(value) };
    let mut decoder = Decoder::new(&tree);
    value.decode(&mut decoder, root);
    let outcome = decoder.finish();
    let Some(text) = outcome.go_text(&tree) else { return Ok(value) };
    let first = outcome.fatal.as_ref().map(|(at, _)| *at);
    let first = first.or_else(|| outcome.problems.first().map(|problem| problem.at));
    Err(LoadError::Content { text, position: first.map(|at| tree.position(at)) })
}

fn write(bundle: &Bundle, layout: Layout) -> Zeroizing<String> {
    // Room for a bundle with RSA keys, so that no copy is left behind by a growing text.
    let mut out = Emitter::with_capacity(layout, 32 * 1024);
    bundle.encode(&mut out);
    Zeroizing::new(out.finish())
}

/// Why a text is no secrets bundle.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There is no document.
    #[error("EOF")]
    Empty,
    /// The text is not YAML.
    #[error(transparent)]
    Syntax(SyntaxError),
    /// Values of other types than expected, keys that stand twice, base64 that is none.
    #[error("{text}")]
    Content {
        /// Everything that is wrong.
        text: String,
        /// Where the first problem is.
        position: Option<Position>,
    },
}
