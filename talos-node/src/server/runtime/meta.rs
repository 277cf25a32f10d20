//! `MetaWrite`, `MetaDelete`: the values of META.
//!
//! A node has no partitions. Its META is a file among those that last, and looks like the partition.

use std::fs;
use std::io::{self, ErrorKind};
use std::sync::PoisonError;

use talos_api::proto::machine::{
    MetaDelete, MetaDeleteRequest, MetaDeleteResponse, MetaWrite, MetaWriteRequest, MetaWriteResponse,
};
use talos_api::resources::Kind;
use talos_api::resources::runtime::{MetaKeySpec, MetaKeys};
use talos_api::server::failure;
use talos_config::validate::Mode;
use tonic::Status;

use crate::cosi::Reference;
use crate::machine::Machine;
use crate::meta::{self, Meta, Tag};
use crate::state;
use crate::sys;

/// The file.
const FILE: &str = "meta";

/// Size of the partition as the installer makes it, in bytes.
const SIZE: usize = 1 << 20;

/// Whether machines of a kind have META.
pub(crate) fn is_there(mode: Mode) -> bool {
    mode != Mode::Container
}

/// Tells as resources what META holds.
///
/// # Errors
/// Never for a machine that was just switched on.
pub(crate) fn tell(machine: &Machine) -> Result<(), crate::cosi::Error> {
    // What cannot be read holds nothing, as a partition that was never written.
    let partition = fs::read(machine.settings.state.join(FILE)).unwrap_or_default();
    for (tag, value) in Meta::read(&partition).iter() {
        machine.store.put(&resource(tag), "", spec(value))?;
    }
    Ok(())
}

fn resource(tag: Tag) -> Reference {
    Reference::new(MetaKeys::DEFINITION.namespace, MetaKeys::DEFINITION.type_name, meta::resource_id(tag))
}

fn spec(value: &[u8]) -> MetaKeySpec {
    MetaKeySpec { value: String::from_utf8_lossy(value).into_owned() }
}

/// The tag that a key means, on machines that have META.
fn tag(machine: &Machine, key: u32) -> Result<Tag, Status> {
    let mode = machine.mode();
    if !is_there(mode) {
        return Err(Status::failed_precondition(format!("method is not supported in {mode} mode")));
    }
    Tag::try_from(key).map_err(|_| Status::invalid_argument("key must be a uint8"))
}

/// Sets a value.
///
/// # Errors
/// `FailedPrecondition` where there is no META, `InvalidArgument` for a key beyond a byte, `ResourceExhausted` for what does
/// not fit, `Unknown` when it cannot be written.
pub(crate) fn write(machine: &Machine, request: MetaWriteRequest) -> Result<MetaWriteResponse, Status> {
    let tag = tag(machine, request.key)?;
    let value = spec(&request.value);
    change(machine, |meta| meta.set(tag, request.value).map_err(|_| Status::resource_exhausted("meta write failed")))?;
    machine.store.put(&resource(tag), "", value).map_err(|error| failure::unknown(&error))?;
    Ok(MetaWriteResponse { messages: vec![MetaWrite::default()] })
}

/// Removes a value.
///
/// # Errors
/// `FailedPrecondition` where there is no META, `InvalidArgument` for a key beyond a byte, `NotFound` for one without a value,
/// `Unknown` when it cannot be written.
pub(crate) fn delete(machine: &Machine, request: MetaDeleteRequest) -> Result<MetaDeleteResponse, Status> {
    let tag = tag(machine, request.key)?;
    change(machine, |meta| match meta.remove(tag) {
        true => Ok(()),
        false => Err(Status::not_found("meta key not found")),
    })?;
    // Those of the legacy store are not told of.
    let _ = machine.store.destroy(&resource(tag), "");
    Ok(MetaDeleteResponse { messages: vec![MetaDelete::default()] })
}

fn change(machine: &Machine, change: impl FnOnce(&mut Meta) -> Result<(), Status>) -> Result<(), Status> {
    let failed = |operation| move |error: io::Error| failure::unknown(&sys::Error::io(operation, "/dev/meta", error));
    let _one_at_a_time = machine.meta.lock().unwrap_or_else(PoisonError::into_inner);
    let path = machine.settings.state.join(FILE);
    let mut partition = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => vec![0; SIZE],
        read => read.map_err(failed("read"))?,
    };
    let mut meta = Meta::read(&partition);
    change(&mut meta)?;
    meta.write(&mut partition).map_err(|error| failure::unknown(&error))?;
    state::save(&machine.settings.state, FILE, &partition).map_err(failed("write"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tonic::Code;

    use super::*;
    use crate::machine::testing::{machine, machine_with};
    use crate::platform::Metal;

    fn set(machine: &Machine, key: u32, value: &str) -> Result<(), (Code, String)> {
        let request = MetaWriteRequest { key, value: value.as_bytes().to_vec() };
        write(machine, request).map(drop).map_err(|status| (status.code(), status.message().to_owned()))
    }

    fn remove(machine: &Machine, key: u32) -> Result<(), (Code, String)> {
        let removed = delete(machine, MetaDeleteRequest { key });
        removed.map(drop).map_err(|status| (status.code(), status.message().to_owned()))
    }

    #[test]
    fn containers_have_no_meta() {
        let refused = Err((Code::FailedPrecondition, "method is not supported in container mode".to_owned()));
        assert_eq!(set(&machine(), 256, "a"), refused);
        assert_eq!(remove(&machine(), 10), refused);
    }

    #[test]
    fn values_last_and_are_told() {
        let folder = std::env::temp_dir().join(format!("talos-node-meta-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let metal = || {
            machine_with(|settings| {
                settings.platform = Arc::new(Metal);
                settings.state.clone_from(&folder);
            })
        };
        let first = metal();
        assert_eq!(set(&first, 256, "a"), Err((Code::InvalidArgument, "key must be a uint8".into())));
        assert_eq!(set(&first, 10, &"a".repeat(1 << 20)), Err((Code::ResourceExhausted, "meta write failed".into())));
        assert_eq!(remove(&first, 10), Err((Code::NotFound, "meta key not found".into())));
        assert_eq!(set(&first, 10, "network: {}"), Ok(()));
        assert_eq!(first.store.spec::<MetaKeys>("0x0a").unwrap().value, "network: {}");

        let again = metal();
        tell(&again).unwrap();
        assert_eq!(again.store.spec::<MetaKeys>("0x0a").unwrap().value, "network: {}");
        assert_eq!(remove(&again, 10), Ok(()));
        assert!(again.store.spec::<MetaKeys>("0x0a").is_none());
        assert_eq!(remove(&again, 10), Err((Code::NotFound, "meta key not found".into())));
        fs::remove_dir_all(&folder).unwrap();
    }
}
