//! A node for tests: real TLS and HTTP/2, scripted answers, no machine.
//!
//! [`TestNode::start`] takes a [`Scenario`], which is made in code, loaded from a folder, or [`Scenario::typical`].
//! [`KubernetesApi`] stands for the Kubernetes API of its cluster.

mod archive;
mod expand;
mod handler;
mod identity;
mod json;
mod kubernetes;
mod node;
mod scenario;
mod server;
mod state;

pub use self::handler::Call;
pub use self::identity::Identity;
pub use self::kubernetes::{KubernetesAnswer, KubernetesApi, KubernetesCall};
pub use self::node::TestNode;
pub use self::scenario::{Answer, Scenario, ScenarioError};
