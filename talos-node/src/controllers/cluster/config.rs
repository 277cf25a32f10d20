use talos_api::resources::ByteList;
use talos_api::resources::cluster::{ConfigSpec, DiscoveryConfigs};
use talos_api::resources::config::MachineConfigs;
use talos_config::v1alpha1::ClusterConfig;
use talos_config::value::url::{self, Url};
use talos_pki::base64;

use super::DISCOVERY;
use crate::controllers::controller;
use crate::cosi::controller::{Failure, Input, Inputs, Output, Outputs, Plan};
use crate::machine_config::MachineConfig;

/// Takes how members find each other out of the configuration.
#[derive(Debug)]
pub struct ConfigController;

controller! {
    ConfigController = "cluster.ConfigController" {
        inputs: [Input::weak::<MachineConfigs>().only(MachineConfig::ACTIVE)],
        outputs: [Output::exclusive::<DiscoveryConfigs>()],
    }
}

/// The service that is asked when none is named.
const SERVICE: &str = "https://discovery.talos.dev/";

/// Settings that cannot be used. What is secret of them is not told.
#[derive(Debug, thiserror::Error)]
enum SettingError {
    #[error("cluster.discovery.registries.service.endpoint")]
    Endpoint(#[source] url::ParseError),
    #[error("cluster.secret is not base64: {0}")]
    Secret(base64::Error),
}

impl Plan for ConfigController {
    fn plan(&self, inputs: &Inputs<'_>, outputs: &mut Outputs) -> Result<(), Failure> {
        let config = inputs.known::<MachineConfig>(&MachineConfig::reference(MachineConfig::ACTIVE));
        if let Some(cluster) = config.as_ref().and_then(|config| config.container().config()?.cluster.as_ref()) {
            outputs.put::<DiscoveryConfigs>(DISCOVERY, spec(cluster)?);
        }
        Ok(())
    }
}

fn spec(cluster: &ClusterConfig) -> Result<ConfigSpec, SettingError> {
    let discovery = cluster.discovery.as_deref().filter(|discovery| discovery.enabled == Some(true));
    let Some(discovery) = discovery else { return Ok(ConfigSpec::default()) };
    let registries = &discovery.registries;
    let spec = ConfigSpec {
        discovery_enabled: true,
        registry_kubernetes_enabled: registries.kubernetes.disabled != Some(true),
        registry_service_enabled: registries.service.disabled != Some(true),
        ..ConfigSpec::default()
    };
    if !spec.registry_service_enabled {
        return Ok(spec);
    }
    let endpoint = match registries.service.endpoint.as_str() {
        "" => SERVICE,
        stated => stated,
    };
    let url = Url::parse_request(endpoint).map_err(SettingError::Endpoint)?;
    let is_plain = url.scheme() == "http";
    let port = match &*url.port() {
        "" if is_plain => "80".to_owned(),
        "" => "443".to_owned(),
        port => port.to_owned(),
    };
    let host = url.hostname();
    let service_endpoint = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    Ok(ConfigSpec {
        service_endpoint,
        service_endpoint_insecure: is_plain,
        service_encryption_key: ByteList(base64::decode(&cluster.secret).map_err(SettingError::Secret)?),
        service_cluster_id: cluster.id.clone(),
        ..spec
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfigSpec, SettingError> {
        let text = format!("cluster:\n    id: x\n    secret: AQI=\n    discovery: {text}\n");
        let config = talos_config::load(text).unwrap();
        spec(config.config().unwrap().cluster.as_ref().unwrap())
    }

    #[test]
    fn the_port_follows_the_scheme() {
        let cases = [
            ("", "discovery.talos.dev:443", false),
            ("https://a", "a:443", false),
            ("http://a/", "a:80", true),
            ("http://127.0.0.1:3000", "127.0.0.1:3000", true),
            ("https://[fd00::1]:4000/", "[fd00::1]:4000", false),
        ];
        for (endpoint, expected, is_plain) in cases {
            let spec =
                read(&format!("{{enabled: true, registries: {{service: {{endpoint: \"{endpoint}\"}}}}}}")).unwrap();
            assert_eq!((spec.service_endpoint.as_str(), spec.service_endpoint_insecure), (expected, is_plain));
            assert_eq!((spec.service_encryption_key.0, spec.service_cluster_id.as_str()), (vec![1, 2], "x"));
            assert!(spec.discovery_enabled && spec.registry_kubernetes_enabled && spec.registry_service_enabled);
        }
    }

    #[test]
    fn what_is_off_says_nothing_more() {
        for off in ["{}", "{enabled: false}"] {
            assert_eq!(read(off).unwrap(), ConfigSpec::default());
        }
        let spec = read("{enabled: true, registries: {kubernetes: {disabled: true}, service: {disabled: true}}}");
        assert_eq!(spec.unwrap(), ConfigSpec { discovery_enabled: true, ..ConfigSpec::default() });
    }

    #[test]
    fn bad_settings_are_named_without_their_secrets() {
        let error = read("{enabled: true, registries: {service: {endpoint: a}}}").unwrap_err();
        assert!(matches!(error, SettingError::Endpoint(_)), "{error}");
        let config = talos_config::load("cluster:\n    secret: \"%%%\"\n    discovery: {enabled: true}\n").unwrap();
        let error = spec(config.config().unwrap().cluster.as_ref().unwrap()).unwrap_err();
        assert!(error.to_string().starts_with("cluster.secret is not base64: "), "{error}");
        assert!(!error.to_string().contains("%%%"), "{error}");
    }
}
