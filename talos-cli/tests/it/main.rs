//! Behaviour of the command line as its users see it.

#![expect(clippy::disallowed_methods, reason = "tests start the program as its users do")]

mod certificates;
#[cfg(feature = "online")]
mod clusters;
mod completion;
#[cfg(feature = "dashboard")]
mod dashboard;
mod gen_config;
mod golden;
mod lines;
#[cfg(all(feature = "cluster", target_os = "linux"))]
mod local;
mod machineconfig;
#[cfg(feature = "online")]
mod machines;
#[cfg(all(feature = "online", unix))]
mod online;
// The ledger speaks of the whole program.
#[cfg(all(feature = "cluster", target_os = "linux"))]
mod parity;
mod session;
mod table;
#[cfg(unix)]
mod unbroken_files;
