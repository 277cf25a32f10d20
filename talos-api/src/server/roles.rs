//! Who may call which method.

use talos_pki::{Role, RoleSet};
use tonic::Status;

/// The roles that a method accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted(&'static [Role]);

const ADMINS: Accepted = Accepted(&[Role::Admin]);
const OPERATORS: Accepted = Accepted(&[Role::Admin, Role::Operator]);
const READERS: Accepted = Accepted(&[Role::Admin, Role::Operator, Role::Reader]);
const BACKUP: Accepted = Accepted(&[Role::Admin, Role::Operator, Role::EtcdBackup]);

/// All methods with a rule of their own, by full path.
pub const METHODS: &[(&str, Accepted)] = &[
    ("/machine.MachineService/ApplyConfiguration", ADMINS),
    ("/machine.MachineService/Bootstrap", ADMINS),
    ("/machine.MachineService/Containers", READERS),
    ("/machine.MachineService/Copy", ADMINS),
    ("/machine.MachineService/CPUInfo", READERS),
    ("/machine.MachineService/DiskStats", READERS),
    ("/machine.MachineService/Dmesg", READERS),
    ("/machine.MachineService/Events", READERS),
    ("/machine.MachineService/EtcdMemberList", READERS),
    ("/machine.MachineService/EtcdRemoveMember", ADMINS),
    ("/machine.MachineService/EtcdRemoveMemberByID", ADMINS),
    ("/machine.MachineService/EtcdLeaveCluster", ADMINS),
    ("/machine.MachineService/EtcdForfeitLeadership", ADMINS),
    ("/machine.MachineService/EtcdRecover", ADMINS),
    ("/machine.MachineService/EtcdSnapshot", BACKUP),
    ("/machine.MachineService/EtcdAlarmList", OPERATORS),
    ("/machine.MachineService/EtcdAlarmDisarm", OPERATORS),
    ("/machine.MachineService/EtcdDefragment", OPERATORS),
    ("/machine.MachineService/EtcdStatus", OPERATORS),
    ("/machine.MachineService/GenerateConfiguration", ADMINS),
    ("/machine.MachineService/Hostname", READERS),
    ("/machine.MachineService/Kubeconfig", ADMINS),
    ("/machine.MachineService/List", READERS),
    ("/machine.MachineService/DiskUsage", READERS),
    ("/machine.MachineService/LoadAvg", READERS),
    ("/machine.MachineService/Logs", READERS),
    ("/machine.MachineService/Memory", READERS),
    ("/machine.MachineService/Mounts", READERS),
    ("/machine.MachineService/NetworkDeviceStats", READERS),
    ("/machine.MachineService/Processes", READERS),
    ("/machine.MachineService/Read", ADMINS),
    ("/machine.MachineService/Reboot", OPERATORS),
    ("/machine.MachineService/Restart", OPERATORS),
    ("/machine.MachineService/Rollback", ADMINS),
    ("/machine.MachineService/Reset", ADMINS),
    ("/machine.MachineService/ServiceList", READERS),
    ("/machine.MachineService/ServiceRestart", OPERATORS),
    ("/machine.MachineService/ServiceStart", OPERATORS),
    ("/machine.MachineService/ServiceStop", OPERATORS),
    ("/machine.MachineService/Shutdown", OPERATORS),
    ("/machine.MachineService/Stats", READERS),
    ("/machine.MachineService/SystemStat", READERS),
    ("/machine.MachineService/Upgrade", ADMINS),
    ("/machine.MachineService/Version", READERS),
    ("/machine.MachineService/GenerateClientConfiguration", ADMINS),
    ("/machine.MachineService/PacketCapture", OPERATORS),
    ("/machine.MachineService/Netstat", READERS),
    ("/machine.MachineService/MetaWrite", ADMINS),
    ("/machine.MachineService/MetaDelete", ADMINS),
    ("/machine.MachineService/ImageList", READERS),
    ("/machine.MachineService/ImagePull", OPERATORS),
    ("/cluster.ClusterService/HealthCheck", READERS),
    ("/inspect.InspectService/ControllerRuntimeDependencies", READERS),
    ("/storage.StorageService/Disks", READERS),
    ("/time.TimeService/Time", READERS),
    ("/time.TimeService/TimeCheck", READERS),
    ("/cosi.resource.State/Get", READERS),
    ("/cosi.resource.State/List", READERS),
    ("/cosi.resource.State/Create", ADMINS),
    ("/cosi.resource.State/Update", ADMINS),
    ("/cosi.resource.State/Destroy", ADMINS),
    ("/cosi.resource.State/Watch", READERS),
];

impl Accepted {
    /// Whether one of the caller's roles is enough.
    pub fn admits(self, caller: &RoleSet) -> bool {
        self.0.iter().any(|role| caller.contains(role))
    }

    /// The roles.
    pub fn roles(self) -> &'static [Role] {
        self.0
    }
}

/// The roles that a method accepts. A method without a rule is for admins.
pub fn accepted(path: &str) -> Accepted {
    METHODS.iter().find(|(known, _)| *known == path).map_or(ADMINS, |(_, accepted)| *accepted)
}

/// Lets a caller pass or not. Methods that do not exist are to be refused before.
///
/// # Errors
/// `PermissionDenied` when none of the roles is enough.
pub fn authorize(path: &str, caller: &RoleSet) -> Result<(), Status> {
    if accepted(path).admits(caller) { Ok(()) } else { Err(Status::permission_denied("not authorized")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../testdata/reference/roles.tsv");

    #[test]
    fn every_method_accepts_the_roles_of_its_row() {
        let mut lines = TABLE.lines();
        let roles: Vec<Role> = lines.next().unwrap().split('\t').skip(1).map(Role::from).collect();
        assert!(roles.iter().all(Role::is_known));
        let mut count = 0;
        for line in lines {
            let (path, marks) = line.split_once('\t').unwrap();
            let marks: Vec<&str> = marks.split('\t').collect();
            assert!(METHODS.iter().any(|(known, _)| *known == path), "{path} has no rule");
            for (place, role) in roles.iter().enumerate() {
                let caller = RoleSet::from_iter([role.clone()]);
                let wanted = marks.get(place).is_some_and(|mark| *mark == "x");
                assert_eq!(authorize(path, &caller).is_ok(), wanted, "{path} for {role}");
            }
            count += 1;
        }
        assert_eq!((count, METHODS.len()), (62, 62));
    }

    #[test]
    fn other_roles_open_nothing_and_other_methods_are_for_admins() {
        let path = "/machine.MachineService/Version";
        for roles in [RoleSet::new(), RoleSet::parse(["os:impersonator"]).0, RoleSet::parse(["os:image:verifier"]).0] {
            assert_eq!(authorize(path, &roles).unwrap_err().message(), "not authorized");
        }
        let later = "/machine.MachineService/BlockDeviceWipe";
        assert!(authorize(later, &RoleSet::parse(["os:operator"]).0).is_err());
        assert!(authorize(later, &RoleSet::parse(["os:admin", "x"]).0).is_ok());
    }
}
