//! gRPC as it stands on the wire: length-prefixed messages and statuses.

mod frame;
pub mod status;

pub use frame::{Deframer, FrameError};
pub use frame::{frame, frame_message};

/// Largest message either side takes: 32 MiB.
pub const MAX_MESSAGE_SIZE: usize = 32 << 20;
