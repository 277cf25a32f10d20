//! A screen full of what nodes are and do, and the parts to make another one.
//!
//! | Part | What it is |
//! |---|---|
//! | [`source`] | asks and watches nodes in the background, and hands out [updates](model::Update) |
//! | [`model`] | takes updates in: per node the last [sample](sample::Sample), [shares and rates](usage::Usage), [facts](facts::Facts), [histories](history::History), the kernel [log](log::Log) |
//! | [`view`] | which screen and node is in view, and what moves it |
//! | [`draw`] | draws a model into a buffer |
//!
//! Nothing here blocks: a node that does not answer shows just that, whatever a node sends is cut to a fixed size, and what
//! it sends never reaches the terminal as control characters.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use talos_api::testing::{Scenario, TestNode};
//! use talos_cli::dashboard::model::Model;
//! use talos_cli::dashboard::source::Source;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let node = TestNode::start(Scenario::typical()).await?;
//! let mut model = Model::new(["10.5.0.2"]);
//! let mut source = Source::start([node.client().node("10.5.0.2")], Duration::from_secs(3));
//! while !model.nodes[0].was_seen() {
//!     let Some((node, update)) = source.next().await else { break };
//!     model.apply(node, update, Instant::now());
//! }
//! assert_eq!(model.nodes[0].sample.version.as_deref(), Some("v1.5.5"));
//! # Ok(())
//! # }
//! ```

pub mod facts;
pub mod history;
mod keys;
pub mod log;
pub mod model;
mod run;
pub mod sample;
mod screens;
pub mod source;
mod terminal;
mod units;
pub mod usage;
pub mod view;
mod widgets;

pub(crate) use run::run;
pub use screens::draw;

/// A text from a node in one line of at most so many characters, without control characters.
fn tidy(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|character| if character.is_control() { ' ' } else { character }).collect()
}
