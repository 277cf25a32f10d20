//! `secrets.yaml`, read and written as the reference does.

use talos_pki::secrets::{Bundle, LoadError};

const RECORDED: [&str; 5] = [
    include_str!("../../testdata/bundles/secrets-v0.8.yaml"),
    include_str!("../../testdata/bundles/secrets-v0.12.yaml"),
    include_str!("../../testdata/bundles/secrets-v1.2.yaml"),
    include_str!("../../testdata/bundles/secrets-v1.5.yaml"),
    include_str!("../../testdata/bundles/talosctl-v1.5.5.yaml"),
];

#[test]
fn recorded_bundles_are_written_as_they_were() {
    for text in RECORDED {
        let bundle = Bundle::from_yaml(text).unwrap();
        assert_eq!(*bundle.to_yaml(), text);
        assert_eq!(Bundle::from_yaml(bundle.to_yaml_two_spaces().as_str()).unwrap(), bundle);
    }
}

#[test]
fn two_spaces_change_nothing_else() {
    for text in RECORDED {
        let bundle = Bundle::from_yaml(text).unwrap();
        assert_eq!(*bundle.to_yaml_two_spaces(), text.replace("    ", "  "));
    }
}

#[test]
fn texts_are_read_and_refused_as_by_the_reference() {
    let cases = include_str!("../../testdata/bundles/load.tsv");
    let mut count = 0;
    for line in cases.lines() {
        let [text, verdict, expected] = line.split('\t').map(unescape).collect::<Vec<_>>().try_into().unwrap();
        let result = Bundle::from_yaml(text.as_str())
            .map(|bundle| bundle.to_yaml().to_string())
            .map_err(|error| error.to_string());
        // The reference keeps no bundle at all for a null document and fails later; ours is empty.
        let expected = if expected == "null\n" { Bundle::default().to_yaml().to_string() } else { expected };
        let expected = if verdict == "OK" { Ok(expected) } else { Err(expected) };
        assert_eq!(result, expected, "{text:?}");
        count += 1;
    }
    assert_eq!(count, 63);
}

#[test]
fn problems_know_their_place() {
    let error = Bundle::from_yaml("certs:\n    etcd:\n        crt: '*'\n").unwrap_err();
    let LoadError::Content { position: Some(position), .. } = error else { panic!("{error:?}") };
    assert_eq!((position.line, position.column), (3, 9));
}

#[test]
fn the_older_three_part_form_is_read() {
    let whole = Bundle::from_yaml(RECORDED[1]).unwrap();
    let part = |name: &str, next: &str| {
        let start = RECORDED[1].find(name).unwrap() + name.len();
        let end = RECORDED[1].find(next).unwrap_or(RECORDED[1].len());
        RECORDED[1][start..end.max(start)].to_owned()
    };
    let certs = part("\ncerts:\n", "\u{0}");
    let secrets = part("\nsecrets:\n", "trustdinfo:");
    let trustd_info = part("\ntrustdinfo:\n", "certs:");
    let bundle = Bundle::from_parts(certs, secrets, trustd_info).unwrap();
    assert_eq!(bundle.certs, whole.certs);
    assert_eq!(bundle.secrets, whole.secrets);
    assert_eq!(bundle.trustd_info, whole.trustd_info);
    assert_eq!(bundle.cluster, Some(Default::default()));
}

#[test]
fn debug_shows_no_secret() {
    let bundle = Bundle::from_yaml(RECORDED[4]).unwrap();
    let shown = format!("{bundle:?}");
    let secrets = bundle.secrets.clone().unwrap();
    for secret in [
        &bundle.cluster.clone().unwrap().secret,
        &secrets.bootstrap_token,
        &secrets.secretbox_encryption_secret,
        &bundle.trustd_info.clone().unwrap().token,
        "PRIVATE KEY",
        "UFJJVkFURSBLRVk",
    ] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next().unwrap() {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                '0' => '\0',
                'a' => '\u{7}',
                other => other,
            },
            other => other,
        });
    }
    plain
}
