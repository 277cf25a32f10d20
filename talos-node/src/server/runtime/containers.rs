//! Containers and images, of which a node that is a process has none: what runs them is not there to be asked.

use talos_api::proto::common::{ContainerDriver, ContainerdNamespace};
use tonic::Status;

use super::SYSTEM;

/// Socket of what runs the machine's own containers.
const SYSTEM_SOCKET: &str = "/system/run/containerd/containerd.sock";

/// Socket of what runs the containers of Kubernetes.
const CRI_SOCKET: &str = "/run/containerd/containerd.sock";

fn not_there(socket: &str) -> String {
    format!("failed to dial {socket:?}: connect: no such file or directory")
}

/// Why containers cannot be asked for.
pub fn no_containers(driver: ContainerDriver, namespace: &str) -> Status {
    match (driver, namespace) {
        (ContainerDriver::Cri, "k8s.io") => {
            Status::unknown(format!("error connecting to CRI: {}", not_there(CRI_SOCKET)))
        }
        (ContainerDriver::Cri, _) => Status::unknown("CRI inspector is supported only for K8s namespace"),
        (ContainerDriver::Containerd, SYSTEM) => Status::unknown(not_there(SYSTEM_SOCKET)),
        (ContainerDriver::Containerd, _) => Status::unknown(not_there(CRI_SOCKET)),
    }
}

/// Why images cannot be asked for.
pub fn no_images(namespace: i32) -> Status {
    match ContainerdNamespace::try_from(namespace) {
        Ok(ContainerdNamespace::NsSystem | ContainerdNamespace::NsCri) => {
            Status::unavailable(format!("error connecting to containerd: {}", not_there(CRI_SOCKET)))
        }
        Ok(ContainerdNamespace::NsUnknown) => Status::invalid_argument("invalid namespace NS_UNKNOWN"),
        Err(_) => Status::invalid_argument(format!("invalid namespace {namespace}")),
    }
}

/// Why an installer cannot be looked into.
pub(super) fn no_installer() -> String {
    format!("error connecting to containerd: {}", not_there(SYSTEM_SOCKET))
}
