//! Client certificates: made from secrets, renewed, and watched for their end.

use std::time::Duration;

use crate::session::Session;

const DAY: Duration = Duration::from_secs(86_400);

fn with_certificate() -> Session {
    let session = Session::new();
    session.run("gen secrets").printed();
    session
        .run("gen client-cert --with-secrets secrets.yaml --name home --roles os:reader -e 10.5.0.2 -n a,b --talosconfig x")
        .printed();
    session
}

#[test]
fn a_client_configuration_comes_from_secrets() {
    let session = with_certificate();
    let info = session.run("config info --talosconfig talosconfig");
    assert_eq!(
        info.printed(),
        "Current context:     home\nNodes:               a, b\nEndpoints:           10.5.0.2\nRoles:               \
         os:reader\nCertificate expires: 1 year from now (2027-11-18)\n"
    );
    let again = session.run("gen client-cert --with-secrets secrets.yaml --name home");
    assert_eq!(again.stderr, "file \"talosconfig\" already exists, use --force to overwrite\n");
    let printed = session.run("gen client-cert --with-secrets secrets.yaml --name home -o -");
    assert!(printed.printed().starts_with("context: home\ncontexts:\n    home:\n        endpoints: []\n        ca: "));
}

#[test]
fn secrets_and_roles_must_be_right() {
    let session = with_certificate();
    session.write("empty", "");
    session.write("partial", "cluster: {}\n");
    for (line, error) in [
        ("--with-secrets nope --name x", "failed to load secrets bundle: open nope: no such file or directory"),
        ("--with-secrets empty --name x", "failed to load secrets bundle: EOF"),
        ("--with-secrets partial --name x", "failed to load secrets bundle: certs.os is required"),
        ("--with-secrets secrets.yaml --name x --roles a,os:admin,b", "unknown roles: a, b"),
        ("--with-secrets secrets.yaml --name x --crt-ttl 0", "the certificate must be valid for some time, not 0s"),
    ] {
        let outcome = session.run(&format!("gen client-cert -o new {line}"));
        assert_eq!((outcome.status, outcome.error()), (1, error), "{line}");
    }
    assert!(!session.path("new").exists());
}

#[test]
fn renewing_keeps_everything_but_the_certificate() {
    let session = with_certificate();
    let before = session.read("talosconfig");
    let renewed = session.run("config renew --with-secrets secrets.yaml --crt-ttl 48h --talosconfig talosconfig");
    assert_eq!(renewed.status, 0, "{renewed:?}");
    assert_eq!(renewed.stderr, "renewed context \"home\", valid until 2026-11-20 for os:reader\n");
    let after = session.read("talosconfig");
    let lines = |text: &str, certificates: bool| -> Vec<String> {
        let own = |line: &&str| ["crt:", "key:"].iter().any(|key| line.trim_start().starts_with(key)) == certificates;
        text.lines().filter(own).map(str::to_owned).collect()
    };
    assert_eq!(lines(&before, false), lines(&after, false));
    assert_eq!(lines(&after, true).len(), 2);
    assert_ne!(lines(&before, true), lines(&after, true));
    let roles = session.run("config renew --with-secrets secrets.yaml --roles os:admin --talosconfig talosconfig");
    assert!(roles.stderr.ends_with(" for os:admin\n"), "{roles:?}");
}

#[test]
fn secrets_of_another_cluster_are_refused() {
    let session = with_certificate();
    session.run("gen secrets -o other").printed();
    let before = session.read("talosconfig");
    let refused = session.run("config renew --with-secrets other --talosconfig talosconfig");
    assert!(refused.error().starts_with("the secrets are not those of context \"home\""), "{refused:?}");
    assert_eq!((refused.status, session.read("talosconfig")), (1, before));
    assert_eq!(session.run("config renew --with-secrets other --force --talosconfig talosconfig").status, 0);
}

#[test]
fn the_end_of_certificates_is_announced() {
    let mut session = with_certificate();
    let far = session.run("config expiry --check --talosconfig talosconfig");
    assert_eq!(far.printed(), "CURRENT   NAME   EXPIRES      IN\n*         home   2027-11-18   1 year from now\n");

    session.now += DAY * 340;
    let near = session.run("config expiry --talosconfig talosconfig");
    assert_eq!((near.status, near.stderr.lines().count()), (0, 1), "{near:?}");
    assert!(near.stderr.starts_with(
        "WARNING: the client certificate of context \"home\" expires 3 weeks from now (2027-11-18), get a new one with"
    ));
    assert_eq!(session.run("config expiry --check --talosconfig talosconfig").status, 1);
    assert_eq!(session.run("config expiry --check --within 24h --talosconfig talosconfig").printed(), near.stdout);

    // `config info` says it to people only: programs know no warning there.
    assert_eq!(session.run("config info --talosconfig talosconfig").stderr, "");
    session.terminal = true;
    let shown = session.run("config info --talosconfig talosconfig");
    assert!(shown.stderr.starts_with("WARNING: the client certificate expires 3 weeks from now"), "{shown:?}");
}

#[test]
fn contexts_without_a_certificate_are_listed_too() {
    let session = Session::new();
    session.write("tc", "context: b\ncontexts: {a: {crt: AAAA}, b: {}}\n");
    let outcome = session.run("config expiry --talosconfig tc");
    assert_eq!(
        outcome.stdout,
        "CURRENT   NAME   EXPIRES   IN\n          a      ?         unreadable certificate\n*         b      -         no certificate\n"
    );
    assert_eq!(outcome.stderr, "WARNING: the client certificate of context \"a\" cannot be read: error decoding PEM\n");
    assert_eq!(session.run("config expiry --context c --talosconfig tc").error(), "context \"c\" is not defined");
}
