//! Keys and certificates. Readers need the admin role.

use talos_pki::PemCertificateAndKey;
use talos_pki::PemKey;

use super::kinds::kinds;
use super::net::Ip;
use super::secret::Url;
use super::spec::spec;

kinds! {
    /// Certificates of the API of this node.
    ApiCertificates: ApiCertsSpec = "ApiCertificates.secrets.talos.dev" in "secrets" {
        display: "ApiCertificate",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Names for certificates.
    CertSans: CertSanSpec = "CertSANs.secrets.talos.dev" in "secrets" {
        display: "CertSAN",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// The authority of etcd.
    EtcdRootSecrets: EtcdRootSpec = "EtcdRootSecrets.secrets.talos.dev" in "secrets" {
        display: "EtcdRootSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Certificates of etcd.
    EtcdSecrets: EtcdCertsSpec = "EtcdSecrets.secrets.talos.dev" in "secrets" {
        display: "EtcdSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// What the kubelet joins with.
    KubeletSecrets: KubeletSpec = "KubeletSecrets.secrets.talos.dev" in "secrets" {
        display: "KubeletSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Certificates that are renewed while Kubernetes runs.
    KubernetesDynamicCerts: KubernetesDynamicCertsSpec = "KubernetesDynamicCerts.secrets.talos.dev" in "secrets" {
        display: "KubernetesDynamicCert",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Authorities and keys of Kubernetes.
    KubernetesRootSecrets: KubernetesRootSpec = "KubernetesRootSecrets.secrets.talos.dev" in "secrets" {
        display: "KubernetesRootSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Kubeconfigs of the control plane.
    KubernetesSecrets: KubernetesCertsSpec = "KubernetesSecrets.secrets.talos.dev" in "secrets" {
        display: "KubernetesSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// The authority of maintenance mode.
    MaintenanceRootSecrets: MaintenanceRootSpec = "MaintenanceRootSecrets.secrets.talos.dev" in "secrets" {
        display: "MaintenanceRootSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Certificates of the maintenance service.
    MaintenanceServiceCertificates: MaintenanceServiceCertsSpec = "MaintenanceServiceCertificates.secrets.talos.dev" in "secrets" {
        display: "MaintenanceServiceCertificate",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// The authority of the API.
    OsRootSecrets: OsRootSpec = "OSRootSecrets.secrets.talos.dev" in "secrets" {
        display: "OSRootSecret",
        aliases: [],
        columns: [],
        sensitive: true,
    }

    /// Certificates of trustd.
    TrustdCertificates: TrustdCertsSpec = "TrustdCertificates.secrets.talos.dev" in "secrets" {
        display: "TrustdCertificate",
        aliases: [],
        columns: [],
        sensitive: true,
    }
}

spec! {
    /// What [`ApiCertificates`] say.
    ApiCertsSpec = "talos.resource.definitions.secrets.APICertsSpec" {
        1 ca: Option<PemCertificateAndKey> = "ca",
        2 client: Option<PemCertificateAndKey> = "client",
        3 server: Option<PemCertificateAndKey> = "server",
    }

    /// What [`CertSans`] say.
    CertSanSpec = "talos.resource.definitions.secrets.CertSANSpec" {
        1 ips: Vec<Ip> = "ips",
        2 dns_names: Vec<String> = "dnsNames",
        3 fqdn: String = "fqdn",
    }

    /// What [`EtcdSecrets`] say.
    EtcdCertsSpec = "talos.resource.definitions.secrets.EtcdCertsSpec" {
        1 etcd: Option<PemCertificateAndKey> = "etcd",
        2 etcd_peer: Option<PemCertificateAndKey> = "etcdPeer",
        3 etcd_admin: Option<PemCertificateAndKey> = "etcdAdmin",
        4 etcd_api_server: Option<PemCertificateAndKey> = "etcdAPIServer",
    }

    /// What [`EtcdRootSecrets`] say.
    EtcdRootSpec = "talos.resource.definitions.secrets.EtcdRootSpec" {
        1 etcd_ca: Option<PemCertificateAndKey> = "etcdCA",
    }

    /// What [`KubeletSecrets`] say.
    KubeletSpec = "talos.resource.definitions.secrets.KubeletSpec" {
        1 endpoint: Option<Url> = "endpoint",
        2 ca: Option<PemCertificateAndKey> = "ca",
        3 bootstrap_token_id: String = "bootstrapTokenID",
        4 bootstrap_token_secret: String = "bootstrapTokenSecret" [secret],
    }

    /// What [`KubernetesSecrets`] say.
    KubernetesCertsSpec = "talos.resource.definitions.secrets.KubernetesCertsSpec" {
        4 scheduler_kubeconfig: String = "schedulerKubeconfig" [secret],
        5 controller_manager_kubeconfig: String = "controllerManagerKubeconfig" [secret],
        6 localhost_admin_kubeconfig: String = "localhostAdminKubeconfig" [secret],
        7 admin_kubeconfig: String = "adminKubeconfig" [secret],
    }

    /// What [`KubernetesDynamicCerts`] say.
    KubernetesDynamicCertsSpec = "talos.resource.definitions.secrets.KubernetesDynamicCertsSpec" {
        1 api_server: Option<PemCertificateAndKey> = "apiServer",
        2 api_server_kubelet_client: Option<PemCertificateAndKey> = "apiServerKubeletClient",
        3 front_proxy: Option<PemCertificateAndKey> = "frontProxy",
    }

    /// What [`KubernetesRootSecrets`] say.
    KubernetesRootSpec = "talos.resource.definitions.secrets.KubernetesRootSpec" {
        1 name: String = "name",
        2 endpoint: Option<Url> = "endpoint",
        3 local_endpoint: Option<Url> = "local_endpoint",
        4 cert_sans: Vec<String> = "certSANs",
        14 api_server_ips: Vec<Ip> = "apiServerIPs",
        6 dns_domain: String = "dnsDomain",
        7 ca: Option<PemCertificateAndKey> = "ca",
        8 service_account: Option<PemKey> = "serviceAccount",
        9 aggregator_ca: Option<PemCertificateAndKey> = "aggregatorCA",
        10 aescbc_encryption_secret: String = "aesCBCEncryptionSecret" [secret],
        11 bootstrap_token_id: String = "bootstrapTokenID",
        12 bootstrap_token_secret: String = "bootstrapTokenSecret" [secret],
        13 secretbox_encryption_secret: String = "secretboxEncryptionSecret" [secret],
    }

    /// What [`MaintenanceRootSecrets`] say.
    MaintenanceRootSpec = "talos.resource.definitions.secrets.MaintenanceRootSpec" {
        1 ca: Option<PemCertificateAndKey> = "ca",
    }

    /// What [`MaintenanceServiceCertificates`] say.
    MaintenanceServiceCertsSpec = "talos.resource.definitions.secrets.MaintenanceServiceCertsSpec" {
        1 ca: Option<PemCertificateAndKey> = "ca",
        2 server: Option<PemCertificateAndKey> = "server",
    }

    /// What [`OsRootSecrets`] say.
    OsRootSpec = "talos.resource.definitions.secrets.OSRootSpec" {
        1 ca: Option<PemCertificateAndKey> = "ca",
        2 cert_san_ips: Vec<Ip> = "certSANIPs",
        3 cert_san_dns_names: Vec<String> = "certSANDNSNames",
        4 token: String = "token" [secret],
    }

    /// What [`TrustdCertificates`] say.
    TrustdCertsSpec = "talos.resource.definitions.secrets.TrustdCertsSpec" {
        1 ca: Option<PemCertificateAndKey> = "ca",
        2 server: Option<PemCertificateAndKey> = "server",
    }
}
