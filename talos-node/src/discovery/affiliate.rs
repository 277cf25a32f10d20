//! What nodes tell each other about themselves, as they send it and as a node keeps it.

use std::net::IpAddr;

use talos_api::proto::sidero::discovery::client as wire;
use talos_api::resources::cluster::{AffiliateSpec, ControlPlane, KubeSpanAffiliateSpec};
use talos_api::resources::config::MachineType;
use talos_api::resources::{Ip, IpPort, IpPrefix};

/// What a node sends about itself, and the endpoints that go with it.
pub(crate) fn to_wire(spec: &AffiliateSpec) -> (wire::Affiliate, Vec<wire::Endpoint>) {
    let mesh = &spec.kube_span;
    let is_in_mesh = !mesh.public_key.is_empty();
    let prefix = |prefix: &IpPrefix| {
        let ip = prefix.address().map(octets).unwrap_or_default();
        wire::IpPrefix { ip, bits: prefix.bits().into() }
    };
    let affiliate = wire::Affiliate {
        node_id: spec.node_id.clone(),
        addresses: spec.addresses.iter().map(bytes).collect(),
        hostname: spec.hostname.clone(),
        nodename: spec.nodename.clone(),
        machine_type: spec.machine_type.to_string(),
        operating_system: spec.operating_system.clone(),
        kubespan: is_in_mesh.then(|| wire::KubeSpan {
            public_key: mesh.public_key.clone(),
            address: bytes(&mesh.address),
            additional_addresses: mesh.additional_addresses.iter().map(prefix).collect(),
        }),
        control_plane: spec.control_plane.as_ref().map(|control_plane| wire::ControlPlane {
            api_server_port: u32::try_from(control_plane.api_server_port).unwrap_or_default(),
        }),
    };
    let endpoints = mesh.endpoints.iter().filter(|_| is_in_mesh).map(endpoint).collect();
    (affiliate, endpoints)
}

/// What another node sent about itself. What cannot be read of it is left out.
pub(crate) fn from_wire(affiliate: wire::Affiliate, endpoints: &[wire::Endpoint]) -> AffiliateSpec {
    let kube_span = affiliate.kubespan.map(|mesh| KubeSpanAffiliateSpec {
        public_key: mesh.public_key,
        address: address(&mesh.address).unwrap_or_default(),
        additional_addresses: mesh.additional_addresses.iter().filter_map(prefix_of).collect(),
        endpoints: endpoints.iter().filter_map(endpoint_of).collect(),
    });
    AffiliateSpec {
        node_id: affiliate.node_id,
        addresses: affiliate.addresses.iter().filter_map(|bytes| address(bytes)).collect(),
        hostname: affiliate.hostname,
        nodename: affiliate.nodename,
        operating_system: affiliate.operating_system,
        machine_type: affiliate.machine_type.parse().unwrap_or(MachineType::UNKNOWN),
        kube_span: kube_span.unwrap_or_default(),
        control_plane: affiliate
            .control_plane
            .map(|control_plane| ControlPlane { api_server_port: control_plane.api_server_port.into() }),
    }
}

/// An endpoint as it is sent.
pub(crate) fn endpoint(endpoint: &IpPort) -> wire::Endpoint {
    wire::Endpoint { ip: bytes(endpoint.address()), port: endpoint.port().into() }
}

fn endpoint_of(endpoint: &wire::Endpoint) -> Option<IpPort> {
    // Ports have 16 bits; the reference cuts off what is above.
    Some(IpPort::new(address(&endpoint.ip)?, endpoint.port as u16))
}

fn prefix_of(prefix: &wire::IpPrefix) -> Option<IpPrefix> {
    let address = address(&prefix.ip)?.address()?;
    let bits = u8::try_from(prefix.bits).ok().filter(|bits| *bits <= if address.is_ipv4() { 32 } else { 128 })?;
    Some(IpPrefix::new(address, bits))
}

/// 4 or 16 bytes, those of IPv6 followed by a zone if there is one; nothing for no address.
fn bytes(ip: &Ip) -> Vec<u8> {
    let mut bytes = ip.address().map(octets).unwrap_or_default();
    bytes.extend_from_slice(ip.zone().unwrap_or_default().as_bytes());
    bytes
}

/// The bytes of an address.
pub(crate) fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// The address of 4 or 16 bytes, and a zone after 16. No bytes are no address.
pub(crate) fn address(bytes: &[u8]) -> Option<Ip> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(octets).into());
    }
    if bytes.is_empty() {
        return Some(Ip::default());
    }
    let (octets, zone) = bytes.split_first_chunk::<16>()?;
    let address = IpAddr::from(*octets);
    match std::str::from_utf8(zone).ok()? {
        "" => Some(address.into()),
        zone => format!("{address}%{zone}").parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_what_arrives() {
        let plain = AffiliateSpec {
            node_id: "me".into(),
            addresses: ["10.0.0.1", "fd00::1", "fe80::1%eth0"].map(|text| text.parse().unwrap()).to_vec(),
            hostname: "a.b".into(),
            nodename: "a".into(),
            operating_system: "Talos (v1.5.5)".into(),
            machine_type: MachineType::CONTROL_PLANE,
            control_plane: Some(ControlPlane { api_server_port: 6443 }),
            ..AffiliateSpec::default()
        };
        let meshed = AffiliateSpec {
            kube_span: KubeSpanAffiliateSpec {
                public_key: "key".into(),
                address: "fd7f::1".parse().unwrap(),
                additional_addresses: vec!["10.244.0.0/24".parse().unwrap()],
                endpoints: vec!["1.2.3.4:51820".parse().unwrap()],
            },
            ..plain.clone()
        };
        for spec in [plain, meshed] {
            let (affiliate, endpoints) = to_wire(&spec);
            assert_eq!(from_wire(affiliate, &endpoints), spec);
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let affiliate = wire::Affiliate {
            addresses: vec![vec![1], vec![10, 0, 0, 1], vec![0; 15]],
            machine_type: "king".into(),
            kubespan: Some(wire::KubeSpan {
                additional_addresses: vec![wire::IpPrefix { ip: vec![10, 0, 0, 0], bits: 33 }],
                ..wire::KubeSpan::default()
            }),
            ..wire::Affiliate::default()
        };
        let spec = from_wire(affiliate, &[wire::Endpoint { ip: vec![1, 2], port: 1 }]);
        assert_eq!(spec.addresses, ["10.0.0.1".parse().unwrap()]);
        assert_eq!(spec.machine_type, MachineType::UNKNOWN);
        assert_eq!(spec.kube_span, KubeSpanAffiliateSpec::default());
    }
}
