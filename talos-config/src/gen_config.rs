//! What `talosctl gen config` is asked for, resolved: everything but arguments, files and printing.

use crate::cluster_endpoint;
use crate::generate::{NetworkOption, Options};
use crate::machine_type::MachineType;
use crate::validate::error_list;
use crate::version_contract::{self, VersionContract};

/// What the command is asked for, as its flags give it.
#[derive(Clone, Debug)]
pub struct Request {
    /// URL of the Kubernetes API.
    pub endpoint: String,
    /// Version of the configuration: `v1alpha1`.
    pub config_version: String,
    /// Release of the machines (`v1.4`), empty for the present one.
    pub talos_version: String,
    /// Version of Kubernetes, with or without a leading `v`; empty leaves the images out.
    pub kubernetes_version: String,
    /// Disk to install on.
    pub install_disk: String,
    /// Image of the installer.
    pub install_image: String,
    /// Further names in the certificates.
    pub additional_sans: Vec<String>,
    /// Domain of services and pods.
    pub dns_domain: String,
    /// Machines keep their configuration over reboots.
    pub persist: bool,
    /// Members of the cluster find each other.
    pub with_cluster_discovery: bool,
    /// KubeSpan is on.
    pub with_kubespan: bool,
    /// Mirrors of registries, each `host=url`.
    pub registry_mirrors: Vec<String>,
    /// Names of the files to make: `controlplane`, `worker`, `talosconfig`.
    pub output_types: Vec<String>,
    /// Where they go: a folder for several, a file for one, `-` for standard output, empty for the working folder.
    pub output: String,
    /// A folder, also for one file.
    pub output_dir: String,
}

/// What the command does.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Version of Kubernetes without a leading `v`.
    pub kubernetes_version: String,
    /// What the configurations differ in.
    pub options: Options,
    /// What is made, in the order in which it is written.
    pub outputs: Vec<OutputType>,
    /// Where it goes.
    pub destination: Destination,
}

/// Where files go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output; there is one file.
    Stdout,
    /// The working folder, under [the files' own names](OutputType::file_name).
    WorkingFolder,
    /// A folder, made if it is missing, under the files' own names.
    Folder(String),
    /// A file of this path; there is one.
    File(String),
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputType {
    /// The configuration of control plane machines.
    ControlPlane,
    /// The configuration of workers.
    Worker,
    /// The client's file.
    Talosconfig,
}

/// Why a request cannot be met.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint is not what machines could use.
    #[error(transparent)]
    Endpoint(#[from] cluster_endpoint::Error),
    /// There is no such version of the configuration.
    #[error("unknown config version: {}", talos_config_yaml::decode::go_quote(.0))]
    ConfigVersion(String),
    /// Nothing is to be made.
    #[error("at least one output type must be specified")]
    NoOutputType,
    /// Standard output holds one file.
    #[error("can't use multiple output types with stdout")]
    SeveralToStdout,
    /// There are two places for the files.
    #[error("can't use both output-dir and output")]
    TwoDestinations,
    /// There are no such files.
    #[error("{}", unknown_output_types(.0))]
    UnknownOutputTypes(Vec<String>),
    /// A mirror is not `host=url`.
    #[error("invalid registry mirror spec: {}", talos_config_yaml::decode::go_quote(.0))]
    Mirror(String),
    /// The text names no release.
    #[error("invalid talos-version")]
    TalosVersion(#[source] version_contract::Error),
}

impl OutputType {
    /// Every type, in the order in which files are written.
    pub const ALL: [Self; 3] = [Self::ControlPlane, Self::Worker, Self::Talosconfig];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ControlPlane => "controlplane",
            Self::Worker => "worker",
            Self::Talosconfig => "talosconfig",
        }
    }

    /// The type of machines that the file is for; `None` for the client's file.
    pub fn machine_type(self) -> Option<MachineType> {
        match self {
            Self::ControlPlane => Some(MachineType::ControlPlane),
            Self::Worker => Some(MachineType::Worker),
            Self::Talosconfig => None,
        }
    }

    /// Name of the file in a folder of several.
    pub fn file_name(self) -> String {
        self.machine_type().map_or_else(|| self.as_str().to_owned(), MachineType::file_name)
    }
}

/// What stands for standard output.
const STDOUT: &str = "-";

impl Request {
    /// Checks what was asked for, in the order of the original.
    ///
    /// # Errors
    /// At the first thing that is wrong.
    pub fn resolve(self) -> Result<Plan, Error> {
        cluster_endpoint::check(&self.endpoint)?;
        if self.config_version != crate::v1alpha1::API_VERSION {
            return Err(Error::ConfigVersion(self.config_version));
        }
        let outputs = self.outputs()?;
        let destination = self.destination();
        let mut options = Options::default();
        for mirror in &self.registry_mirrors {
            let (host, url) = mirror.split_once('=').ok_or_else(|| Error::Mirror(mirror.clone()))?;
            options.mirror(host, [url.to_owned()]);
        }
        if !self.talos_version.is_empty() {
            options.version_contract = self.talos_version.parse::<VersionContract>().map_err(Error::TalosVersion)?;
        }
        if self.with_kubespan {
            options.network.push(NetworkOption::KubeSpan);
        }
        // What the library leaves to the contract, the command always says.
        options.cluster_discovery = Some(self.with_cluster_discovery);
        options.install_disk = self.install_disk;
        options.install_image = self.install_image;
        options.additional_subject_alt_names = self.additional_sans;
        options.dns_domain = self.dns_domain;
        options.persist = self.persist;

        let mut kubernetes_version = self.kubernetes_version;
        if kubernetes_version.starts_with('v') {
            kubernetes_version.remove(0);
        }
        Ok(Plan { kubernetes_version, options, outputs, destination })
    }

    fn outputs(&self) -> Result<Vec<OutputType>, Error> {
        let named = &self.output_types;
        if named.is_empty() {
            return Err(Error::NoOutputType);
        }
        if named.len() > 1 && self.output == STDOUT {
            return Err(Error::SeveralToStdout);
        }
        if !self.output_dir.is_empty() && !self.output.is_empty() {
            return Err(Error::TwoDestinations);
        }
        let is_known = |name: &&String| OutputType::ALL.iter().any(|kind| kind.as_str() == name.as_str());
        let unknown: Vec<_> = named.iter().filter(|name| !is_known(name)).cloned().collect();
        if !unknown.is_empty() {
            return Err(Error::UnknownOutputTypes(unknown));
        }
        Ok(OutputType::ALL.into_iter().filter(|kind| named.iter().any(|name| name == kind.as_str())).collect())
    }

    /// A type that is named twice makes a folder of the place, as two types would.
    fn destination(&self) -> Destination {
        let place = if self.output_dir.is_empty() { &self.output } else { &self.output_dir };
        match place.as_str() {
            STDOUT => Destination::Stdout,
            "" => Destination::WorkingFolder,
            file if self.output_types.len() == 1 && self.output_dir.is_empty() => Destination::File(file.to_owned()),
            folder => Destination::Folder(folder.to_owned()),
        }
    }
}

fn unknown_output_types(names: &[String]) -> String {
    let lines: Vec<_> = names
        .iter()
        .map(|name| format!("invalid output type: {}", talos_config_yaml::decode::go_quote(name)))
        .collect();
    error_list(lines.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            endpoint: "https://10.5.0.2:6443".to_owned(),
            config_version: "v1alpha1".to_owned(),
            talos_version: String::new(),
            kubernetes_version: "v1.28.3".to_owned(),
            install_disk: "/dev/sda".to_owned(),
            install_image: "image".to_owned(),
            additional_sans: Vec::new(),
            dns_domain: "cluster.local".to_owned(),
            persist: true,
            with_cluster_discovery: true,
            with_kubespan: false,
            registry_mirrors: Vec::new(),
            output_types: OutputType::ALL.map(|kind| kind.as_str().to_owned()).into(),
            output: String::new(),
            output_dir: String::new(),
        }
    }

    fn error(change: impl FnOnce(&mut Request)) -> String {
        let mut request = request();
        change(&mut request);
        request.resolve().unwrap_err().to_string()
    }

    fn destination(types: &str, output: &str, output_dir: &str) -> Destination {
        let output_types = types.split(',').map(str::to_owned).collect();
        let request =
            Request { output_types, output: output.to_owned(), output_dir: output_dir.to_owned(), ..request() };
        request.resolve().unwrap().destination
    }

    #[test]
    fn files_go_to_a_file_a_folder_or_standard_output() {
        let folder = |path: &str| Destination::Folder(path.to_owned());
        assert_eq!(destination("talosconfig,worker", "", ""), Destination::WorkingFolder);
        assert_eq!(destination("worker", "-", ""), Destination::Stdout);
        assert_eq!(destination("worker", "./a/b.yaml", ""), Destination::File("./a/b.yaml".to_owned()));
        assert_eq!(destination("worker,worker", "./x/", ""), folder("./x/"));
        assert_eq!(destination("worker,talosconfig", "x", ""), folder("x"));
        assert_eq!(destination("worker", "", "od"), folder("od"));
    }

    #[test]
    fn files_come_in_one_order() {
        let output_types = ["talosconfig", "worker", "controlplane", "worker"].map(str::to_owned).into();
        let plan = Request { output_types, ..request() }.resolve().unwrap();
        assert_eq!(plan.outputs, OutputType::ALL);
        let names = plan.outputs.into_iter().map(OutputType::file_name).collect::<Vec<_>>();
        assert_eq!(names, ["controlplane.yaml", "worker.yaml", "talosconfig"]);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_order_of_the_original() {
        let all_wrong = |request: &mut Request| {
            request.endpoint = String::new();
            request.config_version = "v2".to_owned();
            request.registry_mirrors = vec!["docker.io".to_owned()];
            request.talos_version = "1.5".to_owned();
            request.output_types = vec!["init".to_owned(), "worker".to_owned(), "nope".to_owned()];
            request.output = "-".to_owned();
        };
        assert!(error(all_wrong).starts_with("no scheme and port specified"));
        let text = error(|request| {
            all_wrong(request);
            request.endpoint = "https://a".to_owned();
        });
        assert_eq!(text, "unknown config version: \"v2\"");
        let valid_until_outputs = |request: &mut Request| {
            all_wrong(request);
            request.endpoint = "https://a".to_owned();
            request.config_version = "v1alpha1".to_owned();
        };
        assert_eq!(error(valid_until_outputs), "can't use multiple output types with stdout");
        let text = error(|request| {
            valid_until_outputs(request);
            request.output.clear();
        });
        assert_eq!(
            text,
            "2 errors occurred:\n\t* invalid output type: \"init\"\n\t* invalid output type: \"nope\"\n\n"
        );
        let valid_outputs = |request: &mut Request| {
            valid_until_outputs(request);
            request.output_types = vec!["worker".to_owned()];
        };
        assert_eq!(error(valid_outputs), "invalid registry mirror spec: \"docker.io\"");
        let text = error(|request| {
            valid_outputs(request);
            request.registry_mirrors.clear();
        });
        assert_eq!(text, "invalid talos-version");
    }

    #[test]
    fn places_exclude_each_other() {
        assert_eq!(error(|request| request.output_types.clear()), "at least one output type must be specified");
        let text = error(|request| {
            request.output = "a".to_owned();
            request.output_dir = "b".to_owned();
        });
        assert_eq!(text, "can't use both output-dir and output");
    }

    #[test]
    fn one_v_is_taken_off_the_version_of_kubernetes() {
        let versions = ["v1.28.3", "1.28.3", "vv latest", ""].map(|version| {
            let request = Request { kubernetes_version: version.to_owned(), ..request() };
            request.resolve().unwrap().kubernetes_version
        });
        assert_eq!(versions, ["1.28.3", "1.28.3", "v latest", ""]);
    }

    #[test]
    fn the_last_mirror_of_a_host_counts() {
        let mirrors = ["docker.io=https://a", "h=u=v", "docker.io=https://b", "="].map(str::to_owned);
        let request = Request { registry_mirrors: mirrors.into(), ..request() };
        let options = request.resolve().unwrap().options;
        let endpoints = |host: &str| options.registry_mirrors[host].as_ref().unwrap().endpoints.clone().unwrap();
        assert_eq!(endpoints("docker.io"), ["https://b"]);
        assert_eq!(endpoints("h"), ["u=v"]);
        assert_eq!(endpoints(""), [""]);
    }
}
