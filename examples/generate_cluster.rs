//! Makes everything a new cluster needs: secrets, configurations and the client configuration of its administrator.
//!
//! ```text
//! cargo run -p talos-examples --example generate_cluster -- [FOLDER]
//! ```
//!
//! Without a folder it only says what it made.

mod system;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use talos_config::bundle::{ConfigBundle, Patches};
use talos_config::generate::{Input, InterfaceChange, NetworkOption, Options};
use talos_config::{MachineType, encode, images, secrets};
use talos_pki::certificate::Validity;
use talos_pki::client::{self, CLIENT_LIFETIME};
use talos_pki::secrets::Bundle;

use crate::system::{SystemClock, SystemRandom};

fn main() -> anyhow::Result<()> {
    let mut options = Options {
        install_disk: "/dev/vda".to_owned(),
        install_image: images::installer(talos_config::constants::TALOS_VERSION),
        endpoints: ["10.5.0.2", "10.5.0.3", "10.5.0.4"].map(str::to_owned).into(),
        network: vec![
            NetworkOption::interface("eth0", InterfaceChange::Dhcp),
            // Workers do not get it.
            NetworkOption::interface("eth0", InterfaceChange::VirtualIp("10.5.0.100".to_owned())),
        ],
        ..Options::default()
    };
    options.mirror("docker.io", ["https://mirror.example.org".to_owned()]);

    // Randomness and the clock come in here and nowhere else.
    let parts = secrets::options(options.version_contract, options.later_contracts);
    let secrets = Bundle::generate(&parts, &SystemClock, &mut SystemRandom)?;
    let input = Input::new("home", "https://10.5.0.100:6443", &options, &secrets);
    let bundle = ConfigBundle::generate(&input, &Patches::default())?;
    let validity = Validity::from_now(&SystemClock, CLIENT_LIFETIME)?;
    let client = client::talos(input.client_authority()?, &options.roles, validity, &mut SystemRandom)?;

    let files = [
        ("secrets.yaml", secrets.to_yaml().to_string()),
        ("controlplane.yaml", bundle.to_yaml(MachineType::ControlPlane, encode::Options::documented())?),
        ("worker.yaml", bundle.to_yaml(MachineType::Worker, encode::Options::documented())?),
        ("talosconfig", input.talosconfig(&client)?.to_yaml()),
    ];
    let folder = std::env::args().nth(1);
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).with_context(|| folder.clone())?;
    }
    let mut out = io::stdout();
    for (name, text) in files {
        match &folder {
            Some(folder) => {
                let path = Path::new(folder).join(name);
                save(&path, &text).with_context(|| path.display().to_string())?;
                writeln!(out, "{}: {} bytes", path.display(), text.len())?;
            }
            None => writeln!(out, "{name}: {} bytes", text.len())?,
        }
    }
    Ok(())
}

/// Every one of these files holds keys or tokens: only its owner reads it.
fn save(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
