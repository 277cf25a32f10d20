//! Where the machine configuration comes from, and what follows at once.

mod acquire;
mod machine_type;

pub use acquire::AcquireController;
pub use machine_type::MachineTypeController;
