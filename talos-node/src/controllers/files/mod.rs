//! Files below `/etc`.

mod etc_file;

pub use etc_file::EtcFileController;
