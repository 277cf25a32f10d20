//! Kubeconfig files with one cluster, one user and one context.
//!
//! Source: `pkg/kubeconfig/generate.go` (1.5).

use zeroize::Zeroizing;

use crate::base64;
use crate::pem::PemCertificateAndKey;

/// A kubeconfig that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Kubeconfig<'k> {
    /// Name of the cluster.
    pub cluster: &'k str,
    /// URL of the API server, such as `https://10.5.0.2:6443`.
    pub server: &'k str,
    /// Certificates of the accepted authorities, PEM.
    pub authorities: &'k [u8],
    /// What the user shows, PEM.
    pub credentials: &'k PemCertificateAndKey,
    /// User and context, without the cluster that is appended to them (`admin` gives `admin@cluster`).
    pub user: &'k str,
    /// Name of the context if it differs from the user's, as in files for components of the control plane (`default`).
    pub context: Option<&'k str>,
}

impl Kubeconfig<'_> {
    /// The text of the file. It is wiped when it is dropped.
    ///
    /// Names that YAML would read as something else are quoted; the reference pastes them as they are.
    pub fn to_yaml(&self) -> Zeroizing<String> {
        let cluster = scalar(self.cluster);
        let user = scalar(&format!("{}@{}", self.user, self.cluster));
        let context = scalar(&format!("{}@{}", self.context.unwrap_or(self.user), self.cluster));
        let server = scalar(self.server);
        let authorities = base64::encode(self.authorities);
        let certificate = base64::encode(&self.credentials.crt);
        let key = Zeroizing::new(base64::encode(&self.credentials.key));
        // Reserved once, so that a growing text leaves no copy of the key behind.
        let mut text = Zeroizing::new(String::with_capacity(
            512 + 5 * (cluster.len() + user.len() + context.len())
                + server.len()
                + authorities.len()
                + certificate.len()
                + key.len(),
        ));
        text.extend([
            "apiVersion: v1\nkind: Config\nclusters:\n- name: ",
            &cluster,
            "\n  cluster:\n    server: ",
            &server,
            "\n    certificate-authority-data: ",
            &authorities,
            "\nusers:\n- name: ",
            &user,
            "\n  user:\n    client-certificate-data: ",
            &certificate,
            "\n    client-key-data: ",
            &key,
            "\ncontexts:\n- context:\n    cluster: ",
            &cluster,
            "\n    namespace: default\n    user: ",
            &user,
            "\n  name: ",
            &context,
            "\ncurrent-context: ",
            &context,
            "\n",
        ]);
        text
    }
}

/// A text as YAML: as it is if that is surely read as the same text, else in double quotes.
fn scalar(text: &str) -> String {
    let plain = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '/' | '@' | ':' | '+')
    };
    let starts_as_text = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    if starts_as_text && !word && !text.ends_with(':') && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_administrator() {
        let credentials = PemCertificateAndKey::new("certificate", "key");
        let kubeconfig = Kubeconfig {
            cluster: "demo",
            server: "https://10.5.0.2:6443",
            authorities: b"authority",
            credentials: &credentials,
            user: "admin",
            context: None,
        };
        assert_eq!(
            *kubeconfig.to_yaml(),
            "apiVersion: v1\nkind: Config\nclusters:\n- name: demo\n  cluster:\n    server: https://10.5.0.2:6443\n    \
             certificate-authority-data: YXV0aG9yaXR5\nusers:\n- name: admin@demo\n  user:\n    \
             client-certificate-data: Y2VydGlmaWNhdGU=\n    client-key-data: a2V5\ncontexts:\n- context:\n    \
             cluster: demo\n    namespace: default\n    user: admin@demo\n  name: admin@demo\n\
             current-context: admin@demo\n"
        );
        let component = Kubeconfig { user: "system:kube-scheduler", context: Some("default"), ..kubeconfig };
        let text = component.to_yaml();
        assert!(text.contains("    user: system:kube-scheduler@demo\n  name: default@demo\n"), "{}", *text);
    }

    #[test]
    fn names_are_quoted_when_they_must_be() {
        for (text, written) in [
            ("demo", "demo"),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("123", "\"123\""),
            ("Yes", "\"Yes\""),
            ("", "\"\""),
            ("a:", "\"a:\""),
            ("\u{e9}\"\n", "\"\u{e9}\\\"\\u000a\""),
        ] {
            assert_eq!(scalar(text), written);
        }
    }
}
