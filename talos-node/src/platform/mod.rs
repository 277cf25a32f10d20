//! Where a machine stands, and what it is told there.
//!
//! | Module | Holds |
//! |---|---|
//! | [`container`] | [`Container`]: a machine that somebody starts with an environment |
//! | [`metal`] | [`Metal`]: a machine of its own, which is told by the command line of its kernel |
//! | [`download`] | configurations from addresses: again and again, until there is one |
//! | [`http`] | one request |
//! | [`proxy`] | who asks on the machine's behalf |
//! | [`tftp`] | one file of a boot server |
//! | [`variables`] | addresses that name the machine |
//!
//! The platforms of clouds are not here yet: a machine that is told to be on one of them does not start.
//! Source: `internal/app/machined/pkg/runtime/v1alpha1/platform` (1.5).

pub mod container;
pub mod download;
pub mod http;
pub mod metal;
pub mod proxy;
pub mod tftp;
pub mod variables;

use std::fmt::Debug;
use std::io::{self, Read};
use std::sync::Arc;

use flate2::read::GzDecoder;
use talos_api::resources::runtime::PlatformMetadataSpec;
pub use talos_config::validate::Mode;
use talos_pki::base64;

pub use self::container::Container;
pub use self::metal::Metal;
use crate::machine::Machine;

/// A platform.
#[tonic::async_trait]
pub trait Platform: Debug + Send + Sync + 'static {
    /// Its name, as `talos.platform` has it.
    fn name(&self) -> &'static str;

    /// What kind of machines stand there.
    fn mode(&self) -> Mode;

    /// The configuration that the platform has for the machine, as it is given; `None` if it has none. Takes as long as it
    /// takes to get it.
    ///
    /// # Errors
    /// When there should be one that cannot be had.
    async fn configuration(&self, machine: &Machine) -> Result<Option<Vec<u8>>, Error>;

    /// What the platform says about the machine, as far as that is known now. Asked again when the firmware has told what
    /// machine it is.
    fn metadata(&self, machine: &Machine) -> PlatformMetadataSpec;

    /// The name that the machine has there; empty when it is named by others.
    fn hostname(&self) -> &str {
        ""
    }
}

/// Why the configuration of a platform cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is not base64.
    #[error(transparent)]
    Base64(#[from] base64::Error),
    /// It cannot be fetched.
    #[error(transparent)]
    Download(#[from] download::Failures),
    /// It stands where this node does not look.
    #[error("talos.config={value}: {reason}")]
    Source {
        /// What the command line says.
        value: String,
        /// Why not, and what to do instead.
        reason: &'static str,
    },
    /// It begins as if it were compressed and does not go on so.
    #[error("error unzipping machine config: {0}")]
    Gzip(#[source] io::Error),
    /// It is larger than any configuration.
    #[error("machine config is larger than {LIMIT} bytes")]
    TooLarge,
}

/// A platform that this node cannot be on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// Nobody knows it.
    #[error("unknown platform: {0:?}")]
    Unknown(String),
    /// The reference knows it, this node does not.
    #[error("platform {0:?} is not supported yet; there are \"container\" and \"metal\"")]
    Unsupported(String),
}

/// What a process is started with that a platform may want to know.
#[derive(Clone, Default)]
pub struct Environment {
    /// `USERDATA`: a configuration in base64.
    pub user_data: String,
    /// `TALOSSKU`: size of the machine.
    pub sku: String,
    /// Name of the machine, where the platform gives it one.
    pub hostname: String,
}

impl Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // User data are full of secrets.
        f.debug_struct("Environment").field("sku", &self.sku).field("hostname", &self.hostname).finish_non_exhaustive()
    }
}

/// Finds a platform by its name.
///
/// # Errors
/// For names of other platforms.
///
/// # Examples
/// ```
/// use talos_node::platform::{self, Environment, Mode};
///
/// let metal = platform::find("metal", Environment::default())?;
/// assert_eq!((metal.name(), metal.mode()), ("metal", Mode::Metal));
/// let unknown = platform::find("moon", Environment::default()).unwrap_err();
/// assert_eq!(unknown.to_string(), "unknown platform: \"moon\"");
/// # Ok::<(), platform::PlatformError>(())
/// ```
pub fn find(name: &str, environment: Environment) -> Result<Arc<dyn Platform>, PlatformError> {
    match name {
        "container" => Ok(Arc::new(Container::new(environment))),
        "metal" => Ok(Arc::new(Metal)),
        _ if CLOUDS.contains(&name) => Err(PlatformError::Unsupported(name.to_owned())),
        _ => Err(PlatformError::Unknown(name.to_owned())),
    }
}

/// Names of platforms that are not here yet.
const CLOUDS: [&str; 15] = [
    "aws",
    "azure",
    "digital-ocean",
    "equinixMetal",
    "exoscale",
    "gcp",
    "hcloud",
    "nocloud",
    "openstack",
    "oracle",
    "packet",
    "scaleway",
    "upcloud",
    "vmware",
    "vultr",
];

/// Opens what is compressed with gzip; everything else stays as it is.
///
/// # Errors
/// [`Error::Gzip`] when it is damaged, [`Error::TooLarge`] beyond [`LIMIT`].
pub fn unpack(bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(&*bytes).take(LIMIT as u64 + 1).read_to_end(&mut unpacked).map_err(Error::Gzip)?;
    if unpacked.len() > LIMIT { Err(Error::TooLarge) } else { Ok(unpacked) }
}

/// How anything packed by gzip begins.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// Size of the largest configuration that is taken, in bytes. Real ones have some KiB; more is somebody's mistake, and
/// should not be this machine's.
pub const LIMIT: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_opened() {
        assert_eq!(unpack(b"machine: {}\n".to_vec()).unwrap(), b"machine: {}\n");
        assert_eq!(unpack(packed(b"machine: {}\n")).unwrap(), b"machine: {}\n");
        assert_eq!(unpack(Vec::new()).unwrap(), b"");
        let mut damaged = packed(b"machine: {}\n");
        damaged.truncate(12);
        let error = unpack(damaged).unwrap_err().to_string();
        assert!(error.starts_with("error unzipping machine config: "), "{error}");
        assert!(matches!(unpack(packed(&vec![0; LIMIT + 1])), Err(Error::TooLarge)));
    }

    #[test]
    fn platforms_have_the_names_of_the_reference() {
        let name = |name| find(name, Environment::default()).map(|platform| platform.name());
        assert_eq!((name("container"), name("metal")), (Ok("container"), Ok("metal")));
        assert_eq!(name("Metal"), Err(PlatformError::Unknown("Metal".into())));
        let refused = name("hcloud").unwrap_err().to_string();
        assert_eq!(refused, "platform \"hcloud\" is not supported yet; there are \"container\" and \"metal\"");
    }
}
