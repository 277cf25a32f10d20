//! What concerns a cluster as a whole: is it healthy, and how to bring it to another version of Kubernetes.
//!
//! Both speak to the nodes through their API, and to the Kubernetes API with the kubeconfig that a control plane node
//! gives; a [`Cluster`] holds both. [`check::wait`] runs the health checks over the nodes that an [`Info`] names.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use talos_api::client::Client;
//! use talos_api::cluster::{Cluster, Info, check};
//!
//! # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! let info = Info::discover(&client).await?;
//! let cluster = Cluster::new(client);
//! let show = |progress: &check::Progress<'_>| println!("{progress}");
//! check::wait(&cluster, &info, check::CHECKS, Duration::from_secs(600), show).await?;
//! # Ok(())
//! # }
//! ```

mod access;
pub mod check;
mod info;
mod texts;
pub mod upgrade_k8s;

pub use self::access::{AccessError, Cluster};
pub use self::info::{AddressError, Info, InfoError, Mismatch, NodeInfo, Role};
pub use self::texts::Several;
