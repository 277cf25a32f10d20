//! Nodes that are killed at any moment, and what is left of them.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use talos_api::client::Client;
use talos_api::proto::machine::ApplyConfigurationRequest;
use talos_api::proto::machine::apply_configuration_request::Mode;
use talos_pki::{Random, Role};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::configured::Cluster;
use crate::machines::{Folder, SystemRandom, free_address};

/// How often the node is killed.
const DEATHS: u32 = 10;

/// The longest that it lives once it answers, and the longest when it is not waited for.
const LIFE: Duration = Duration::from_millis(80);

/// How long a node may take until it answers.
const START: Duration = Duration::from_secs(20);

/// A node as a process of its own, which is killed with its value.
struct Victim(Child);

impl Victim {
    fn start(folder: &Path, address: IpAddr) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the node is killed, so it has to be a process of its own")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_talos-node"));
        command.arg("--state").arg(folder).args(["--hostname", "lab-1", "--address"]).arg(address.to_string());
        Self(command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }

    /// Kills it, and tells whether it was alive until then.
    fn kill(mut self) -> bool {
        let was_alive = self.0.try_wait().unwrap().is_none();
        self.end();
        was_alive
    }

    fn end(&mut self) {
        // One that has ended cannot be killed, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a node was told: configurations by number, of which later ones have higher ones.
struct Told {
    base: String,
    /// The last one that was answered with success.
    acknowledged: u32,
    /// The last one that was sent.
    sent: u32,
}

impl Told {
    /// Each differs in names that certificates are issued for, and in what the network is made of.
    fn config(&self, number: u32) -> String {
        let (high, low) = (number / 256 % 256, number % 256);
        let mut config = self.base.clone();
        for (key, value) in [
            ("certSANs: []", format!("certSANs: [san-{number}.example.org]")),
            ("network: {}", format!("network: {{nameservers: [10.9.{high}.{low}]}}")),
        ] {
            assert!(config.contains(key), "{config}");
            config = config.replacen(key, &value, 1);
        }
        config
    }

    /// The number of the configuration that is kept. It must be one that could have been kept last.
    fn check(&mut self, folder: &Path) {
        let kept = std::fs::read_to_string(folder.join("config.yaml")).unwrap();
        let possible = (self.acknowledged..=self.sent).find(|number| self.config(*number) == kept);
        let (first, last) = (self.acknowledged, self.sent);
        self.acknowledged = possible.unwrap_or_else(|| panic!("none of {first} to {last} is kept:\n{kept}"));
        self.sent = self.acknowledged;
    }

    /// Applies the next one, in turn at once and for the next start.
    async fn apply(&mut self, client: &Client) {
        self.sent += 1;
        let mode = [Mode::Staged, Mode::NoReboot][self.sent as usize % 2];
        let data = self.config(self.sent).into();
        let request = ApplyConfigurationRequest { data, mode: mode.into(), ..Default::default() };
        client.apply_configuration(request).await.unwrap();
        self.acknowledged = self.sent;
    }
}

fn random_part(of: Duration) -> Duration {
    let mut byte = [0];
    SystemRandom.fill(&mut byte).unwrap();
    of * u32::from(byte[0]) / 255
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_acknowledged_is_lost_when_a_node_is_killed() {
    let (folder, address, cluster) = (Folder::new(), free_address(), Cluster::new());
    let mut told = Told { base: cluster.control_plane(), acknowledged: 0, sent: 0 };
    std::fs::write(folder.path().join("config.yaml"), told.config(0)).unwrap();
    let identity = || std::fs::read_to_string(folder.path().join("node-identity.yaml")).ok();
    let mut known = None;
    for death in 0..DEATHS {
        let victim = Victim::start(folder.path(), address);
        // Every third dies while it starts.
        if death % 3 == 2 {
            sleep(random_part(LIFE)).await;
        } else {
            let client = cluster.client_at(address, &[Role::Admin]);
            let answers = async {
                // A client that finds nobody waits for longer than it has to here.
                while TcpStream::connect((address, 50000)).await.is_err() {
                    sleep(Duration::from_millis(5)).await;
                }
                while client.version().await.is_err() {}
            };
            timeout(START, answers).await.expect("it does not come back");
            let config = client.machine_configuration().await.unwrap();
            assert_eq!(config, told.config(told.acknowledged), "what is kept is in force");
            if death == 0 {
                told.apply(&client).await;
            }
            let applying = async {
                loop {
                    told.apply(&client).await;
                }
            };
            let _: Result<(), _> = timeout(random_part(LIFE), applying).await;
        }
        assert!(victim.kill(), "it ended by itself");
        told.check(folder.path());
        let now = identity();
        assert!(known.is_none() || now == known, "it was {known:?} and is {now:?}");
        known = now;
    }
    assert!(told.acknowledged > 0, "nothing was applied");
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().ends_with(".new")).collect();
    assert!(left.len() <= 2, "attempts that were cut off pile up: {left:?}");
}
