//! From flags and client configuration to the machines a command talks to.

use std::convert::Infallible;

use crate::call::Call;
use crate::io::Io;

/// Opens a connection.
pub(crate) fn open(_call: &Call<'_>, _insecure: bool, _io: &mut Io<'_>) -> anyhow::Result<Infallible> {
    anyhow::bail!("error constructing client: failed to determine endpoints")
}
