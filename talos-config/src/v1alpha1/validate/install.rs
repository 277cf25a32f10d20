//! Rules of the installation to disk.

use std::collections::BTreeSet;

use talos_config_yaml::section;

use super::at::At;
use crate::v1alpha1::{InstallConfig, InstallDiskSelector, MachineConfig};
use crate::validate::{Disks, Findings, Mode, Options};
use talos_config_yaml::decode::go_quote;

/// Machines that install themselves need to know where.
pub(super) fn check(machine: &MachineConfig, mode: Mode, options: Options<'_>, out: &mut Findings) {
    if !options.install_required.unwrap_or(mode.requires_install()) {
        return;
    }
    let at = At::root("machine.install");
    let Some(install) = &machine.install else {
        out.error(at.path(), format!("install instructions are required in \"{mode}\" mode"));
        return;
    };
    match options.disks {
        Some(disks) => check_disk(install, disks, mode, at, out),
        None if install.disk.is_empty() && selector(install).is_none() => {
            out.error(at.key("disk").path(), "either install disk or diskSelector should be defined");
        }
        None => {}
    }
}

/// The disk that will be used has to exist.
fn check_disk(install: &InstallConfig, disks: &dyn Disks, mode: Mode, at: At<'_>, out: &mut Findings) {
    let found;
    let disk = match selector(install) {
        None => install.disk.as_str(),
        Some(selector) => match disks.find(selector) {
            Err(error) => return out.error(at.key("diskSelector").path(), error.to_string()),
            Ok(None) => {
                return out.error(at.key("diskSelector").path(), "no disk found matching provided parameters");
            }
            Ok(Some(path)) => {
                found = path;
                found.as_str()
            }
        },
    };
    if disk.is_empty() {
        out.error(at.key("disk").path(), format!("an install disk is required in \"{mode}\" mode"));
    }
    if !disks.exists(disk) {
        let message = format!("specified install disk does not exist: {}", go_quote(&install.disk));
        out.error(at.key("disk").path(), message);
    }
}

/// The selector, if it selects by anything.
fn selector(install: &InstallConfig) -> Option<&InstallDiskSelector> {
    install.disk_selector.as_deref().filter(|selector| !section::unset(*selector))
}

/// No extension stands twice, also where nothing is installed.
pub(super) fn check_extensions(machine: &MachineConfig, out: &mut Findings) {
    let Some(extensions) = machine.install.as_ref().and_then(|install| install.extensions.as_ref()) else { return };
    let at = At::root("machine.install.extensions");
    let mut seen = BTreeSet::new();
    for (position, extension) in extensions.iter().enumerate() {
        if !seen.insert(&extension.image) {
            let message = format!("duplicate system extension {}", go_quote(&extension.image));
            out.error(at.index(position).key("image").path(), message);
        }
    }
}
