//! Secrets in the differences that machines report.

/// Names of fields that hold secrets, as machines write them in differences.
const SECRETS: [&str; 15] = [
    "BootstrapToken",
    "ClusterAESCBCEncryptionSecret",
    "ClusterSecret",
    "ClusterSecretboxEncryptionSecret",
    "EquinixMetalAPIToken",
    "HCloudAPIToken",
    "Key",
    "KeyData",
    "MachineToken",
    "RegistryAuth",
    "RegistryIdentityToken",
    "RegistryPassword",
    "WireguardPresharedKey",
    "WireguardPrivateKey",
    "Secret",
];

const MASK: &str = "******";

/// Puts a mask in the place of secrets. All else stays.
pub(super) fn mask(report: &str) -> String {
    let mut out = String::with_capacity(report.len());
    // Brackets that the value of a secret opened and did not close yet.
    let mut open = 0;
    for line in report.split_inclusive('\n') {
        if open > 0 {
            open += balance(line);
            continue;
        }
        let Some(value) = secret_value(line) else {
            out.push_str(line);
            continue;
        };
        open = balance(&line[value..]);
        out.push_str(&line[..value]);
        out.push_str(MASK);
        out.push_str(if line.ends_with('\n') { ",\n" } else { "," });
    }
    out
}

/// Where the value begins, if the line is about a secret that is not empty.
fn secret_value(line: &str) -> Option<usize> {
    let field = line.trim_start_matches(['+', '-', ' ', '\t', '\u{a0}']);
    let (name, rest) = field.split_once(':')?;
    let value = rest.trim_start_matches([' ', '\t', '\u{a0}']);
    let empty = ["", "\"\",", "nil,"].contains(&value.trim_end());
    (SECRETS.contains(&name) && !empty).then(|| line.len() - value.len())
}

/// Opening brackets less closing ones, texts left out.
fn balance(line: &str) -> i32 {
    let mut balance = 0;
    let mut quote = None;
    let mut escaped = false;
    for character in line.chars() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(character),
            (None, '{' | '(' | '[') => balance += 1,
            (None, '}' | ')' | ']') => balance -= 1,
            _ => {}
        }
    }
    balance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        let report = "Dry run summary:\nConfig diff:\n  &v1alpha1.Config{\n- \tMachineToken: \"abc.def\",\n+ \tMachineToken: \
                      \"x{y\",\n  \tMachineType: \"worker\",\n  \tMachineCA: &x509.PEMEncodedCertificateAndKey{\n- \t\tKey: \
                      []uint8{\n- \t\t\t0x2d, 0x2d,\n- \t\t},\n  \t\tCrt: nil,\n  \t},\n+ \tClusterSecret: \"\",\n  }\n\n";
        let want = "Dry run summary:\nConfig diff:\n  &v1alpha1.Config{\n- \tMachineToken: ******,\n+ \tMachineToken: \
                    ******,\n  \tMachineType: \"worker\",\n  \tMachineCA: &x509.PEMEncodedCertificateAndKey{\n- \t\tKey: \
                    ******,\n  \t\tCrt: nil,\n  \t},\n+ \tClusterSecret: \"\",\n  }\n\n";
        assert_eq!(mask(report), want);
        let plain = "Applied configuration without a reboot";
        assert_eq!(mask(plain), plain);
    }
}
